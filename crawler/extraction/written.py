"""The days that a page's text writes, each with the kind of witness that its place and the words around it make it."""

import re
from collections.abc import Iterator
from itertools import islice

from crawler.extraction.blocks import COMMENTS, HEADINGS, NAV, Block
from crawler.extraction.foreign import foreign_days_in
from crawler.extraction.headline import PARAGRAPH, Headline
from crawler.extraction.phrases import (
    is_byline,
    is_dateline,
    is_ended,
    is_event,
    is_event_row,
    is_heading_of_others,
    is_labelled,
    is_only_a_date,
    is_place_or_event,
    is_published,
    is_updated,
    until_update,
    without_weekday,
)
from crawler.extraction.values import Witness
from spiders.dates import Written, days_in

_DATED_NAME = re.compile(
    r"(?i)(?<![a-z])(?:date|datetime|data|pub(?:date|lished|blicazione)|posted|byline|meta|info|time)(?![a-z])"
)
_OTHER_NAME = re.compile(
    r"(?i)(?<![a-z])(?:event[oi]?s?|appuntament[oi]|scadenz[ae]|deadline|expir\w*|oggi|today|(?:start|end|current)-?date"
    r"|data-?(?:inizio|fine|odierna|evento)|meteo|allegat[oi]|attachments?|downloads?|files?)(?![a-z])"
)
UNNAMED = ("alone", "byline")  # kinds of days of which no word says what they are
_SMALL = 14  # letters of one of the boxes that a calendar sheet is made of
_ABOVE = 8  # blocks, within which a heading is looked for
_FURTHEST = 300  # letters into a block, after which its days are the text's


def written_days(blocks: list[Block], headline: Headline, language: str = "") -> Iterator[tuple[int, Witness]]:
    """Every day in the text with its block's index; `language` is the page's, where dateparser has to help."""
    for block in blocks:
        text = block.text if len(block.text) <= 4000 else block.text[:200]
        found = list(days_in(text)) or (list(foreign_days_in(text, language)) if language else [])
        if not found and len(text) <= _SMALL and text[:1].isdecimal():
            text = " ".join(
                each.text for each in islice(blocks, block.index, block.index + 3) if len(each.text) <= _SMALL
            )
            found = [day for day in days_in(text) if is_only_a_date(text[: day.start] + text[day.end :])]
        for written in found:
            yield block.index, _witness(blocks, block, text, written, headline)
            if written.start > _FURTHEST:
                break


def _witness(blocks: list[Block], block: Block, text: str, written: Written, headline: Headline) -> Witness:
    before = without_weekday(text[max(0, written.start - 70) : written.start])
    above = blocks[block.index - 1] if block.index else None
    label = ""
    if not before.strip("([ ") and above and len(above.text) <= 40 and above.index != headline.index:
        label = without_weekday(above.text) + " "
    after = text[written.end :]
    below = [each.text[:20] for each in islice(blocks, block.index + 1, block.index + 4)]
    origin = _kind(block, text, label or before, after or "".join(below[:1]), written, headline)
    if origin == "data-label" and any(map(is_event_row, below)) or origin == "alone" and _is_sheet(label, below[:1]):
        origin = "updated"
    in_table = block.tag == "td" and above is not None and above.tag in ("td", "th")
    if origin in UNNAMED and (in_table or _is_of_several(text, written)):
        origin = "text"
    if origin not in ("aside", "comment") and block.index >= headline.text and _is_of_another(blocks, block, headline):
        origin = "aside"
    excerpt = text[max(0, written.start - 40) : written.end + 20]
    place = (label or before).strip()[-40:] or _name(block)
    return Witness(written.day.isoformat(), origin, place, excerpt)


def _kind(block: Block, text: str, before: str, after: str, written: Written, headline: Headline) -> str:
    if block.place & COMMENTS & ~headline.place:
        return "comment"
    rest = text[: written.start] + " " + until_update(text[written.end :])
    named = bool(_DATED_NAME.search(block.box.name))
    place, linked = block.place, block.linked * 2 > len(block.text)
    if linked and is_published(before):
        linked = len(text) - block.linked < written.end - written.start
    if headline.is_between(block.index) and len(text) < PARAGRAPH:
        if named or is_only_a_date(rest):  # linked to the day's archive, in a list that Bootstrap calls "nav"
            place, linked = place & ~NAV, False
        elif len(text) - block.linked >= written.end - written.start:
            linked = False  # it is the category that is linked
    if linked or headline.is_away(place, block.index):
        return "aside"
    # What was published at an hour was put there then; "Data: 4 ottobre, ore 10" is an appointment's.
    if is_published(before) and not is_ended(after):
        return "label"
    if is_updated(before) or is_event(after) or _is_of_an_event(block):
        return "updated"
    if is_labelled(before) and len(text) < 120:
        return "data-label"
    heading = block.tag in HEADINGS
    if block.tag == "figcaption" or before.strip().lower() == "il":
        return "text"
    if is_only_a_date(rest) and (named or not heading) and headline.is_near(block.index, 6, 15 if named else 8):
        return "alone"
    if not heading and block.index > headline.index and is_dateline(text[: written.start], text[written.end :]):
        return "dateline"
    told = named or not heading and (block.tag != "li" or headline.is_between(block.index))
    if not told or not headline.is_near(block.index, 3, 5):
        return "text"
    return "byline" if is_byline(text[: written.start], until_update(text[written.end :]), block.linked) else "text"


def _is_sheet(label: str, below: list[str]) -> bool:
    """Whether a lone day stands among the rows of an appointment: its hour, where it is."""
    return is_event_row(label) or any(is_event_row(each) or is_place_or_event(each) for each in below)


def _is_of_several(text: str, written: Written) -> bool:
    """Whether a text names other days beside this one that are no later change's, as a beginning and an end."""
    until = len(text[: written.end]) + len(until_update(text[written.end :]))
    return any(each.day != written.day and not is_updated(text[: each.start]) for each in days_in(text[:until]))


def _is_of_an_event(block: Block) -> bool:
    box = block.box
    return bool(_OTHER_NAME.search(box.name) or box.parent and _OTHER_NAME.search(box.parent.name))


def _is_of_another(blocks: list[Block], block: Block, headline: Headline) -> bool:
    """Whether the day stands below the text beside another release's linked heading, or under "Altre notizie"."""
    box = block.box.parent
    if box is None or box in headline.boxes:
        return False
    for other in blocks[max(headline.index + 1, block.index - _ABOVE) : block.index + 3]:
        if other.tag not in HEADINGS:
            continue
        if is_heading_of_others(other.text) and other.index < block.index:
            return True
        if other.linked * 5 > len(other.text) * 4 and (other.box is box or other.box.parent is box):
            return True
    return False


def _name(block: Block) -> str:
    return f"{block.tag}.{block.box.name.split(' ')[0]}" if block.box.name else block.tag
