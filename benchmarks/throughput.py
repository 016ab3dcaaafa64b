"""Crawls a loopback press site made of real pages, beside trafilatura's command line on the same pages.

Three runs into one corpus: the first, a second with nothing new, a third after newer articles appeared.
"""

import argparse
import hashlib
import json
import os
import platform
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.memory import Usage, civicpress_beside_python, crawl_command, crawl_environment, measured
from benchmarks.site import Article, Site, dates, give_up, kept

# The record of a run, and what SQLite counts along with it.
RUN_TABLES = {"runs", "run_sources", "sqlite_sequence"}
Figures = dict[str, Any]
WANTED: dict[str, tuple[str, float]] = {  # by the name that a figure has in `--json`
    "pages_per_second": (">=", 85), "ratio": (">=", 2), "stored": (">=", 1), "repeated": ("<=", 0), "markers": (">=", 0.95),
    "pss_mb": ("<=", 400), "lag_p99_ms": ("<", 30), "refresh_requests": ("<=", 3), "refresh_extracted": ("<=", 0),
    "refresh_rows": ("<=", 0), "appended_found": (">=", 1),
}  # fmt: skip


class Bench:
    """The runs of one benchmark, in a folder of their own."""

    def __init__(self, civicpress: Path, site: Site, folder: Path) -> None:
        self.site, self.folder, self.db = site, folder, folder / "corpus.db"
        site.write_sources(folder / "sources.toml")
        self._command = crawl_command(civicpress, folder / "sources.toml", self.db)

    def first(self) -> Figures:
        """A crawl into an empty corpus."""
        usage, report = self._crawl()
        articles = self.site.articles
        found = kept(self.db, articles)
        lag = report.get("loop_lag", {})
        return {
            "pages_per_second": found.stored / usage.seconds, "seconds": usage.seconds, "cpu_seconds": usage.cpu,
            "rss_mb": usage.rss, "pss_mb": usage.pss, **{f"lag_{name}_ms": lag.get(name) for name in ("p50", "p99", "max")},
            "stored": found.stored / len(articles), "documents": found.documents, "copies": found.copies,
            "repeated": len(found.repeated), "strangers": len(found.strangers), "problems": report["totals"]["problems"],
            "markers": found.markers / len(articles), "markers_in_labels": self.site.labelled_markers(),
            **{f"dates_{name}": count for name, count in found.dates.items()},
        }  # fmt: skip

    def refresh(self) -> Figures:
        """A crawl with nothing new."""
        before = _rows(self.db)
        usage, report = self._crawl()
        served, after = self.site.served(), _rows(self.db)
        changed = sum((before - after).values()) + sum((after - before).values())
        totals = report["totals"]
        return {
            "refresh_requests": served.most, "refresh_bytes": served.bytes, "refresh_fetched": served.articles,
            "refresh_extracted": sum(totals[name] for name in ("new", "revised", "problems", "duplicates")),
            "refresh_rows": changed, "refresh_seconds": usage.seconds,
        }  # fmt: skip

    def appended(self, count: int) -> Figures:
        """A crawl after `count` newer articles appeared on each host."""
        old = {article.url for article in self.site.articles}
        self.site.append(count)
        new = [article for article in self.site.articles if article.url not in old]
        usage, _ = self._crawl()
        served, found = self.site.served(), kept(self.db, new)
        return {
            "appended": len(new), "appended_found": found.stored / len(new), "appended_requests": served.requests,
            "appended_fetched": served.articles, "appended_seconds": usage.seconds,
        }  # fmt: skip

    def peer(self, articles: list[Article]) -> Figures:
        """trafilatura's command line over the articles' addresses: text and metadata, one JSON file a page.

        It gets the addresses, so it need not read lists; it keeps no raw page and knows no duplicates.
        """
        out = self.folder / "trafilatura"
        config, urls = self.folder / "trafilatura.cfg", self.folder / "urls.txt"
        config.write_text("[DEFAULT]\nSLEEP_TIME = 0\nSSRF_PROTECTION = off\n")  # it refuses loopback otherwise
        urls.write_text("".join(f"{article.url}\n" for article in articles))
        command = [
            str(Path(sys.executable).with_name("trafilatura")),
            "--parallel",
            "2",
            "-i",
            str(urls),
            "-o",
            str(out),
        ]
        command += ["--config-file", str(config), "--json", "--with-metadata", "--no-comments"]
        usage = measured(command, self.folder)
        pages = {page["source"]: page for page in map(json.loads, _texts(out))}
        if not pages:
            give_up(f"trafilatura gave nothing: {(self.folder / 'stderr').read_text()[-500:]}")
        got = [(article, pages[article.url]) for article in articles if article.url in pages]
        judged = dates((article, page["date"]) for article, page in got)
        return {
            "pages": len(articles), "pages_per_second": len(articles) / usage.seconds, "seconds": usage.seconds,
            "cpu_seconds": usage.cpu, "rss_mb": usage.rss, "pss_mb": usage.pss, "stored": len(got) / len(articles),
            "markers": sum(article.marker in page["text"] for article, page in got) / len(articles),
            **{f"dates_{name}": count for name, count in judged.items()},
        }  # fmt: skip

    def _crawl(self) -> tuple[Usage, Figures]:
        usage = measured(self._command, self.folder, crawl_environment())
        try:
            report: Figures = json.loads(usage.output)
        except ValueError:
            give_up(f"civicpress ended with status {usage.status}: {(self.folder / 'stderr').read_text()[-1000:]}")
        failed = [f"{line['source']}: {line['error']}" for line in report["sources"] if line["status"] != "ok"]
        print(*failed[:5], sep="\n", end="\n" if failed else "", file=sys.stderr)
        return usage, report


