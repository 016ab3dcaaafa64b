"""A simulated quarter: many sources with lives of their own, crawled by the service's own schedule, on a clock that jumps.

    python -m benchmarks.quarter [--sources 200] [--days 90] [--seed 1] [--why 5] [--json FILE]

The program's own schedule and runs, in one process, against one server on loopback that plays all sites as of the
simulated moment. The rules of the world are in `benchmarks/quarter_world.py`, what is counted how in
`benchmarks/quarter_score.py`.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.quarter_score import Score, Scorer, misses
from benchmarks.quarter_site import Web
from benchmarks.quarter_watch import Told, Watcher
from benchmarks.quarter_world import START, Publisher, local, world
from crawler.extraction.workers import Workers
from crawler.ingest import writer
from crawler.ingest.counts import Options
from crawler.ingest.reactor import in_reactor
from crawler.ingest.run import Run, scrapy_settings
from crawler.service.batches import Ended, How
from crawler.service.schedule import Schedule
from crawler.settings import allow_loopback, allowed_networks
from spiders.source import Source
from storage.corpus import Corpus

STEP = timedelta(minutes=10)  # what comes due within it shares a run, so that there are fewer of them


def source_of(publisher: Publisher, base: str) -> Source:
    """The catalogue's entry: its lists as they would be written down, or nothing but the home page."""
    lists: dict[str, Any] = {
        "listing": {"listings": [f"{base}/novita"]},
        "feed": {"feeds": [f"{base}/feed"], "listings": [f"{base}/novita"]},
        "sitemap": {"sitemaps": [f"{base}/sitemap.xml"]},
        "rest": {},
    }
    return Source.model_validate(
        {"id": publisher.id, "home": f"{base}/", "delay": 0.0, "kind": "municipality", **lists[publisher.shape]}
    )


@dataclass
class Quarter:
    """A world, and the service that looks at it."""

    publishers: Sequence[Publisher]
    days: int
    corpus: Corpus
    tell: Callable[[str], None] = lambda _: None
    now: datetime = field(default_factory=lambda: local(START, 0))
    visits: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    crawls: int = 0

    def __post_init__(self) -> None:
        self.begun = self.now
        self.end = local(START + timedelta(days=self.days), 0)
        self.web = Web(self.publishers, lambda: self.now)
        self.workers = Workers()
        self.settings = scrapy_settings()
        self.settings.set("PAUSE_SCALE", 0.0)  # time stands still within a run
        self.one = asyncio.Lock()  # runs in one process come one after the other

    async def live(self) -> Score:
        """Lives through the quarter."""
        await self.web.start()
        sources = {each.id: source_of(each, self.web.sites[each.host].base) for each in self.publishers}
        self.watcher = Watcher({each.id: each for each in self.publishers}, sources)
        schedule = Schedule(sources, self.corpus.path, lambda: self.now, self.run_batch)
        midnight, clock = self.now + timedelta(days=1), time.monotonic()
        try:
            while self.now < self.end:
                await schedule.tick()
                await schedule.settled()
                while schedule.crowded and await schedule.tick():
                    await schedule.settled()
                self.now = max(self.now + STEP, min(*schedule.turns.values(), self.end))
                while midnight <= self.now:
                    self.watcher.daily(self.corpus.db, midnight)
                    self.tell(f"{midnight:%Y-%m-%d}, {self.crawls} crawls, {time.monotonic() - clock:.0f} s")
                    midnight += timedelta(days=1)
        finally:
            self.workers.close()
        self.now = self.end
        return Scorer(
            self.corpus.db, self.publishers, self.web.sites, self.visits, self.begun, self.end, self.watcher.withdrawn
        ).all()

    async def run_batch(self, sources: Sequence[Source]) -> Ended:
        """A batch of the schedule, in this process."""
        async with self.one:
            moment = self.now.isoformat(timespec="seconds")
            run = Run(
                sources, self.corpus, Options(), settings=self.settings, clock=lambda: moment, workers=self.workers
            )
            report = await run.crawl()
            self.crawls += len(report.sources)
            for line in report.sources:
                self.visits[line.source].append(self.now)
            self.watcher.after(self.corpus.db, [line.source for line in report.sources], self.now, report.run)
        return Ended(How.DONE, "", None)


def simulate(
    sources: int, days: int, seed: int, folder: Path, tell: Callable[[str], None] = lambda _: None
) -> tuple[Quarter, Score]:
    """A whole quarter, in this process, whose reactor is used up by it."""
    allow_loopback()
    logging.getLogger().setLevel(logging.ERROR)
    writer.GATHERING = 0.0  # nobody shares a transaction where sources come one by one
    with Corpus(folder / "quarter.db") as corpus:
        quarter: list[Quarter] = []

        async def whole() -> Score:
            quarter.append(Quarter(world(sources, days, seed), days, corpus, tell))
            return await quarter[0].live()

        score: Score = in_reactor(whole, allowed_networks())
    return quarter[0], score


def share(part: float, whole: float) -> float:
    """Per cent, 100 of nothing."""
    return 100.0 * part / whole if whole else 100.0


