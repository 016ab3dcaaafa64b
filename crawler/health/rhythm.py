"""How often a source publishes, and how likely a silence is by that.

What is counted are days with a release, not releases: five releases on one morning are one decision of one office, and
taken as five they would make every silence after them look impossible. Each weekday has a rate of its own; holidays count
as Sundays; August and the days from Christmas Eve to Epiphany are slower by a factor that the source itself teaches.

`crawler.service.pace` has a rhythm of its own, on purpose: what it asks is how much waits on the average (releases, the last weeks,
the hour), and a rate that is a little wrong costs a little delay; here it is how likely a silence is, which wants days, a
whole year with its seasons, and caution about what few days teach. One model for both would have to be both at once.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import pairwise

WINDOW = 400  # days of the past that teach a rhythm: each season once, and last year's August still in September
HALF_LIFE = 120.0  # days after which a release counts half
# 288 dated pages of news and of public bodies: Saturday 0.46 and Sunday 0.61 of an even day, Monday to Friday 1.19.
_WEEK = (1.19, 1.19, 1.19, 1.19, 1.19, 0.46, 0.61)
_WEEK_COUNTS_AS = 4.0  # of each weekday, so many days weigh as much as the week above
# A municipality goes on in August, but less; what each source does soon outweighs this.
_SLOW, _SLOW_COUNTS_AS = 0.6, 6.0
# No weekday is ever surer than 95 in 100: there are patron saints' days, strikes, and moves to a new server.
_SUREST = 3.0
# An alarm about silence goes beyond what the source itself did before: bursts and pauses are a rhythm, too.
BEYOND_LONGEST = 1.5
QUIET, EXTREME, EXTREME_IF_STATED = 1e-4, 1e-5, 1e-3


@cache
def holidays(year: int) -> frozenset[date]:
    """Italy's public holidays (law 260 of 1949 with its changes up to law 151 of 2025: Saint Francis, from 2026 on)."""
    fixed = [(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)]
    if year >= 2026:
        fixed.append((10, 4))
    return frozenset({*(date(year, month, day) for month, day in fixed), easter(year) + timedelta(days=1)})


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of Nature, 20 April 1876)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def is_working_day(day: date) -> bool:
    """Whether offices are open: Monday to Friday without holidays."""
    return day.weekday() < 5 and day not in holidays(day.year)


def class_of(day: date) -> int:
    """0 to 6: Monday to Sunday, a holiday being a Sunday; 7 to 13: the same in the slow weeks of the year."""
    slow = day.month == 8 or (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 6)
    return (6 if day in holidays(day.year) else day.weekday()) + 7 * slow


