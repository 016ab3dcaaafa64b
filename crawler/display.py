"""What people see: progress on standard error, results on standard output, both as wide as the terminal.

Texts come from strangers: they are shown as they are, never read as markup.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from crawler.settings import piped_width

if TYPE_CHECKING:  # Scrapy takes half a second to import, and who searches does not need it
    from crawler.report import Report, SourceReport
    from crawler.run import Watcher
    from crawler.visit import Counts, Visit
    from spiders.source import Source

# One console for progress and log, so that they do not write into each other.
progress_console = Console(stderr=True)
console = Console(highlight=False)

_COLOURS = {"ok": "green", "empty": "yellow", "refused": "yellow", "failed": "red"}
_SHOWN = 400  # lines of a report; a run over thousands of sources shows those with something to say first


@contextmanager
def progress(sources: int) -> "Iterator[Watcher | None]":
    """A bar over the sources with the pages so far; nothing where standard error is no terminal."""
    if not progress_console.is_terminal:
        yield None
        return
    from crawler.visit import Counts

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[news]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=progress_console, transient=True) as bar:
        task = bar.add_task("sources", total=sources, news="")

        def watch(visits: "Sequence[Visit]", lines: "Sequence[SourceReport]") -> None:
            totals = Counts()
            for visit in visits:
                totals.add(visit.counts)
            news = f"{totals.requests} requests · {totals.new} new · {totals.problems} problems"
            bar.update(task, completed=len(lines), news=news)

        yield watch


def report(done: "Report", path: Path | None) -> None:
    """The lines of a run: what each source brought, and what went wrong. `path` is the corpus, where it is kept."""
    table = _table("source", "status", "new", "revised", "same", "copies", "problems", "requests", right=6)
    weight = {"failed": 0, "refused": 1, "empty": 2}
    lines = sorted(done.sources, key=lambda line: (weight.get(line.status, 3), -line.counts.new, line.source))
    for line in lines[:_SHOWN]:
        table.add_row(
            Text(line.source), Text(line.status, _COLOURS.get(line.status, "")), *_numbers(line.counts)
        )  # fmt: skip
    if len(lines) > 1:
        table.add_row(Text(f"{len(lines)} sources", "bold"), "", *_numbers(done.totals))
    console.print(table)
    for line in lines:
        if line.error:
            console.print(Text.assemble((line.source, "bold"), ": ", line.error))
    if done.interrupted:
        console.print(Text("Stopped. The next run goes on from here.", "yellow"))
    rate = f"{done.totals.requests} requests, {done.totals.bytes / 1e6:.1f} MB in {done.seconds:.1f} s"
    console.print(Text(f"{rate}; corpus: {path}" if path else rate, "dim"), soft_wrap=True)


def _numbers(counts: "Counts") -> list[str]:
    numbers = (
        counts.new, counts.revised, counts.unchanged + counts.not_modified, counts.duplicates, counts.problems,
        counts.requests,
    )  # fmt: skip
    return [str(number) if number else "·" for number in numbers]


def sources(catalogue: "Sequence[Source]") -> None:
    """The catalogue."""
    table = _table("id", "name", "kind", "lists")
    for source in catalogue:
        kinds = {"feed": source.feeds, "list": source.listings, "sitemap": source.sitemaps}
        lists = ", ".join(f"{len(urls)} {name}{'s' * (len(urls) > 1)}" for name, urls in kinds.items() if urls)
        table.add_row(Text(source.id), Text(source.title), source.kind, lists or Text("from its home page", "dim"))
    console.print(table)
    console.print(Text(f"{len(catalogue)} sources", "dim"))


def found(rows: Sequence[Mapping[str, Any]], query: str) -> None:
    """The results of a search: id, day, source, title, and the passage."""
    for row in rows:
        head = Text.assemble((row["id"], "cyan"), "  ", row["date"] or "no date   ", "  ", (row["source"], "dim"))
        console.print(head)
        console.print(Padding(Text(row["title"], "bold"), (0, 0, 0, 2)))
        passage = Text(row["snippet"])
        passage.highlight_regex(r"\[[^\]]*\]", "yellow")
        console.print(Padding(passage, (0, 0, 1, 2)))
    if not rows:
        console.print(Text(f"Nothing holds all of: {query}"))


def document(row: Mapping[str, Any], copies: Sequence[Mapping[str, Any]]) -> None:
    """One document, as readers like it."""
    console.print(Text(row["title"], "bold"))
    dated = f"{row['date']} (from {row['date_origin']})" if row["date"] else "date unknown"
    console.print(Text(f"{dated} · {row['source']} · {row['language'] or 'language unknown'} · {row['id']}", "dim"))
    if row["url"]:
        console.print(Text(row["url"], "cyan"), soft_wrap=True)
    for paragraph in row["body"].split("\n\n"):
        console.print()
        console.print(Text(paragraph))
    if copies:
        console.print()
        console.print(Text("Also at:", "bold"))
        for copy in copies:
            console.print(Text(f"  {copy['url']} ({copy['source']}, {copy['relation']})"), soft_wrap=True)


def extracted(row: Mapping[str, Any]) -> None:
    """What `extract` found on one page."""
    console.rule(Text(str(row["file"])), align="left")
    if row["status"] != "ok":
        console.print(Text.assemble((row["status"], "red"), ": ", row["detail"]))
    else:
        console.print(Text(row["title"], "bold"))
        sure = (
            f"{row['date']} from {row['date_origin']}, confidence {row['date_confidence']:.2f}" if row["date"] else ""
        )
        console.print(Text(f"{sure or 'date unknown'} · {row['language'] or 'language unknown'}", "dim"))
        for paragraph in row["text"].split("\n\n"):
            console.print()
            console.print(Text(paragraph))
    if row["witnesses"]:
        table = _table("day", "witness", "where", "words")
        for witness in row["witnesses"]:
            table.add_row(witness["day"], witness["origin"], Text(witness["place"]), Text(witness["excerpt"][:60]))
        console.print(table)


def problems(rows: Sequence[Mapping[str, Any]]) -> None:
    """Pages that were not kept, and why."""
    table = _table("reason", "page", "detail")
    for row in rows:
        table.add_row(Text(row["reason"], "yellow"), Text(row["url"], overflow="fold"), Text(row["detail"]))
    console.print(table)


def example(row: Mapping[str, Any]) -> None:
    """A document as it begins, in the document format."""
    lines = row["text"].split("\n")
    for line in lines[:3]:
        console.print(Text(line), no_wrap=True, overflow="ellipsis")
    console.print(Text("…\n" if len(lines) > 3 else "", "dim"))


def as_json(value: Any) -> None:
    """JSON, for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


def say(text: str, style: str = "") -> None:
    """A line of plain words."""
    console.print(Text(text, style))


def _table(*names: str, right: int = 0) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for index, name in enumerate(names):
        number = index >= len(names) - right
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    return table


if not sys.stdout.isatty():
    console.width = piped_width()
