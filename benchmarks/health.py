"""Health on simulated sources: how often it cries wolf, and how soon it tells what breaks.

    python -m benchmarks.health [--sources 200] [--seed 1]

Each source has a rhythm of its own (20 releases a day to 1 a month; Poisson by weekday, with holidays, a slower August,
now and then a burst, one local holiday), texts that vary as real ones do, now and then a release without a date or a page
that cannot be read, one to three lists, of which a few are short ones that are empty at times. It is crawled once a day.
After a first run that finds a year, and a year of daily runs in which nothing breaks, each source breaks in every way, each
time from the same healthy state. Known releases are looked at again as in `storage.looking`, or not at all.

Where a page is odd, known ones are looked at as `crawler.ingest.doubt` would. With 60 sources and seed 1 (a feed that freezes looks
like any silence, and is told when that is beyond the source's rhythm):

    Known releases are looked at again
    21,900 source-days without a breakage: 1 under false alarm, 0.05 in 1,000
    (1 alarms, 0.05 in 1,000; called quiet, without an alarm: 0 days)
    known pages looked at because another one was odd: 0.007 a source and day
                           told at the first run                              not in
                             of all  1 a day and more  pages days until told  120
                                  %                 % median   median 9 of 10   days
    list names nothing         96.7              96.7      4        1       2      0
    dates vanish               95.0              96.7      6        1       6      0
    texts shrink to 1/5        98.3             100.0      6        1       3      0
    9 of 10 pages unread       93.3             100.0      6        1       4      0
    soft 404s everywhere      100.0             100.0      6        1       3      0
    challenge pages           100.0             100.0      6        1       3      0
    frozen feed                 0.0               0.0     36       16     120     15
    outage                    100.0             100.0      0        1       1      0
    refusal                   100.0             100.0      0        1       1      0
"""

import argparse
import copy
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import mean, median

from crawler.health import rhythm
from crawler.health.drift import is_lost
from crawler.health.watch import Watch
from crawler.ingest.doubt import wanted
from storage.health import Sighting
from storage.known_pages import LONG, SCRAP

START = date(2024, 9, 1)
HISTORY, YEAR = 365, 365  # days that the first run finds; days of daily runs without a breakage
AFTER = 120  # days in which a breakage may be told
RATES = (20.0, 10.0, 5.0, 3.0, 2.0, 1.0, 5 / 7, 3 / 7, 2 / 7, 1 / 7, 1 / 15, 1 / 30)  # releases a day
REREAD = (1, 2, 4, 8, 22, 61)  # days after which a release is looked at again


@dataclass
class Pages:
    """What the pages of a run held."""

    letters: list[float] = field(default_factory=list)
    scraps: list[float] = field(default_factory=list)
    undated: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    doubtful: bool = False


