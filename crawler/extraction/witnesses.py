"""Everything on a page that could be its publication date, each with where it stands."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from crawler.extraction.blocks import Block, Sheet, Stamp
from crawler.extraction.declared import addressed, declared
from crawler.extraction.foreign import foreign_days_in, is_foreign
from crawler.extraction.headline import Headline, locate
from crawler.extraction.markup import Head
from crawler.extraction.moments import is_ambiguous, moment_day
from crawler.extraction.values import Witness
from crawler.extraction.written import UNNAMED, written_days

_SHOWN = (*UNNAMED, "dateline", "label", "data-label", "time")
_DECLARED = ("meta-published", "json-ld", "meta")
_OTHER_MARK = re.compile(r"modif|updated|start-?date|end-?date|doortime|event|scaden")


def witnesses_of(
    sheet: Sheet,
    head: Head,
    url: str,
    title: str,
    shown: Block | None,
    *,
    italian: bool,
    listed: tuple[str | None, str] = (None, ""),
) -> list[Witness]:
    """All candidates, in the order in which they are trusted among their like.

    `shown` is the block of the headline, `listed` the day that a list gave, with the kind of list; on Italian sites
    moments in UTC go to Rome's clock.
    """
    found: list[Witness] = []
    if listed[0]:
        found.append(Witness(listed[0], listed[1] or "listing", "list"))
    headline = locate(sheet, shown)
    language = head.language if is_foreign(head.language) else ""
    stamps = [(stamp, day) for stamp in sheet.stamps if (day := _day(stamp, italian, language))]
    marked = {(stamp.index, day) for stamp, day in stamps if _is_other(stamp)}
    marked -= {(stamp.index, day) for stamp, day in stamps if not _is_other(stamp)}
    said: set[tuple[int, str]] = set()
    for index, witness in written_days(sheet.blocks, headline, language):
        if (index, witness.day) in marked and witness.origin in UNNAMED:
            witness = replace(witness, origin="updated")
        found.append(witness)
        if witness.origin == "updated":
            said.add((index, witness.day))
    found.extend(_stamped(stamps, headline, said))
    told = [*declared(head, url, title, italian), *addressed(url)]
    if _is_home(url):
        found = [replace(each, origin="aside") if each.origin in _SHOWN else each for each in found]
        told = [replace(each, origin="meta-weak") if each.origin in _DECLARED else each for each in told]
    if head.language.lower().startswith("en"):
        found = [_month_first(witness, told) for witness in found]
    return found + told


def _is_home(url: str) -> bool:
    """Whether an address is a site's home page: its days are those of its news, and of its own making."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and not parts.query and parts.path in ("", "/", "/index.html", "/index.php")


def _month_first(witness: Witness, told: list[Witness]) -> Witness:
    """The witness read in the American order where head or address name just that day: "06/01/2020" of 1 June."""
    year, month, day = witness.day[:4], witness.day[5:7], witness.day[8:]
    other = f"{year}-{day}-{month}"
    days = {each.day for each in told if each.origin != "modified"}
    if other not in days or witness.day in days or not re.search(rf"\b0?{int(day)}/0?{int(month)}/", witness.excerpt):
        return witness
    return replace(witness, day=other)


def _day(stamp: Stamp, italian: bool, language: str) -> str | None:
    """The day of a moment, as readers see it where the zone of the site's clock makes the difference (4 of 4 pages).

    Numbers that may be in the American order, as themes leave them in the attribute of translated days, lose to it too.
    """
    day, shown = moment_day(stamp.moment, italian), moment_day(stamp.text, italian)
    if not shown and language:
        shown = next((found.day for found in foreign_days_in(stamp.text, language)), None)
    if day and shown and (abs(day - shown) <= timedelta(days=1) or is_ambiguous(stamp.moment)):
        day = shown
    day = day or shown
    return day.isoformat() if day else None


def _is_other(stamp: Stamp) -> bool:
    """Whether its mark calls a moment the last change's or an event's."""
    return bool(_OTHER_MARK.search(stamp.mark)) and "published" not in stamp.mark


def _stamped(stamps: list[tuple[Stamp, str]], headline: Headline, said: set[tuple[int, str]]) -> Iterator[Witness]:
    """The moments of the markup; `said` are the days that the text around them calls an update's or an event's."""
    for stamp, day in stamps:
        if _is_other(stamp) or (stamp.index, day) in said:
            origin = "modified"
        elif headline.is_away(stamp.box.place, stamp.index):
            origin = "aside"
        elif "datepublished" in stamp.mark or "pubdate" in stamp.mark or "published" in stamp.mark:
            origin = "time-published"
        elif headline.is_near(stamp.index, 6, 10):
            origin = "time"
        else:
            origin = "time-far"
        yield Witness(day, origin, stamp.mark.strip()[:40], stamp.text or stamp.moment)
