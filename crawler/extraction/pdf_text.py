"""A PDF's lines as paragraphs: without what stands on every page, joined, with words whole again.

A PDF knows no paragraphs, only letters at places. A line goes on where the next one stands as near as lines do in this
text and the line before had no room for its first word.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from crawler.extraction.folding import fold
from crawler.extraction.pdf_letterhead import CONTACT, is_letterhead
from crawler.extraction.pdf_lines import HYPHEN, Layout, Line

_PAGE_NUMBER = re.compile(
    r"(?i)\W*(?:(?:pag(?:ina|e)?|seite|stran|p)\.?\s*)?\d{1,3}(?:\s*(?:/|di|of|su|von|de|od)\s*\d{1,3})?\W*"
)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_DIGITS = re.compile(r"\d+")
# Symbol fonts have their bullets in the private use area.
_BULLET = re.compile(r"[•·▪●■◦‣➢➤✓\uf0a7\uf0b7\uf0d8\uf0fc\uf076]\s*")
_ITEM = re.compile(r"[-–—*]\s|(?:\d{1,2}|[a-z])[.)]\s")
_ENDED = re.compile(r"[.!?:;…][»”\"’')\]]*$|[»”]$")
_HYPHENS = f"-\u2010\u00ad{HYPHEN}"
_PARTED = re.compile(rf"[^\W\d_][{_HYPHENS}]$")  # a word at the end of a line, of which the next may have the rest
_AROUND = 20  # lines before and after one that show its column's margins
_HEADLINE = 300  # letters, at most
_RAGGED = 0.15  # of a column's width: so much the lines of a paragraph differ in length
_SHORT = 0.35  # of a column's width: so much room is left at the end of a line only where the paragraph ends


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: list[Line]
    text: str

    @property
    def size(self) -> float:
        """The size of its first line."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(line.bold for line in self.lines)


