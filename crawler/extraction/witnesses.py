"""Everything on a page that could be its publication date, each with where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from crawler.extraction.blocks import (
    ARTICLE,
    ASIDE,
    CARD,
    COMMENTS,
    COOKIE,
    DIALOG,
    FOOTER,
    FORM,
    HEADINGS,
    MAIN,
    NAV,
    RELATED,
    Block,
    Sheet,
    Stamp,
)  # fmt: skip
from crawler.extraction.folding import fold
from crawler.extraction.markup import Head
from crawler.extraction.phrases import (
    is_byline,
    is_dateline,
    is_event,
    is_labelled,
    is_only_a_date,
    is_published,
    is_updated,
    without_weekday,
)  # fmt: skip
from crawler.extraction.values import Witness
from spiders.dates import Written, days_in, local_day

_AWAY = NAV | FOOTER | ASIDE | FORM | DIALOG | RELATED | COMMENTS | COOKIE | CARD
_FAR_AWAY = NAV | RELATED | COMMENTS | COOKIE | DIALOG
_DATED_NAME = re.compile(
    r"(?i)(?<![a-z])(?:date|datetime|data|pub(?:date|lished|blicazione)|posted|byline|meta|info|time)(?![a-z])"
)
_PARAGRAPH = 80  # letters
_ISO = re.compile(
    r"^\s*((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?"
)
_IN_PATH = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[/_.-]?)(?P<m>0[1-9]|1[0-2]|[1-9](?=[/_.-]))(?P=s)"
    r"(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?=\D))(?!\d)"
)
_MONTH_IN_PATH = re.compile(r"/((?:19|20)\d\d)/(0?[1-9]|1[0-2])/")
_METAS = {
    "article:published_time": "meta-published", "og:article:published_time": "meta-published",
    "article:published": "meta-published", "article.published": "meta-published", "og:published_time": "meta-published",
    "datepublished": "itemprop", "rnews:datepublished": "meta", "date": "meta", "pubdate": "meta",
    "publishdate": "meta", "publish-date": "meta", "publish_date": "meta", "publication_date": "meta",
    "dcterms.issued": "meta", "dc.date.issued": "meta", "dc.date": "meta", "dcterms.date": "meta", "dateissued": "meta",
    "sailthru.date": "meta", "parsely-pub-date": "meta", "citation_publication_date": "meta", "displaydate": "meta",
    "article_date_original": "meta", "cxenseparse:recs:publishtime": "meta", "cxenseparse:publishtime": "meta",
    "originalpublicationdate": "meta", "bt:pubdate": "meta",
    "dcterms.created": "meta-weak", "dc.date.created": "meta-weak", "datecreated": "meta-weak",
    "last-modified": "modified", "article:modified_time": "modified", "og:updated_time": "modified",
    "datemodified": "modified",
}  # fmt: skip
_DATED_TYPES = ("article", "posting", "webpage", "report", "page", "news")


@dataclass(frozen=True, slots=True)
class _Headline:
    """Where the headline stands, -1 without one, and where the text after it starts.

    `place` is where all of the release stands, so it tells nothing.
    """

    index: int = -1
    place: int = 0
    text: int = -1

    def is_near(self, index: int, before: int = 4, after: int = 8) -> bool:
        return self.index >= 0 and -before <= index - self.index <= after

    def is_away(self, place: int, index: int) -> bool:
        """Whether something stands apart from the release: in navigation, cards, comments, the site's footer."""
        if place & FOOTER and place & (MAIN | ARTICLE):
            place &= ~FOOTER  # an article's own
        # Between headline and text templates put the date into all kinds of elements (`<aside class="post-meta">`).
        between = self.index - 3 <= index < self.text
        return bool(place & ~self.place & (_FAR_AWAY if between else _AWAY))


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
    headline = _Headline()
    if shown:
        after = (block.index for block in sheet.blocks[shown.index + 1 :] if len(block.text) >= _PARAGRAPH)
        headline = _Headline(shown.index, shown.place, next(after, shown.index + 3))
    changed: set[tuple[int, str]] = set()
    for index, witness in _written(sheet.blocks, headline):
        found.append(witness)
        if witness.origin == "updated":
            changed.add((index, witness.day))
    found.extend(_stamped(sheet.stamps, headline, italian, changed))
    found.extend(_declared(head, url, title, italian))
    found.extend(_addressed(url))
    return found