def figures_of(quarter: Quarter, score: Score) -> dict[str, float]:
    """The figures."""
    counts, watcher = score.counts, quarter.watcher
    requests = sum(site.requests for site in quarter.web.sites.values())
    due = counts["edits"] - counts["edits overtaken"] - counts["edits too late"]
    figures: dict[str, float] = {
        "releases": counts["releases"], "releases_found_percent": share(counts["found"], counts["releases"]),
        "releases_up_too_short": counts["too short"], "releases_wrong_day": counts["wrong day"],
        "releases_no_day": counts["no day"], "releases_merged": counts["merged"],
        "edits": counts["edits"], "edits_overtaken": counts["edits overtaken"], "edits_after_the_last_look": counts["edits too late"],
        "edits_found_percent": share(counts["edits found"], due), "edit_delay_median_hours": median(score.edit_delays or [0]),
        "false_revisions": counts["false revisions"], "revisions_by_breakage": counts["revisions by breakage"],
        "wrong_withdrawals": counts["wrong withdrawals"], "gone_long_enough": counts["gone long enough"],
        "gone_noticed_percent": share(counts["gone noticed"], counts["gone long enough"]),
        "back_unnoticed": counts["back unnoticed"],
        "delay_median_hours": median(score.delays or [0]), "delay_best_median_hours": median(score.best or [0]),
        "delay_p90_hours": nine_of_ten(score.delays), "delay_best_p90_hours": nine_of_ten(score.best),
        "crawls": quarter.crawls, "requests": requests, "requests_a_crawl": requests / max(1, quarter.crawls),
        "requests_a_release": requests / max(1, counts["found"]),
        "source_days": watcher.days, "false_alarm_days": watcher.false.total(),
        "false_alarms_per_1000": 1000 * watcher.false.total() / max(1, watcher.days), "alarms_outlasting_days": watcher.lasting,
    }  # fmt: skip
    for kind, each in told_by_kind(watcher).items():
        figures[f"told: {kind}"] = len(each)
        figures[f"told: {kind}, at the first crawl"] = sum(one.at is not None and one.crawls <= 1 for one in each)
        figures[f"told: {kind}, at the first page"] = sum(one.at is not None and one.pages <= 1 for one in each)
        days = [(one.at - one.trouble.begin) / timedelta(days=1) for one in each if one.at]
        figures[f"told: {kind}, median days"] = median(days or [0])
        figures[f"told: {kind}, never"] = sum(one.at is None for one in each)
    return figures


def told_by_kind(watcher: Watcher) -> dict[str, list[Told]]:
    """What broke, by how."""
    kinds: dict[str, list[Told]] = defaultdict(list)
    for told in watcher.told.values():
        kinds[f"{told.trouble.kind} {told.trouble.how}"].append(told)
    return dict(sorted(kinds.items()))


def table(figures: dict[str, float]) -> Iterator[str]:
    """The figures in 80 columns."""
    for key, value in figures.items():
        if not key.startswith("told: "):
            yield f"{key.replace('_', ' '):40}{value:>14,.{0 if float(value).is_integer() else 2}f}"
    kinds = [key.removeprefix("told: ") for key in figures if key.startswith("told: ") and "," not in key]
    yield f"{'told by status':24}{'of':>6}{'at the first crawl':>20}{'or first page':>15}{'days':>7}{'never':>8}"
    for kind in kinds:
        first, page, days, never = (
            figures[f"told: {kind}, {when}"]
            for when in ("at the first crawl", "at the first page", "median days", "never")
        )
        yield f"{kind:24}{figures[f'told: {kind}']:>6.0f}{first:>20.0f}{page:>15.0f}{days:>7.1f}{never:>8.0f}"


def nine_of_ten(values: list[float]) -> float:
    """What nine of ten are below."""
    return quantiles(values, n=10)[-1] if len(values) > 1 else 0.0


def main() -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quarter", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--days", type=int, default=90, help="how many (default 90)")
    parser.add_argument("--seed", type=int, default=1, help="of the world (default 1)")
    parser.add_argument(
        "--why", type=int, default=0, metavar="N", help="show N misses of each kind, with what happened"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the corpus in this folder")
    args = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="civicpress-quarter-") as name:
        folder = args.keep or Path(name)
        quarter, score = simulate(args.sources, args.days, args.seed, folder, lambda line: print(line, file=sys.stderr))
        figures = figures_of(quarter, score)
    print(f"{args.sources} sources, {args.days} days, seed {args.seed}: {time.monotonic() - begun:.0f} s")
    print("\n".join(table(figures)))
    if args.why:
        print("\n".join(misses(score, args.why)))
        for told in quarter.watcher.told.values():
            if told.at is None or told.pages > 1 or told.crawls > 1:
                print(
                    f"told late: {told.source} {told.trouble.kind} {told.trouble.how} after {told.crawls} crawls, {told.pages} with pages, at {told.at}: {told.words}"
                )
        print("\n".join(f"false alarm: {line}" for line in quarter.watcher.examples[: args.why * 5]))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
