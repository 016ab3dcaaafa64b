"""How far what was read on a page agrees with its labels."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.labelled import Labelled

_WORD = re.compile(r"\w+")
GOOD = 0.95  # the F1 from which a page counts as read well


@dataclass(frozen=True, slots=True)
class Reading:
    """What a program read on a page, with the CPU seconds it took in a process that is warm."""

    title: str = ""
    date: str = ""
    text: str = ""
    seconds: float = 0.0
    rejected: str = ""


@dataclass(slots=True)
class Score:
    """The sums over a group of pages; each figure beside the number of pages that it is counted on.

    `shared_grams` of the `our_grams` that were read and the `their_grams` that were labelled agree.
    """

    pages: int = 0
    texts: int = 0
    precision: float = 0.0
    recall: float = 0.0
    good: int = 0
    shared_grams: int = 0
    our_grams: int = 0
    their_grams: int = 0
    titles: int = 0
    equal: int = 0
    contained: int = 0
    dates: int = 0
    day: int = 0
    wrong: int = 0
    missing: int = 0
    undated: int = 0
    invented: int = 0
    rejected: int = 0
    seconds: float = 0.0

    @property
    def f1(self) -> float:
        """Of precision and recall, each averaged over the pages."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both / self.texts if both else 0.0

    @property
    def pooled(self) -> float:
        """F1 of all pages' word 4-grams together."""
        return 2 * self.shared_grams / max(1, self.our_grams + self.their_grams)


def score(pages: Iterable[tuple[Labelled, Reading]]) -> Score:
    """The sums over some pages."""
    total = Score()
    for page, read in pages:
        total.pages += 1
        total.seconds += read.seconds
        total.rejected += bool(read.rejected)
        if page.text:
            _add_text(total, read.text, page.text)
        if page.title:
            ours, theirs = folded(read.title), folded(page.title)
            total.titles += 1
            total.equal += ours == theirs
            total.contained += bool(ours) and (ours in theirs or theirs in ours)
        if page.date:
            total.dates += 1
            total.day += read.date == page.date
            wrong = not page.date.startswith(read.date)  # the right month alone is no wrong day
            total.wrong += wrong
            total.missing += not wrong and read.date != page.date
        if page.undated:
            total.undated += 1
            total.invented += bool(read.date)
    return total


def _add_text(total: Score, text: str, wanted: str) -> None:
    ours, theirs = grams(text), grams(wanted)
    both, our_count, their_count = (ours & theirs).total(), ours.total(), theirs.total()
    total.texts += 1
    total.precision += both / max(1, our_count)
    total.recall += both / max(1, their_count)
    total.good += 2 * both >= GOOD * (our_count + their_count)
    total.shared_grams += both
    total.our_grams += our_count
    total.their_grams += their_count


def overlap(text: str, wanted: str) -> tuple[float, float]:
    """Precision and recall of a text by word 4-grams; a shorter text is one gram."""
    total = Score()
    _add_text(total, text, wanted)
    return total.precision, total.recall


def grams(text: str) -> Counter[tuple[str, ...]]:
    """A text's word 4-grams without soft hyphens and capitals."""
    words = _WORD.findall(unicodedata.normalize("NFC", text.replace("\u00ad", "")).casefold())
    if len(words) < 4:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))


def folded(text: str) -> str:
    """A title's words without capitals and punctuation."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
