"""What the service shows on a terminal: what it does, what is next, how the last batches went, and what is wrong."""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crawler.display.results import counted, progress_console, shown
from crawler.service.batches import Ended, How
from crawler.service.pace import QuietHours
from crawler.service.schedule import Schedule
from spiders.dates import ROME
from spiders.source import Source

_LAST, _NEXT, _NOTES, _NAMED = 6, 5, 4, 4  # lines of each part; sources of a batch that are named
REFRESH = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Round:
    """A batch that has ended."""

    at: datetime
    sources: tuple[str, ...]
    ended: Ended


@dataclass(slots=True)
class Screen:
    """The picture, and what it is made of beside the schedule: the last `rounds`, and the last lines of the log."""

    schedule: Schedule
    quiet: QuietHours | None = None
    catalogue: str | None = None
    rounds: deque[Round] = field(default_factory=lambda: deque(maxlen=_LAST))
    notes: deque[tuple[datetime, str]] = field(default_factory=lambda: deque(maxlen=_NOTES))
    live: Live | None = None

    def ended(self, sources: Sequence[Source], ended: Ended) -> None:
        """A batch has ended."""
        self.rounds.appendleft(Round(self.schedule.clock(), tuple(each.id for each in sources), ended))

    def note(self, line: str) -> None:
        """A line of the log."""
        self.notes.append((self.schedule.clock(), shown(line)))

    def close(self) -> None:
        """Gives the terminal back; the last picture stays."""
        if self.live:
            self.live.stop()
            self.live = None

    async def show(self, console: Console = progress_console) -> None:
        """Shows itself until it is cancelled. In the event loop's thread: the schedule changes under no other."""
        self.live = Live(console=console, auto_refresh=False, redirect_stderr=False, redirect_stdout=False)
        self.live.start()
        try:
            while self.live:
                self.live.update(self.picture(), refresh=True)
                await asyncio.sleep(REFRESH)
        finally:
            if self.live:
                self.live.update(self.picture(), refresh=True)
            self.close()

    def picture(self) -> RenderableType:
        """How things stand now."""
        now = self.schedule.clock()
        parts = [
            self._head(now),
            *self._troubles(now),
            *self._at_work(now),
            *self._next(now),
            *self._last(),
            *self._log(),
        ]
        return Group(*parts)

    def _head(self, now: datetime) -> RenderableType:
        schedule = self.schedule
        new = sum(schedule.standings.get(id) is None for id in schedule.sources)
        told = [counted(len(schedule.sources), "source"), f"{len(schedule.due(now))} due"]
        told += [f"{new} not read yet"] if new else []
        told += ["quiet hours: no site is asked"] if self.quiet and self.quiet.hold(now) else []
        head = Table.grid(expand=True)
        head.add_column(no_wrap=True, overflow="ellipsis")
        head.add_column(justify="right")
        head.add_row(Text.assemble(("civicpress", "bold"), f" · {' · '.join(told)}"), _clock(now))
        return head

    def _troubles(self, now: datetime) -> Iterator[RenderableType]:
        schedule = self.schedule
        if schedule.trouble:
            yield Text(f"waiting: {shown(schedule.trouble)}", "bold red")
        if self.catalogue:
            yield Text(f"the catalogue is wrong, the earlier one stays in force: {shown(self.catalogue)}", "red")
        failing = [id for id in schedule.sources if (standing := schedule.standings.get(id)) and standing.failures]
        if failing:
            yield _line(Text.assemble((f"failing   {len(failing)}: ", "yellow"), _names(failing)))
        for host, pause in sorted(schedule.paused.items(), key=lambda item: item[1].until)[:2]:
            until = datetime.fromisoformat(pause.until)
            yield _line(Text(f"paused    {host} until {_clock(until, now)}", "yellow"))

    def _at_work(self, now: datetime) -> Iterator[RenderableType]:
        for batch in list(self.schedule.running.values()):
            left = sorted(batch.left)
            took = _span(now - batch.begun)
            what = f"{len(batch.sources) - len(left)} of {counted(len(batch.sources), 'source')} done, {took}: "
            yield _line(Text.assemble(("at work   ", "green"), what, _names(left)))
        if not self.schedule.running:
            yield Text.assemble(("at work   ", "dim"), "nothing")

    def _next(self, now: datetime) -> Iterator[RenderableType]:
        busy = {id for batch in self.schedule.running.values() for id in batch.left}
        turns = ((turn, id) for id, turn in self.schedule.turns.items() if id not in busy)
        for number, (turn, id) in enumerate(nsmallest(_NEXT, turns)):
            when = f"in {_span(turn - now)}" if turn > now else "now"
            yield _line(
                Text.assemble(("" if number else "next", "cyan"), " " * (10 if number else 6), f"{when:12}", id)
            )

    def _last(self) -> Iterator[RenderableType]:
        if not self.rounds:
            return
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        numbers = ("requests", "new", "revised", "failed", "seconds")
        for name in ("HH:MM:SS", *numbers):
            table.add_column(justify="right" if name in numbers else "left", no_wrap=True, min_width=max(4, len(name)))
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        style = "dim"
        table.add_row(Text("last", "cyan"), *(Text(name, style) for name in (*numbers, "sources")))
        for each in self.rounds:
            ended, counts = each.ended, each.ended.totals
            failed = sum(number for status, number in ended.statuses.items() if status in ("failed", "refused"))
            bad = "" if ended.how is How.DONE else f"{ended.how}: {ended.why}; "
            table.add_row(
                Text(_clock(each.at), style), *(str(counts.get(name, "·")) for name in ("requests", "new", "revised")),
                Text(str(failed), "yellow") if failed else "·", f"{ended.seconds:.0f}",
                Text.assemble((bad, "red"), _names(each.sources)),
            )  # fmt: skip
        yield table

    def _log(self) -> Iterator[RenderableType]:
        for at, line in self.notes:
            yield _line(Text.assemble((f"{_clock(at)}  ", "dim"), line))


@contextlib.contextmanager
def errors_into(screen: Screen) -> Iterator[int]:
    """A file for the standard error of batches, whose lines become notes: on the terminal they would tear the picture."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    loop, rest = asyncio.get_running_loop(), b""

    def read() -> None:
        nonlocal rest
        with contextlib.suppress(OSError):
            *lines, rest = (rest + os.read(reading, 1 << 16)).split(b"\n")
            for line in lines:
                screen.note(line.decode(errors="replace"))

    loop.add_reader(reading, read)
    try:
        yield writing
    finally:
        loop.remove_reader(reading)
        os.close(reading)
        os.close(writing)


def _line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _names(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (", …" if len(ids) > _NAMED else "")


def _clock(at: datetime, now: datetime | None = None) -> str:
    """A time of day in Rome, with the day where that is not `now`'s."""
    there = at.astimezone(ROME)
    same = now is None or there.date() == now.astimezone(ROME).date()
    return f"{there:%H:%M:%S}" if same else f"{there:%d %b %H:%M}"


def _span(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return (
        f"{seconds // 60} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
        if seconds < 172800
        else f"{seconds // 86400} days"
    )
