"""What changed between two wordings, word by word."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

_BREAK = "\n\n"  # between two paragraphs, a word of its own


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words: `same` in both wordings, `removed` from the old one, or `added` by the new one."""

    kind: str
    text: str


def words_changed(old: str, new: str) -> list[Piece]:
    """The words of two texts in the order of reading; what was removed stands before what took its place.

    Paragraphs are compared first, then the words of those that differ: quadratic in the words of a paragraph only.
    """
    found: list[Piece] = []
    before, after = _paragraphs(old), _paragraphs(new)
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Piece("same", text) for text in before[i:j]]
        else:
            found += _words(" ".join(before[i:j]), " ".join(after[k:m]))
    return [
        Piece(kind, " ".join(piece.text for piece in run).replace(f" {_BREAK} ", _BREAK).strip(" "))
        for kind, run in groupby(found, key=lambda piece: piece.kind)
    ]


def _paragraphs(text: str) -> list[str]:
    """The paragraphs, each but the last with the break that follows it."""
    parts = text.split(_BREAK)
    return [f"{part} {_BREAK}" for part in parts[:-1]] + parts[-1:]


def _words(old: str, new: str) -> Iterator[Piece]:
    before, after = (text.split(" ") if text else [] for text in (old, new))
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("same", " ".join(before[i:j]))
            continue
        if i < j:
            yield Piece("removed", " ".join(before[i:j]))
        if k < m:
            yield Piece("added", " ".join(after[k:m]))
