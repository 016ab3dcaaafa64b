"""Whether a figure that was sampled over time stays as it was, and how it looked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Course:
    """How a figure went: the medians of the first and the last fifth of the time, and the change over all of it by the
    median of all slopes (Theil and Sen), both in the figure's unit."""

    first: float
    last: float
    trend: float

    @property
    def change(self) -> float:
        """The larger one of both changes, as a share of the first fifth's median."""
        changes = (self.last - self.first, self.trend)
        return max(changes, key=abs) / self.first if self.first else 0.0


def course(points: Sequence[tuple[float, float]]) -> Course:
    """The course of (time, figure) pairs in order of time. Raises ValueError with fewer than five."""
    if len(points) < 5:
        raise ValueError("too few samples")
    fifth = len(points) // 5
    # Of many samples each n-th will do: the slopes are as many as pairs.
    few = points[:: max(1, len(points) // 300)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(few, 2) if b[0] > a[0]]
    return Course(
        median(value for _, value in points[:fifth]),
        median(value for _, value in points[-fifth:]),
        median(slopes) * (points[-1][0] - points[0][0]),
    )


def by_span(
    points: Sequence[tuple[float, float]], span: float, choose: Callable[[Sequence[float]], float], begin: float = 0.0
) -> list[tuple[float, float]]:
    """One point for each span of time since `begin`: its middle, and the one that `choose` makes of its figures."""
    spans: dict[int, list[float]] = {}
    for at, value in points:
        spans.setdefault(int((at - begin) // span), []).append(value)
    return [(begin + (index + 0.5) * span, choose(values)) for index, values in sorted(spans.items())]


def plot(values: Sequence[float], width: int) -> str:
    """A line of bars, the lowest value as an empty one."""
    if not values:
        return ""
    low, high = min(values), max(values)
    shown = [values[index * len(values) // width] for index in range(width)] if len(values) > width else values
    return "".join(_BARS[round((value - low) / (high - low) * 7) if high > low else 0] for value in shown)
