"""When two texts are nearly the same: a reprint, an edited version, a trimmed one. Pure functions; `neighbours.py` keeps them.

Two steps: texts that may be alike share some *keys*, which an index finds; whether they are is then seen on the texts.

Keys are the 24 minima of a MinHash over pairs of content words. The usual three-word shingles in bands of four rows
find what is alike to a half or more, but of a text whose words were edited by 30 % only .7³ = .34 of these shingles
are left, a Jaccard similarity of .2, and such bands find 5 % of that. Pairs keep .33 of Jaccard, single minima find
nearly all of it, and leaving out short and very common words makes chance hits rare.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise
from operator import eq
from zlib import crc32

from rensa import RMinHash  # type: ignore[import-untyped]

from storage.duplicates import words

_OURS = 1  # counts changes of the keys below
VERSION = 1000 * _OURS + int(RMinHash.ALGORITHM_VERSION)
"""The algorithm of the keys: ours and rensa's. Keys of two versions cannot be compared."""

KEYS = 24
NUMBERS = KEYS << 32
HITS = 2  # keys that two texts share at least
_SEED = 42
_BYTES = 64
_GLANCE = 0.35
_LEAST = 20  # pairs: of a shorter text nothing is said
_ALIKE = 0.33  # of the shorter text's pairs of words; edits of 30 % leave .7² = .49
_FEWEST = 12  # such pairs
_WINDOW = 20  # pairs, of which some must be found …
_FOUND = 3
_SPREAD = 0.85  # … in this part of all windows, and in the first: shared boilerplate fills a part of a text, a copy's
# words are all over it
SHARE_OF_OTHER_TITLES = 0.7  # of the shorter text's pairs, where two titles have hardly a word in common
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


Pairs = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers and days in a text, and what is beside them."""

    said: frozenset[str]
    placed: frozenset[int]  # each of them (the lower 32 bits) where it stands (the upper: the words around it)


def words_of(text: str) -> list[str]:
    """The words that are looked at."""
    return words(text)[:_MOST]


def pairs_of(said: list[str]) -> Pairs:
    """What is compared: each two words that follow each other, as hashes that mean nothing to another process."""
    return tuple(map(hash, pairwise(said)))


def numbers_of(title: list[str], body: list[str]) -> Numbers:
    """The numbers and days that a document says, also those of its title."""
    found = [*_numbers(title), *_numbers(body)]
    placed = frozenset(crc32(place.encode()) << 32 | crc32(value.encode()) for place, run in found for value in run)
    return Numbers(frozenset(value for _, run in found for value in run), placed)


def keys(body: list[str], numbers: Numbers) -> list[int]:
    """Numbers of 37 bits at most, of which texts that are nearly the same share some; none of a text of a few words.

    That of NUMBERS or more stands for all numbers and days in a text, where it has three at least, and counts for HITS:
    in a family of alerts that differ in nothing else it is what finds an alert's reprint.
    """
    if len(body) <= _LEAST:
        return []
    content = [word for word in body if (len(word) > 3 and word not in _COMMON) or not word.isalpha()]
    sketch = RMinHash(KEYS, _SEED)
    sketch.update(list(map(" ".join, pairwise(content))) or body)
    found = [slot << 32 | minimum for slot, minimum in enumerate(sketch.digest())]
    if len(numbers.said) > 2:
        found.append(NUMBERS | crc32(" ".join(sorted(numbers.said)).encode()))
    return found


def sketch(body: list[str]) -> bytes:
    """64 bytes that say in a glance how many longer words two texts share (see `may_be_alike`)."""
    drawn = RMinHash(_BYTES, _SEED)
    drawn.update([word for word in body if len(word) > 3] or body)
    return bytes(minimum & 255 for minimum in drawn.digest())


def may_be_alike(one: bytes, length: int, other: bytes, others: int) -> bool:
    """Whether it is worth while to compare two texts of so many words, by their sketches.

    Edits of 30 % leave half of all words in common and of the shorter part of a text that part; texts that share an
    office's phrases only have a fifth. Saves nine of ten comparisons.
    """
    part = min(length, others) / (max(length, others) or 1)
    return bool(sum(map(eq, one, other)) >= _GLANCE * part * _BYTES)


def nearly_same(pairs: Pairs, others: Pairs) -> bool:
    """Whether one text is an edited or trimmed version of the other, whichever is first, but for their numbers.

    A third of the shorter one's pairs of words must be in the other, spread over all of it.
    """
    if len(pairs) == len(others):
        return _holds(pairs, others) or _holds(others, pairs)
    return _holds(pairs, others) if len(pairs) > len(others) else _holds(others, pairs)


def _holds(long: Pairs, short: Pairs) -> bool:
    if len(short) < max(_LEAST, _PART * len(long)):
        return False
    there = set(long)
    found = [pair in there for pair in short]
    if sum(found) < max(_FEWEST, _ALIKE * len(found)):
        return False
    windows = [found[start : start + _WINDOW] for start in range(0, max(1, len(found) - _WINDOW // 2), _WINDOW)]
    covered = [sum(window) >= _FOUND for window in windows]
    return covered[0] and sum(covered) >= _SPREAD * len(covered)


def share(pairs: Pairs, others: Pairs) -> float:
    """The part of the shorter text's pairs of words that the other has, 0 to 1."""
    short, long = sorted((pairs, others), key=len)
    return len(set(short) & set(long)) / max(1, len(set(short)))


