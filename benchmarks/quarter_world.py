"""The world of a simulated quarter: publishers with their rhythms, and all that happens to their releases and sites.

Everything is a function of a seed and of time. What is published when, what is edited, withdrawn and breaks is drawn
before the quarter begins, by the rules of this file, which know nothing of how it is looked at.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from benchmarks.health import poisson
from benchmarks.quarter_text import Edit, Text, Words, edit_of, text_of, written
from crawler.health.rhythm import holidays
from spiders.dates import ROME

START = date(2026, 2, 16)  # with Easter and three public holidays in the quarter after it
HISTORY = 150  # days before, of which the archive has releases
ARCHIVE = 80  # releases, at most
# Releases a day, and the share of all publishers that have such a rhythm: half of them publish two a week to two a day.
RATES = (
    (20, 1),
    (10, 2),
    (5, 6),
    (3, 10),
    (2, 16),
    (1, 30),
    (5 / 7, 32),
    (3 / 7, 32),
    (2 / 7, 26),
    (1 / 7, 22),
    (1 / 15, 13),
    (1 / 30, 10),
)
SHAPES = ("listing",) * 9 + ("feed",) * 4 + ("rest",) * 4 + ("sitemap",) * 3
VALIDATORS = ("none",) * 8 + ("etag",) * 5 + ("modified",) * 4 + ("weak",) * 2 + ("stale",)
NOISE = ("counter", "updated", "related", "today", "token")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# By weekday and hour: 94 % of releases come between 7 and 20 (Italian feeds and interfaces that tell the hour).
HOURS = (*(0.2,) * 7, 2, 5, 9, 12, 13, 11, 6, 5, 7, 7, 5, 3, 2, 0.8, 0.5, 0.4, 0.3)


@dataclass
class Release:
    """A release; `at` is when it appears on the site, `day` the day that it shows."""

    number: int
    path: str
    seed: str
    day: date
    at: datetime
    edits: tuple[Edit, ...] = ()
    gone: datetime | None = None
    back: datetime | None = None
    status: int = 404

    def is_up(self, now: datetime) -> bool:
        """Whether its page is there."""
        return self.at <= now and not (self.gone and self.gone <= now and not (self.back and self.back <= now))

    def made(self, now: datetime) -> int:
        """How many of its edits are made."""
        return bisect_right(self.edits, now, key=lambda edit: edit.at)

    def changed(self, now: datetime) -> datetime:
        """When its publisher last touched it."""
        made = self.made(now)
        return self.edits[made - 1].at if made else self.at


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes on at a site from `begin` to `end`."""

    kind: str
    begin: datetime
    end: datetime
    how: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether it goes on."""
        return self.begin <= now < self.end


OUTAGE, PATIENCE, BREAKAGE, REDESIGN, FROZEN, LYING = "outage", "429", "breakage", "redesign", "frozen", "lying 304"
LASTING = (REDESIGN, FROZEN, LYING)  # what stays for good, whatever else happens


@dataclass
class Publisher:
    """A body with its site."""

    id: str
    host: str
    rate: float
    shape: str
    validators: str
    noise: frozenset[str]
    theme: int
    frame: tuple[str, str]
    words: Words
    pinned: bool
    full_feed: bool
    nightly: bool  # whether its sitemap is made anew every night, with the hour of that in all entries
    releases: list[Release] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    _listed: tuple[datetime, list[Release]] | None = field(default=None, repr=False)

    def trouble(self, kind: str, now: datetime) -> Trouble | None:
        """What of a kind goes on."""
        return next((each for each in self.troubles if each.kind == kind and each.holds(now)), None)

    def text(self, release: Release, now: datetime) -> Text:
        """What a release says."""
        return text_of(release.seed, self.words, self.frame, release.edits, release.made(now))

    def listed(self, now: datetime) -> list[Release]:
        """The releases that are up, as lists show them: the newest day first."""
        return sorted(
            (each for each in self.releases if each.is_up(now)), key=lambda each: (each.day, each.at), reverse=True
        )

    @cached_property
    def by_path(self) -> dict[str, Release]:
        """The releases by their pages' paths."""
        return {each.path: each for each in self.releases}


