"""The links of a page that are set alike: the candidates for a list."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from spiders.discovery.addresses import (
    another_view,
    is_ours,
    no_release,
    press_like,
    resolve,
    same_page,
    without_language,
)
from spiders.discovery.furniture import Ground, Standing
from spiders.discovery.markup import HEADINGS, Element, text_of
from spiders.discovery.pager import turns_page
from spiders.source import Source

_Shape: TypeAlias = tuple[int, str, str]
_Place: TypeAlias = tuple[Element | None, int]

MOST_ANCHORS = 6000
_SAMPLE = 12

_KIND = re.compile(r"(?i)\.(?:x?html?|php|aspx?|jspx?|do|hbl|pdf|page)$")
_YEAR = re.compile(r"/(?:19|20)\d\d/?$")


@dataclass(slots=True)
class Anchor:
    """A link of the page: its element, address and text, and how sure it is that it belongs to the content."""

    element: Element
    url: str
    text: str
    standing: Standing


def anchors_of(tree: Element, base: str, own: str, source: Source) -> Iterator[Anchor]:
    """The page's links that may lead to a release: of the source's site, and no files, facets, sections or calendars."""
    ground = Ground()
    language = tree.get("lang", "")[:2].lower()
    for count, element in enumerate(tree.iter("a")):
        if count > MOST_ANCHORS:
            return
        url = resolve(base, element.get("href", ""))
        if not url or same_page(url, own) or not is_ours(url, own, source):
            continue
        if no_release(url) or another_view(url, own):
            continue
        text = text_of(element)
        # A year's archive (but a release's number may look like a year), or the page in another language.
        if len(text) < 20 and (_YEAR.search(url) or _is_foreign(element, language)):
            continue
        if source.wants(url) and not turns_page(element, url, own):
            yield Anchor(element, url, text, ground.standing(element))


def _is_foreign(element: Element, language: str) -> bool:
    said = element.get("hreflang", "")[:2].lower()
    return bool(said and language and said != language)


def grouped(anchors: Sequence[Anchor]) -> list[list[Anchor]]:
    """The links by tag path, class and standing, and by the shape of their addresses where a path mixes two; the most
    promising group first."""
    paths: dict[Element | None, int] = {None: 0}
    steps: dict[tuple[int, str], int] = {}
    groups: dict[tuple[int, str, Standing], list[Anchor]] = defaultdict(list)
    for anchor in anchors:
        path = _path(anchor.element.getparent(), paths, steps)
        names = " ".join(name for name in anchor.element.get("class", "").split() if not re.search(r"\d", name))
        groups[(path, names, anchor.standing)].append(anchor)
    return sorted((part for group in groups.values() for part in _split(group)), key=_promise, reverse=True)


def headed(element: Element) -> bool:
    """Whether a link is in a heading or holds one."""
    return next(element.iter(*HEADINGS), None) is not None or next(element.iterancestors(*HEADINGS), None) is not None


def _path(element: Element | None, paths: dict[Element | None, int], steps: dict[tuple[int, str], int]) -> int:
    """A number for the tags from the root to an element."""
    unknown = []
    while element is not None and element not in paths:
        unknown.append(element)
        element = element.getparent()
    path = paths[element]
    for node in reversed(unknown):
        path = paths[node] = steps.setdefault((path, node.tag), len(steps) + 1)
    return path


def _split(group: list[Anchor]) -> list[list[Anchor]]:
    shapes = [_shape(anchor.url) for anchor in group]
    if sum(count >= max(2, len(group) * 0.2) for count in Counter(shapes).values()) < 2:
        return [group]
    blocks = _blocks(group, shapes)
    parts: dict[_Shape, list[Anchor]] = defaultdict(list)
    for anchor, shape in zip(group, shapes, strict=True):
        parts[blocks[shape]].append(anchor)
    return list(parts.values())


def _blocks(group: list[Anchor], shapes: list[_Shape]) -> dict[_Shape, _Shape]:
    """For each shape one that stands for all those that take turns in the same rows.

    A blog's addresses begin with the post's first category: `/avvisi/…` and `/lavori-pubblici/…` follow each other in
    one list. A card's category and its title take turns too, but they are nearer to each other than two cards are.
    """
    rows: dict[_Shape, set[_Place]] = defaultdict(set)
    turns: dict[frozenset[_Shape], set[_Place]] = defaultdict(set)
    last: dict[_Shape, Anchor] = {}
    before: tuple[Anchor, _Shape] | None = None
    for anchor, shape in zip(group, shapes, strict=True):
        if shape in last:
            rows[shape].add(_meeting(last[shape].element, anchor.element))
        if before and before[1] != shape:
            turns[frozenset((before[1], shape))].add(_meeting(before[0].element, anchor.element))
        last[shape], before = anchor, (anchor, shape)
    block = {shape: shape for shape in shapes}
    for pair, places in turns.items():
        one, other = pair
        shared = rows[one] | rows[other]
        if places & shared and min(map(_height, places)) >= min(map(_height, shared)):
            kept, lost = block[one], block[other]
            block = {shape: kept if its == lost else its for shape, its in block.items()}
    return block


def _meeting(one: Element, other: Element) -> _Place:
    """The lowest element around two links whose tag paths are the same, and how far above them it is."""
    left: Element | None = one
    right: Element | None = other
    height = 0
    while left is not right and left is not None and right is not None:
        left, right, height = left.getparent(), right.getparent(), height + 1
    return left, height


def _height(place: _Place) -> int:
    return place[1]


def _shape(url: str) -> _Shape:
    path = urlsplit(url).path
    segments = [segment for segment in without_language(path).split("/") if segment]
    kind = _KIND.search(path)
    return len(segments), segments[0] if len(segments) > 1 else "", kind[0].lower() if kind else ""


def _promise(group: list[Anchor]) -> float:
    """A cheap guess at which groups are worth cutting into cards."""
    sample = group[:_SAMPLE]
    text = sum(min(len(anchor.text), 60) for anchor in sample) / 60
    points = text + sum(headed(anchor.element) + press_like(urlsplit(anchor.url).path) for anchor in sample)
    number = min(len({anchor.url for anchor in group}), 12)
    return float(points / len(sample) * number**0.5 * (0.1 + sample[0].standing))
