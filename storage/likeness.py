"""When two texts are nearly the same: a reprint, an edited version, a trimmed one. Pure functions; `neighbours.py` keeps them.

Two steps: texts that may be alike share some *keys*, which an index finds; whether they are is then seen on the texts.

Keys are the 24 minima of a MinHash over pairs of content words. The usual three-word shingles in bands of four rows
find what is alike to a half or more, but of a text whose words were edited by 30 % only .7³ = .34 of these shingles
are left, a Jaccard similarity of .2, and such bands find 5 % of that. Pairs keep .33 of Jaccard, single minima find
nearly all of it, and leaving out short and very common words makes chance hits rare.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from rensa import RMinHash  # type: ignore[import-untyped]

from storage.duplicates import words

_OURS = 1  # counts changes of the keys below
VERSION = 1000 * _OURS + int(RMinHash.ALGORITHM_VERSION)
"""The algorithm of the keys: ours and rensa's. Keys of two versions cannot be compared."""

KEYS = 24
HITS = 2  # keys that two texts share at least
_SEED = 42
_LEAST = 20  # words: of a shorter text nothing is said
_ALIKE = 0.33  # of the shorter text's pairs of words; edits of 30 % leave .7² = .49
_FEWEST = 12  # such pairs
_WINDOW = 20  # pairs, of which some must be found …
_FOUND = 3
_SPREAD = 0.85  # … in this part of all windows, and in the first: shared boilerplate fills a part of a text, a copy's
# words are all over it
_MOST = 2000  # words that are looked at: what is alike in so many is alike
_PART = 0.15  # of the longer text that a trimmed version has at least

_COMMON = frozenset(
    "alla alle allo agli anche ancora come con cui dagli dalla dalle dallo degli dell della delle dello dopo dove essere "
    "fino hanno loro mentre molto negli nell nella nelle nello ogni oltre però perché più poi prima presso quale quali "
    "quando quella quelle quelli quello questa queste questi questo sarà saranno senza sono stata state stati stato sugli "
    "sull sulla sulle sullo sulla tale tali tutta tutte tutti tutto tramite verso viene".split()
)
_MONTHS = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
_DAYS = "lunedì lunedi martedì martedi mercoledì mercoledi giovedì giovedi venerdì venerdi sabato domenica".split()
_NUMERALS = "due tre quattro cinque sette otto nove dieci undici dodici".split()  # `sei` is also "you are"
# What tells one issue of a release from the next: numbers, days, and the levels of alerts, which are colours.
_TELLING = {
    **{name: str(number) for number, name in enumerate(_MONTHS, 1)},
    **{name: name.replace("ì", "i") for name in _DAYS},
    **dict(zip(_NUMERALS, "2 3 4 5 7 8 9 10 11 12".split(), strict=True)),
    **{name: name for name in ("seconda", "secondo", "terza", "terzo", "quarta", "quarto")},
    **{f"{stem}{end}": stem for stem in ("giall", "ross", "verd") for end in "aeio"},
    **{f"arancion{end}": "arancion" for end in "ei"},
}
_THOUSANDS = re.compile(r"(?<=\d)[.’'](?=\d{3}(?!\d))")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What of a text is compared."""

    length: int  # words of the body
    pairs: tuple[tuple[str, str], ...]  # each two words that follow each other in the body
    said: frozenset[str]  # its numbers and days
    numbers: frozenset[int]  # each of them (the lower 32 bits) where it stands (the upper: the words around it)


def likeness(title: str, body: str) -> Likeness:
    """What of a document is compared with others. Numbers are also looked for in its title."""
    named, text = (words(_THOUSANDS.sub("", part))[:_MOST] for part in (title, body))
    placed = [*_numbers(named), *_numbers(text)]
    numbers = frozenset(crc32(place.encode()) << 32 | crc32(value.encode()) for place, run in placed for value in run)
    return Likeness(len(text), tuple(pairwise(text)), frozenset(value for _, run in placed for value in run), numbers)


def keys(text: Likeness) -> list[int]:
    """Numbers of 41 bits at most, of which texts that are nearly the same share some; none of a text of a few words.

    The last one stands for all numbers and days in a text, where it has three at least, and is worth HITS: in a family
    of alerts that differ in nothing else it is what finds an alert's reprint.
    """
    if text.length < _LEAST:
        return []
    said = [text.pairs[0][0], *(word for _, word in text.pairs)]
    content = [word for word in said if (len(word) > 3 and word not in _COMMON) or not word.isalpha()]
    sketch = RMinHash(KEYS, _SEED)
    sketch.update([f"{one} {other}" for one, other in pairwise(content)] or content or said)
    found = [slot << 32 | minimum for slot, minimum in enumerate(sketch.digest())]
    if len(text.said) > 2:
        found.append(KEYS << 32 | crc32(" ".join(sorted(text.said)).encode()))
    return found


def worth(key: int) -> int:
    """How many shared keys a key counts for."""
    return HITS if key >> 32 == KEYS else 1


def nearly_same(text: Likeness, other: Likeness) -> bool:
    """Whether one text is an edited or trimmed version of the other, whichever is first.

    A third of the shorter one's pairs of words must be in the other, spread over all of it, and nowhere may both have
    another number or day beside the same words: such releases are an office's next ones.
    """
    short, long = sorted((text, other), key=lambda each: (each.length, each.pairs))
    if short.length < max(_LEAST, _PART * long.length) or not short.pairs:
        return False
    there = set(long.pairs)
    found = [pair in there for pair in short.pairs]
    if sum(found) < max(_FEWEST, _ALIKE * len(found)):
        return False
    windows = [found[start : start + _WINDOW] for start in range(0, max(1, len(found) - _WINDOW // 2), _WINDOW)]
    covered = [sum(window) >= _FOUND for window in windows]
    return covered[0] and sum(covered) >= _SPREAD * len(covered) and not differ(short.numbers, long.numbers)


def differ(numbers: Set[int], others: Set[int]) -> bool:
    """Whether two texts have another number or day at the same place.

    One of them may say more there: "giovedì 12 marzo" and "il 12 marzo" are the same day.
    """
    own, theirs = numbers - others, others - numbers
    return not {each >> 32 for each in own}.isdisjoint(each >> 32 for each in theirs)


def _numbers(said: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each run of numbers and days, once with the two words before it and once with the two after it."""
    values = {at: value for at, word in enumerate(said) if (value := _value(word))}
    for start in values:
        if start - 1 in values:
            continue
        end = start
        while end in values:
            end += 1
        run = [values[at] for at in range(start, end)]
        for place in (range(start - 2, start), range(end, end + 2)):
            around = ["#" if at in values else said[at] if 0 <= at < len(said) else "" for at in place]
            yield " ".join(["<" if place.start < start else ">", *around]), run


def _value(word: str) -> str | None:
    """A number or day in one spelling ("03", "3" and "marzo" are one); None of other words."""
    if word.isalpha():
        return _TELLING.get(word)
    return word.lstrip("0") or "0" if _DIGIT.search(word) else None
