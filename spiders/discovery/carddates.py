"""The day on which a list's card says that its release was published.

A card names other days too: of the event, of the deadline, of the last change. In order of trust: a date labelled as
publication, a `<time>`, a date that stands alone, a date that a dash or a bar sets apart; else none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from lxml import etree

from spiders.dates import Written, days_in
from spiders.discovery.furniture import SUBJECT
from spiders.discovery.markup import HEADINGS, Element, text_of

_MOST_LINES = 40  # what is longer is no card
_LONGEST_LINE = 1000  # letters; what stands behind them is text, and says nothing of the card
_INLINE = frozenset(
    ("a", "abbr", "b", "em", "font", "i", "label", "small", "span", "strong", "sub", "sup", "time", "u")
)
_PUBLISHED = re.compile(
    r"(?i)(?:pubblicat[oaie]|pubblicazione|inserit[oa]|postat[oa]|^\W*data(?:\s+(?:della\s+)?(?:notizia|news|comunicato))?"
    r"|veröffentlicht|erstellt|publiée?|posted|published|objavljeno)(?:\s+(?:il|in\s+data|am|le|on|dne|giorno))?\W*$"
)
_OTHER = re.compile(
    r"(?i)(?:aggiornat\w*|aggiornamento|modific\w*|scaden\w*|scade|entro|fino|dal|al|inizio|fine|termine|evento|quando"
    r"|valid\w*|apertura|chiusura|giorno|ore|geändert|aktualisiert|stand|modifié\w*|updated?|modified|expir\w*|deadline)"
    r"(?:\s+(?:al|il|del|della|dal|le|in|am|on|data|modifica|aggiornamento|pubblicazione|domande|offerte|bando|scadenza|ore|h))*"
    r"\W*$"
)
_PUT_THERE = re.compile(r"(?i)pubblicat|inserit|postat|veröffentlicht|erstellt|publi|posted|objavljeno")
_PUBLISHED_AFTER = re.compile(r"(?i)^\W*(?:veröffentlicht|objavljeno)\b")
_END = re.compile(r"(?i)\b(?:fine|termine|scadenza)\s+(?:della\s+)?pubblicazione")
_OTHER_COLUMN = re.compile(
    r"(?i)aggiorn|modific|scaden|termin|inizio|fine|event|quando|valid|apertura|chiusura|dal\b|al\b|deadline|expir|updat"
)
_PUBLISHED_COLUMN = re.compile(r"(?i)pubblica|inseri|post|publi|veröff")
_EVENT_AFTER = re.compile(r"(?i)^[\s,–—-]*(?:dalle|alle|ore|h\.|orario)\b|^\s*(?:[–—-]|al|fino al|→)\s*\d")
# Each character is matched by one of the alternatives only: two that both take a dot would try all ways to share them.
_NOTHING = re.compile(
    r"(?i)^(?:[\W_]|\b(?:luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica|lun|mar|mer|gio|ven|sab|dom"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|il|del|di|lì|li|am|le|on|alle|h)\b|\d\d?[:.]\d\d(?:[:.]\d\d)?)*$"
)
_WEEKDAY = re.compile(
    r"(?i)\b(?:luned|marted|mercoled|gioved|venerd)[iì],?\s*$|\b(?:sabato|domenica|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch"
    r"|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche),?\s*$"
)
_APART = re.compile(r"^\s*(?:[-–—|:·•\]\[]|\s/\s)")
_BLANK = re.compile(r"^\W*$")
_SEPARATOR = re.compile(r"^\s*(?:[-–—|:·•]\s*|\s)")
_UPDATED = re.compile(r"(?i)\b(?:updated|modified)\b")
_OTHER_CLASS = re.compile(r"(?i)scaden|expir|event|modif|aggiorn|(?<!published )\bupdated\b")


@dataclass(slots=True)
class _Line:
    """A line as a browser would set it: its texts, each with whether it is in a `<time>` or under a telling class."""

    texts: list[str] = field(default_factory=list)
    column: str = ""
    in_time: bool = False
    heading: bool = False
    doubtful: bool = False

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())[:_LONGEST_LINE]


def lines_of(element: Element) -> list[str]:
    """The lines that an element's text is set in."""
    return [line.text for line in _lines(element) if line.text]


def is_day(text: str) -> bool:
    """Whether a text is a day or several, with weekdays and hours at most."""
    days = list(days_in(text))
    ends = [0, *(day.end for day in days)]
    starts = [*(day.start for day in days), len(text)]
    return bool(days) and all(_NOTHING.match(text[end:start]) for end, start in zip(ends, starts, strict=True))


def day_before(title: str) -> tuple[date | None, str]:
    """The day that a title begins with, as in "12/05/2025 - Nuovi orari", and the rest; (None, title) without one."""
    day = next(days_in(title[:40]), None)
    if day is None or not _NOTHING.match(title[: day.start]):
        return None, title
    rest = _SEPARATOR.sub("", title[day.end :])
    return (day.day, rest) if len(rest) >= 10 and rest != title[day.end :] else (None, title)


