"""The id, name and kind of a body, from what its home page calls itself and from its address."""

import re
from typing import NamedTuple

from spiders.bodies import Kind, body_named, slug
from spiders.discovery.marks import host_name

_TOWN_HOST = re.compile(r"(?:^|\.)comune\.(?P<place>[a-z0-9-]+)\.")
_CHAMBER_HOST = re.compile(r"^(?:(?P<place>[a-z0-9-]+)\.)?(?:camcom|cciaa)\b|^camcom(?P<other>[a-z-]+)\.")


class Identity(NamedTuple):
    """What a new source is called."""

    id: str
    name: str
    kind: Kind


def identify(name: str | None, home: str) -> Identity:
    """The identity of a body: by its own name where that says what it is, else by its address."""
    host = host_name(home)
    # A name is a line of text: no line breaks, nothing that a terminal would obey.
    name = " ".join("".join(c if c.isprintable() else " " for c in name or "").split())[:200]
    if name and (body := body_named(name)):
        return Identity(body.stem, name, body.kind)
    if match := _TOWN_HOST.search(host):
        return Identity(f"comune-{match['place']}", name or f"Comune di {match['place'].title()}", "municipality")
    if match := _CHAMBER_HOST.search(host):
        place = match["place"] or match["other"] or "camcom"
        return Identity(f"camera-{slug(place)}", name or host, "chamber")
    stem = slug(re.sub(r"\.[a-z]{2,}$", "", host)) or slug(host) or "source"
    return Identity(stem, name or host, "other")
