"""The background service of a corpus: one process that begins batches of sources when they are due, until it is stopped."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler.display.results import counted, progress_console
from crawler.service.batches import Batches, Ended, How
from crawler.service.catalogues import Catalogue
from crawler.service.housekeeping import Housekeeping
from crawler.service.live import Screen, errors_into
from crawler.service.locking import only_one
from crawler.service.monitoring import Monitor, Ping, State, serve
from crawler.service.pace import QuietHours
from crawler.service.schedule import Schedule
from crawler.settings import TICK_SECONDS
from spiders.source import Source
from storage.corpus import Corpus
from storage.database import SQLiteError
from storage.errors import CorpusError

_CLOCK_LOOKS = 5.0  # seconds between two looks whether the clock was set back
_SET_BACK = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Options:
    """How the service runs: quiet hours, the address (host and port) to be watched at, and one to ask after each round."""

    quiet: QuietHours | None = None
    listen: tuple[str, int] | None = None
    ping: str | None = None


def run_service(corpus: Path, catalogue: Catalogue, options: Options, batches: Batches) -> None:
    """Runs until Ctrl-C or SIGTERM.

    Raises AlreadyRunning where there is such a service, CorpusError where the corpus cannot be used, ListenError where
    the address cannot be listened at: no site was asked then.
    """
    with only_one(corpus):
        Corpus(corpus).close()  # makes it, or brings it up to date
        asyncio.run(Service(corpus, catalogue, options, batches).run())


class Service:
    """The service while it runs."""

    def __init__(self, corpus: Path, catalogue: Catalogue, options: Options, batches: Batches) -> None:
        self.catalogue, self.options, self.batches = catalogue, options, batches
        self.schedule = Schedule(catalogue.sources, corpus, now, batches.run, options.quiet, self._ended, self._freed)
        self.housekeeping = Housekeeping(corpus, now)
        self.monitor = Monitor()
        self.ping = Ping(options.ping, self.log) if options.ping else None
        on_screen = progress_console.is_terminal and not progress_console.is_dumb_terminal
        self.screen = Screen(self.schedule, options.quiet) if on_screen else None
        self.scheduler = AsyncIOScheduler(timezone=UTC)
        self._stop = asyncio.Event()
        self._looking = asyncio.Lock()
        self._said: Counter[str] = Counter()
        self._in_round = False
        self._ticked, self._looked = time.monotonic(), now()

    async def run(self) -> None:
        """Runs until it is told to stop. Raises ListenError where the address cannot be listened at."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal)
        with contextlib.ExitStack() as stack:
            if self.options.listen:
                stack.enter_context(serve(self.options.listen, self.monitor))
            beside = [asyncio.create_task(self._watch_clock())]
            if self.screen:
                self.batches.errors = stack.enter_context(errors_into(self.screen))
                beside.append(asyncio.create_task(self.screen.show()))
            self.log(f"{counted(len(self.schedule.sources), 'source')}; corpus: {self.schedule.corpus}")
            # After a sleep the look that was missed is made once, however late.
            self.scheduler.add_job(
                self._tick, "interval", seconds=TICK_SECONDS, id="tick", next_run_time=now(), max_instances=1,
                coalesce=True, misfire_grace_time=None,
            )  # fmt: skip
            self.scheduler.start()
            await self._stop.wait()
            self.log(f"stopping; {len(self.schedule.running)} batches finish what is in flight")
            self.batches.stop(for_good=True)
            self.schedule.stop()
            async with self._looking:  # a look that is going on would be cancelled, and say so
                self.scheduler.shutdown(wait=False)
            await self.schedule.settled()
            self.log("stopped")
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    def _on_signal(self) -> None:
        if self._stop.is_set():  # the second time: at once. What is on the disk is whole.
            self.batches.kill()
            if self.screen:
                self.screen.close()
            os._exit(130)
        self._stop.set()

    async def _tick(self) -> None:
        """The one job: takes over a catalogue that changed, begins what is due, and says how things stand."""
        async with self._looking:
            if not self._stop.is_set():
                await self._look()

    async def _look(self) -> None:
        if await asyncio.to_thread(self.catalogue.reload):
            self.schedule.replace(self.catalogue.sources)
            self.log(f"the catalogue changed: {counted(len(self.schedule.sources), 'source')}")
        if self.screen:
            self.screen.catalogue = self.catalogue.error
        self._say("the catalogue cannot be used, so the earlier one stays in force", self.catalogue.error)
        if self._stop.is_set():
            return
        if self.options.quiet and self.options.quiet.hold(now()):
            self.batches.stop()
        self._in_round |= await self.schedule.tick()
        self._ticked, self._looked = time.monotonic(), now()
        self._say("waiting", self.schedule.trouble)
        state = self._state()
        self.monitor.put(state)
        over = self._in_round and not self.schedule.running
        if over:
            self._in_round = False
        if self.ping and not state.trouble:
            await self.ping.ask(over)
        if not state.trouble:
            await self._keep_house()

    async def _keep_house(self) -> None:
        try:
            if dropped := await asyncio.to_thread(self.housekeeping.step):
                self.log(f"{dropped} records of past runs that tell nothing any more were dropped")
        except (CorpusError, SQLiteError, OSError) as error:  # the next look says what is wrong with it
            self.log(f"old records could not be dropped: {error}")

    def _state(self) -> State:
        schedule, moment = self.schedule, now()
        standings = [schedule.standings.get(id) for id in schedule.sources]
        return State(
            ticked=self._ticked, at=self._looked, sources=len(schedule.sources), due=len(schedule.due(moment)),
            failing=sum(bool(standing and standing.failures) for standing in standings),
            new=sum(standing is None for standing in standings), paused=dict(schedule.paused),
            batches=[(len(batch.sources), len(batch.left), batch.begun) for batch in schedule.running.values()],
            memory=self.batches.memory(), trouble=schedule.trouble, catalogue=self.catalogue.error,
        )  # fmt: skip

    def _ended(self, sources: Sequence[Source], ended: Ended) -> None:
        """A line for each batch."""
        self.monitor.count(ended)
        if self.screen:  # which has a line of its own for it
            self.screen.ended(sources, ended)
            return
        counts = ended.totals
        told = [f"{len(sources)} sources" if len(sources) > 1 else sources[0].id]
        if counts:
            told += [f"{counts['requests']} requests", f"{counts['new']} new", f"{counts['revised']} revised"]
        told += [f"{number} {status}" for status, number in sorted(ended.statuses.items()) if status != "ok"]
        if ended.how is not How.DONE:
            told.append(f"{ended.how}: {ended.why}")
        self.log(f"batch of {', '.join(told)}; {ended.seconds:.1f} s")

    def _freed(self) -> None:
        """A batch is over. Where others wait for their turn, they need not wait for the next look."""
        if self._stop.is_set():
            return
        if self.schedule.crowded:
            self._tick_now()
        self.monitor.put(self._state())

    def _tick_now(self) -> None:
        self.scheduler.modify_job("tick", next_run_time=now())

    async def _watch_clock(self) -> None:
        """The scheduler waits for a time of day. Where the clock is set back, that is far off, and it is woken."""
        before = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(_CLOCK_LOOKS)
            offset = time.time() - time.monotonic()
            if offset < before - _SET_BACK:
                self.log(f"the clock was set back by {before - offset:.0f} s")
                self._tick_now()
            before = offset

    def _say(self, what: str, why: str | None) -> None:
        """Logs what is wrong, once until it changes."""
        if why is None:
            self._said.pop(what, None)
        elif self._said.get(what) != hash(why):
            self._said[what] = hash(why)
            self.log(f"{what}: {why}")

    def log(self, line: str) -> None:
        """A line on standard error with the time, or among the last ones on the terminal."""
        if self.screen:
            self.screen.note(line)
        else:
            log(line)


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def log(line: str) -> None:
    """Writes a line with the time to standard error."""
    with contextlib.suppress(OSError):  # nobody reads it any more
        print(now().isoformat(timespec="seconds"), line, file=sys.stderr, flush=True)