@dataclass
class Publisher:
    """A source as it really is."""

    rate: float
    week: tuple[float, ...]
    august: float
    local: tuple[int, int]
    bursts: float
    undated: float
    unread: float
    letters: float
    spread: float
    lists: dict[str, float]
    luck: random.Random
    recent: list[date] = field(default_factory=list)
    published: int = 0
    asked: int = 0  # known pages that were looked at because another one was odd

    @classmethod
    def of(cls, rate: float, luck: random.Random) -> "Publisher":
        """One of this rate, as luck will have it."""
        week = (*(luck.uniform(0.7, 1.4) for _ in range(5)), luck.choice((0.0, 0.1, 0.6)), luck.choice((0.0, 0.1, 0.6)))
        lists = {
            f"/novita/{number}": float(luck.choice((6, 10, 12, 24))) for number in range(luck.choice((1, 1, 2, 3)))
        }
        if luck.random() < 0.1:
            lists["/in-evidenza"] = -2.5  # so many on the average, often none
        return cls(
            rate, tuple(share * 7 / sum(week) for share in week), luck.uniform(0.2, 1.0),
            (luck.randint(1, 12), luck.randint(1, 28)), luck.choice((0.0, 0.0, 0.02)),
            luck.choice((0.0, 0.0, 0.0, 0.01, 0.03, 0.1, 0.3)), luck.choice((0.0, 0.0, 0.01, 0.03, 0.1)),
            luck.uniform(600, 3000), luck.uniform(0.5, 1.0), lists, luck,
        )  # fmt: skip

    def publishes(self, day: date) -> int:
        """How many releases a day brings."""
        if day in rhythm.holidays(day.year) or (day.month, day.day) == self.local:
            return 0
        level = self.rate * self.week[day.weekday()] * (self.august if rhythm.class_of(day) >= 7 else 1.0)
        more = self.luck.randint(3, 8) if self.luck.random() < self.bursts * level else 0
        return poisson(level, self.luck) + more

    def run(self, number: int, day: date, fresh: int, again: int, how: "Breakage", usual: Watch) -> Sighting:
        """What the run of a day sees. `usual`: what was seen before, by which a page may be odd."""
        at = f"{day}T18:00:00+00:00"
        if how.status != "ok":
            return Sighting(number, at, how.status, how.error, lists=dict.fromkeys(self.lists))
        pages = Pages()
        for page in range(fresh + again):
            self.read(pages, page >= fresh, how, usual)
        new = len(pages.letters) - pages.known["sound"] - pages.known["undated"]
        left = min(3, self.published)
        while pages.doubtful and (asked := min(left, wanted(pages.known))):
            for _ in range(asked):
                self.read(pages, True, how, usual)
            left, self.asked = left - asked, self.asked + asked
        if is_lost(pages.known):
            pages.reasons["shrunk"] += len(pages.scraps)
        else:
            pages.letters += pages.scraps
        lists: dict[str, int | None] = {}
        for url, size in self.lists.items():
            named = poisson(-size, self.luck) if size < 0 else int(size)
            if fresh or size < 0 or self.luck.random() < 0.7:  # others answer that nothing changed
                lists[url] = 0 if how.empty else named
        kept, lengths = len(pages.letters), pages.letters
        self.published += fresh
        return Sighting(
            number, at, "ok", None, new, pages.known["sound"], len(self.lists) - len(lists), kept + pages.reasons.total(),
            kept - pages.undated, pages.undated, round(median(lengths)) if lengths else None, pages.reasons, lists, pages.known,
        )  # fmt: skip

    def read(self, pages: "Pages", known: bool, how: "Breakage", usual: Watch) -> None:
        """Reads a page that was published before, or a new one."""
        if self.luck.random() < (max(self.unread / 10, how.unread) if known else max(self.unread, how.unread)):
            pages.reasons[how.reason] += 1
            pages.known[how.reason] += known
            pages.doubtful |= known or usual.expects_no(how.reason)
            return
        letters = self.letters * how.shrink * math.exp(self.luck.gauss(0, self.spread))
        undated = self.luck.random() < self.undated  # and was so before
        lost = self.luck.random() < how.undated
        if known and how.shrink < SCRAP and letters / how.shrink > LONG:
            pages.known["scrap"] += 1
            pages.scraps.append(letters)
            pages.doubtful = True
            return
        pages.letters.append(letters)
        pages.undated += undated or lost
        if known:
            pages.known["undated" if lost and not undated else "sound"] += 1
            pages.doubtful |= lost and not undated
        else:
            pages.doubtful |= ((undated or lost) and usual.expects_dates) or letters < usual.shortest

    def due_again(self, day: date) -> int:
        """How many known releases are looked at again on a day."""
        self.recent = [each for each in self.recent if (day - each).days <= REREAD[-1]]
        return sum((day - each).days in REREAD for each in self.recent)


@dataclass(frozen=True)
class Breakage:
    """How a source broke; as it is made, nothing is broken."""

    empty: bool = False
    undated: float = 0.0
    shrink: float = 1.0
    unread: float = 0.0
    reason: str = "no-text"
    frozen: bool = False
    status: str = "ok"
    error: str | None = None


SOUND = Breakage()
BREAKAGES = {
    "list names nothing": Breakage(empty=True),
    "dates vanish": Breakage(undated=1.0),
    "texts shrink to 1/5": Breakage(shrink=0.2),
    "9 of 10 pages unread": Breakage(unread=0.9),
    "soft 404s everywhere": Breakage(unread=1.0, reason="error-page"),
    "challenge pages": Breakage(unread=1.0, reason="refused"),
    "frozen feed": Breakage(frozen=True),
    "outage": Breakage(status="failed", error="timeout: no answer"),
    "refusal": Breakage(status="refused", error="refused: status 403"),
}


@dataclass
class Watched:
    """A source with what was seen of it so far."""

    publisher: Publisher
    rereads: bool
    watch: Watch
    days: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    last: date = START

    def live(self, day: date, how: Breakage = SOUND) -> tuple[Sighting, set[str]]:
        """One day and its run; returns what is found wrong, and counts as unhealthy."""
        fresh = 0 if how.frozen else self.publisher.publishes(day)
        if self.publisher.lists and how.empty:
            fresh = 0
        again = self.publisher.due_again(day) if self.rereads else 0
        self.runs += 1
        seen = self.publisher.run(self.runs, day, fresh, again, how, self.watch)
        self.watch.see(seen)
        if seen.fresh:
            self.days[day.isoformat()] = self.days.get(day.isoformat(), 0) + seen.fresh
            self.last = day
            self.publisher.recent += [day] * seen.fresh
        wrong = {finding.state for finding in self.watch.findings(seen)}
        if how.status != "ok":
            wrong.add("failing")
        quiet = rhythm.silence(self.days, self.last, day) if how.status == "ok" else None
        if quiet and quiet.quiet:
            wrong.add("extreme" if quiet.extreme else "quiet")
        return seen, wrong


