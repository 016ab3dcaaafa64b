"""What the sample site announces, read from the data files of this package."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from html import unescape
from importlib.resources import files
from typing import Any, Literal

Body = Literal["town_hall", "chamber"]

# Each data file is a section: the body that publishes it, and the addresses of its releases.
SECTIONS: dict[str, tuple[Body, str]] = {
    "comune": ("town_hall", "/novita/{path}/"),
    "biblioteca": ("town_hall", "/biblioteca/{day:%Y/%m}/{path}/"),
    "camera": ("chamber", "/notizie/{path}"),
    "osservatorio": ("chamber", "/osservatorio/{path}"),
}
_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Release:
    """A release and the truth about it. `paragraphs` are as they stand inside `<p>`; the other fields are explained in
    the data files."""

    section: str
    path: str
    title: str
    day: date
    paragraphs: tuple[str, ...]
    lead: str = ""
    category: str = ""
    form: str = "long"
    updated: date | None = None
    moment: str = ""
    clock: str = "10:00"
    known: str = ""
    listed: bool = True
    also: str = ""
    from_day: int = 1
    edited: tuple[str, ...] = ()
    text_of: str = ""
    more: bool = False

    @property
    def body(self) -> Body:
        """Whose release it is."""
        return SECTIONS[self.section][0]

    @property
    def address(self) -> str:
        """Its path on the body's site."""
        return SECTIONS[self.section][1].format(path=self.path, day=self.day)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All its paths."""
        return (self.address, SECTIONS[self.section][1].format(path=self.also)) if self.also else (self.address,)

    @property
    def origin(self) -> str:
        """Section and path of the release that this one repeats, or its own."""
        return self.text_of or f"{self.section}/{self.path}"

    @property
    def text(self) -> str:
        """What a reader reads below the headline, in the form of a document's body."""
        parts = (*([self.lead] if self.lead else []), *self.paragraphs)
        return "\n\n".join(plain(part) for part in parts)


@dataclass(frozen=True, slots=True)
class Trap:
    """What a list names and is no release; `reason` is what the crawl has to say of it."""

    section: str
    path: str
    title: str
    day: date
    reason: str
    category: str = ""

    @property
    def body(self) -> Body:
        """On whose site it is."""
        return SECTIONS[self.section][0]


def releases(day: int) -> tuple[Release, ...]:
    """What is published on one of the demonstration's days (1, 2), the newest first, worded as on that day."""
    there = (each for each in _all().values() if each.from_day <= day)
    worded = (replace(each, paragraphs=each.edited) if each.edited and day > 1 else each for each in there)
    return tuple(sorted(worded, key=lambda each: each.day, reverse=True))


@cache
def traps() -> tuple[Trap, ...]:
    """The pages that are no releases."""
    return tuple(
        Trap(section=section, **row) for section in SECTIONS for row in _table(section).get("trap", ())
    )  # fmt: skip


def plain(paragraph: str) -> str:
    """A paragraph as it is read."""
    return unescape(_TAGS.sub("", paragraph.removeprefix("- ")))


@cache
def _all() -> Mapping[str, Release]:
    rows = {
        f"{section}/{row.get('slug') or row['path']}": (section, row)
        for section in SECTIONS
        for row in _table(section)["release"]
    }
    return {key: _release(section, row, rows) for key, (section, row) in rows.items()}


def _release(section: str, row: dict[str, Any], rows: dict[str, tuple[str, dict[str, Any]]]) -> Release:
    fields = dict(row)
    text, more, edited = fields.pop("text", ""), fields.pop("more", ""), fields.pop("edited", "")
    if original := fields.get("text_of"):
        told = rows[original][1]
        text, fields["lead"] = told["text"], told.get("lead", "")
    fields.setdefault("path", fields.pop("slug", None))
    fields.setdefault("known", fields["day"].isoformat())
    return Release(
        section=section,
        paragraphs=_paragraphs(f"{text}\n{more}"),
        edited=_paragraphs(edited),
        more=bool(more),
        **fields,
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _table(section: str) -> dict[str, Any]:
    return tomllib.loads((files("crawler.demo") / f"{section}.toml").read_text(encoding="utf-8"))
