"""What the demonstration shows: the two days, what was not kept and why, and what the corpus holds."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import urlsplit

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crawler.demo import drupal, national
from crawler.demo.releases import releases
from crawler.demo.site import SampleSite
from crawler.display import results as display
from crawler.ingest.report import Report
from crawler.ingest.run import Watcher
from storage import reading
from storage.corpus import Corpus

Row = Mapping[str, Any]
_SHOWN = 12  # of what is wrong; the rest is counted
_EXAMPLES: tuple[Callable[[Row], bool], ...] = (  # the last document of each sort
    lambda row: row["kind"] == "municipality" and row["date"] is not None,
    lambda row: row["kind"] == "chamber" and row["date"] is not None,
    lambda row: row["date"] is None,
)
_WIDEST = 100  # columns; longer lines of text are hard to read


class Tour:
    """One demonstration's words. `kept` is the corpus file that stays, if any; `quiet` leaves the words out."""

    def __init__(self, site: SampleSite, corpus: Corpus, kept: Path | None, *, quiet: bool) -> None:
        self.site, self.corpus, self.kept, self.quiet = site, corpus, kept, quiet
        self.days = 0

    def opening(self, *, again: bool) -> None:
        """Where the site is, and what a crawl is told of it."""
        if self.quiet:
            return
        _title("A sample press site on this computer: two bodies, both invented")
        table = Table.grid(padding=(0, 2))
        table.add_row(Text(national.NAME), Text(f"{self.site.town_hall}/", "cyan"))
        table.add_row(Text(drupal.NAME), Text(f"{self.site.chamber}/", "cyan"))
        display.console.print(Padding(table, (0, 0, 0, 2), expand=False))
        display.say("Of the town hall only the home page is given, of the chamber three lists.\n", "dim")
        if again:
            display.say(f"{self.kept} holds an earlier demonstration: this is one more crawl of it.\n")

    @contextmanager
    def day(self) -> Iterator[Watcher | None]:
        """Around the crawl of a day: its progress."""
        self.days += 1
        with display.progress(len(self.site.bases)) as watch:
            yield watch

    def report(self, report: Report) -> None:
        """The lines of a day's crawl."""
        if self.quiet:
            return
        first = self.days == 1 and self.site.day == 1
        _title("First day" if first else "Next day" if self.days > 1 else "Once more")
        if self.days > 1:
            display.say("Two releases are new and one was edited; only what changed is fetched.", "dim")
        display.report(report, None)
        display.say("")

    def closing(self, reports: Sequence[Report], faults: Sequence[str]) -> None:
        """What was not kept, what the corpus holds, and how to go on."""
        rows: list[Row] = list(reading.documents(self.corpus.db))
        self._rejected([row for report in reports for row in reading.problems(self.corpus.db, report.run)])
        if rows:
            self._corpus(rows)
            self._examples(rows)
        self._verdict(faults)
        self._hints()

    def as_json(self, reports: Sequence[Report], faults: Sequence[str]) -> None:
        """The same for programs."""
        rows: list[Row] = list(reading.documents(self.corpus.db))
        problems = [row for report in reports for row in reading.problems(self.corpus.db, report.run)]
        display.as_json(
            {
                "town_hall": self.site.town_hall, "chamber": self.site.chamber,
                "reports": [report.as_json() for report in reports],
                "documents": len(rows), "dated": sum(row["date"] is not None for row in rows),
                "copied": sum(row["copies"] > 0 for row in rows), "revised": sum(row["revision"] > 1 for row in rows),
                "problems": [{key: row[key] for key in ("url", "source", "reason", "detail")} for row in problems],
                "faults": list(faults),
            }
        )  # fmt: skip

    def _rejected(self, problems: Sequence[Row]) -> None:
        if not problems:
            return
        _title(f"Asked for and not kept ({len(problems)}): nothing disappears in silence")
        table = Table.grid(padding=(0, 2))
        for row in problems[:_SHOWN]:
            table.add_row(Text(row["reason"], "yellow"), Text(urlsplit(row["url"]).path, overflow="fold"))
            table.add_row("", Text(row["detail"], "dim"))
        if len(problems) > _SHOWN:
            table.add_row("…", f"and {len(problems) - _SHOWN} more")
        display.console.print(Padding(table, (0, 0, 1, 2), expand=False))

    def _corpus(self, rows: Sequence[Row]) -> None:
        months = sorted(row["month"] for row in rows if row["month"])
        _title(
            f"The corpus: {len(rows)} documents, from {months[0]} to {months[-1]}" if months else "The corpus is empty"
        )
        table = Table.grid(padding=(0, 2))
        origins = Counter(row["date_origin"] for row in rows if row["date"])
        witnesses = ", ".join(f"{number} by {origin}" for origin, number in origins.most_common())
        table.add_row("dated", Text(f"{origins.total()} of {len(rows)}: {witnesses}"))
        for row in rows:
            if not row["date"]:
                table.add_row(
                    "no date", Text(f"{row['title']}\n").append("nothing dates it, and nothing is guessed", "dim")
                )
        twice = [row for row in rows if row["copies"]]
        for label, row in zip(("found twice", *("" for _ in twice)), twice, strict=False):
            table.add_row(label, self._copies(row))
        for row in rows:
            if row["revision"] > 1:
                table.add_row("revised", self._revision(row))
        display.console.print(Padding(table, (0, 0, 1, 2), expand=False), width=_width())

    def _copies(self, row: Row) -> Text:
        others = reading.copies(self.corpus.db, row["id"])
        bodies = {row["source"], *(other["source"] for other in others)}
        said = "published by both bodies" if len(bodies) > 1 else "under two addresses of one site"
        near = ", nearly the same" if any(other["relation"] == "near" for other in others) else ""
        return Text(f"{row['title']}\n").append(f"{said}{near}; kept once", "dim")

    def _revision(self, row: Row) -> Text:
        sql = "select body from revisions where document = ? order by revision desc limit 2"
        new, old = (body.split() for (body,) in self.corpus.db.execute(sql, [row["id"]]).fetchall())
        text = Text(f"{row['title']}\n").append(f"revision {row['revision']}: ", "dim")
        for kind, start, end, begin, stop in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "equal":
                continue
            text.append(" ".join(old[start:end]), "red strike").append(" → " if kind == "replace" else "")
            text.append("+ " if kind == "insert" else "").append(" ".join(new[begin:stop]), "green").append(", ")
        return text[:-2]

    def _examples(self, rows: Sequence[Row]) -> None:
        places = {
            next((place for place in reversed(range(len(rows))) if wanted(rows[place])), None) for wanted in _EXAMPLES
        }  # fmt: skip
        _title("Some of them, in the document format (long lines are cut here)")
        for place in sorted(place for place in places if place is not None):
            display.say(f"  {place:03}_{rows[place]['id']}.txt", "cyan")
            lines = Text(rows[place]["text"], no_wrap=True, overflow="ellipsis")
            display.console.print(Padding(lines, (0, 0, 1, 2), expand=False), width=_width())

    def _verdict(self, faults: Sequence[str]) -> None:
        told = len(releases(self.site.day))
        if not faults:
            display.say(
                f"All {told} releases of the site are there, with the right titles, dates and texts.\n", "bold green"
            )
            return
        display.say(
            f"What came out is not what the site holds ({len(faults)} difference{'s' * (len(faults) > 1)}):", "bold red"
        )
        for fault in faults[:_SHOWN]:
            display.console.print(Padding(Text(fault, overflow="fold"), (0, 0, 0, 2), expand=False))
        more = f"  and {len(faults) - _SHOWN} more: civicpress demo --json\n" if len(faults) > _SHOWN else ""
        display.say(more, "dim")

    def _hints(self) -> None:
        kept = quote(str(self.kept or "demo.db"))
        if not self.kept:
            display.say(f"To keep the corpus and look into it:\n  civicpress demo --db {kept}", "")
        else:
            display.say("To look into it:")
        display.say(f"  civicpress search piscina --db {kept}\n  civicpress export txt demo/ --db {kept}")
        display.say("The first crawl of a real body:\n  civicpress crawl comune-torino --limit 20")


def _title(text: str) -> None:
    display.say(text, "bold")


def _width() -> int:
    return min(display.console.width, _WIDEST)
