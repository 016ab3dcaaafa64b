"""Sources from a public register: Indice PA's own files, or tables of the same bodies (one line of headings each).

A register's addresses are typed by hand, so what cannot be a site is set apart with the reason, and nothing is guessed.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError

from spiders.bodies import Body, read_bodies, slug
from spiders.source import ID, Source

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)")
_NOTHING = {"", "-", "null", "none", "n.d.", "nd"}


class Malformed(NamedTuple):
    """A row without a usable site."""

    row: int
    name: str
    site: str
    reason: str


class Duplicate(NamedTuple):
    """A row whose site another body, the source `first`, has already."""

    row: int
    name: str
    site: str
    first: str


@dataclass(frozen=True, slots=True)
class Register:
    """What a register holds; `others` are bodies that are neither municipalities nor chambers.

    `shared_hosts` are hosts on which several of the sources live, each below an address of its own; `provinces` are
    the sources' provinces by their ids, as far as the register tells them.
    """

    sources: tuple[Source, ...]
    malformed: tuple[Malformed, ...]
    duplicates: tuple[Duplicate, ...]
    shared_hosts: Mapping[str, tuple[str, ...]]
    provinces: Mapping[str, str]
    others: int

    @property
    def counts(self) -> dict[str, int]:
        """The figures of a summary; sources, malformed, duplicates and others add up to rows."""
        parts = {
            "sources": len(self.sources),
            "malformed": len(self.malformed),
            "duplicates": len(self.duplicates),
            "others": self.others,
        }
        return {"rows": sum(parts.values()), **parts, "shared_hosts": len(self.shared_hosts)}


def read_register(path: Path) -> Register:
    """Reads a register: Indice PA's `amministrazioni` or `enti`, or a table with `nome` or `name` and `home_url`.

    The ids and the choice between two bodies with one site do not depend on the order of the rows.

    Raises:
        CatalogueError: the file cannot be read, or its columns are those of no known register.
    """
    bodies: list[Body] = []
    malformed: list[Malformed] = []
    others = 0
    for row, body in read_bodies(path):
        if isinstance(body, str):
            malformed.append(Malformed(row, "", "", body))
        elif body:
            bodies.append(body)
        else:
            others += 1
    sources: dict[str, Source] = {}
    holders: dict[str, str] = {}
    hosts: dict[str, list[str]] = {}
    provinces: dict[str, str] = {}
    duplicates: list[Duplicate] = []
    for id_, body in sorted(_identified(bodies), key=lambda pair: (pair[0], pair[1].site, pair[1].row)):
        try:
            if not ID.fullmatch(id_) or not slug(body.name):
                raise ValueError("no name")
            home = normalise(body.site)
            source = Source(id=id_, name=body.name, kind=body.kind, home=home)
        except ValidationError:
            malformed.append(Malformed(body.row, body.name, body.site, "not an http or https address"))
            continue
        except ValueError as error:
            malformed.append(Malformed(body.row, body.name, body.site, str(error)))
            continue
        site = site_of(home)
        if id_ in sources or site in holders:
            first = id_ if id_ in sources else holders[site]
            duplicates.append(Duplicate(body.row, body.name, body.site, first))
            continue
        sources[id_] = source
        holders[site] = id_
        if body.province:
            provinces[id_] = body.province.upper()
        hosts.setdefault(site.partition("/")[0].partition("?")[0], []).append(id_)
    shared = {host: tuple(ids) for host, ids in sorted(hosts.items()) if len(ids) > 1}
    apart = tuple(sorted(malformed)), tuple(sorted(duplicates))
    return Register(tuple(sources.values()), *apart, shared, provinces, others)


def site_of(home: str) -> str:
    """What tells two sites apart: a home page's address without scheme, `www.` and closing stroke."""
    return re.sub(r"^https?://(?:www\.)?", "", home).rstrip("/")


def normalise(site: str) -> str:
    """A site as typed into a register, as an address: with a scheme, the host in small letters, no fragment.

    Raises:
        ValueError: it can be no site; the message says why.
    """
    text = "".join(c for c in unicodedata.normalize("NFKC", site) if c.isprintable() and c != "\xad").strip(" .,;")
    if text.lower() in _NOTHING:
        raise ValueError("no site")
    if "@" in text.partition("?")[0]:
        raise ValueError("an e-mail address, not a site")
    if re.search(r"\s", text):
        raise ValueError("blanks inside of the address")
    if not re.match(r"(?i)https?://", text):
        if "://" in text or re.match(r"(?i)\w{3,5}(?::|//)", text):
            raise ValueError("the address does not start with http:// or https://")
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
        host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    except ValueError:
        host = port = ""
    if not _HOST.fullmatch(host):
        raise ValueError("no valid host name")
    return urlunsplit((parts.scheme, host + port, parts.path or "/", parts.query, ""))


def to_toml(sources: Iterable[Source]) -> str:
    """The sources as a catalogue file, in their order; what has its default value is left out."""
    tables = []
    for source in sources:
        values = source.model_dump(exclude={"id"}, exclude_defaults=True)
        keys = (key for key in ("name", "kind", "home", *values) if key in values)
        tables.append("\n".join([f"[{source.id}]", *(f"{key} = {_toml(values[key])}" for key in dict.fromkeys(keys))]))
    return "\n\n".join(tables) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, timedelta):
        minutes = value / timedelta(minutes=1)
        size, unit = next((n, u) for n, u in ((1440, "d"), (60, "h"), (1, "m")) if minutes % n == 0 or n == 1)
        return f'"{minutes / size:g}{unit}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    # A JSON string is a TOML string, but for one character that only TOML forbids.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _identified(bodies: list[Body]) -> Iterator[tuple[str, Body]]:
    """Each body with its id: namesakes get their province, and their code where that is not enough."""
    for suffix in ((), ("province",), ("province", "code")):
        groups: dict[str, list[Body]] = {}
        for body in bodies:
            parts = [body.stem, *(slug(getattr(body, part)) for part in suffix)]
            groups.setdefault("-".join(filter(None, parts)), []).append(body)
        bodies = []
        for id_, group in groups.items():
            if len({body.code or (body.stem, body.province) for body in group}) > 1 and len(suffix) < 2:
                bodies += group
            else:
                yield from ((id_, body) for body in group)
