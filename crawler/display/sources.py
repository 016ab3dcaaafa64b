"""What people see of the commands `sources …`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.display.results import PlainConsole, console, counted

if TYPE_CHECKING:
    from crawler.survey.cases import Case
    from crawler.survey.registers import Imported
    from spiders.register import Malformed

_NAMED = 10  # malformed rows; --json has them all
_FIRST = 3  # links of a list
_COUNTS = {
    "rows": "rows",
    "sources": "sources written",
    "known": "in the catalogue already, left out",
    "left_out": "not asked for (--kind, --province)",
    "malformed": "without a usable site",
    "duplicates": "with the site of another body",
    "others": "neither municipality nor chamber",
}


def imported_as_json(done: "Imported", into: Path | None) -> dict[str, Any]:
    """What `sources import --json` prints."""
    register = done.register
    return {
        "into": str(into) if into and done.written else None,
        "counts": done.counts,
        "malformed": [row._asdict() for row in register.malformed],
        "duplicates": [row._asdict() for row in register.duplicates],
        "known": dict(done.known),
        "shared_hosts": {host: list(ids) for host, ids in register.shared_hosts.items()},
    }


def imported(done: "Imported", into: Path | None, *, on_error: bool = False) -> None:
    """The summary of an import: the counts, what is wrong with which rows, and how to go on."""
    out = PlainConsole(stderr=True, highlight=False, width=None if on_error else console.width) if on_error else console
    register, counts = done.register, done.counts
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    for name, words in _COUNTS.items():
        if counts[name] or name in ("rows", "sources"):
            table.add_row(Text(str(counts[name]), "bold"), words)
    out.print(table)
    _malformed(out, register.malformed)
    for row in register.duplicates[:_NAMED]:
        out.print(Text(f"line {row.row}: {row.name} has the site of {row.first}", "dim"))
    _more(out, len(register.duplicates))
    for host, ids in list(register.shared_hosts.items())[:_NAMED]:
        out.print(Text(f"{len(ids)} sources share the host {host}", "dim"))
    _more(out, len(register.shared_hosts))
    if not done.written:
        out.print(Text("\nNothing to write.", "yellow"))
    elif into:
        out.print(
            Text(f"\n{counted(len(done.written), 'source')} written to {into}. Use it beside the catalogue:"),
            soft_wrap=True,
        )
        out.print(Text(f"  civicpress crawl {done.written[0].id} --sources {into}", "cyan"), soft_wrap=True)


def _malformed(out: Console, rows: "Sequence[Malformed]") -> None:
    if not rows:
        return
    out.print()
    for reason, number in Counter(row.reason for row in rows).most_common():
        out.print(Text(f"{number} × {reason}", "yellow"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    # Those with a site first: they can be mended by hand.
    for row in sorted(rows, key=lambda row: not row.site)[:_NAMED]:
        table.add_row(f"line {row.row}", Text(row.name), Text(row.site or row.reason, "dim" if not row.site else ""))
    out.print(table)
    _more(out, len(rows))


def _more(out: Console, number: int) -> None:
    if number > _NAMED:
        out.print(Text(f"… and {number - _NAMED} more: --json names them all", "dim"))


def recorded(folder: Path, case: "Case", found: Mapping[str, Any]) -> None:
    """What a case holds, so that somebody can compare it with the site, and what to do with it."""
    if case.home and found["home"]:
        console.print(Text(f"{case.home.url}: {found['home']['platform']}"), soft_wrap=True)
    for answer, reading in zip(case.lists, found["lists"], strict=True):
        console.print(Text(f"\n{answer.url}", "bold"), soft_wrap=True)
        if "unreadable" in reading:
            console.print(Text(f"cannot be read: {reading['unreadable']}", "red"))
            continue
        _rows((link["date"], link["title"]) for link in reading["links"][:_FIRST])
        dated = sum(link["date"] is not None for link in reading["links"])
        further = f", continues at {reading['next'][0]}" if reading["next"] else ""
        told = f"{counted(reading['count'], 'link')}, {dated} of the first {len(reading['links'])} with a day{further}"
        console.print(Text(told, "dim" if reading["count"] else "yellow"))
    for page, read in zip(case.pages, found["pages"], strict=True):
        console.print(Text(f"\n{page.url}", "bold"), soft_wrap=True)
        if read["status"] != "ok":
            console.print(Text(f"not kept: {read['status']}", "red"))
            continue
        _rows([(read["date"], read["title"])])
        _rows([("", f"{read['begins'][:100]}…")])
    console.print(Text(f"\nSaved as {folder}. Compare it with the site, and correct what is wrong in"), soft_wrap=True)
    console.print(Text(f"{folder / 'case.json'}: the tests will expect what stands there."), soft_wrap=True)
    console.print(Text("The pages are their publisher's: look at its terms before you pass them on.", "yellow"))


def _rows(rows: Iterable[tuple[str | None, str | None]]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=10)
    table.add_column(overflow="fold")
    for day, title in rows:
        table.add_row(Text("no day" if day is None else day), Text(title or "no title"))
    console.print(table)