def begun(publisher: Publisher, rereads: bool) -> Watched:
    """A source after its first run, which found a year of releases."""
    watched = Watched(publisher, rereads, Watch(max(1 / 30, publisher.rate)))
    for number in range(HISTORY):
        day = START + timedelta(days=number)
        if count := publisher.publishes(day):
            watched.days[day.isoformat()], watched.last = count, day
    found = min(300, sum(watched.days.values()))
    watched.runs = 1
    watched.watch.see(publisher.run(1, START + timedelta(days=HISTORY), found, 0, SOUND, watched.watch))
    return watched


def poisson(level: float, luck: random.Random) -> int:
    """A number of events where `level` are expected."""
    number, at = 0, luck.expovariate(1)
    while at < level:
        number, at = number + 1, at + luck.expovariate(1)
    return number


def simulate(sources: int, seed: int, rereads: bool) -> Iterator[str]:
    """The lines of a table."""
    luck = random.Random(seed)
    alarms: Counter[str] = Counter()
    episodes = days = quiet_days = asked = 0
    told: dict[str, list[Told]] = {name: [] for name in BREAKAGES}
    for number in range(sources):
        watched = begun(Publisher.of(RATES[number % len(RATES)], random.Random(luck.random())), rereads)
        day, before = START + timedelta(days=HISTORY), set[str]()
        for _ in range(YEAR):
            day += timedelta(days=1)
            _, wrong = watched.live(day)
            quiet_days += wrong == {"quiet"}
            wrong.discard("quiet")
            alarms.update(wrong)
            days, episodes = days + 1, episodes + bool(wrong - before)
            before = wrong
        asked += watched.publisher.asked
        for name, how in BREAKAGES.items():
            told[name].append(tell(copy.deepcopy(watched), day, how))
    total = sum(alarms.values())
    yield f"{days:,} source-days without a breakage: {total} under false alarm, {1000 * total / days:.2f} in 1,000"
    yield f"({episodes} alarms, {1000 * episodes / days:.2f} in 1,000; called quiet, without an alarm: {quiet_days} days)"
    yield f"known pages looked at because another one was odd: {asked / days:.3f} a source and day"
    yield f"{'':22}{'told at the first run':^23}{'':9}{'':18}{'not in':>8}"
    yield f"{'':22}{'of all':>9}{'1 a day and more':>18}{'pages':>7}{'days until told':>16}{AFTER:>5}{'':3}"
    yield f"{'':22}{'%':>9}{'%':>18}{'median':>7}{'median':>9}{'9 of 10':>8}{'days':>7}"
    for name, each in told.items():
        busy = [one for one in each if one.rate >= 1]
        first, first_of_busy = (100 * mean(one.runs <= 1 for one in group) for group in (each, busy))
        waits = sorted(one.days for one in each)
        pages = median(one.pages for one in each)
        never = sum(one.days == AFTER for one in each)
        nine = waits[int(len(waits) * 0.9)]
        yield f"{name:22}{first:9.1f}{first_of_busy:18.1f}{pages:7.0f}{median(waits):9.0f}{nine:8}{never:7}"


@dataclass(frozen=True)
class Told:
    """When a breakage was told: after how many days, runs that could show it, and pages read."""

    rate: float
    days: int
    runs: int
    pages: int


def tell(watched: Watched, day: date, how: Breakage) -> Told:
    """How soon a breakage is told; after AFTER days where it is not."""
    runs = pages = 0
    before = watched.live(day + timedelta(days=1))[1]
    for number in range(1, AFTER):
        seen, wrong = watched.live(day + timedelta(days=1 + number), how)
        runs += bool(seen.lists if how.empty else how.frozen or how.status != "ok" or seen.pages)
        pages += seen.pages or 0
        if wrong - {"quiet"} - before:
            return Told(watched.publisher.rate, number, runs, pages)
    return Told(watched.publisher.rate, AFTER, AFTER, pages)


def main(show: Callable[[str], None] = print) -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for rereads in (True, False):
        show(f"\n{'Known releases are looked at again' if rereads else 'Nothing is looked at again'}")
        for line in simulate(options.sources, options.seed, rereads):
            show(line)


if __name__ == "__main__":
    main()
