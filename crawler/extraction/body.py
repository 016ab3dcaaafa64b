"""A release's paragraphs by a model of our own: each block of the page weighed, then the page read as a whole.

The model is boosted trees over the numbers of `features`, trained by `python -m benchmarks.train_body`. What a source's
other pages say about its template goes in before anything is decided. Measured on pages of sites that it was not
trained on (word 4-grams, precision and recall averaged over pages): 333 real pages .957, and .964 where the twentieth
of them that is least sure is read by `text` instead; 300 pages of two CMSs .992, with twenty other pages of the site 1.000.
It takes 3 ms a page where trafilatura takes 16.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crawler.extraction import templates, trees
from crawler.extraction.blocks import COMMENTS, COOKIE, FURNITURE, HIDDEN, Block, Box, Sheet
from crawler.extraction.features import Layout, layout, seen
from crawler.extraction.folding import fold
from crawler.extraction.votes import Memory

WEIGHTS = Path(__file__).with_name("body_weights.npz")
LIKELY = 0.42  # the probability from which a block is body: F1 .9540 at .30, .9572 at .42, .9580 at .50
SURE = 0.8  # less sure than this (5 % of real pages), trafilatura reads better: F1 .9572 → .9643; .9620 at .75, .9640 at .82
BETWEEN = 0.15  # the probability that is enough between two blocks of body
_NEAR = 8  # blocks between two of body that may come back
_LEAST = 0.05  # the probability below which nothing is body, however short the page
_LEAD = 40  # letters of a paragraph under the headline that is no label
_SAME = 40  # letters; a text this long that stands three times on a page is the template's
_TWICE = 200  # letters; one this long is body only once
_WORD = re.compile(r"\w")
_PLACEHOLDER = re.compile(r"\{\{|\{\*|\{%|\$\{")

Chances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks of the release, how sure they are (0 to 1), and what the page says about its template.

    A page whose template was known well enough to need no model says nothing (no `votes`).
    """

    blocks: list[Block]
    sure: float
    votes: dict[str, list[float]] = field(default_factory=dict)

    @property
    def paragraphs(self) -> list[str]:
        """The blocks' texts."""
        return [block.text for block in self.blocks]


def body_of(sheet: Sheet, title: str, headline: Block | None, memory: Memory | None = None, learn: bool = True) -> Body:
    """The body of the release whose title, and the block that shows it, are known.

    `memory` is what `votes.merged` made of the `votes` of other pages of the same source. `sure` is the mean
    probability of the letters chosen, 1 where the memory knows the text's place. A page of a template that the memory
    knows well needs the model only to `learn`.
    """
    if not sheet.blocks:
        return Body([], 0.0)
    laid = layout(sheet.blocks, headline)
    place = templates.place_in(laid, memory) if memory else None
    known = place.told if place else None
    if known is not None and not learn:
        return replace(_chosen(laid, known, title), sure=1.0)
    own = model().probabilities(seen(laid, title).columns)
    votes = templates.votes_of(laid, own.tolist())
    if known is not None:  # read as the pages that do not teach
        return replace(_chosen(laid, known, title), sure=1.0, votes=votes)
    return replace(_chosen(laid, templates.remembered(laid, own, memory) if memory else own, title), votes=votes)


def _chosen(laid: Layout, chances: Chances, title: str) -> Body:
    chosen = chosen_of(laid, chances, fold(title))
    sizes = np.fromiter((len(block.text) for block in laid.blocks), np.float64, len(laid.blocks))
    sure = float((sizes * chances)[chosen].sum() / sizes[chosen].sum()) if chosen else 0.0
    return Body([laid.blocks[at] for at in chosen], sure)


@cache
def model() -> trees.Trees:
    """The trained trees; read once a process."""
    return trees.load(WEIGHTS)


def chosen_of(page: Layout, chances: Chances, title: str) -> list[int]:
    """The rows of a page that are its body, in reading order."""
    chances = chances.copy()
    for at, block in enumerate(page.blocks):
        text = block.text
        if block is page.headline or not _WORD.search(text) or _PLACEHOLDER.search(text) or _says(text, title):
            chances[at] = 0.0
    for rule in RULES:
        chances = rule(page, chances)
    return np.flatnonzero(chances >= LIKELY).tolist()


