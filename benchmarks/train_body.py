"""Trains the body model on the labelled pages, or shows what it is worth on sites that it was not trained on.

python -m benchmarks.train_body            rebuilds crawler/extraction/body_weights.npz: same pages, same weights
python -m benchmarks.train_body --check    cross-validates by site and template; writes nothing
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks.alignment import labels
from benchmarks.boosting import Growth, grown
from benchmarks.labelled import FOLDS, Labelled, labelled
from benchmarks.scoring import overlap
from benchmarks.site import give_up, shared
from crawler.extraction import markup, templates
from crawler.extraction.blocks import walk
from crawler.extraction.body import WEIGHTS, chosen_of
from crawler.extraction.features import Seen, layout, seen
from crawler.extraction.folding import fold
from crawler.extraction.titles import headline_of, title_of
from crawler.extraction.trees import Trees, save

CMS = 0.2  # the weight of a page of the two CMSs, which are many pages of few templates
GROWTH = Growth()


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A labelled page with its numbers."""

    page: Labelled
    seen: Seen
    title: str
    labels: NDArray[np.float64]
    weights: NDArray[np.float64]


def examples(pages: Iterable[Labelled]) -> list[Example]:
    """The pages that have a text, read and labelled."""
    return [found for page in pages if page.text and (found := _example(page))]


def _example(page: Labelled) -> Example | None:
    parsed = markup.parse(markup.decode(page.body))
    if parsed is None or not page.text:
        return None
    sheet = walk(parsed[0])
    title = title_of(sheet, parsed[1], page.url, None)
    blocks = sheet.blocks
    found = seen(layout(blocks, headline_of(blocks, title)), title)
    said = labels([block.text for block in blocks], page.text)
    own = np.array(
        [said[b.index] and b is not found.headline and fold(b.text) != fold(title) for b in found.blocks], np.float64
    )
    return Example(page, found, title, own, _weights(found, own, page.group))


def _weights(found: Seen, own: NDArray[np.float64], group: str) -> NDArray[np.float64]:
    """What each block's error costs: half by its words beside the body's, half the same for all blocks of a page."""
    words = np.array([len(block.text.split()) for block in found.blocks], np.float64)
    by_words = np.minimum(words / max(20.0, float(words[own > 0].sum())), 0.5)
    weights: NDArray[np.float64] = 10 * by_words + 10 / max(20, len(words))
    return weights if group == "eval" else weights * CMS


def fitted(chosen: Sequence[Example], growth: Growth = GROWTH) -> Trees:
    """The model for some pages."""
    table = np.concatenate([each.seen.columns for each in chosen])
    said, weights = (np.concatenate([getattr(each, name) for each in chosen]) for name in ("labels", "weights"))
    return grown(table, said, weights, growth)


def checked(pages: Sequence[Example], growth: Growth = GROWTH) -> dict[int, NDArray[np.float64]]:
    """For each page, by its place in the list, its blocks' probabilities by a model that saw none of its site."""
    with ProcessPoolExecutor() as pool:
        models = list(pool.map(fitted, *zip(*_without_each(pages, growth), strict=True)))
    return {at: models[page.page.fold].probabilities(page.seen.columns) for at, page in enumerate(pages)}


def _without_each(pages: Sequence[Example], growth: Growth) -> Iterable[tuple[list[Example], Growth]]:
    for each in range(FOLDS):
        yield [without_blocks(page) for page in pages if page.page.fold != each], growth


def without_blocks(page: Example) -> Example:
    """The example without its blocks and boxes, which go too deep to be sent to another process."""
    return replace(page, seen=replace(page.seen, blocks=[], headline=None, all_boxes=[]))


def figures(name: str, texts: Iterable[tuple[Example, str]]) -> str:
    """A line of figures: precision and recall averaged over pages, F1 of the two, part of pages from .95."""
    rates = [overlap(text, page.page.text or "") for page, text in texts]
    if not rates:
        return f"{name:34}{0:5}"
    precision, recall = (sum(column) / len(rates) for column in zip(*rates, strict=True))
    good = sum(p + r > 0 and 2 * p * r / (p + r) >= 0.95 for p, r in rates) / len(rates)
    both = 2 * precision * recall / max(1e-9, precision + recall)
    return f"{name:34}{len(rates):5}  P {precision:.4f}  R {recall:.4f}  F1 {both:.4f}  from .95 {good:.0%}"


def text_of(page: Example, chances: NDArray[np.float64]) -> str:
    """The body as a text."""
    return "\n".join(page.seen.blocks[at].text for at in chosen_of(page.seen, chances, fold(page.title)))


def check(pages: Sequence[Example], chances: dict[int, NDArray[np.float64]]) -> None:
    """Prints what the model is worth on sites, and on templates, that it was not trained on."""
    for group in dict.fromkeys(page.page.group for page in pages):
        own = [(at, page) for at, page in enumerate(pages) if page.page.group == group]
        print(figures(group, [(page, text_of(page, chances[at])) for at, page in own]))
        if group == "eval":
            continue
        votes = {at: templates.votes_of(page.seen, chances[at].tolist()) for at, page in own}
        for count in (3, 20):
            random = Random(count)
            told = []
            for at, page in own:
                others = random.sample([other for other in votes if other != at], count)
                memory = templates.merged({}, *(votes[other] for other in others))
                told.append((page, text_of(page, templates.remembered(page.seen, chances[at], memory))))
            print(figures(f"  with {count} other pages of the site", told))


def main() -> int:
    """Trains or checks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_body", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="cross-validate and print figures; write nothing")
    parser.add_argument("--out", type=Path, default=WEIGHTS, metavar="FILE", help="where the weights go")
    args = parser.parse_args()
    pages = examples(labelled(shared()))
    if not pages:
        give_up("no labelled pages")
    print(f"{len(pages)} pages, {sum(len(page.labels) for page in pages)} blocks", file=sys.stderr)
    if args.check:
        check(pages, checked(pages))
        return 0
    save(fitted(pages), args.out)
    print(f"{args.out}: {args.out.stat().st_size // 1000} kB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