def local(day: date, hours: float) -> datetime:
    """A moment of a day in Rome, in UTC and whole minutes."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ROME)
    return (midnight + timedelta(minutes=int(hours * 60))).astimezone(UTC)


def log_uniform(pick: random.Random, least: timedelta, most: timedelta) -> timedelta:
    """A span between two, each order of magnitude as likely as the others."""
    return timedelta(seconds=math.exp(pick.uniform(math.log(least.total_seconds()), math.log(most.total_seconds()))))


def world(sources: int, days: int, seed: int) -> list[Publisher]:
    """All publishers, with all that will happen in so many days."""
    luck, words = random.Random(f"world {seed}"), Words(seed)
    rates = [rate for rate, share in RATES for _ in range(share)]
    chosen = [rates[int((number + 0.5) * len(rates) / sources)] for number in range(sources)]
    shapes = [SHAPES[int((number + 0.5) * len(SHAPES) / sources)] for number in range(sources)]
    luck.shuffle(chosen)
    luck.shuffle(shapes)
    return [
        _publisher(number, rate, shape, words, days, seed)
        for number, (rate, shape) in enumerate(zip(chosen, shapes, strict=True))
    ]


def _publisher(number: int, rate: float, shape: str, words: Words, days: int, seed: int) -> Publisher:
    pick = random.Random(f"publisher {seed} {number}")
    noise = frozenset(name for name in NOISE if pick.random() < 0.45)
    frame = (written(words.some(pick, 12)), written(words.some(pick, 22)))
    publisher = Publisher(
        f"q-{number:03}", f"127.{10 + number // 200}.{1 + number // 20 % 10}.{1 + number % 20}", rate, shape,
        pick.choice(VALIDATORS), noise, pick.randrange(4), frame, words, pick.random() < 0.1, pick.random() < 0.5,
        pick.random() < 0.2,
    )  # fmt: skip
    end = local(START + days * DAY, 0)
    publisher.releases = sorted(_releases(publisher, pick, days, seed), key=lambda each: each.at)
    publisher.troubles = list(_troubles(publisher, pick, days, end))
    return publisher


def _releases(publisher: Publisher, pick: random.Random, days: int, seed: int) -> Iterator[Release]:
    week = [*(pick.uniform(0.7, 1.4) for _ in range(5)), pick.choice((0.0, 0.1, 0.6)), pick.choice((0.0, 0.1, 0.6))]
    week = [share * 7 / sum(week) for share in week]
    patron, bursts, number = (pick.randint(1, 12), pick.randint(1, 28)), pick.choice((0.0, 0.0, 0.02)), 0
    first = max(-HISTORY, -int(ARCHIVE / publisher.rate))
    for offset in range(first, days):
        day = START + offset * DAY
        if day in holidays(day.year) or (day.month, day.day) == patron:
            continue
        level = publisher.rate * week[day.weekday()]
        moments = [pick.choices(range(24), HOURS)[0] + pick.random() for _ in range(poisson(level, pick))]
        if pick.random() < bursts * level:
            moments += [9.0] * pick.randint(4, 12)  # scheduled together
        for hours in sorted(moments):
            number += 1
            at, shown = local(day, hours), day
            if offset > 0 and pick.random() < 0.02:
                shown -= pick.randint(2, 30) * DAY  # backdated
            slug = "-".join(word for word in publisher.words.some(pick, 6) if word.isascii())
            release = Release(number, f"/novita/{number}-{slug}", f"{seed} {publisher.id} {number}", shown, at)
            if offset >= -20:
                _change(release, publisher, pick)
            yield release


def _change(release: Release, publisher: Publisher, pick: random.Random) -> None:
    """Edits, within hours to weeks, and withdrawals."""
    moments = []
    at = release.at
    while pick.random() < (0.2 if moments else 0.1) and len(moments) < 3:
        at += log_uniform(pick, HOUR / 2, 25 * DAY)
        moments.append(at.replace(second=0, microsecond=0))
    release.edits = tuple(edit_of(pick, publisher.words, moment, number) for number, moment in enumerate(moments))
    if pick.random() < 0.012:
        release.gone = release.at + log_uniform(pick, 2 * HOUR, 30 * DAY)
        release.status = pick.choice((404, 404, 410))
        if pick.random() < 0.3:
            release.back = release.gone + log_uniform(pick, 6 * HOUR, 15 * DAY)


def _troubles(publisher: Publisher, pick: random.Random, days: int, end: datetime) -> Iterator[Trouble]:
    """What happens to a site; no two things at the same time, and days between them."""
    wanted: list[tuple[str, str, timedelta]] = []
    for _ in range(pick.choice((0, 0, 0, 1, 1, 2))):
        how = pick.choice(("reset", "500", "503", "404"))
        wanted.append((OUTAGE, how, log_uniform(pick, 2 * HOUR, 10 * HOUR if how == "404" else 4 * DAY)))
    if pick.random() < 0.12:
        how = pick.choice(("seconds", "hours", "date"))
        wanted.append((PATIENCE, how, log_uniform(pick, 6 * HOUR, 3 * DAY)))
    if pick.random() < 0.2:
        # An interface goes on giving days whatever the pages show.
        how = pick.choice(
            ("list", "list", "script", "texts" if publisher.shape == "rest" else "dates", "texts", "shell")
        )
        wanted.append((BREAKAGE, how, timedelta(days=pick.uniform(5, 15))))
    if pick.random() < 0.15:
        wanted.append((REDESIGN, "", timedelta(days=1000)))
    if publisher.shape == "feed" and pick.random() < 0.5:
        wanted.append((pick.choice((FROZEN, LYING)), "", timedelta(days=1000)))
    pick.shuffle(wanted)
    taken: list[Trouble] = []
    for kind, how, span in wanted:
        for _ in range(20):
            begin = local(START, 0) + timedelta(days=pick.uniform(min(14, days / 4), max(days - 5, days / 2)))
            begin = begin.replace(second=0, microsecond=0)
            lasting = begin + span
            others = [each for each in taken if kind not in LASTING and each.kind not in LASTING]
            near = any(each.begin - 3 * DAY < lasting and begin < each.end + 3 * DAY for each in others)
            if not near and not (kind == BREAKAGE and lasting > end):
                taken.append(Trouble(kind, begin, lasting, how))
                break
    yield from taken


def sound(publisher: Publisher, now: datetime, kinds: Sequence[str] = (OUTAGE, PATIENCE, BREAKAGE)) -> bool:
    """Whether nothing of some kinds goes on."""
    return not any(each.kind in kinds and each.holds(now) for each in publisher.troubles)