def _says(text: str, title: str) -> bool:
    return len(title) <= len(text) < 2 * len(title) + 20 and fold(text) == title


def _once(page: Layout, chances: Chances) -> Chances:
    """Without texts that the page says again and again: hints on players, notes on data protection."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, block in enumerate(page.blocks):
        if len(block.text) >= _SAME:
            places[block.text].append(at)
    for text, rows in places.items():
        if len(rows) > 2:
            chances[rows] = 0.0
        elif len(rows) == 2 and len(text) >= _TWICE:
            chances[min(rows, key=lambda at: chances[at])] = 0.0
    return chances


def _first_article(page: Layout, chances: Chances) -> Chances:
    """Without further articles, which endless pages append to the first. F1 +.0017."""
    article: dict[Box, Box | None] = {}
    sizes: dict[Box, int] = {}
    whole = 0
    of = [_outermost(block.box, article) for block in page.blocks]
    for at in np.flatnonzero(chances >= LIKELY):
        size = len(page.blocks[at].text)
        whole += size
        if (own := of[at]) is not None:
            sizes[own] = sizes.get(own, 0) + size
    order = list(sizes)
    first = next((at for at, own in enumerate(order) if sizes[own] * 4 >= whole), len(order))
    later = set(order[first + 1 :])
    if later:
        chances[[own in later for own in of]] = 0.0
    return chances


def _outermost(box: Box, known: dict[Box, Box | None]) -> Box | None:
    """The outermost article around a box."""
    if box not in known:
        outer = _outermost(box.parent, known) if box.parent is not None else None
        known[box] = outer or (box if box.tag == "article" else None)
    return known[box]


def _between(page: Layout, chances: Chances) -> Chances:
    """With what stands between two blocks of body in a box with one of them: headings, items, quotes. F1 +.001."""
    rows = np.flatnonzero(chances >= LIKELY).tolist()
    boxes, outer = page.boxes, page.outer
    for before, after in pairwise(rows):
        if not 1 < after - before <= _NEAR:
            continue
        own = {boxes[before], boxes[after]}
        around = {outer[box] for box in own}
        for at in range(before + 1, after):
            if chances[at] >= BETWEEN and (boxes[at] in own or outer[boxes[at]] in around):
                chances[at] = LIKELY
    return chances


def _notice(page: Layout, chances: Chances) -> Chances:
    """The likeliest blocks where none is likely: notices of one sentence look like furniture. CMS pages +.0106."""
    most = float(chances.max(initial=0.0))
    if most >= LIKELY or most < _LEAST:
        return chances
    at = int(chances.argmax())
    if page.blocks[at].place & (COMMENTS | COOKIE):
        return chances
    return np.where(chances >= 0.7 * most, LIKELY, chances)


def _lead(page: Layout, chances: Chances) -> Chances:
    """With the paragraph directly under the headline, in a box that holds both: the national model's short description.

    Newspapers' gold leaves out 11 of 15 such paragraphs, at no change of F1; on public bodies' pages they are text.
    """
    headline = page.headline
    if headline is None:
        return chances
    around = headline.box.parent
    holders = {id(headline.box), id(around), id(around.parent if around is not None else None)} - {id(None)}
    # The national model hides a heading between the two.
    shown = (at for at, block in enumerate(page.blocks) if block.index > headline.index and not block.place & HIDDEN)
    at = next(shown, None)
    if at is None or page.blocks[at].index > headline.index + 2 or not _LEAST <= chances[at] < LIKELY:
        return chances
    block = page.blocks[at]
    stands = id(block.box.parent) in holders and block.tag in ("p", "div") and not block.place & FURNITURE
    if stands and len(block.text) >= _LEAD and block.linked < _LEAD / 4:
        chances[at] = LIKELY
    return chances


RULES: tuple[Callable[[Layout, Chances], Chances], ...] = (_once, _first_article, _between, _notice, _lead)
