"""Months of which a source has fewer releases than its own rhythm lets expect, and how to fetch what is missing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import mean

from crawler.health.rhythm import Rhythm

# A month is wrong where chance leaves it with so few once in a thousand times, ...
_CHANCE = 1e-3
_HALF = 0.5  # ... be half of what is expected enough: public bodies have busy and idle months
_NEAR = 2  # months on either side that say what is usual


@dataclass(frozen=True, slots=True)
class Month:
    """A month (YYYY-MM) of a source: how many releases it has, how many are `expected` (None: nothing tells), and what
    is wrong with it: `hole` (none, or far too few) or `unreached` (older than anything that was fetched)."""

    month: str
    count: int
    expected: float | None = None
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Gaps:
    """A source's months, the oldest first. `command` fetches what is missing; None where nothing is."""

    source: str
    months: tuple[Month, ...]
    command: str | None = None

    @property
    def wrong(self) -> tuple[Month, ...]:
        """The months that look wrong."""
        return tuple(month for month in self.months if month.wrong)


def gaps(
    source: str, counts: Mapping[str, int], names: Sequence[str], rhythm: Rhythm | None, oldest: str | None, whole: bool
) -> Gaps:
    """What the counts of some months (`names`, in order, the present one last) say.

    `counts` should reach some months further back than `names`. `oldest` is the month of the source's oldest release;
    `whole`: its lists were once read to their end, so that there is nothing before.
    """
    every = sorted({*counts, *names})
    share = {name: _share(name, rhythm) for name in every}
    months = []
    for name in names:
        count = counts.get(name, 0)
        if oldest is None or name < oldest:
            months.append(Month(name, count, None, None if whole else "unreached"))
            continue
        usual = None if name in (names[-1], oldest) else _usual(name, every, counts, share, names[-1], oldest)
        wrong = usual is not None and _chance(count, usual * (_HALF if count else 1.0)) < _CHANCE
        months.append(Month(name, count, usual, "hole" if wrong else None))
    first = next((month.month for month in months if month.wrong), None)
    command = f"civicpress crawl {source} --full --since {first}-01" if first else None
    return Gaps(source, tuple(months), command)


def month_names(today: date, number: int) -> list[str]:
    """The names of so many months (YYYY-MM), the present one last."""
    last = today.year * 12 + today.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(last - number + 1, last + 1)]


def _usual(
    name: str, every: Sequence[str], counts: Mapping[str, int], share: Mapping[str, float], last: str, oldest: str
) -> float | None:
    """What the months around lead to expect: of those before and those after the lesser, for rhythms change."""
    place = every.index(name)
    sides = [every[max(0, place - _NEAR) : place], every[place + 1 : place + 1 + _NEAR]]
    whole = [[each for each in side if oldest < each < last] for side in sides]
    known = [[counts.get(each, 0) / share[each] for each in side] for side in whole if side]
    levels = [mean(side) if len(known) == 2 else min(side) for side in known]
    return min(levels) * share[name] if levels else None


def _share(name: str, rhythm: Rhythm | None) -> float:
    """How much a month weighs by its weekdays, holidays and season, 1 being 30 ordinary days."""
    first = date.fromisoformat(f"{name}-01")
    after = (first + timedelta(days=31)).replace(day=1)
    if rhythm is None or not any(rhythm.rates):
        return (after - first).days / 30
    return max(0.1, rhythm.expected(first - timedelta(days=1), after) / (sum(rhythm.rates[:7]) * 30 / 7))


def _chance(count: int, expected: float) -> float:
    """The probability of at most `count` releases where so many are expected (Poisson)."""
    term = total = math.exp(-min(expected, 700.0))
    for number in range(1, count + 1):
        term *= expected / number
        total += term
    return total