def name_other_things(title: str, body: str, other: str, others_body: str) -> bool:
    """Whether two releases are of different places, people or bodies: each title has a name that the other release has
    nowhere. Two notices of one office ("Interruzione idrica in via Roma", "… in viale Kennedy") differ in nothing else."""
    own, theirs = _names(title), _names(other)
    return bool(own - set(words(f"{other} {others_body}"))) and bool(theirs - set(words(f"{title} {body}")))


def have_other_subjects(title: str, body: str, other: str, others_body: str) -> bool:
    """Whether each release has a longer word in title and text that the other has nowhere. Of one publisher these are two
    releases after one pattern ("Riapre il campo da tennis", "… da calcio"); of two it may be a reprint that is edited."""
    own, theirs = set(words(body)), set(words(others_body))
    first, second = _content(title) & own, _content(other) & theirs
    return bool(first - theirs - set(words(other))) and bool(second - own - set(words(title)))


def _content(title: str) -> set[str]:
    return {word for word in words(title) if len(word) > 3 and word not in _COMMON}


def have_unlike_titles(title: str, other: str) -> bool:
    """Whether two titles have hardly a longer word in common."""
    own, theirs = _content(title), _content(other)
    return min(len(own), len(theirs)) > 1 and 3 * len(own & theirs) < min(len(own), len(theirs))


def _names(title: str) -> set[str]:
    """The capitalised words of a title, but for the first and of one that is all capitals."""
    if title.isupper():
        return set()
    return {word for each in title.split()[1:] if each[:1].isupper() and not each.isupper() for word in words(each)}


def differ(numbers: Set[int], others: Set[int]) -> bool:
    """Whether two texts have another number or day at the same place (`Numbers.placed`): an office's next release.

    One of them may say more there: "giovedì 12 marzo" and "il 12 marzo" are the same day.
    """
    own, theirs = numbers - others, others - numbers
    return not {each >> 32 for each in own}.isdisjoint(each >> 32 for each in theirs)


def _numbers(said: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each run of numbers and days, once with the two words before it and once with the two after it."""
    known = {word: _value(word) for word in set(said) if not word.isalpha() or word in _TELLING}
    if not known:
        return
    numbers = {at for at, word in enumerate(said) if word in known}
    for start in numbers:
        if start - 1 in numbers:
            continue
        end = start
        run: list[str] = []
        while end in numbers:
            if (
                run
                and len(said[end]) == 3
                and said[end].isdecimal()
                and len(said[end - 1]) < 4
                and said[end - 1].isdecimal()
            ):
                run[-1] += said[end]  # 12.000 is 12000
            else:
                run.append(known[said[end]])
            end += 1
        for place in (range(start - 2, start), range(end, end + 2)):
            around = ["#" if at in numbers else said[at] if 0 <= at < len(said) else "" for at in place]
            yield " ".join(["<" if place.start < start else ">", *around]), run


def _value(word: str) -> str:
    """A number or day in one spelling: "03", "3" and "marzo" are one."""
    return _TELLING.get(word) or word.lstrip("0") or "0"