@lru_cache(maxsize=8)
def _calendar(year: int) -> tuple[date, list[tuple[float, ...]], list[tuple[int, ...]]]:
    """Sums over the classes from a first day on, up to the end of `year`: of weights that double in a half-life, of days."""
    first = date(year - 2, 1, 1)
    weights, counts = [0.0] * 14, [0] * 14
    weighted, counted = [tuple(weights)], [tuple(counts)]
    for number in range((date(year, 12, 31) - first).days + 1):
        kind = class_of(first + timedelta(days=number))
        weights[kind] += 2 ** (number / HALF_LIFE)
        counts[kind] += 1
        weighted.append(tuple(weights))
        counted.append(tuple(counts))
    return first, weighted, counted


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`rates`: by class of day (see `class_of`), how many releases' days are expected of one, so that it has none with
    probability e^-rate; `weight`: how many days with a release that was learnt from (infinite where it is stated);
    `a_day`: releases, on the average over all days."""

    rates: tuple[float, ...]
    weight: float
    a_day: float

    @property
    def words(self) -> str:
        """`20 a day`, `3 a week`, `1 a month`."""
        for days, span in ((1.0, "day"), (7.0, "week"), (30.4, "month")):
            if self.a_day * days >= 0.95:
                return f"{self.a_day * days:.0f} a {span}"
        return f"{max(1.0, self.a_day * 365):.0f} a year" if self.a_day else "nothing"

    def expected(self, after: date, before: date) -> float:
        """How many days with a release are expected of the days between two others, both left out."""
        if (before - after).days <= 1:
            return 0.0
        if (before - after).days > WINDOW:  # more would say nothing more
            after = before - timedelta(days=WINDOW)
        first, _, counted = _calendar(before.year)
        begin, end = counted[(after - first).days + 1], counted[(before - first).days]
        return sum(rate * (b - a) for rate, a, b in zip(self.rates, begin, end, strict=True))

    def chance(self, expected: float) -> float:
        """How likely it is that there is none where so many are expected; what is not known of the rate counts, too."""
        if math.isinf(self.weight):
            return math.exp(-expected)
        return float((1 + expected / self.weight) ** -self.weight)


def learn(days: Mapping[str, int]) -> Rhythm | None:
    """The rhythm that releases by day (YYYY-MM-DD) show, up to the last of these days; None from fewer than two."""
    if len(days) < 2:
        return None
    last = date.fromisoformat(max(days))
    start = max(date.fromisoformat(min(days)), last - timedelta(days=WINDOW))
    first, weighted, counted = _calendar(last.year)
    begin, end = (start - first).days, (last - first).days + 1
    scale = 2 ** -((last - first).days / HALF_LIFE)
    exposure = [(b - a) * scale for a, b in zip(weighted[begin], weighted[end], strict=True)]
    seen, slow, releases = [0.0] * 14, 0, 0.0
    for text, count in days.items():
        day = date.fromisoformat(text)
        if day >= start:
            weight = 2 ** ((day - last).days / HALF_LIFE)
            seen[class_of(day)] += weight
            slow += class_of(day) >= 7
            releases += weight * count
    usual, less = (
        sum(e * share for e, share in zip(part, _WEEK, strict=True)) for part in (exposure[:7], exposure[7:])
    )
    level = sum(seen) / (usual + less * _SLOW)
    week = [
        (seen[day] + _WEEK_COUNTS_AS * min(0.95, level * _WEEK[day])) / (exposure[day] + _WEEK_COUNTS_AS)
        for day in range(7)
    ]
    # a season comes once a year: that of last year counts as if it were this year's
    days_then = [b - a for a, b in zip(counted[begin][7:], counted[end][7:], strict=True)]
    expected = sum(number * share for number, share in zip(days_then, week, strict=True))
    factor = min(1.0, (slow + _SLOW * _SLOW_COUNTS_AS) / (expected + _SLOW_COUNTS_AS))
    rates = tuple(_rate(share * part) for part in (1.0, factor) for share in week)
    return Rhythm(rates, sum(seen), releases / sum(exposure))


def stated(a_day: float) -> Rhythm:
    """The rhythm that a catalogue states, as releases a day: sure, and spread over the week as usual."""
    week = tuple(min(_SUREST, a_day * share * 7 / sum(_WEEK)) for share in _WEEK)
    return Rhythm((*week, *(rate * _SLOW for rate in week)), math.inf, a_day)


def _rate(share: float) -> float:
    return min(_SUREST, -math.log(max(1e-9, 1 - share)))


@dataclass(frozen=True, slots=True)
class Silence:
    """That nothing came between `last` and `until`, as judged by the source's rhythm.

    `expected`: days with a release; `chance`: how likely that is if all is well; `longest`: the working days of the
    source's longest silence before; `extreme`: more than a rhythm explains.
    """

    last: date
    until: date
    rhythm: Rhythm
    expected: float = 0.0
    chance: float = 1.0
    longest: int = 0
    extreme: bool = False

    @property
    def quiet(self) -> bool:
        """Whether the silence is unlikely."""
        return self.chance < QUIET


def silence(days: Mapping[str, int], last: date, until: date, states: Rhythm | None = None) -> Silence | None:
    """Judges that nothing came after `last` and before `until`, by releases by day, or by a rhythm that is stated.

    None where there is no rhythm to judge by.
    """
    rhythm = states or learn(days)
    if rhythm is None:
        return None
    expected = rhythm.expected(last, until)
    chance = rhythm.chance(expected)
    if chance >= min(QUIET, EXTREME_IF_STATED):
        return Silence(last, until, rhythm, expected, chance, extreme=bool(states) and chance < EXTREME_IF_STATED)
    known = sorted(map(date.fromisoformat, days))
    pauses = [(rhythm.expected(a, b), a, b) for a, b in pairwise(known)]
    most, *between = max(pauses, default=(0.0, last, last))
    beyond = chance < EXTREME and expected > BEYOND_LONGEST * most
    extreme = chance < EXTREME_IF_STATED if states else beyond
    return Silence(last, until, rhythm, expected, chance, working_days(*between), extreme)


def working_days(after: date, before: date) -> int:
    """How many working days lie between two days, both left out."""
    return sum(is_working_day(after + timedelta(days=number)) for number in range(1, (before - after).days))
