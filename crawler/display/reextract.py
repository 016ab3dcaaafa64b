"""What `reextract` shows: a bar while it reads, then how much changed, and the largest changes one by one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from crawler.display.results import console, counted, plain_table, progress_console, shown
from storage import rereading
from storage.database import reader

if TYPE_CHECKING:
    from crawler.reextracting import Difference, Summary

_SHOWN = 12  # changes that are named one by one


@contextmanager
def progress(path: Path, sources: Sequence[str]) -> Iterator[Callable[[int], None]]:
    """A bar over the stored pages; nothing where standard error is no terminal. Raises CorpusError as `reader` does."""
    if not progress_console.is_terminal:
        yield lambda _: None
        return
    with reader(path) as db:
        total = rereading.count(db, sources)
    columns = TextColumn("stored pages"), BarColumn(bar_width=30), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=progress_console, transient=True) as bar:
        task = bar.add_task("pages", total=total)
        yield lambda pages: bar.update(task, completed=pages)


def report(summary: "Summary", dry_run: bool) -> None:
    """How many documents read differently, in what and by how much, and the largest differences."""
    differences = summary.differences
    _counts(differences)
    for each in sorted(differences, key=_weight)[:_SHOWN]:
        _one(each)
    if len(differences) > _SHOWN:
        console.print(Text(f"… and {len(differences) - _SHOWN} more; --json names them all", "dim"))
    if differences:
        console.print()
    done = "would change" if dry_run else "changed"
    changed = sum(1 for each in differences if each.rejected is None and each.kept in (None, "better"))
    console.print(f"{counted(summary.pages, 'stored page')} read again: {changed} {done}, {summary.same} as before.")
    if summary.stopped:
        console.print(Text("Stopped. What was changed by then is kept; run it again for the rest.", "yellow"))


def _counts(differences: "Sequence[Difference]") -> None:
    titles = [each for each in differences if each.title]
    dates = [each.date for each in differences if each.date]
    texts = sorted(each.text for each in differences if each.text is not None)
    rejected = [each for each in differences if each.rejected]
    twins = [each for each in differences if each.kept == "twin"]
    rows = [("title", len(titles), "")]
    found, lost = sum(1 for old, _ in dates if old is None), sum(1 for _, new in dates if new is None)
    rows.append(("date", len(dates), f"{found} now known, {lost} now unknown, {len(dates) - found - lost} another"))
    if texts:
        longer = sum(1 for each in differences if each.text is not None and each.words > 0)
        half = 100 * (1 - texts[len(texts) // 2])
        rows.append(("text", len(texts), f"{longer} longer; half of them by {half:.1f} % of the words or more"))
    rows.append(("no release today", len(rejected), "kept as they are; take one down with `civicpress forget`"))
    rows.append(("text of another", len(twins), "kept as they are, for another document has the new text"))
    table = plain_table("what", "", "documents", right=1)
    for name, number, more in rows:
        if number:
            table.add_row(name, more, str(number))
    if table.row_count:
        console.print(table)


def _weight(each: "Difference") -> tuple[int, float, str]:
    return (0 if each.rejected else 1 if each.date else 2 if each.title else 3, each.text or 0.0, each.id)


def _one(each: "Difference") -> None:
    what = Text.assemble((each.id, "bold"), " ", (shown(each.url), "dim"))
    console.print(what, no_wrap=True, overflow="ellipsis")
    if each.rejected:
        console.print(Text(f"  no release today: {shown(each.rejected)}", "yellow"), no_wrap=True, overflow="ellipsis")
    for name, pair in (("title", each.title), ("date", each.date)):
        if pair:
            old, new = (shown(value or "unknown") for value in pair)
            arrow = "\n  → " if name == "title" else " → "
            console.print(Text(f"  {name}: {old}{arrow}{new}"))
    if each.text is not None:
        console.print(f"  text: {100 * each.text:.1f} % of the words as before, {each.words:+d} words")
