"""What people see of `sources add` and `sources check`: the proof before a source is written, and a summary of many."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from crawler.display.results import console, counted, plain_table, progress_console, shown

if TYPE_CHECKING:
    from crawler.survey.looks import Survey
    from spiders.discovery.exploration import Candidate

Row = Mapping[str, Any]
_SHOWN = 8  # rejected lists of a proof


@contextmanager
def working(what: str) -> Iterator[None]:
    """A line that turns while something is asked of a site; nothing where standard error is no terminal."""
    if not progress_console.is_terminal:
        yield
        return
    with progress_console.status(Text(what)):
        yield


@contextmanager
def checking(sources: int, done: int) -> Iterator[Callable[[Row], None]]:
    """A bar over the sources of a check; nothing where standard error is no terminal."""
    if not progress_console.is_terminal:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[last]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=progress_console, transient=True) as bar:
        task = bar.add_task("sources", total=sources, completed=done, last="")
        yield lambda row: bar.update(task, advance=1, last=f"{row['source'][:24]}: {row['status']}")


def proof(found: "Survey") -> None:
    """What was found on a site, and what is wrong with it."""
    source = found.source
    if found.failure and not found.chosen and not found.rejected:  # nothing was seen that could be shown
        console.print(Text(shown(found.failure), "red"), soft_wrap=True)
        console.print(Text(f"Next: {found.advice}."))
        return
    console.print(Text.assemble((shown(source.title), "bold"), f"  {source.home}"), soft_wrap=True)
    seen = f" ({found.evidence.seen})" if found.evidence.seen else ""
    facts = [("platform", f"{found.evidence.platform}{seen}"), ("kind", source.kind)]
    facts += [("language", source.language or "")]
    facts += [("licence", " ".join(filter(None, (source.licence, found.marks.licence_page))) or "none declared")]
    if found.gap is not None:
        facts.append(("rhythm", rhythm(found.gap)))
    asked = f"{counted(found.requests, 'request')} to recognise and discover, {found.reading} to read releases"
    facts.append(("asked", asked))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        if value:
            table.add_row(name, Text(shown(value)))
    console.print(table)
    _lists("Lists to ask", found.chosen, "green")
    _lists("Found and left out", found.rejected, "yellow")
    if found.samples:
        console.print(Text("\nThe newest releases, as they would be stored:", "bold"))
        _samples(found)
    if found.failure:
        console.print(Text(f"\n{shown(found.failure)}", "red"), soft_wrap=True)
        console.print(Text(f"Next: {found.advice}."))
    elif found.frozen:
        console.print(Text(f"\nOld: {found.frozen}.", "yellow"))


def _lists(head: str, candidates: "Sequence[Candidate]", style: str) -> None:
    if not candidates:
        return
    console.print(Text(f"\n{head}:", "bold"))
    for each in candidates[:_SHOWN]:
        console.print(Text.assemble(f"  {each.route.strategy}  ", (shown(each.route.url), "cyan")), soft_wrap=True)
        console.print(Text(f"      {shown(each.verdict.why)}", style))
    if len(candidates) > _SHOWN:
        console.print(Text(f"  … and {len(candidates) - _SHOWN} more: --json names them all", "dim"))


def _samples(found: "Survey") -> None:
    table = plain_table("date", "letters", "title", "doubt", whole=("date", "letters"))
    for each in found.samples:
        length = "–" if each.length is None else str(each.length)
        table.add_row(
            each.date or "unknown", length, Text(shown(each.title or each.url)), Text(shown(each.doubt or ""), "yellow")
        )
    console.print(table)


def rhythm(gap: float) -> str:
    """How often something is published, by the usual number of days between two."""
    if gap <= 1:
        return "every day"
    return f"every {gap:g} days" if gap < 45 else f"every {gap / 30:.0f} months"


def entry(text: str) -> None:
    """The entry that is written."""
    console.print(Text("\nThe source:", "bold"))
    console.print(Text(text), soft_wrap=True)


def checked(rows: Sequence[Row]) -> None:
    """The summary of a check: platform by outcome, then each source that failed, with the reason."""
    table = plain_table(
        "platform", "sources", "ok", "failed", "most often", right=0, whole=("platform", "sources", "ok", "failed")
    )
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["platform"]].append(row)
    for platform, group in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        wrong = Counter(row["status"] for row in group if row["status"] != "ok")
        most = ", ".join(f"{reason} {number}" for reason, number in wrong.most_common(3))
        table.add_row(platform, str(len(group)), str(len(group) - wrong.total()), str(wrong.total() or "·"), Text(most))
    console.print(table)
    for row in rows:
        if row["status"] == "ok":
            lists = ", ".join(
                f"{number} {name}" for name, number in Counter(each["strategy"] for each in row["chosen"]).items()
            )
            newest = f"newest {row['newest']}" if row["newest"] else "no days"
            console.print(
                Text.assemble((row["source"], "bold"), f": {row['platform']}, {lists}, {newest}"), soft_wrap=True
            )
    for row in rows:
        if row["status"] != "ok":
            console.print(
                Text.assemble((row["source"], "bold red"), f": {shown(row['error'] or row['status'])}"), soft_wrap=True
            )
    total = sum(row["requests"] + row["requests_for_releases"] for row in rows)
    console.print(Text(f"{counted(len(rows), 'source')}, {counted(total, 'request')}", "dim"))