def moment_day(moment: str, italian: bool) -> date | None:
    """The day of a written moment, where it was published: UTC goes to Rome's clock on Italian sites, others stay."""
    match = _ISO.match(moment)
    if not match:
        return next((found.day for found in days_in(moment)), None)
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        if hour and italian and zone in ("Z", "UTC", "GMT", "+00:00", "+0000"):
            return local_day(datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}+00:00"))
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _written(blocks: list[Block], headline: _Headline) -> Iterator[tuple[int, Witness]]:
    """The days that the text writes, each with its block's index."""
    for block in blocks:
        text = block.text if len(block.text) <= 4000 else block.text[:200]
        for written in days_in(text):
            before = without_weekday(text[max(0, written.start - 70) : written.start])
            if not before.strip("([ ") and block.index:
                above = blocks[block.index - 1]
                if len(above.text) <= 40 and above.tag not in HEADINGS:
                    before = without_weekday(above.text) + " "
            after = text[written.end :]
            if not after.strip() and block.index + 1 < len(blocks):
                after = blocks[block.index + 1].text[:20]
            origin = _kind(block, text, before, after, written, headline)
            excerpt = text[max(0, written.start - 40) : written.end + 20]
            yield block.index, Witness(written.day.isoformat(), origin, before.strip()[-40:] or _name(block), excerpt)
            if written.start > 300:
                break


def _kind(block: Block, text: str, before: str, after: str, written: Written, headline: _Headline) -> str:
    if headline.is_away(block.place, block.index) or block.linked * 2 > len(block.text):
        return "aside"
    if is_published(before) and not is_event(after):
        return "label"
    if is_updated(before) or is_event(after):
        return "updated"
    if is_labelled(before) and len(text) < 120:
        return "data-label"
    named = bool(_DATED_NAME.search(block.box.name))
    heading = block.tag in HEADINGS
    rest = text[: written.start] + " " + text[written.end :]
    if is_only_a_date(rest) and (named or not heading) and headline.is_near(block.index, 6, 15 if named else 8):
        return "alone"
    if not heading and block.tag != "li" and headline.is_near(block.index, 3, 5) and is_byline(rest):
        return "byline"
    if not heading and block.index > headline.index and is_dateline(text[: written.start], text[written.end :]):
        return "dateline"
    return "text"


def _name(block: Block) -> str:
    return f"{block.tag}.{block.box.name.split(' ')[0]}" if block.box.name else block.tag


def _stamped(
    stamps: list[Stamp], headline: _Headline, italian: bool, changed: set[tuple[int, str]]
) -> Iterator[Witness]:
    """The moments of the markup; `changed` are the days that the text around them calls an update or an event."""
    for stamp in stamps:
        day = moment_day(stamp.moment, italian) or moment_day(stamp.text, italian)
        if day is None:
            continue
        if "modif" in stamp.mark or "updated" in stamp.mark or (stamp.index, day.isoformat()) in changed:
            origin = "modified"
        elif headline.is_away(stamp.box.place, stamp.index):
            origin = "aside"
        elif "datepublished" in stamp.mark or "pubdate" in stamp.mark or "published" in stamp.mark:
            origin = "time-published"
        elif headline.is_near(stamp.index, 6, 10):
            origin = "time"
        else:
            origin = "time-far"
        yield Witness(day.isoformat(), origin, stamp.mark.strip()[:40], stamp.text or stamp.moment)


def _declared(head: Head, url: str, title: str, italian: bool) -> Iterator[Witness]:
    dated = [thing for thing in head.things if _is_dated(thing)]
    own = [thing for thing in dated if _is_own(thing, url, title)] or dated[:1]  # others are of related articles
    for thing in head.things:
        kind = str(thing.get("@type", ""))
        for key in ("datePublished", "dateCreated", "dateModified"):
            value = thing.get(key)
            if isinstance(value, str) and (day := moment_day(value, italian)):
                origin = "modified" if key == "dateModified" else "json-ld-weak"
                if key == "datePublished" and any(thing is each for each in own):
                    origin = "json-ld"
                yield Witness(day.isoformat(), origin, f"{kind}.{key}", value[:40])
    for name, content in head.metas.items():
        meta = _METAS.get(name, "")
        if meta and (day := moment_day(content, italian)):
            yield Witness(day.isoformat(), meta, name, content[:40])


def _is_dated(thing: dict[str, Any]) -> bool:
    kind = str(thing.get("@type", "")).lower()
    return "datePublished" in thing and any(word in kind for word in _DATED_TYPES)


def _is_own(thing: dict[str, Any], url: str, title: str) -> bool:
    """Whether a JSON-LD object is the page's own, by its address or its headline."""
    addresses = [thing.get("url"), thing.get("@id"), thing.get("mainEntityOfPage")]
    addresses += [each.get("@id") for each in addresses if isinstance(each, dict)]
    path = urlsplit(url).path.rstrip("/")
    for address in addresses:
        if isinstance(address, str) and address.startswith("http") and _path(address) == path:
            return True
    headline, wanted = fold(str(thing.get("headline") or thing.get("name") or "")), fold(title)
    return bool(headline) and (headline in wanted or wanted in headline)


def _path(address: str) -> str | None:
    try:
        return urlsplit(address).path.rstrip("/")
    except ValueError:
        return None


def _addressed(url: str) -> Iterator[Witness]:
    path = urlsplit(url).path
    for match in _IN_PATH.finditer(path):
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            continue
        yield Witness(day.isoformat(), "url", "path", match[0])
        return
    if month := _MONTH_IN_PATH.search(path):
        yield Witness(f"{month[1]}-{int(month[2]):02}", "url-month", "path", month[0])