def body_size(lines: Sequence[Line]) -> float:
    """The size in which most letters stand."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def without_furniture(layout: Layout) -> list[Line]:
    """The lines without page numbers, without headers and footers that come again, without small contacts at the foot."""
    places: dict[tuple[int, str], set[int]] = {}
    for line in layout.lines:
        if line.edge:
            places.setdefault((line.edge, _name(line)), set()).add(line.page)
    often = {key for key, pages in places.items() if len(pages) > 1 and 3 * len(pages) >= layout.pages}
    usual = body_size(layout.lines)
    small = 0.92 * usual
    feet = {
        line.page for line in layout.lines if line.edge < 0 and line.size <= small and CONTACT.search(line.text)
    }  # fmt: skip
    return [
        line
        for line in layout.lines
        if not line.edge
        or not (
            (
                (line.edge, _name(line)) in often and (line.page or line.size < 1.15 * usual)
            )  # not a title that comes again
            or _PAGE_NUMBER.fullmatch(line.text)
            or (line.edge < 0 and line.size <= small and line.page in feet)
        )
    ]


def _name(line: Line) -> str:
    return _DIGITS.sub("0", fold(line.text) or line.text)


def paragraphs_of(lines: Sequence[Line]) -> list[Paragraph]:
    """The paragraphs that lines in reading order make."""
    found: list[Paragraph] = []
    pitches, words = _pitches(lines), _Words(lines)
    usual, letters = body_size(lines), sum(len(line.text) for line in lines)
    plain = 2 * sum(len(line.text) for line in lines if line.bold) < letters
    for index, line in enumerate(lines):
        pitch = pitches.get(line.size, line.size * 1.5)
        if found and (_is_headline(found[-1], line, pitch, usual, plain) or _goes_on(lines, index, found[-1], pitch)):
            found[-1].lines.append(line)
            found[-1].text = words.joined(found[-1].text, line.text)
        else:
            found.append(Paragraph([line], line.text))
    for paragraph in found:
        paragraph.text = _BULLET.sub("", paragraph.text, count=1) if _BULLET.match(paragraph.text) else paragraph.text
        paragraph.text = paragraph.text.replace(HYPHEN, "-").replace("\u00ad", "")
    return [paragraph for paragraph in found if paragraph.text.strip()]


def _pitches(lines: Sequence[Line]) -> dict[float, float]:
    """How far apart the lines of a paragraph stand, for each size: the smallest distance that is not rare."""
    steps: dict[float, Counter[float]] = {}
    for one, other in pairwise(lines):
        step = one.bottom - other.bottom
        if one.page == other.page and one.size == other.size and 0.7 * one.size < step < 3 * one.size:
            steps.setdefault(one.size, Counter())[round(step * 2) / 2] += 1
    return {
        size: min(step for step, count in found.items() if 5 * count >= max(found.values()))
        for size, found in steps.items()
    }


def _is_headline(paragraph: Paragraph, line: Line, pitch: float, usual: float, plain: bool) -> bool:
    """Whether a line continues a headline, which is broken where it looks well; `plain`: the text around is not bold."""
    before = paragraph.lines[-1]
    if before.page or line.page or len(paragraph.text) + len(line.text) > _HEADLINE or _ENDED.search(before.text):
        return False
    alike = abs(before.size - line.size) < 0.03 * line.size and before.bold == line.bold
    loud = line.size > 1.12 * usual or line.bold and plain
    near = 0 < before.bottom - line.bottom <= 1.3 * pitch
    return alike and loud and near and not is_letterhead(paragraph.text) and not is_letterhead(line.text)


def _goes_on(lines: Sequence[Line], index: int, paragraph: Paragraph, pitch: float) -> bool:
    """Whether a line continues the paragraph that the line before it ended."""
    before, line = paragraph.lines[-1], lines[index]
    if abs(before.size - line.size) > 0.08 * max(before.size, line.size):
        return False
    left, right = _column(lines, index)
    unfinished = not _ENDED.search(before.text)
    lower = line.text[:1].islower() or before.text[-1:] in _HYPHENS
    if before.page != line.page or line.top > before.top + 1:  # the next page or column
        return unfinished and (lower or _is_full(before, line, *_column(lines, index - 1)))
    if before.bottom - line.bottom > 1.3 * pitch or _BULLET.match(line.text):
        return False
    room = (right - before.right) / max(right - left, 1.0)
    full = _is_full(before, line, left, right) or room < _RAGGED and (unfinished or lower)
    if _ITEM.match(line.text) and (not full or _ITEM.match(paragraph.text) or not unfinished):
        return False
    both_indented = abs(before.left - line.left) < 0.3 * line.size and _is_in(line, left)
    if both_indented and not _is_centred(line, left, right) and not _is_full(before, line, left, right):
        return False  # each is the first line of its paragraph
    if not full and room > _SHORT and not _is_centred(before, left, right):
        return False
    if lower and unfinished:
        return True
    hanging = _BULLET.match(paragraph.text) or _ITEM.match(paragraph.text)
    return full and (bool(hanging) or not _is_indented(before, line, left, right))


def _is_indented(before: Line, line: Line, left: float, right: float) -> bool:
    """Whether a line begins further in than the one before it, as the first line of a paragraph may."""
    step = line.left - before.left
    return 0.7 * line.size < step < 6 * line.size and line.right > before.left and not _is_centred(line, left, right)


def _is_in(line: Line, left: float) -> bool:
    return 0.7 * line.size < line.left - left < 6 * line.size


def _is_centred(line: Line, left: float, right: float) -> bool:
    return line.left - left > line.size and abs((line.left - left) - (right - line.right)) < line.size


def _column(lines: Sequence[Line], index: int) -> tuple[float, float]:
    """The margins of the lines around one, as far as they follow each other in its size and stand in its column."""
    line = lines[index]
    left, right = line.left, line.right
    for around in (reversed(lines[max(0, index - _AROUND) : index]), lines[index + 1 : index + 1 + _AROUND]):
        for other in around:
            if abs(other.size - line.size) > 0.08 * line.size:
                break
            if min(other.right, line.right) > max(other.left, line.left):
                left, right = min(left, other.left), max(right, other.right)
    return left, right


def _is_full(before: Line, line: Line, left: float, right: float) -> bool:
    """Whether a line had no room for the first word of the next one."""
    room = right - before.right
    if _is_centred(before, left, right):
        room += before.left - left
    letter = (line.right - line.left) / max(len(line.text), 1)
    return room < letter * (len(line.text.split(maxsplit=1)[0]) + 1)


class _Words:
    """The words of a text, which tell whether a hyphen at the end of a line is the line's or the word's own.

    Most public bodies' letters are not hyphenated: there, a hyphen at the end of a line is that of a compound
    ("turistico-ricettivo") or of an address. Those that are have one every few lines.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        parted = sum(bool(_PARTED.search(line.text)) for line in lines)
        self._is_hyphenated = parted > 2 and 25 * parted > len(lines)
        text = " ".join(line.text for line in lines).lower()
        self._counts = Counter(_WORD.findall(text))

    def joined(self, text: str, more: str) -> str:
        """Two lines as one; a word that the end of the line parted is whole again."""
        if text[-1:] == "\u00ad":
            return text[:-1] + more
        if not _PARTED.search(text):
            return f"{text}{more}" if text[-1:] == HYPHEN else f"{text} {more}"
        if not more[:1].islower() or not self._is_hyphenated and not self._is_known(text, more):
            return text + more
        return text + more if self._is_compound(text, more) else text[:-1] + more

    def _is_known(self, text: str, more: str) -> bool:
        """Whether the text has the word elsewhere, without a hyphen."""
        return bool(self._counts[self._last(text) + self._first(more)])

    def _is_compound(self, text: str, more: str) -> bool:
        last, first = self._last(text), self._first(more)
        return self._counts[f"{last}-{first}"] > self._counts[last + first] or "-" in first or "@" in first

    def _last(self, text: str) -> str:
        return re.split(r"\s", text[:-1].lower())[-1].lstrip("«“\"'‘(")

    def _first(self, more: str) -> str:
        match = _WORD.match(more.lower())
        return match[0] if match else ""
