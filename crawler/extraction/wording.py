"""What can be counted in the texts of blocks: their words, their signs, the heading above, the blocks beside."""

import math
import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from crawler.extraction import lexicon
from crawler.extraction.blocks import HEADINGS, Block

Columns = NDArray[np.float32]

PROSE = 60  # letters that make a block with few links prose
_WORD = re.compile(r"\w+")


def prose_in(block: Block) -> float:
    """The letters of a block that is running text; none for a short one or one of links."""
    size = len(block.text)
    return float(size) if size >= PROSE and block.linked * 3 < size else 0.0


def of_texts(blocks: list[Block], title: frozenset[str]) -> Columns:
    """Length, links, signs, stop words, figures, words of the title, groups of the lexicon that a short text has."""
    rows = []
    groups = []
    for block in blocks:
        text = block.text
        size = len(text)
        words = text.lower().split()
        count = len(words)
        last = text[-1]
        first = text[0]
        groups.append(_groups(text) if count <= 30 else 0)
        rows.append(
            (
                math.log1p(size),
                math.log1p(count),
                size / count,
                block.linked / size,
                (text.count(". ") + text.count("! ") + text.count("? ")) / count,
                text.count(",") / count,
                1.0 if last in ".!?…。" else 2.0 if last in ":;" else 3.0 if last in "\"”»'’)" else 0.0,
                1.0 if first.isupper() else 2.0 if first.islower() else 3.0 if first.isdigit() else 0.0,
                sum(map(lexicon.STOP.__contains__, words)) / count,
                sum(map(str.istitle, text.split())) / count if count <= 60 else 0.15,
                1.0 if text.isupper() else 0.0,
                sum(map(str.isdigit, text)) / size if size <= 200 else 0.0,
                len(title.intersection(words)) / len(title) if title and count <= 60 else 0.0,
                text.count("|") + text.count("•") + text.count("»"),
            )
        )
    return np.concatenate([np.array(rows, np.float32), _bits(groups)], axis=1)


def _bits(groups: list[int]) -> Columns:
    each = np.arange(lexicon.TEXT_GROUPS, dtype=np.int64)
    return (np.array(groups, np.int64)[:, None] >> each & 1).astype(np.float32)


def _groups(text: str) -> int:
    found = 0
    for word in _WORD.findall(text.lower()):
        found |= lexicon.TEXT.get(word, 0)
    return found


def of_kinds(blocks: list[Block], keys: list[str]) -> Columns:
    """What the blocks that the template calls the same are like, and how often the same text stands on the page."""
    sums: dict[str, list[float]] = {}
    texts = Counter(block.text for block in blocks)
    for block, key in zip(blocks, keys, strict=True):
        sums_of = sums.setdefault(key, [0.0, 0.0, 0.0, 0.0])
        sums_of[0] += 1
        sums_of[1] += len(block.text)
        sums_of[2] += block.linked
        sums_of[3] += prose_in(block)
    whole = max(1.0, sum(each[3] for each in sums.values()))
    kinds = {
        key: (math.log1p(n), math.log1p(chars), chars / n, linked / max(1.0, chars), prose / whole)
        for key, (n, chars, linked, prose) in sums.items()
    }
    rows = [(*kinds[key], min(9, texts[block.text])) for block, key in zip(blocks, keys, strict=True)]
    return np.array(rows, np.float32)


def of_headings(blocks: list[Block]) -> Columns:
    """The heading above: how far, of which level, of which groups its words are."""
    rows: list[tuple[int, int, int]] = []
    above: list[int] = []
    since, level, groups, count = 0, 0, 0, 0
    for block in blocks:
        rows.append((since, level, count))
        above.append(groups)
        since += 1
        if block.tag in HEADINGS:
            since, level, groups, count = 0, int(block.tag[1]), _groups(block.text[:120]), count + 1
    table = np.array(rows, np.float32)
    table[:, 0] = np.log1p(table[:, 0])
    return np.concatenate([table, _bits(above)], axis=1)


def of_neighbours(own: Columns, of: NDArray[np.int32], outer: NDArray[np.int32]) -> Columns:
    """Length, links, sentence's end, stop words of the three blocks on each side, and whether they share a box."""
    told = own[:, [0, 3, 6, 8]]
    parts = []
    for step in (-3, -2, -1, 1, 2, 3):
        parts.append(_shifted(told, step))
        if abs(step) < 3:
            parts.append((_shifted(outer[of][:, None], step) == outer[of][:, None]).astype(np.float32))
    return np.concatenate(parts, axis=1)


def _shifted(table: NDArray[np.generic], step: int) -> Columns:
    """Each row's neighbour `step` rows on; -1 where there is none."""
    moved = np.full(table.shape, -1, np.float32)
    if step > 0:
        moved[:-step] = table[step:]
    else:
        moved[-step:] = table[:step]
    return moved
