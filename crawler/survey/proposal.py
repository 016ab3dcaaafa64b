"""What a call of `sources add` asks for, checked before any site is asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crawler.settings import SettingsError
from crawler.survey.looks import Survey
from crawler.web.browser import what_is_missing
from spiders.catalogue import explain
from spiders.naming import identify
from spiders.register import normalise, site_of
from spiders.source import ID, Source, check_address


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source as far as the call tells it; `given` are the keys that the call names."""

    source: Source
    given: frozenset[str]

    def settled(self, found: Survey, known: Mapping[str, Source]) -> Source:
        """The source with what its site told. Raises SettingsError where its id is another's in the catalogue."""
        marks, source = found.marks, found.source
        own = identify(marks.name, source.home)
        told = {"id": own.id, "name": own.name, "kind": own.kind, "language": marks.language, "licence": marks.licence}
        settled = source.model_copy(
            update={key: value for key, value in told.items() if value and key not in self.given}
        )
        if settled.id in known:
            raise SettingsError(
                f"the catalogue has [{settled.id}] already ({known[settled.id].home}); name this one with --id"
            )
        return settled


def propose(
    url: str,
    known: Mapping[str, Source],
    *,
    id: str | None,
    name: str | None,
    kind: str | None,
    listings: Sequence[str] | None,
    feeds: Sequence[str] | None,
    delay: float | None,
    javascript: bool,
) -> Proposal:
    """The source that a call proposes.

    Raises:
        SettingsError: an argument is wrong, or the site is in the catalogue already.
    """
    try:
        home = check_address(url) if url.startswith(("http://", "https://")) else normalise(url)
    except ValueError as error:
        raise SettingsError(f"{url[:200]!r} can be no site: {error}") from error
    if id is not None and not ID.fullmatch(id):
        raise SettingsError(f"--id: {id!r} is no id: small letters, digits and single hyphens, such as comune-torino")
    for source in known.values():
        if site_of(source.home) == site_of(home):
            raise SettingsError(
                f"{home} is in the catalogue already, as [{source.id}]; sources check {source.id} looks at it"
            )
    if id and id in known:
        raise SettingsError(f"the catalogue has [{id}] already ({known[id].home}); choose another --id")
    if javascript and (missing := what_is_missing()):
        raise SettingsError(f"--javascript: {missing}")
    if name is not None and (name != " ".join(name.split()) or not name.isprintable() or not name):
        raise SettingsError("--name: a name is one line of text")
    keys: dict[str, Any] = {"id": id, "name": name, "kind": kind, "listings": listings, "feeds": feeds}
    given = {key: value for key, value in keys.items() if value}
    given |= {"javascript": True} if javascript else {}
    given |= {"delay": delay} if delay is not None else {}
    try:
        source = Source.model_validate({"id": identify(name, home).id, "home": home, **given})
    except ValidationError as error:
        said = explain(error.errors(include_url=False)[0])
        option = re.sub(r'^"(\w+?)s?"(?:, entry \d+,)?', r"--\1", said)
        raise SettingsError(option) from error
    return Proposal(source, frozenset(given))
