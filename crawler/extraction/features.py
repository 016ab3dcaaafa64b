"""What can be counted about each block of a page: the numbers that the body model decides by.

One pass over the blocks and one over their boxes in plain Python, the rest by whole columns.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from crawler.extraction import lexicon, wording
from crawler.extraction.blocks import COOKIE, FOOTER, HEADINGS, NAV, Block, Box
from crawler.extraction.wording import Columns

LEVELS = 6  # a block's own box and five around it have a say by their names
_PLACES = 15  # bits of a block's place that are read
_OWN_TAGS = "p li div td th dd dt blockquote figcaption pre section article main aside header span".split()
_OUTER_TAGS = "ul ol div li article section td tr blockquote figure main body header footer aside".split()
_HELD_IN = "figure table ul ol blockquote article li".split()
_TAGS = {tag: code for code, tag in enumerate([*_OWN_TAGS, *_OUTER_TAGS, *_HELD_IN, *sorted(HEADINGS)], start=1)}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAME = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """A page's candidate blocks and where each stands.

    `keys` say how the template calls each block; `boxes` has the number of its box in `all_boxes`, `outer` for each
    of those the number of the one around it.
    """

    blocks: list[Block]
    keys: list[str]
    boxes: NDArray[np.int32]
    outer: NDArray[np.int32]
    headline: Block | None
    all_boxes: list[Box]


@dataclass(frozen=True, slots=True)
class Seen(Layout):
    """A page's candidate blocks with their numbers, a row for each."""

    columns: Columns


def layout(blocks: Sequence[Block], headline: Block | None) -> Layout:
    """A page's blocks, of which there is at least one, but for what is certain furniture."""
    kept = [block for block in blocks if not _certain(block)]
    running = sum(map(wording.prose_in, blocks))
    if not kept or sum(map(wording.prose_in, kept)) * 2 < running:  # the template calls everything furniture
        kept = list(blocks)
    index, boxes, outer = _boxes(kept)
    of = np.fromiter((index[block.box] for block in kept), np.int32, len(kept))
    keys = _keys(boxes, outer)
    return Layout(kept, [keys[at] for at in of.tolist()], of, np.array(outer, np.int32), headline, boxes)


def seen(laid: Layout, title: str) -> Seen:
    """The numbers of a page's blocks."""
    kept, boxes, of, parents = laid.blocks, laid.all_boxes, laid.boxes, laid.outer
    outer = parents.tolist()
    own = wording.of_texts(kept, frozenset(title.lower().split()))
    held = _held(kept, of.tolist(), outer)
    parts = [
        own,
        _of_names(boxes, of, parents),
        _of_boxes(held, of, parents),
        _of_places(kept, boxes, of, outer, [each[3] for each in held], laid.headline),
        wording.of_kinds(kept, laid.keys),
        wording.of_headings(kept),
        wording.of_neighbours(own, of, parents),
    ]
    columns = np.concatenate(parts, axis=1, dtype=np.float32)
    return Seen(kept, laid.keys, of, parents, laid.headline, boxes, columns)


def _certain(block: Block) -> bool:
    """Of 11,700 blocks in footers and cookie notices 5 were body, of 37,000 in navigation 99 (751 labelled pages)."""
    place = block.place
    return bool(place & (FOOTER | COOKIE)) or bool(place & NAV) and block.linked * 2 > len(block.text)


def _boxes(blocks: list[Block]) -> tuple[dict[Box, int], list[Box], list[int]]:
    """Every box around the blocks, outer ones first, with the number of the one around it (its own at the top)."""
    index: dict[Box, int] = {}
    boxes: list[Box] = []
    outer: list[int] = []
    for block in blocks:
        fresh: list[Box] = []
        box: Box | None = block.box
        while box is not None and box not in index:
            fresh.append(box)
            box = box.parent
        for each in reversed(fresh):
            index[each] = len(boxes)
            outer.append(index[each.parent] if each.parent is not None else len(boxes))
            boxes.append(each)
    return index, boxes, outer


def _keys(boxes: list[Box], outer: list[int]) -> list[str]:
    """How the template calls each box: tag and class of itself and of the two around it."""
    own = [f"{box.tag}.{_numbered(box.name)}" if box.name else box.tag for box in boxes]
    return [f"{own[outer[outer[at]]]}>{own[outer[at]]}>{own[at]}" for at in range(len(boxes))]


@lru_cache(maxsize=4096)
def _numbered(name: str) -> str:
    """A class without the numbers that differ from page to page (post-123)."""
    return re.sub(r"\d+", "0", name)


@lru_cache(maxsize=16384)
def _named(name: str) -> int:
    """The groups of names that a class attribute's words belong to, as bits."""
    found = 0
    for word in _NAME.findall(_CAMEL.sub(" ", name).lower()):
        found |= lexicon.NAMES.get(word, 0)
    return found


