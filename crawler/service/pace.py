"""When a source's turn comes: as often as its rhythm of publication is worth it, within bounds.

Everything here is a function of values and the clock: no file, no process, no present moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from spiders.dates import ROME
from storage.pacing import Standing

FASTEST, SLOWEST = timedelta(minutes=30), timedelta(hours=24)
AT_ONE_A_DAY = timedelta(hours=4)  # with 64 releases a day this is the fastest pace, with one in 36 days the slowest
UNKNOWN = timedelta(hours=6)  # of a source of which nothing is known
FIRST_RETRY, LONGEST_RETRY = timedelta(hours=1), timedelta(days=3)
REFUSED_RETRY = timedelta(hours=6)  # who refuses us is not to be asked again within the hour
WINDOW = 56  # days of the past that tell the rhythm: whole weeks, and long enough for a source of two releases a month
JITTER = 0.1  # of a pace, at most, later or sooner
# A release in so many days is taken for granted before anything is seen, so that no rate is 0, nor that of one lucky day.
_PRIOR_DAYS = 21.0
_LEAST_DAYS = 7.0
# 288 dated pages of news and of public bodies: Saturday 0.46 and Sunday 0.61 of an even day, Monday to Friday 1.19.
_WEEK = (1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5)
_WEEK_COUNTS_AS = 14.0  # releases; so many of the source's own weigh as much as the week above
# Feeds and interfaces of Italian sites that give the hour: 94 % of 226 releases between 7 and 20, none from 1 to 6.
_OFFICE = range(7, 20)
_IN_OFFICE, _OUT_OF_OFFICE = 1.75, 0.11
_STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a source publishes: releases a day on the average, and each weekday's factor to that (Monday first)."""

    rate: float
    week: tuple[float, ...] = _WEEK


def rhythm(days: Mapping[str, int], oldest: str | None, today: date) -> Rhythm | None:
    """The rhythm that releases by day (YYYY-MM-DD) show; None where no release is known at all.

    `oldest` is the day of the source's oldest release: where that is younger than the window, the window is shorter.
    """
    if oldest is None and not days:
        return None
    first = date.fromisoformat(min([*days, oldest] if oldest else days))
    span = max(_LEAST_DAYS, float(min(WINDOW, (today - first).days + 1)))
    total = sum(days.values())
    counts = [0.0] * 7
    for day, count in days.items():
        counts[date.fromisoformat(day).weekday()] += count
    own = sum(counts) + _WEEK_COUNTS_AS
    week = tuple((7 * count + _WEEK_COUNTS_AS * prior) / own for count, prior in zip(counts, _WEEK, strict=True))
    return Rhythm((total + 1) / (span + _PRIOR_DAYS), week)


def pace(rhythm: Rhythm | None, at: datetime) -> timedelta:
    """How long to wait between two looks at a source if it always published as it does at a moment.

    With a given number of looks at all sources together, their releases wait the least, summed up, where each source is
    looked at in proportion to the square root of its rate (Sia, Cho, Cho: Efficient Monitoring Algorithm for Fast News
    Alerts, IEEE TKDE 19 (7), 2007, which also takes the rate as one that changes with the hour).
    """
    if rhythm is None:
        return UNKNOWN
    there = at.astimezone(ROME)
    hour = _IN_OFFICE if there.hour in _OFFICE else _OUT_OF_OFFICE
    rate = rhythm.rate * rhythm.week[there.weekday()] * hour
    return min(max(AT_ONE_A_DAY / float(rate**0.5), FASTEST), SLOWEST)


def next_turn(source: str, standing: Standing, rhythm: Rhythm | None, every: timedelta | None) -> datetime:
    """When a source is due that a run was done with; a new one is due at once."""
    last = datetime.fromisoformat(standing.finished)
    jitter = 1 + JITTER * (2 * fraction(source, standing.finished) - 1)
    if standing.unfinished:
        return last + min(FASTEST, every or FASTEST)
    if standing.failures:
        usual = every or pace(rhythm, last)
        first = max(usual, REFUSED_RETRY) if standing.status == "refused" else min(usual, FIRST_RETRY)
        wait = min(first * float(2 ** (standing.failures - 1)), max(LONGEST_RETRY, every or LONGEST_RETRY))
        return last + wait * jitter
    if every:
        return last + every * jitter
    return _accumulated(last, rhythm, jitter)


def _accumulated(last: datetime, rhythm: Rhythm | None, needed: float) -> datetime:
    """When the parts of a pace that went by since `last`, each at the pace of its own hour, add up to `needed`."""
    at, gone, latest = last, 0.0, last + SLOWEST * needed
    while at < latest:
        share = _STEP / pace(rhythm, at)
        if gone + share >= needed:
            return at + _STEP * ((needed - gone) / share)
        at, gone = at + _STEP, gone + share
    return latest


def fraction(*words: str) -> float:
    """A number from 0 to 1 that is always the same for the same words: what spreads sources survives a restart."""
    return int.from_bytes(sha256(" ".join(words).encode()).digest()[:6], "big") / 2**48


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in Rome in which no site is asked: from `begin` to `end`, over midnight where `end` is smaller."""

    begin: int
    end: int

    @classmethod
    def of(cls, text: str) -> "QuietHours":
        """Reads `22-6`. Raises ValueError where it is none such, or the whole day."""
        begin, dash, end = text.partition("-")
        if not (dash and begin.strip().isdecimal() and end.strip().isdecimal()):
            raise ValueError(f"{text!r} are no hours such as 22-6")
        first, last = int(begin), int(end)
        if not (0 <= first <= 24 and 0 <= last <= 24) or first % 24 == last % 24:
            raise ValueError(f"{text!r} are no hours such as 22-6, from 0 to 24 and not the whole day")
        return cls(first % 24, last % 24)

    def hold(self, now: datetime) -> bool:
        """Whether a moment is within them."""
        hour = now.astimezone(ROME).hour
        return self.begin <= hour < self.end if self.begin < self.end else hour >= self.begin or hour < self.end
