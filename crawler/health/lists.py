"""What a source's lists lead to expect: that they name releases, as many as ever, with dates, and not others all at once;
and that they go on where the source does."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from crawler.health.drift import Emptiness
from spiders.values import Link
from storage.addresses import address_key

_KNOWN = 4  # readings that must be known before anything but emptiness can be told
_REMEMBERED = 30  # readings
_STEADY = 2  # sizes that differ by no more are those of a list with pages of a fixed length; ...
_MANY = 12  # ... what varies needs more readings
_FEWER = 0.6  # of the fewest that it named
_LEAST = 6  # of a list that names fewer, half is luck
_DATED, _UNDATED = 0.8, 0.2  # shares of what a list names
_CHANGES = 8  # of a list, that show how it goes with the others
_BEHIND = 4  # runs with new releases that a list may miss, and times its longest time before


@dataclass(frozen=True, slots=True)
class Detail:
    """What a list named beyond its number: how many with a date, how many that were known before, and a mark that stays
    where the list does."""

    dated: int
    known: int
    mark: int


def detail_of(links: Sequence[Link], known: int) -> Detail:
    """The detail of a list that was read."""
    keys = sorted(address_key(link.url) for link in links)
    return Detail(sum(link.date is not None for link in links), known, crc32("\n".join(keys).encode()))


@dataclass(slots=True)
class ListWatch:
    """The detectors of one list. `told` says since when (UTC) what is wrong: `fewer`, `others`, `undated`, `frozen`."""

    empty: Emptiness
    told: dict[str, str] = field(default_factory=dict)
    sizes: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    overlaps: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    dates: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    named: int = 0
    brought: int = 0  # since it names fewer, how many it named that were new
    mark: int | None = None
    changes: int = 0
    behind: int = 0  # runs with new releases since it changed
    longest: int = 0  # of these, before
    changed: str = ""

    def add(self, named: int, detail: Detail, fresh: int, at: str) -> None:
        """It was read in a run that brought `fresh` new releases, from this list or another."""
        self._go_on(detail.mark, fresh, at)
        if not named:
            return
        self.named = named
        self._fewer(named, named - detail.known, at)
        if self.changes > 1:  # at first, all was new
            self._others(named, detail.known, fresh, at)
        share = detail.dated / named
        if named >= 3 and len(self.dates) >= _KNOWN and min(self.dates) >= _DATED and share <= _UNDATED:
            self.told.setdefault("undated", at)
        elif share > _UNDATED:
            self.told.pop("undated", None)
            self.dates.append(share)
        elif "undated" not in self.told:
            self.dates.append(share)

    def stays(self, fresh: int, at: str) -> None:
        """It answered that it is as before."""
        self._go_on(self.mark, fresh, at)

    def _go_on(self, mark: int | None, fresh: int, at: str) -> None:
        if mark is None:
            return
        if mark != self.mark:
            self.longest, self.behind = max(self.longest, self.behind), 0
            self.changes, self.mark, self.changed = self.changes + 1, mark, at
            self.told.pop("frozen", None)
            return
        self.behind += fresh > 0
        if self.changes >= _CHANGES and self.behind >= _BEHIND * (self.longest + 1):
            self.told.setdefault("frozen", at)

    def _fewer(self, named: int, new: int, at: str) -> None:
        steady = len(self.sizes) >= _KNOWN and (
            max(self.sizes) - min(self.sizes) <= _STEADY or len(self.sizes) >= _MANY
        )
        if not (steady and min(self.sizes) >= _LEAST and named < _FEWER * min(self.sizes)):
            self.told.pop("fewer", None)
            self.sizes.append(named)
            return
        if "fewer" not in self.told:
            self.told["fewer"], self.brought = at, 0
        self.brought += new
        if self.brought >= 3:  # it is shorter, and goes on
            self.told.pop("fewer")
            self.sizes.clear()

    def _others(self, named: int, known: int, fresh: int, at: str) -> None:
        usual = len(self.overlaps) >= _KNOWN and min(self.overlaps) >= 3
        if usual and not known and named >= 3 and fresh < named / 2:
            self.told.setdefault("others", at)
        elif "others" not in self.told:
            self.overlaps.append(known)
        elif fresh and named > known:
            self.told.pop("others")

    def findings(self, place: str) -> Iterator[tuple[str, str]]:
        """Since when what is wrong, in a sentence; `place` is how the list is called."""
        says = {
            "fewer": f"its list {place} named {min(self.sizes, default=0)} releases and more, now {self.named}",
            "others": f"its list {place} names nothing that it named before, and hardly a release",
            "undated": f"its list {place} gave the dates of its releases, now of hardly one",
            "frozen": f"its list {place} stays as it is, while {self.behind} runs found new releases elsewhere",
        }
        yield from ((since, says[what]) for what, since in self.told.items())