def _of_names(boxes: list[Box], of: NDArray[np.int32], outer: NDArray[np.int32]) -> Columns:
    """How near a box of each group of names is, and the tags of the nearest boxes."""
    masks = np.fromiter((_named(box.name) for box in boxes), np.int64, len(boxes))
    tags = np.fromiter((_TAGS.get(box.tag, 0) for box in boxes), np.int16, len(boxes))
    bits = np.arange(lexicon.NAME_GROUPS, dtype=np.int64)
    near = np.zeros((len(of), lexicon.NAME_GROUPS), np.float32)
    held = np.zeros((len(of), len(_HELD_IN)), np.float32)
    wanted = np.array([_TAGS[tag] for tag in _HELD_IN], np.int16)
    chain = [of]
    for _ in range(LEVELS - 1):
        chain.append(outer[chain[-1]])
    for level in range(LEVELS - 1, -1, -1):
        at = chain[level]
        near[(masks[at][:, None] >> bits & 1).astype(bool)] = LEVELS - level
        held[tags[at][:, None] == wanted] = LEVELS - level
    own = tags[of][:, None] == np.array([_TAGS[tag] for tag in (*_OWN_TAGS, *sorted(HEADINGS))], np.int16)
    around = tags[outer[of]][:, None] == np.array([_TAGS[tag] for tag in _OUTER_TAGS], np.int16)
    return np.concatenate([near, held, own, around], axis=1, dtype=np.float32)


def _held(blocks: list[Block], of: list[int], outer: list[int]) -> list[list[float]]:
    """Letters, linked letters, blocks and letters of prose inside each box."""
    held = [[0.0, 0.0, 0.0, 0.0] for _ in outer]
    for block, at in zip(blocks, of, strict=True):
        own = held[at]
        own[0] += len(block.text)
        own[1] += block.linked
        own[2] += 1
        own[3] += wording.prose_in(block)
    for at in range(len(outer) - 1, 0, -1):
        if (up := outer[at]) != at:
            for each in range(4):
                held[up][each] += held[at][each]
    return held


def _of_boxes(held: list[list[float]], of: NDArray[np.int32], outer: NDArray[np.int32]) -> Columns:
    """How much is in the box and in the ones around it, how much of it links, how much of the page's prose."""
    chars, linked, leaves, prose = np.array(held, np.float32).reshape(-1, 4).T
    whole = max(1.0, float(prose[0])) if len(prose) else 1.0
    chars = np.maximum(1, chars)
    table = np.stack([np.log1p(chars), linked / chars, np.log1p(leaves), prose / whole, prose / chars], axis=1)
    at = of
    parts = []
    for _ in range(5):
        parts.append(table[at])
        at = outer[at]
    return np.concatenate(parts, axis=1, dtype=np.float32)


def _of_places(
    blocks: list[Block],
    boxes: list[Box],
    of: NDArray[np.int32],
    outer: list[int],
    prose: list[float],
    headline: Block | None,
) -> Columns:
    """Where the block stands: the bits of its place, its part of the page, the way to the headline and to the prose."""
    count = len(blocks)
    places = np.fromiter((block.box.place for block in blocks), np.int64, count)
    bits = (places[:, None] >> np.arange(_PLACES, dtype=np.int64) & 1).astype(np.float32)
    depths = [0] * len(boxes)
    for at in range(1, len(boxes)):
        depths[at] = depths[outer[at]] + 1
    depth = np.array(depths, np.float32)
    sizes = np.fromiter((len(block.text) for block in blocks), np.float32, count)
    proses = np.fromiter((wording.prose_in(block) for block in blocks), np.float32, count)
    order = np.arange(count, dtype=np.float32)
    before = np.cumsum(sizes) - sizes
    prose_before = np.cumsum(proses) - proses
    # Down from the top into whatever box holds most of the prose, as long as one holds half of it.
    most = prose[0] / 2 if prose else 0.0
    main: set[Box] = set()
    deepest = 0
    for at, box in enumerate(boxes):
        if prose[at] >= most and (not main or box.parent in main):
            main.add(box)
            deepest = max(deepest, depths[at])
    above: set[Box] = set()
    around: Box | None = headline.box if headline is not None else None
    while around is not None:
        above.add(around)
        around = around.parent
    title_depth = len(above) - 1
    meets_main, meets_title = _meeting(boxes, outer, depths, main), _meeting(boxes, outer, depths, above)
    of_main, of_title = np.array(meets_main, np.float32)[of], np.array(meets_title, np.float32)[of]
    own_depth = depth[of]
    after = np.array([block.index for block in blocks], np.float32) - (headline.index if headline is not None else 0)
    shown = 1.0 if headline is not None else 0.0
    columns: list[NDArray[np.floating]] = [
        own_depth,
        order / max(1, count),
        np.full(count, math.log1p(count)),
        before / max(1.0, float(sizes.sum())),
        prose_before / max(1.0, float(proses.sum())),
        np.full(count, math.log1p(float(proses.sum()))),
        deepest - of_main,
        own_depth - of_main,
        np.sign(after) * np.log1p(np.abs(after)) if shown else np.full(count, 9.0),
        own_depth - of_title if shown else np.full(count, -1.0),
        title_depth - of_title if shown else np.full(count, -1.0),
        np.full(count, shown),
    ]
    return np.concatenate([bits, np.stack(columns, axis=1)], axis=1)


def _meeting(boxes: list[Box], outer: list[int], depths: list[int], path: set[Box]) -> list[int]:
    """The depth at which each box's way up meets a path."""
    found: list[int] = []
    for at, box in enumerate(boxes):
        found.append(depths[at] if box in path or outer[at] == at else found[outer[at]])
    return found
