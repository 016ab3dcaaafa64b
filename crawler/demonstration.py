"""The command `demo`: the packaged sample site, crawled with the same code as any other, twice: on a first day, and
on the next one, when two releases are new and one was edited."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from crawler import display
from crawler.demo import SampleSite
from crawler.report import Report
from crawler.run import Run, in_reactor
from crawler.settings import allowed_networks
from spiders.catalogue import load
from spiders.source import Source
from storage import reading
from storage.corpus import Corpus

LOOPBACK = "127.0.0.0/8"
_EXAMPLES = 3


def demonstrate(db: Path | None, as_json: bool) -> int:
    """Shows the main job; returns the exit status. `db` keeps the corpus, which else is thrown away.

    Raises CorpusError where `db` cannot be used.
    """
    os.environ["CIVICPRESS_ALLOW_NETWORKS"] = LOOPBACK
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="civicpress-demo-")))
        path = db or folder / "demo.db"
        corpus = stack.enter_context(Corpus(path))
        site = stack.enter_context(SampleSite())
        (folder / "sources.toml").write_text(site.sources_toml(), encoding="utf-8")
        sources = list(load([folder / "sources.toml"], only=True).values())
        if not as_json:
            display.say(f"A sample town hall at {site.town_hall} and a chamber at {site.chamber}.\n", "bold")
        reports: list[Report] = in_reactor(lambda: _two_days(sources, corpus, site), allowed_networks())
        if as_json:
            display.as_json([report.as_json() for report in reports])
        else:
            _show(reports, corpus, path if db else None)
    return 0 if all(report.totals.new + report.totals.not_modified for report in reports) else 1


async def _two_days(sources: list[Source], corpus: Corpus, site: SampleSite) -> list[Report]:
    first = await Run(sources, corpus).crawl()
    site.next_day()
    return [first, await Run(sources, corpus).crawl()]


def _show(reports: list[Report], corpus: Corpus, kept: Path | None) -> None:
    for day, report in zip(("First day", "Next day: two releases are new, one was edited"), reports, strict=True):
        display.say(day, "bold")
        display.report(report, corpus.path if kept else None)
        display.say("")
    problems = reading.problems(corpus.db, reports[0].run)
    display.say(f"Pages that were fetched and not kept, and why ({len(problems)})", "bold")
    display.problems(problems)
    rows: list[dict[str, Any]] = list(reading.documents(corpus.db))
    dated = sum(row["date"] is not None for row in rows)
    copied = sum(row["copies"] > 0 for row in rows)
    display.say(
        f"The corpus: {len(rows)} documents, {dated} with a date ({len(rows) - dated} unknown, never guessed), "
        f"{copied} found at more than one address.\n", "bold",
    )  # fmt: skip
    for row in sorted((row for row in rows if row["date"]), key=lambda row: row["date"])[-_EXAMPLES:]:
        display.example(row)
    if kept:
        display.say(f'Look further: civicpress search "mercato" --db {kept}')
    else:
        display.say("Keep it with: civicpress demo --db demo.db, then: civicpress search mercato --db demo.db")
