"""Health in a simulated quarter: when breakages are told, and alarms without one; and which documents are withdrawn when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlite_utils import Database

from benchmarks.quarter_world import BREAKAGE, FROZEN, LYING, OUTAGE, PATIENCE, Publisher, Trouble
from crawler.health.overview import overview
from spiders.source import Source

AFTERWARDS = timedelta(days=7)  # in which an alarm may outlast its cause


@dataclass
class Told:
    """A breakage, and when `status` told it: after how many crawls, and after how many that saw a page of a release."""

    source: str
    trouble: Trouble
    crawls: int = 0
    pages: int = 0
    at: datetime | None = None
    words: str = ""


@dataclass
class Watcher:
    """Looks at `status` as an operator would who never sleeps: after each crawl of a broken source, and daily at all."""

    publishers: Mapping[str, Publisher]
    sources: Mapping[str, Source]
    told: dict[tuple[str, datetime], Told] = field(default_factory=dict)
    days: int = 0
    false: Counter[str] = field(default_factory=Counter)
    lasting: int = 0
    examples: list[str] = field(default_factory=list)
    withdrawn: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # document and since when: the moment it was seen

    def after(self, db: Database, crawled: Sequence[str], now: datetime, run: int) -> None:
        """A run ended that crawled some sources."""
        for id in crawled:
            for trouble in self.publishers[id].troubles:
                # Hours in which pages are not there, while lists are, must bring no withdrawal; nobody can tell them.
                if (
                    trouble.kind not in (BREAKAGE, OUTAGE, FROZEN, LYING)
                    or trouble.how == "404"
                    or not trouble.holds(now)
                ):
                    continue
                each = self.told.setdefault((id, trouble.begin), Told(id, trouble))
                if each.at is not None:
                    continue
                each.crawls += 1
                row = db.execute("select pages from run_sources where run = ? and source = ?", [run, id]).fetchone()
                each.pages += bool(row and row[0])
                health = overview(db, self.sources, [id], now, everything=False).healths[0]
                since = trouble.begin.isoformat(timespec="seconds")
                of_feed = trouble.kind in (FROZEN, LYING)
                for finding in health.findings:
                    if (
                        finding.state != "quiet"
                        and finding.since >= since
                        and (not of_feed or "/feed" in finding.words)
                    ):
                        each.at, each.words = now, finding.words

    def daily(self, db: Database, now: datetime) -> None:
        """A day is over."""
        asked = [
            id for (id,) in db.execute("select distinct source from run_sources where finished is not null").fetchall()
        ]
        for health in overview(db, self.sources, asked, now, everything=False).healths:
            troubles = [
                each for each in self.publishers[health.source].troubles if each.kind in (BREAKAGE, OUTAGE, PATIENCE)
            ]
            if any(each.holds(now) for each in troubles):
                continue
            self.days += 1
            if not health.unhealthy:
                continue
            stale = [each for each in self.publishers[health.source].troubles if each.kind in (FROZEN, LYING)]
            if any(each.holds(now) for each in stale) and all("/feed" in words for words in health.evidence):
                continue  # its feed is frozen
            if any(each.end <= now < each.end + AFTERWARDS for each in troubles):
                self.lasting += 1
                continue
            self.false[health.state] += 1
            self.examples.append(
                f"{now:%Y-%m-%d} {health.source}: {health.state} since {health.since}: {'; '.join(health.evidence)}"
            )
        for id, since in db.execute("select id, withdrawn from documents where withdrawn is not null").fetchall():
            self.withdrawn.setdefault((id, since), now.isoformat(timespec="seconds"))
