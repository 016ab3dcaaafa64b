"""How well `civicpress extract` reads labelled pages, beside trafilatura with its plain defaults in the same run.

Text is compared by word 4-grams without soft hyphens, precision and recall averaged over the pages; a page that is
rejected has no text, title or date. "undated" counts the pages without a publication date that were given one, "ms" is
CPU time in one warm process.
python -m benchmarks.quality
"""

import argparse
import gzip
import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.memory import civicpress_beside_python
from benchmarks.site import give_up, shared

_WORD = re.compile(r"\w+")
_CMS = ("wordpress", "plone", "plone-nobyline", "plone-navtree")
# The only pages of the national model and of Cagliari's prototype that are dated; see eval/README.md of the pages.
_DATED = {"novita-dettaglio.html": "2023-01-31", "notizia.html": "2019-08-29"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page with its labels; None is what nobody labelled. `undated` pages have no publication date at all."""

    group: str
    name: str
    path: str
    url: str
    title: str | None = None
    date: str | None = None
    text: str | None = None
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a program read on a page, with the CPU seconds it took in a process that is warm."""

    title: str
    date: str
    text: str
    seconds: float = 0.0
    rejected: str = ""


@dataclass(slots=True)
class Score:
    """The sums over a group of pages; each figure beside the number of pages that it is counted on."""

    pages: int = 0
    texts: int = 0
    precision: float = 0.0
    recall: float = 0.0
    good: int = 0
    titles: int = 0
    equal: int = 0
    contained: int = 0
    dates: int = 0
    day: int = 0
    month: int = 0
    wrong: int = 0
    missing: int = 0
    undated: int = 0
    invented: int = 0
    rejected: int = 0
    seconds: float = 0.0

    @property
    def f1(self) -> float:
        """Of the averaged precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both / self.texts if both else 0.0


def labelled(folder: Path) -> list[Labelled]:
    """All pages with labels, in the order in which they are reported."""
    found = []
    for row in _rows(folder / "eval" / "gold.jsonl"):
        # One of the sources labels no dates: there, none is no label.
        undated = not row["date"] and "scrapinghub" not in row["source_repo"]
        found.append(_page("eval", folder / "eval", row, undated))
    for path in sorted((folder / "eval" / "comuni").rglob("*.html")):
        url = f"https://www.comune.example.it/{path.name}"
        day = _DATED.get(path.name)
        found.append(Labelled("comuni", path.name, str(path), url, date=day, undated=day is None))
    for kind in _CMS:
        found += [_page(kind, folder / "cms" / kind, row) for row in _rows(folder / "cms" / kind / "gold.jsonl")]
    for row in _rows(folder / "captures" / "gold.jsonl"):
        if row["kind"] == "article":
            found.append(_page("captures", folder / "captures", row, not row["date"]))
    return found


def score(pages: Iterable[tuple[Labelled, Reading]]) -> Score:
    """The sums over some pages."""
    total = Score()
    for page, read in pages:
        total.pages += 1
        total.seconds += read.seconds
        total.rejected += bool(read.rejected)
        if page.text:
            precision, recall = overlap(read.text, page.text)
            total.texts += 1
            total.precision += precision
            total.recall += recall
            total.good += precision + recall > 0 and 2 * precision * recall / (precision + recall) >= 0.95
        if page.title:
            ours, theirs = _plain(read.title), _plain(page.title)
            total.titles += 1
            total.equal += ours == theirs
            total.contained += bool(ours) and (ours in theirs or theirs in ours)
        if page.date:
            total.dates += 1
            total.day += read.date == page.date
            total.month += read.date[:7] == page.date[:7]
            total.wrong += bool(read.date) and not page.date.startswith(read.date)
            total.missing += not read.date
        if page.undated:
            total.undated += 1
            total.invented += bool(read.date)
    return total


def overlap(text: str, wanted: str) -> tuple[float, float]:
    """Precision and recall of a text by word 4-grams; a shorter text is one gram."""
    ours, theirs = _grams(text), _grams(wanted)
    shared_grams = (ours & theirs).total()
    return shared_grams / max(1, ours.total()), shared_grams / max(1, theirs.total())


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(unicodedata.normalize("NFC", text.replace("\u00ad", "")).casefold())
    if len(words) < 4:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        give_up(f"{path} is not there; name the folder of shared test material in CIVICPRESS_SHARED")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _page(group: str, folder: Path, row: dict[str, Any], undated: bool = False) -> Labelled:
    name = str(row.get("id") or Path(row["file"]).stem)
    path = str(folder / row["file"])
    return Labelled(group, name, path, row["url"], row["title"], row["date"], row.get("text"), undated)


def extracted(civicpress: Path, pages: Sequence[Labelled], folder: Path) -> list[Reading]:
    """What `civicpress extract --json` prints for the pages. Leaves with status 2 where it fails."""
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(json.dumps({"file": page.path, "url": page.url}) + "\n" for page in pages))
    command = [str(civicpress), "extract", "--manifest", str(manifest), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    if len(lines) != len(pages):
        give_up(f"{len(lines)} lines for {len(pages)} pages; exit status {done.returncode}: {done.stderr[-500:]}")
    return [_reading(json.loads(line)) for line in lines]


def _reading(row: dict[str, Any]) -> Reading:
    rejected = "" if row["status"] == "ok" else f"{row['status']}: {row.get('detail')}"
    return Reading(row["title"] or "", row["date"] or "", row["text"] or "", rejected=rejected)


def plain_trafilatura(page: Labelled) -> tuple[Reading, float]:
    """What trafilatura's defaults read, and the CPU seconds that our own reader takes in the same process."""
    from trafilatura import bare_extraction

    from crawler.extraction.article import read
    from spiders.values import Link, Page

    body = Path(page.path).read_bytes()
    body = gzip.decompress(body) if page.path.endswith(".gz") else body
    ours = Page(page.url, body, "text/html", Link(page.url, origin="given"))
    begun = process_time()
    read(ours, today=date(2100, 1, 1))
    middle = process_time()
    found = bare_extraction(body, url=page.url, with_metadata=True)
    seconds = process_time() - middle
    if found is None:
        return Reading("", "", "", seconds), middle - begun
    text = f"{found.text or ''}\n{found.comments or ''}"  # as its own command line prints them
    return Reading(found.title or "", found.date or "", text, seconds), middle - begun


def _table(scores: Iterable[tuple[str, str, Score]]) -> None:
    print(f"{'':14}{'text, word 4-grams':<23}{'title, %':<9}{'date, %':<21}un-")
    print(
        f"{'':13}{'P':>6}{'R':>6}{'F1':>6}{'≥.95':>6}{'=':>5}{'⊂':>4}"
        f"{'day':>5}{'month':>6}{'wrong':>6}{'none':>5}{'dated':>7}{'ms':>4}"
    )
    last = ""
    for group, program, s in scores:
        if group != last:
            print(f"{group}, {s.pages} pages")
        last = group
        print(
            f"  {program:11}{_part(s.precision, s.texts)}{_part(s.recall, s.texts)}{_part(s.f1, bool(s.texts))}"
            f"{_percent(s.good, s.texts, 6)}{_percent(s.equal, s.titles, 5)}{_percent(s.contained, s.titles, 4)}"
            f"{_percent(s.day, s.dates, 5)}{_percent(s.month, s.dates, 6)}{_percent(s.wrong, s.dates, 6)}"
            f"{_percent(s.missing, s.dates, 5)}{f'{s.invented}/{s.undated}' if s.undated else '':>7}"
            f"{1000 * s.seconds / max(1, s.pages):4.0f}"
        )


def _part(total: float, count: int) -> str:
    return f"{total / count:6.3f}".replace("0.", " .") if count else " " * 6


def _percent(share: int, count: int, width: int) -> str:
    return f"{100 * share / count:{width}.0f}" if count else " " * width


def main() -> int:
    """Reads all labelled pages with both programs and prints one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.split("\n")[0])
    parser.add_argument("--civicpress", type=Path, default=civicpress_beside_python(), help="the program to measure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the sums, and every page's, to a file")
    args = parser.parse_args()
    if not args.civicpress.is_file():
        give_up(f"{args.civicpress} is not there; name the program with --civicpress")
    pages = labelled(shared())
    with tempfile.TemporaryDirectory(prefix="civicpress-") as folder:
        ours = extracted(args.civicpress, pages, Path(folder))
    with ProcessPoolExecutor() as pool:
        beside = list(pool.map(plain_trafilatura, pages, chunksize=20))
    theirs = [read for read, _ in beside]
    ours = [
        Reading(read.title, read.date, read.text, seconds, read.rejected)
        for read, (_, seconds) in zip(ours, beside, strict=True)
    ]
    scores = []
    for group in dict.fromkeys(page.group for page in pages):
        for program, readings in (("civicpress", ours), ("trafilatura", theirs)):
            chosen = [pair for pair in zip(pages, readings, strict=True) if pair[0].group == group]
            scores.append((group, program, score(chosen)))
    _table(scores)
    for page, read in zip(pages, ours, strict=True):
        if read.rejected:
            print(f"  {page.group}/{page.name}: {read.rejected}"[:80])
    if args.json:
        _write(args.json, scores, zip(pages, ours, strict=True))
    return 0


def _write(path: Path, scores: Iterable[tuple[str, str, Score]], pages: Iterable[tuple[Labelled, Reading]]) -> None:
    names = [each.name for each in fields(Score)]
    sums = [{"group": g, "program": p, **{name: getattr(s, name) for name in names}} for g, p, s in scores]
    single = [{"group": page.group, "page": page.name, **_sums(page, read)} for page, read in pages]
    path.write_text(json.dumps({"sums": sums, "pages": single}, ensure_ascii=False, indent=1), encoding="utf-8")


def _sums(page: Labelled, read: Reading) -> dict[str, Any]:
    one = score([(page, read)])
    return {"f1": round(one.f1, 4) if one.texts else None, "title": read.title, "date": read.date, "why": read.rejected}


if __name__ == "__main__":
    sys.exit(main())
