"""What people see: progress on standard error, results on standard output, both as wide as the terminal.

Texts come from strangers: they are shown as they are, never read as markup.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from crawler.display.plain import masked, plain, plain_json
from crawler.settings import piped_width

if TYPE_CHECKING:  # Scrapy takes half a second to import, and who searches does not need it
    from crawler.ingest.counts import Counts
    from crawler.ingest.report import Report, SourceReport
    from crawler.ingest.run import Watcher
    from crawler.ingest.visit import Visit
    from spiders.source import Source
    from storage.forgetting import Forgotten


class PlainConsole(Console):
    """Obeys nobody but us: rich lets escape codes in texts pass, with which a page could set the window's title, hide a
    line or show another one. Passwords in addresses are masked."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """The pieces of something that is shown."""
        for piece in super().render(renderable, options):
            words = piece.text if piece.control else masked(plain(piece.text))
            yield piece if words is piece.text or words == piece.text else Segment(words, piece.style)


# One console for progress and log, so that they do not write into each other.
progress_console = PlainConsole(stderr=True)
console = PlainConsole(highlight=False)

_COLOURS = {"ok": "green", "empty": "yellow", "refused": "yellow", "failed": "red"}
_PROBLEMS = 8  # lines of a report; the corpus has them all
_SHOWN = 400  # lines of a report; a run over thousands of sources shows those with something to say first


@contextmanager
def progress(sources: int) -> "Iterator[Watcher | None]":
    """A bar over the sources with the pages so far; nothing where standard error is no terminal."""
    if not progress_console.is_terminal:
        yield None
        return
    from crawler.ingest.counts import Counts

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[news]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=progress_console, transient=True) as bar:
        task = bar.add_task("sources", total=sources, news="")

        def watch(visits: "Sequence[Visit]", lines: "Sequence[SourceReport]", waiting: int) -> None:
            totals = Counts()
            for visit in visits:
                totals.add(visit.counts)
            news = f"{counted(totals.requests, 'request')} · {totals.new} new · {counted(totals.problems, 'problem')}"
            if waiting:
                news += f" · {waiting} waiting for another crawl of the same site"
            bar.update(task, completed=len(lines), news=news)

        yield watch


def waits_for_another_crawl(source: "Source") -> None:
    """Says what a command waits for, wherever it is run from: it may be long."""
    where = urlsplit(source.home).netloc
    progress_console.print(Text(f"Another crawl is asking {where} now; waiting until it is done."), soft_wrap=True)


def report(done: "Report", path: Path | None, problems: Sequence[Mapping[str, Any]] = ()) -> None:
    """The lines of a run: what each source brought, and what went wrong. `path` is the corpus, where it is kept."""
    weight = {"failed": 0, "refused": 1, "empty": 2}
    lines = sorted(done.sources, key=lambda line: (weight.get(line.status, 3), -line.counts.new, line.source))
    table = _lines(done, lines, requests=True)
    if _width_of(table) > console.width:  # a source's name is worth more than how often it was asked
        table = _lines(done, lines, requests=False)
    console.print(table, width=max(console.width, _width_of(table)), crop=False)
    _not_kept(problems, done.run)
    for line in lines:
        if line.error:
            console.print(Text.assemble((line.source, "bold"), ": ", line.error))
        if line.missed:
            late = f"{counted(line.missed, 'release')} that earlier refreshes had missed, found by reading further back"
            console.print(Text.assemble((line.source, "bold"), ": ", late))
        _exceptions(line.source, line.exceptions)
    if done.interrupted:
        console.print(Text("Stopped. The next run goes on from here.", "yellow"))
    rate = f"{counted(done.totals.requests, 'request')}, {_size(done.totals.bytes)} in {done.seconds:.1f} s"
    console.print(Text(f"{rate}; corpus: {path}" if path else rate, "dim"), soft_wrap=True)


def _lines(done: "Report", lines: "Sequence[SourceReport]", *, requests: bool) -> Table:
    names = ("new", "revised", "as\nbefore", "copies", "not\nkept", *(["requests"] if requests else []))
    table = plain_table("source", "status", *names, right=len(names), whole=("source", "status"))
    for line in lines[:_SHOWN]:
        numbers = _numbers(line.counts)[: len(names)]
        table.add_row(Text(line.source), Text(line.status, _COLOURS.get(line.status, "")), *numbers)
    if len(lines) > 1:
        table.add_row(Text(f"{len(lines)} sources", "bold"), "", *_numbers(done.totals)[: len(names)])
    return table


def _numbers(counts: "Counts") -> list[str]:
    numbers = (
        counts.new, counts.revised, counts.unchanged, counts.duplicates, counts.problems, counts.requests
    )  # fmt: skip
    return [str(number) if number else "·" for number in numbers]


def _not_kept(problems: Sequence[Mapping[str, Any]], run: int) -> None:
    if not problems:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    named = problems[:_PROBLEMS]
    table.add_column(no_wrap=True, min_width=max(len(row["reason"]) for row in named))
    table.add_column(no_wrap=True, overflow="ellipsis")
    for row in named:
        table.add_row(Text(row["reason"], "yellow"), Text(row["url"]))
    console.print(Text(f"\nNot kept ({counted(len(problems), 'problem')}):", "bold"))
    console.print(table)
    if len(problems) > _PROBLEMS:
        more = len(problems) - _PROBLEMS
        console.print(Text(f"… and {more} more: select * from problems where run = {run}"))
    console.print()


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1e6 else f"{number / 1e3:.0f} kB"


def counted(number: int, noun: str) -> str:
    """`1 document`, `2 documents`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def sources(catalogue: "Sequence[Source]") -> None:
    """The catalogue."""
    table = plain_table("id", "name", "kind", "lists", whole=("id", "kind"), cut=("name",))
    for source in catalogue:
        kinds = {"feed": source.feeds, "list": source.listings, "sitemap": source.sitemaps}
        lists = ", ".join(counted(len(urls), name) for name, urls in kinds.items() if urls)
        table.add_row(Text(source.id), Text(source.title), source.kind, lists or Text("discovered", "dim"))
    console.print(_fitted(table))
    for source in catalogue:
        _exceptions(source.id, source.exceptions)
    console.print(Text(counted(len(catalogue), "source"), "dim"))


