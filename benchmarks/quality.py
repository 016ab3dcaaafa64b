"""How well pages are read: titles, days and texts against labels, beside trafilatura and htmldate in the same run.

Text is compared by word 4-grams without soft hyphens: precision and recall averaged over the pages, F1 of the two. A page
that is rejected has no text, title or day. "none" are dated pages that were given no day, or the right month alone;
"undated" are pages without a day of publication that were given one. In brackets: pages with a text, a title, a day as
labels. "CPU" is of one warm process. The body model is trained on such pages, so each is read with weights that saw no
page of its site, and a fifth of the sites with weights that saw none of these; no single page of them is ever shown.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

from benchmarks import figures, tables
from benchmarks.folds import folds, weights
from benchmarks.labelled import APART, CMS, Labelled, labelled
from benchmarks.readers import READERS, civicpress
from benchmarks.scoring import Reading, Score, overlap, score
from benchmarks.site import shared
from benchmarks.sites import Readings, later_pages, listed_pages
from crawler.extraction.trees import Trees
from crawler.ingest.template import FIRST

_SUBSETS = {
    "all": "All real pages, each seen alone",
    "apart": "Of these, sites kept apart",
    "rest": "Of these, all other sites",
    "public": "Public bodies, with captured and model pages",
    "italian": "Italian, with these too",
    "municipal": "Municipal, with these too",
}
_models: dict[int, Trees] = {}


def _start(models: dict[int, Trees], first: Sequence[Labelled]) -> None:
    _models.update(models)
    for page in first:  # what a process does only once is not a page's time
        for read in READERS.values():
            read(page)


def _read(page: Labelled) -> dict[str, Reading]:
    # What has no labelled text was not trained on: there the weights that ship are as good as any, and the ones in use.
    with weights(_models.get(page.fold) if page.text else None):
        found = {name: read(page) for name, read in READERS.items()}
    return found | {"shipped": civicpress(page) if page.text and _models else found["civicpress"]}


def _site(pages: list[Labelled]) -> tuple[Readings, Readings]:
    return later_pages(pages, _models.get(pages[0].fold))


def _listed(folder: Path, pages: list[Labelled]) -> Readings:
    return listed_pages(folder, pages, _models.get(pages[0].fold))


def subset(pages: Iterable[Labelled], name: str) -> list[Labelled]:
    """The pages of a row of the table."""
    match name:
        case "all":
            return [page for page in pages if page.group == "eval"]
        case "apart":
            return [page for page in pages if page.group == "eval" and page.fold == APART]
        case "rest":
            return [page for page in pages if page.group == "eval" and page.fold != APART]
    return [page for page in pages if name in page.subsets]


def show_alone(read: Mapping[Labelled, Mapping[str, Reading]]) -> figures.Figures:
    """Prints what is read on pages that are each the first of their site, and returns our figures."""
    told: figures.Figures = {}
    print(tables.HEAD)
    for name, title in _SUBSETS.items():
        scores = _scores(read, subset(read, name))
        print(tables.title(title, scores["civicpress"]))
        for program in READERS:
            print(tables.row(program, scores[program]))
        told[name] = figures.of_score(scores["civicpress"])
        if name == "all":
            told["shipped"] = {"text_f1": figures.of_score(scores["shipped"])["text_f1"]}
    scores = _scores(read, [page for page in read if page.undated])
    print(f"Undated pages and lists of all kinds: {scores['civicpress'].undated}, of which dated by")
    print("  " + ", ".join(f"{program} {scores[program].invented}" for program in READERS))
    told["undated"] = {"undated_dated": figures.of_score(scores["civicpress"])["undated_dated"]}
    return told


def _scores(read: Mapping[Labelled, Mapping[str, Reading]], pages: Sequence[Labelled]) -> dict[str, Score]:
    return {program: score((page, read[page][program]) for page in pages) for program in (*READERS, "shipped")}


def show_sites(ours: Readings, theirs: Readings, listed: Readings) -> figures.Figures:
    """Prints what is read on the sites of two content-management systems, and returns our figures."""
    told: figures.Figures = {}
    print(f"WordPress and Plone, HTML only, after each site's first {FIRST} pages; F1 is pooled")
    for name, title, dateless in (("dated", "showing their day", False), ("dateless", "showing none", True)):
        found, peer = (
            score(pair for pair in pairs if (pair[0].group == "plone-nobyline") == dateless) for pairs in (ours, theirs)
        )
        print(tables.title(f" Pages {title}", found))
        print(tables.row("civicpress", found, pooled=True))
        print(tables.row("trafilatura", peer, pooled=True))
        told[f"sites_{name}"] = figures.of_score(found, pooled=True)
    del told["sites_dateless"]["right_day"]
    found = score(listed)
    print(tables.title(" With what feeds, interface and lists say", found))
    print(tables.row("civicpress", found, pooled=True))
    return told | {"listed": figures.of_score(found, pooled=True)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads all labelled pages with all programs, prints the table, and holds it against what was recorded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=str(__doc__).split("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a figure fell by more than half a point")
    parser.add_argument("--record", action="store_true", help=f"write the figures to {figures.RECORDED.name}")
    parser.add_argument(
        "--no-folds", action="store_true", help="read with the weights that ship: quick, and flattering"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was read on each page not kept apart")
    options = parser.parse_args(arguments)
    if options.no_folds and (options.check or options.record):
        parser.error("--no-folds shows figures of pages that the weights were trained on; none of them is recorded")
    folder = shared()
    pages = labelled(folder)
    models = {} if options.no_folds else folds(pages)
    alone = [page for page in pages if page.group not in CMS]
    sites = [[page for page in pages if page.group == kind] for kind in CMS]
    with ProcessPoolExecutor(initializer=_start, initargs=(models, alone[:5])) as pool:
        later = pool.map(_site, sites)
        lists = pool.map(_listed, [folder] * 2, [sites[CMS.index(kind)] for kind in ("wordpress", "plone-nobyline")])
        read = dict(zip(alone, pool.map(_read, alone, chunksize=8), strict=True))
        ours, theirs = (list(chain.from_iterable(each)) for each in zip(*later, strict=True))
        listed = list(chain.from_iterable(lists))
    told = show_alone(read) | show_sites(ours, theirs, listed)
    for name, group in (("Captured pages", "captures"), ("Model pages of town halls", "comuni")):
        checks = figures.checks_of((page, found["civicpress"]) for page, found in read.items() if page.group == group)
        told[group] = figures.of_checks(checks)
        print(tables.checks(name, checks))
    print(_trained(told, options.no_folds))
    if options.json:
        write(options.json, {page: found["civicpress"] for page, found in read.items()})
    if options.record:
        figures.save(told)
    return held(told, figures.load()) if options.check else 0


def held(told: figures.Figures, recorded: figures.Figures) -> int:
    """The exit status of a check: 1 where a figure fell, of which each is named."""
    fallen = figures.fallen(told, recorded)
    for line in fallen:
        print(f"fallen: {line}")
    print(
        f"{'Some' if fallen else 'None'} of {sum(map(len, recorded.values()))} recorded figures fell by more than .005."
    )
    return 1 if fallen else 0


def _trained(told: figures.Figures, no_folds: bool) -> str:
    if no_folds:
        return "These texts were read with weights that are trained on them, so F1 says nothing\nabout other sites."
    f1 = f"{told['shipped']['text_f1']:.3f}".removeprefix("0")
    return (
        "These texts were read with weights that had not seen their sites. With those that\n"
        f"ship, which are trained on all labelled texts, F1 is {f1}; that says nothing about\nother sites."
    )


def write(path: Path, read: Mapping[Labelled, Reading]) -> None:
    """Writes what was read on each page, but for those on sites kept apart."""
    rows = []
    for page, found in read.items():
        if page.fold != APART:
            precision, recall = overlap(found.text, page.text) if page.text else (None, None)
            rows.append({"group": page.group, "page": page.name, "precision": precision, "recall": recall,
                         "title": found.title, "date": found.date, "rejected": found.rejected})  # fmt: skip
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
