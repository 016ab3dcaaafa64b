"""What a source's own pages say about its template: which element holds the text, and what in it is furniture.

Nothing is ever dropped because it repeats. Two things are remembered, each with the number of pages that had it:

- of each kind of block (tag and class of its box and of the two around it): how likely the model found such blocks;
- of each element that held a good part of a page: how much of its letters, and of the page's whole body, was body.

An element whose letters were body, and nearly all of it, is the template's place for the text. What stands there is text,
tables and all, but for kinds that were never text on most of those pages (share bars). Of links and
cards in it (attachments, other releases) the model decides, unless other pages had them as text. With the memory of ten pages,
F1 on pages of WordPress and Plone goes from .978 and .990 to 1.000, by a model that was trained on neither.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from crawler.extraction.blocks import ASIDE, CARD, COMMENTS, RELATED, Box
from crawler.extraction.features import Layout
from crawler.extraction.votes import ALL, Memory
from crawler.extraction.votes import merged as merged

Chances = NDArray[np.float64]

PAGES = 2  # a kind seen on fewer pages has no say
SHARE = 0.8  # of the vote against the page itself, where many pages know the kind
KNOWN_HALF = 2  # pages at which a kind has half of its share
LEARNT = 5  # pages that show an element to be the text's place
PURE, WHOLE = (
    0.75,
    0.8,
)  # of its letters that were body, of the body that was in it: F1 is the same from .7 to .8, .6 to .8
NEVER, OFTEN = 0.1, 0.5  # less likely than this on so many of those pages, a kind of block in it is furniture
INSIDE = 0.9  # the chance of what stands in the text's place
CHANGED = 0.8  # of its letters in kinds that nobody knows: another template, and not a page that is one large table
ELSEWHERE = 0.05  # of the letters may be in kinds outside of it that nobody knows
_APART = CARD | COMMENTS | RELATED | ASIDE
_PART = 0.1  # of a page's letters that an element has at least


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page's text stands, by its source's memory: a truth value for each block. `told` are all blocks' chances
    without the model, None where some of the page is of kinds that are not known."""

    rows: NDArray[np.bool_]
    told: Chances | None


def votes_of(laid: Layout, probabilities: Sequence[float]) -> dict[str, list[float]]:
    """One page's votes, as a memory of one page. `probabilities` are the model's own, without any memory."""
    sums: dict[str, list[float]] = {}
    for key, probability in zip(laid.keys, probabilities, strict=True):
        own = sums.setdefault(key, [0.0, 0])
        own[0] += probability
        own[1] += 1
    kinds = {_kind(key): [round(total, 4), blocks, 1] for key, (total, blocks) in sums.items()}
    return kinds | _elements(laid, probabilities) | {ALL: [0.0, 0, 1]}


def voted(keys: Sequence[str], probabilities: Chances, memory: Memory) -> Chances:
    """The probabilities after the source's pages had their say. A kind that they do not know stays as the model has it."""
    result = probabilities.copy()
    kinds: dict[str, tuple[float, float]] = {}
    for at, key in enumerate(keys):
        if key not in kinds:
            total, blocks, pages = memory.get(_kind(key), (0.0, 0, 0))
            share = SHARE * pages / (pages + KNOWN_HALF) if pages >= PAGES and blocks else 0.0
            kinds[key] = (share, total / blocks if blocks else 0.0)
        share, vote = kinds[key]
        if share:
            result[at] += share * (vote - result[at])
    return result


def remembered(laid: Layout, probabilities: Chances, memory: Memory) -> Chances:
    """The model's probabilities after all that the memory has to say: `voted`, and where the text stands."""
    chances, place = voted(laid.keys, probabilities, memory), place_in(laid, memory)
    if place:
        chances[place.rows] = np.maximum(chances[place.rows], INSIDE)
    return chances


def place_in(laid: Layout, memory: Memory) -> Place | None:
    """Where the memory says that the text stands; None where it knows no such element, or this page has none, or one that
    is filled in a new way: the template has changed."""
    names, outer = _names(laid.all_boxes, laid.outer.tolist()), laid.outer.tolist()
    best, most, pages = -1, 0.0, 0.0
    for at, name in enumerate(names):
        pure, whole, seen = memory.get(name, (0.0, 0.0, 0))
        if seen >= LEARNT and pure >= PURE * seen and whole >= WHOLE * seen and pure * whole > most * seen * seen:
            best, most, pages = at, pure * whole / (seen * seen), seen
    if best < 0:
        return None
    inside = [False] * len(names)
    inside[best] = True
    for at in range(best + 1, len(names)):  # outer boxes come first
        inside[at] = inside[outer[at]]
    rows = np.array(inside, np.bool_)[laid.boxes]
    told = np.zeros(len(rows))
    letters = fresh = doubtful = (
        0  # in the place; of these, of kinds that nobody knows; of all, what the model is asked for
    )
    for at, key in enumerate(laid.keys):
        total, blocks, known = memory.get(_kind(key), (0.0, 0, 0))
        block, within, new = laid.blocks[at], bool(rows[at]), known < PAGES
        vote, size = total / blocks if blocks else 0.0, len(block.text)
        if within:
            letters += size
            fresh += size if new else 0
            never = blocks and vote < NEVER and known >= OFTEN * pages
            # Lists of links and cards ("Leggi anche") may be text and may not, wherever they stand.
            apart = 2 * block.linked > size or bool(block.place & _APART)
            rows[at] = not never and (not apart or vote >= 0.5)
        doubtful += size if new and not rows[at] else 0
        told[at] = INSIDE if rows[at] else vote
    if not rows.any() or fresh > CHANGED * letters:
        return None
    return Place(rows, told if doubtful <= ELSEWHERE * sum(len(block.text) for block in laid.blocks) else None)


def _elements(laid: Layout, probabilities: Sequence[float]) -> dict[str, list[float]]:
    """Of the elements that hold a good part of a page, or most of its body: body of its letters, its part of the body, 1."""
    outer = laid.outer.tolist()
    letters, body = [0.0] * len(outer), [0.0] * len(outer)
    for block, at, probability in zip(laid.blocks, laid.boxes.tolist(), probabilities, strict=True):
        letters[at] += len(block.text)
        body[at] += len(block.text) * probability
    for at in range(len(outer) - 1, 0, -1):
        if outer[at] != at:
            letters[outer[at]] += letters[at]
            body[outer[at]] += body[at]
    all_letters, all_body = max(1.0, letters[0]), max(1.0, body[0])
    found: dict[str, list[float]] = {}
    for at, name in enumerate(_names(laid.all_boxes, outer)):
        part = body[at] / all_body
        if letters[at] < _PART * all_letters and part < 0.5:
            continue
        if name not in found or part > found[name][1]:
            found[name] = [round(body[at] / max(1.0, letters[at]), 4), round(part, 4), 1]
    return found


def _names(boxes: Sequence[Box], outer: Sequence[int]) -> list[str]:
    """How the memory calls each box: by tag, id and class of itself and of the one around it."""
    own = [_called(box.tag, box.identity, box.name) for box in boxes]
    return [f"e{crc32(f'{own[outer[at]]}>{own[at]}'.encode()):08x}" for at in range(len(own))]


@lru_cache(maxsize=4096)
def _called(tag: str, identity: str, name: str) -> str:
    """Without the numbers that differ from page to page (post-123)."""
    return re.sub(r"\d+", "0", f"{tag}#{identity}.{name}")


@lru_cache(maxsize=4096)
def _kind(key: str) -> str:
    return f"{crc32(key.encode()):08x}"