def _exceptions(source: str, exceptions: Sequence[str]) -> None:
    for each in exceptions:
        console.print(Text.assemble((source, "bold"), ": ", (each, "yellow")))


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
    since = f"changed {row['changed'][:10]}" if row["revision"] > 1 else f"first seen {row['first_seen'][:10]}"
    console.print(Text(f"revision {row['revision']}, {since}", "dim"))
    if row["withdrawn"]:
        console.print(Text(f"withdrawn since {row['withdrawn'][:10]}", "yellow"))
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


def forgotten(found: "Sequence[Forgotten]") -> None:
    """What was taken down, and what is kept out from now on."""
    for each in found:
        what = Text.assemble((each.document, "bold"), " is removed") if each.document else Text("no document was here")
        console.print(Text.assemble(what, "; kept out: ", shown(each.url)), soft_wrap=True)
        for url in each.addresses:
            if url != each.url:
                console.print(Text(f"  also kept out: {shown(url)}"), soft_wrap=True)
        for url in each.staying:
            console.print(Text(f"  nearly the same text stays at {shown(url)}", "yellow"), soft_wrap=True)


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
        console.print()
        table = plain_table("day", "witness", "where", "words", whole=("day", "witness"), cut=("where", "words"))
        for witness in row["witnesses"]:
            table.add_row(witness["day"], witness["origin"], Text(witness["place"]), Text(witness["excerpt"][:60]))
        console.print(_fitted(table))


def as_json(value: Any) -> None:
    """JSON, for programs."""
    print(plain_json(json.dumps(value, ensure_ascii=False, indent=1)))


def shown(text: str) -> str:
    """A stranger's text on one line, without what a terminal would obey: control and direction characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def say(text: str, style: str = "") -> None:
    """A line of plain words."""
    console.print(Text(text, style))


def plain_table(*names: str, right: int = 0, whole: Sequence[str] = (), cut: Sequence[str] = ()) -> Table:
    """A table whose last columns are numbers; these and the columns of `whole` are never broken, those of `cut` end in an
    ellipsis where they do not fit."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for index, name in enumerate(names):
        number = index >= len(names) - right
        table.add_column(
            name, justify="right" if number else "left",
            no_wrap=number or name in whole or name in cut, overflow="ellipsis" if name in cut else "fold",
            ratio=1 if name in cut else None,
        )  # fmt: skip
    return table


def _fitted(table: Table) -> Table:
    """The same; where it is too wide, the columns that may be cut share what the others leave."""
    table.expand = _width_of(table) > console.width
    return table


def _width_of(table: Table) -> int:
    return console.measure(table, options=console.options.update(width=1000)).maximum


if not sys.stdout.isatty():
    console.width = piped_width()