def published_in(card: Element, title: str | None) -> date | None:
    """The day of publication that a card writes, or None."""
    lines = [line for line in islice(_lines(card), _MOST_LINES) if line.text]
    ranked: list[tuple[int, date]] = []
    for index, line in enumerate(lines):
        text = line.text
        if (line.heading and not _alone(text)) or line.doubtful or (title and text == title):
            continue
        label = line.column or (lines[index - 1].text if index and not lines[index - 1].heading else "")
        found = list(days_in(text))
        for written in found:
            rank = _rank(line, text, written, label if len(label) <= 40 else "", len(found))
            if rank:
                ranked.append((-rank, written.day))
    if ranked:
        return min(ranked, key=lambda pair: pair[0])[1]
    return _scattered(lines)


def _rank(line: _Line, text: str, written: Written, label: str, count: int) -> int:
    if line.column and _OTHER_COLUMN.search(line.column) and not _PUBLISHED_COLUMN.search(line.column):
        return 0
    before, after = _WEEKDAY.sub("", text[: written.start]), text[written.end :]
    nearby = before if before.strip(" \xa0.,:;-–|") else label
    if _END.search(nearby):
        return 0
    said = _PUBLISHED.search(nearby) if len(nearby) <= 60 else None
    # "Data: 4 ottobre, ore 10" is an event's; what was put there at an hour was published then.
    if said and (_PUT_THERE.search(said[0]) or not _EVENT_AFTER.match(after)):
        return 4
    if _PUBLISHED_AFTER.match(after):
        return 4
    if _OTHER.search(nearby) or _EVENT_AFTER.match(after) or count > 1:
        return 0
    if line.in_time:
        return 3
    if (_NOTHING.match(before) and _NOTHING.match(after)) or any(
        _alone(part[:_LONGEST_LINE]) for part in line.texts[:_MOST_LINES]
    ):
        return 2
    if len(text) >= 160:
        return 0
    starts, ends = _BLANK.match(before), _BLANK.match(after)
    apart = _APART.match(after), _APART.match(before[::-1])
    return int(bool((starts and apart[0]) or (ends and apart[1]) or all(apart)))


def _alone(text: str) -> bool:
    found = next(days_in(text), None)
    return bool(found and _NOTHING.match(text[: found.start]) and _NOTHING.match(text[found.end :]))


def _scattered(lines: list[_Line]) -> date | None:
    """A day whose number, month and year stand in blocks of their own."""
    texts = [line.text for line in lines if not line.heading]
    for size in (2, 3):
        for index in range(len(texts) - size + 1):
            window = texts[index : index + size]
            if all(len(text) <= 14 for text in window) and _alone(joined := " ".join(window)):
                return next(days_in(joined)).day
    return None


def _lines(card: Element) -> Iterator[_Line]:
    line = _Line()
    for text, element, breaks in _pieces(card):
        if breaks and line.texts:
            yield line
            line = _Line()
        if text.strip():
            line.texts.append(text)
            _mark(line, element, card)
    if line.texts:
        yield line


def _mark(line: _Line, element: Element, card: Element) -> None:
    node: Element | None = element
    while node is not None:
        line.heading |= node.tag in HEADINGS
        line.in_time |= node.tag == "time"
        if node is not card and (names := node.get("class")) and _OTHER_CLASS.search(SUBJECT.sub("", names)):
            line.doubtful = True
        if node.tag == "td" and not line.column:
            line.column = _column(node)
        if node is card:
            return
        node = node.getparent()


def _column(cell: Element) -> str:
    """What the head of a table says that a cell is."""
    said = cell.get("data-label") or cell.get("data-title") or cell.get("data-th")
    table = next(cell.iterancestors("table"), None)
    if said or table is None:
        return said or ""
    head = next(table.iter("tr"), None)
    names = list(head.iterchildren("th")) if head is not None else []
    number = sum(1 for _ in cell.itersiblings("td", "th", preceding=True))
    return text_of(names[number]) if number < len(names) else ""


def _pieces(card: Element) -> Iterator[tuple[str, Element, bool]]:
    """The texts in reading order, each with the element that it is in and whether it starts a line."""
    walker = etree.iterwalk(card, events=("start", "end"))
    for event, element in walker:
        block = element.tag not in _INLINE
        if event == "start":
            if element.tag == "time":
                # WordPress sets the last change beside the day of publication and hides it by its style.
                updated = _UPDATED.search(element.get("class", "")) and "published" not in element.get("class", "")
                yield "" if updated else _time_text(element), element, False
                walker.skip_subtree()
            else:
                yield element.text or "", element, block
        elif element is not card and (parent := element.getparent()) is not None:
            if block:
                yield "", element, True
            yield element.tail or "", parent, block


def _time_text(element: Element) -> str:
    text = text_of(element)
    return text if next(days_in(text), None) else element.get("datetime", "") or text