def _texts(folder: Path) -> Iterator[str]:
    return (path.read_text() for path in folder.rglob("*") if path.is_file())


def _rows(db: Path) -> Counter[tuple[str, bytes]]:
    """All rows of all tables, the record of the runs left out, as table and digest."""
    with closing(sqlite3.connect(f"{db.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        return Counter(
            (table, hashlib.sha256(repr(row).encode()).digest())
            for table in tables
            if table not in RUN_TABLES
            for row in connection.execute(f'select * from "{table}"')
        )


def checks(figures: Figures) -> dict[str, bool]:
    """Which of the wanted figures were reached, among those that were measured."""
    compare = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b, "<": lambda a, b: a < b}
    return {
        name: figures[name] is not None and compare[sign](figures[name], limit)
        for name, (sign, limit) in WANTED.items()
        if name in figures
    }


def show(ours: Figures, peer: Figures) -> None:
    """Prints the figures as a table of at most 80 columns."""
    reached = checks(ours)
    print(f"{'':30}{'civicpress':>14}{'trafilatura':>14}{'wanted':>12}")
    for name, value in ours.items():
        sign, limit = WANTED.get(name, ("", 0))
        wanted = f"{sign} {_shown(name, limit)}" if sign else ""
        mark = "" if reached.get(name, True) else "  MISSED"
        print(
            f"{name.replace('_', ' '):30}{_shown(name, value):>14}{_shown(name, peer.get(name)):>14}{wanted:>12}{mark}"
        )


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name in ("stored", "markers", "markers_in_labels", "appended_found"):
        return f"{value:.1%}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def main() -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.throughput",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--articles", type=int, default=1000, help="of all hosts together (default 1000)")
    parser.add_argument("--hosts", type=int, default=20, help="each is one source (default 20)")
    parser.add_argument(
        "--append", type=int, default=5, help="newer articles a host for the third run (default 5; 0: none)"
    )
    parser.add_argument(
        "--peer-articles", type=int, help="give trafilatura a sample of this size (default all; 0: leave it out)"
    )
    parser.add_argument(
        "--civicpress", type=Path, default=civicpress_beside_python(), help="the program (default: of this Python)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--check", action="store_true", help="exit 1 if a wanted figure is missed")
    args = parser.parse_args()
    if not args.civicpress.is_file():
        give_up(f"{args.civicpress} is not there; name the program with --civicpress")
    with tempfile.TemporaryDirectory(prefix="civicpress-bench-") as name:
        folder = Path(name)
        with Site(folder / "site", args.hosts, args.articles) as site:
            bench = Bench(args.civicpress, site, folder)
            ours = bench.first()
            step = max(1, args.articles // args.peer_articles) if args.peer_articles else 1
            peer = bench.peer(site.articles[::step]) if args.peer_articles != 0 else {}
            if peer:
                ours = {
                    "pages_per_second": ours["pages_per_second"],
                    "ratio": ours["pages_per_second"] / peer["pages_per_second"],
                    **ours,
                }
            site.served()
            ours |= bench.refresh()
            if args.append:
                ours |= bench.appended(args.append)
    print(
        f"{args.articles:,} articles on {args.hosts} hosts, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    show(ours, peer)
    if args.json:
        setting = {
            "articles": args.articles,
            "hosts": args.hosts,
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        }
        setting["trafilatura"] = version("trafilatura")
        figures = {"setting": setting, "civicpress": ours, "trafilatura": peer, "checks": checks(ours)}
        args.json.write_text(json.dumps(figures, indent=2) + "\n")
    return int(args.check and not all(checks(ours).values()))


if __name__ == "__main__":
    sys.exit(main())
