"""Everything on a page that could be its publication date, each with where it stands."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from crawler.extraction.blocks import (
    ARTICLE, ASIDE, BODY, CARD, COMMENTS, COOKIE, DIALOG, FOOTER, FORM, HEADINGS, HIDDEN, NAV, RELATED, Block, Sheet, Stamp,
)  # fmt: skip
from crawler.extraction.markup import Head
from crawler.extraction.titles import fold
from crawler.extraction.values import Witness
from spiders.dates import days_in, local_day


_AWAY = NAV | FOOTER | ASIDE | FORM | DIALOG | RELATED | COMMENTS | COOKIE | CARD
_PUBLISHED = re.compile(
    r"(?i)(?:data\s+(?:di\s+)?pubblicazione|pubblicat[oai]|inserit[oa]|diffuso|postato|"
    r"published|posted|first published|release date|date published|publication date|veröffentlicht|publiziert|"
    r"erschienen|publi[ée]e?|mis en ligne|publicado|fecha de publicaci[oó]n|objavljeno|publicerad|gepubliceerd|udgivet|publisert)"
    r"(?:\s+(?:il|in\s+data|on|am|le|el|giorno|at|su|da|by)\b|\s+(?:luned|marted|mercoled|gioved|venerd|sabato|domenica)\w*[ìi']?)*\s*[:\-–]?\s*[,(]?\s*$"
)
_DATED = re.compile(r"(?i)(?:^|[\s(|])(?:data(?:\s+(?:del\s+)?(?:comunicato|notizia|news|documento|avviso))?|date|datum|fecha|stand vom|del)\s*:?\s*$")
_UPDATED = re.compile(
    r"(?i)(?:aggiornat|aggiornament|modific|revision|updated?|last\s|modified|edited|reviewed|aktualisiert|geändert|stand:|mis à jour|"
    r"actualizado|ultim[ao]|scaden|entro|fino al|termine|valid|dal\b|evento|inizio|fine\b|si terrà|copyright|©|archivi|accessed|retrieved|expires|"
    r"nat[oa] il|delibera|determina|protocollo|decreto|legge|ordinanza)"
)
_HOUR = re.compile(r"(?i)^\s*(?:[-–,|(]|\bal\b)?\s*(?:ore|alle|dalle|h\.|ora:|al\b|-\s*\d\d?[./])")
_PLACE = re.compile(r"(?:^|[(\s])\(?\s*(?:[A-ZÀ-Ý][\w'’à-ü]+\s?){1,4}(?:\([A-Z]{2}\))?\s*[,:/–-]?\s*(?:lì|li|il)?\s*(?:luned[ìi]|marted[ìi]|mercoled[ìi]|gioved[ìi]|venerd[ìi]|sabato|domenica)?\s*,?\s*$")
_STRAY = re.compile(r"\W+|\b(?:luned|marted|mercoled|gioved|venerd)[iì]\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:sabato|domenica|ore|alle|at|h|am|pm|by|di|il|on|uhr|cet|est|utc|gmt|et|edt)\b|\b\w*tag\b|\d{1,2}[:.]\d\d|\d+", re.I)
_ISO = re.compile(r"^\s*((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?")
_IN_PATH = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[/_.-]?)(?P<m>0[1-9]|1[0-2]|[1-9](?=[/_.-]))(?P=s)(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?=\D))(?!\d)")
_MONTH_IN_PATH = re.compile(r"/((?:19|20)\d\d)/(0?[1-9]|1[0-2])/")
_METAS = {
    "article:published_time": "meta-published", "og:article:published_time": "meta-published",
    "datepublished": "itemprop", "article:published": "meta-published", "article.published": "meta-published",
    "dcterms.issued": "meta", "dcterms.created": "meta-weak", "dc.date.issued": "meta", "dc.date": "meta", "dc.date.created": "meta-weak",
    "dcterms.date": "meta", "date": "meta", "pubdate": "meta", "publishdate": "meta", "publish-date": "meta", "publish_date": "meta",
    "publication_date": "meta", "sailthru.date": "meta", "parsely-pub-date": "meta", "citation_publication_date": "meta",
    "article_date_original": "meta", "cxenseparse:recs:publishtime": "meta", "cxenseparse:publishtime": "meta",
    "displaydate": "meta", "originalpublicationdate": "meta", "bt:pubdate": "meta", "dateissued": "meta", "rnews:datepublished": "meta",
    "og:published_time": "meta-published", "datecreated": "meta-weak", "last-modified": "modified",
    "article:modified_time": "modified", "og:updated_time": "modified", "datemodified": "modified",
}  # fmt: skip


def witnesses_of(
    sheet: Sheet, head: Head, url: str, title: str, italian: bool, listed: tuple[str | None, str] = (None, "")
) -> list[Witness]:
    """All candidates, in the order in which they are trusted among their like."""
    found: list[Witness] = []
    if listed[0]:
        found.append(Witness(listed[0], listed[1] or "listing", "list"))
    start, end = _region(sheet.blocks, title)
    found.extend(_labelled(sheet.blocks, start, end))
    found.extend(_stamped(sheet.stamps, start, end, italian))
    found.extend(_declared(head, italian))
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


def _region(blocks: list[Block], title: str) -> tuple[int, int]:
    """The blocks of the release: from a little before its headline to the end of the element that holds both."""
    wanted = fold(title)
    for tags in (("h1",), tuple(HEADINGS), ()):
        for block in blocks:
            if (not tags or block.tag in tags) and not block.place & (NAV | FOOTER | DIALOG) and fold(block.text) == wanted:
                return block.index, len(blocks)
    return -1, len(blocks)


def _labelled(blocks: list[Block], start: int, end: int) -> Iterator[Witness]:
    for block in blocks:
        text = block.text
        if len(text) > 4000:
            text = text[:200]
        label = ""
        for written in days_in(text):
            before = text[max(0, written.start - 70) : written.start]
            if not before.strip() and block.index and len(blocks[block.index - 1].text) < 45:
                before = blocks[block.index - 1].text + " "
                label = "above"
            yield _judge_written(block, text, before, written, start, label)
            if written.start > 300:
                break


def _judge_written(block: Block, text: str, before: str, written: Any, start: int, label: str) -> Witness:
    day = written.day.isoformat()
    excerpt = text[max(0, written.start - 40) : written.end + 20]
    after = text[written.end : written.end + 15]
    near = -3 <= block.index - start <= 8 if start >= 0 else False
    if block.place & _AWAY or block.linked > len(block.text) / 2:
        return Witness(day, "aside", _where(block), excerpt)
    if _PUBLISHED.search(before):
        return Witness(day, "label", before.strip()[-40:], excerpt)
    if _UPDATED.search(before[-45:]):
        return Witness(day, "updated", before.strip()[-40:], excerpt)
    if _DATED.search(before) and not _HOUR.match(after) and len(text) < 120:
        return Witness(day, "data-label", before.strip()[-40:], excerpt)
    rest = _STRAY.sub("", text[: written.start] + " " + text[written.end :])
    if near and len(rest) <= 3 and not label and block.tag not in HEADINGS:
        return Witness(day, "alone", _where(block), excerpt)
    if near and len(text) < 90 and len(rest) < 45 and block.tag not in HEADINGS and not label:
        return Witness(day, "byline", _where(block), excerpt)
    if _PLACE.search(text[: written.start]) and written.start < 45 and (start < 0 or block.index > start) and len(rest) >= 0:
        return Witness(day, "dateline", _where(block), excerpt)
    return Witness(day, "text", _where(block), excerpt)


def _where(block: Block) -> str:
    return f"{block.tag}.{block.box.name.split(' ')[0]}" if block.box.name else block.tag


def _stamped(stamps: list[Stamp], start: int, end: int, italian: bool) -> Iterator[Witness]:
    for stamp in stamps:
        day = moment_day(stamp.moment, italian) or moment_day(stamp.text, italian)
        if day is None:
            continue
        place = stamp.box.place
        excerpt = stamp.text or stamp.moment
        if "modif" in stamp.mark or "updated" in stamp.mark:
            origin = "modified"
        elif place & _AWAY:
            origin = "aside"
        elif "datepublished" in stamp.mark or "pubdate" in stamp.mark or "published" in stamp.mark:
            origin = "time-published"
        elif start >= 0 and -6 <= stamp.index - start <= 10:
            origin = "time"
        else:
            origin = "time-far"
        yield Witness(day.isoformat(), origin, stamp.mark.strip()[:40], excerpt)


def _declared(head: Head, italian: bool) -> Iterator[Witness]:
    for thing in head.things:
        kind = str(thing.get("@type", ""))
        for key in ("datePublished", "dateCreated", "dateModified"):
            value = thing.get(key)
            if isinstance(value, str) and (day := moment_day(value, italian)):
                known = any(word in kind.lower() for word in ("article", "posting", "webpage", "report", "page", "news"))
                origin = "json-ld" if key == "datePublished" and known else "modified" if key == "dateModified" else "json-ld-weak"
                yield Witness(day.isoformat(), origin, f"{kind}.{key}", value[:40])
    for name, content in head.metas.items():
        origin = _METAS.get(name, "")
        if origin and (day := moment_day(content, italian)):
            yield Witness(day.isoformat(), origin, name, content[:40])


def _addressed(url: str) -> Iterator[Witness]:
    parts = urlsplit(url)
    for match in _IN_PATH.finditer(parts.path):
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            continue
        yield Witness(day.isoformat(), "url", "path", match[0])
        return
    if match := _MONTH_IN_PATH.search(parts.path):
        yield Witness(f"{match[1]}-{int(match[2]):02}", "url-month", "path", match[0])
