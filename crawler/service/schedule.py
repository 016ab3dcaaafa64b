"""Which sources are due, in which batches they are crawled, and what follows from how a batch ended.

All that outlives the process is in the corpus: when each source was last done with, and how. So a restart, a sleep or a
jump of the clock gives each source exactly one turn, and crawls by hand count too.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from crawler.service.batches import Ended, How
from crawler.service.dividing import divided, grouped
from crawler.service.pace import WINDOW, QuietHours, Rhythm, next_turn, rhythm
from crawler.settings import (
    BATCHES_AT_MOST,
    BATCHES_AT_ONCE,
    FIRST_WAIT,
    LONG_BATCH_SECONDS,
    LONGEST_REMEMBERED_DAYS,
    LONGEST_WAIT,
)
from spiders.dates import ROME
from spiders.source import Source
from storage import pacing, soundness
from storage.corpus import Corpus
from storage.database import SQLiteError, reader
from storage.errors import CorpusError

RunBatch = Callable[[Sequence[Source]], Awaitable[Ended]]
CHECK_PATIENCE = 10.0  # seconds that a look waits for a check of the file
_AHEAD = timedelta(minutes=5)  # a run that was done with later than this from now was timed by a clock that was wrong


@dataclass(slots=True)
class Batch:
    """A batch at work, and which of its sources it is not done with yet."""

    sources: list[Source]
    begun: datetime
    left: set[str]


class Schedule:
    """The turns of a catalogue's sources.

    `clock` gives the present moment (aware of its time zone), `run_batch` crawls some sources and never raises. Nothing
    here looks at another clock, so that time may be compressed. `tell` is called with a batch when it has ended, `freed` when
    there is room for another.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        corpus: Path,
        clock: Callable[[], datetime],
        run_batch: RunBatch,
        quiet: QuietHours | None = None,
        tell: Callable[[Sequence[Source], Ended], None] = lambda _, __: None,
        freed: Callable[[], None] = lambda: None,
    ) -> None:
        self.corpus, self.clock, self.run_batch, self.quiet = corpus, clock, run_batch, quiet
        self.tell, self.freed = tell, freed
        self.sources: dict[str, Source] = {}
        self.standings: dict[str, pacing.Standing | None] = {}
        self.rhythms: dict[str, Rhythm | None] = {}
        self.turns: dict[str, datetime] = {}
        self.paused: dict[str, pacing.Pause] = {}  # by host
        self.running: dict[asyncio.Task[None], Batch] = {}
        self.crowded = False  # whether sources were due at the last look that found no room
        self.trouble: str | None = None  # what is wrong with the corpus or the installation
        self._attempts = 0
        self._not_before: datetime | None = None
        self._retries: deque[list[str]] = deque()  # parts of batches that died: one of the sources in them is to blame
        self._checking: asyncio.Task[bool] | None = None  # a check of the corpus's file
        self._stopping = threading.Event()
        self._seen: int | None = None
        self._group: dict[str, str] = {}  # by source: one source of all those that share a site
        self.replace(sources)

    def replace(self, sources: Mapping[str, Source]) -> None:
        """Takes another catalogue. What is running runs on; sources that are gone get no turn any more."""
        changed = {id for id, source in sources.items() if self.sources.get(id) != source}
        self.sources = dict(sources)
        self.turns = {id: turn for id, turn in self.turns.items() if id in sources and id not in changed}
        self._group = grouped(sources.values())

    # -- what is due ----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Reads from the corpus what changed since the last look. Raises CorpusError or SQLiteError."""
        now = self.clock()
        with reader(self.corpus) as db:
            fresh, self._seen = pacing.news(db, self._seen)
            for id in self.sources:
                if id in fresh or id not in self.turns:
                    standing = pacing.standing(db, id)
                    since = (now - timedelta(days=WINDOW)).astimezone(ROME).date()
                    today = now.astimezone(ROME).date()
                    days = pacing.publications(db, id, since.isoformat(), today.isoformat()) if standing else {}
                    self.rhythms[id] = rhythm(days, pacing.oldest(db, id), today) if standing else None
                    self.standings[id] = standing
                    if standing:
                        self.turns[id] = next_turn(id, standing, self.rhythms[id], self.sources[id].every)
                    else:
                        self.turns.setdefault(id, now)
            for batch in self.running.values():  # its stragglers must not keep the others from their next turn
                batch.left -= fresh
            longest = (now + timedelta(days=LONGEST_REMEMBERED_DAYS)).isoformat(timespec="seconds")
            self.paused = pacing.pauses(db, now.isoformat(timespec="seconds"), longest)

    def due(self, now: datetime) -> list[Source]:
        """The sources whose turn has come and that no batch is at, the longest overdue first and new ones last; none in
        quiet hours."""
        if self.quiet and self.quiet.hold(now):
            return []
        ahead = (now + _AHEAD).isoformat(timespec="seconds")
        busy = self._busy()
        found = []
        for id, turn in self.turns.items():
            standing = self.standings[id]
            # A clock that was set back: the source is looked at once, and then by the new time.
            if (turn <= now or standing is None or standing.finished > ahead) and id not in busy:
                # A whole country that is added takes days for its first crawl, and must not hold up who was there.
                found.append((standing is None, turn, id))
        return [self.sources[id] for _, _, id in sorted(found) if not self._is_paused(self.sources[id])]

    def _busy(self) -> set[str]:
        return {id for batch in self.running.values() for id in batch.left}

    def _is_paused(self, source: Source) -> bool:
        if not self.paused:
            return False
        addresses = (source.home, *source.listings, *source.feeds, *source.sitemaps)
        return any(urlsplit(address).netloc in self.paused for address in addresses)

    def batches(self, now: datetime) -> Iterator[list[Source]]:
        """What to begin now: the sources that are due, those of one site together, as far as there is room."""
        long = timedelta(seconds=LONG_BATCH_SECONDS)
        young = sum(now - batch.begun < long for batch in self.running.values())
        room = min(BATCHES_AT_ONCE - young, BATCHES_AT_MOST - len(self.running))
        if self._attempts:  # a try whether the trouble is over needs one
            room = min(room, 1 - len(self.running))
        at_work = {self._group.get(id) for id in self._busy()}
        due = [source for source in self.due(now) if self._group[source.id] not in at_work]
        allowed = {source.id for source in due}
        while room > 0 and self._retries:
            if part := [self.sources[id] for id in self._retries.popleft() if id in allowed]:
                room -= 1
                allowed -= {source.id for source in part}
                yield part
        yield from divided([source for source in due if source.id in allowed], self._group, room)

    # -- what is done ---------------------------------------------------------------------------------------------

    async def tick(self) -> bool:
        """Looks what is due and begins it; whether anything was begun. What stands in the way ends up in `trouble`."""
        now = self.clock()
        if self._not_before and now < self._not_before <= now + timedelta(seconds=LONGEST_WAIT):
            return False
        try:
            await self._check(now)
            self.look()
        except (CorpusError, SQLiteError, OSError) as error:
            self._wait(str(error))
            return False
        begun = list(self.batches(now))
        for sources in begun:
            task = asyncio.create_task(self._crawl(sources))
            self.running[task] = Batch(sources, now, {source.id for source in sources})
        self.crowded = bool(self._retries or self.due(now))
        if not begun and not self.running:
            self._go_on()
        return bool(begun)

    async def _check(self, now: datetime) -> None:
        """Has the file checked, once a day. A large one takes minutes: sources need not wait for that, and what is wrong
        with it is told by a later look."""
        if self._checking is None:
            moment = now.astimezone(UTC).isoformat(timespec="seconds")
            self._checking = asyncio.create_task(
                asyncio.to_thread(soundness.ensure, self.corpus, moment, self._stopping.is_set)
            )
        await asyncio.wait((self._checking,), timeout=CHECK_PATIENCE)
        if self._checking.done():
            checking, self._checking = self._checking, None
            checking.result()

    def stop(self) -> None:
        """Gives up a check of the file that is going on."""
        self._stopping.set()

    async def settled(self) -> None:
        """Waits until no batch is running, and no check of the file."""
        if self._checking:
            await asyncio.gather(self._checking, return_exceptions=True)
        while self.running:
            await asyncio.wait(list(self.running))

    async def _crawl(self, batch: list[Source]) -> None:
        try:
            before = await asyncio.to_thread(self._last_run)
            ended = await self.run_batch(batch)
            self.tell(batch, ended)
            if ended.how is How.UNUSABLE:
                self._wait(ended.why)
            elif ended.how is How.DONE:
                self._go_on()
            elif ended.how is not How.STOPPED:  # of a batch that was stopped, what is left is due as before
                await self._conclude(batch, ended, before)
        except (CorpusError, SQLiteError, OSError) as error:
            self._wait(str(error))
        finally:
            task = asyncio.current_task()
            assert task
            self.running.pop(task, None)
            self.freed()

    def _last_run(self) -> int:
        with reader(self.corpus) as db:
            return pacing.last_run(db)

    async def _conclude(self, batch: Sequence[Source], ended: Ended, before: int) -> None:
        """What is to become of the sources that a batch was not done with."""
        run, lines = await asyncio.to_thread(self._lines, ended.pid, before)
        left = [source.id for source in batch if not lines.get(source.id, (False, 0))[0]]
        if ended.how is How.DIED:
            if run is None:  # before it came to any source: none of them is to blame
                self._wait(f"a crawl did not come to begin: {ended.why}")
                return
            if len(left) > 1:
                self._retries += [left[: len(left) // 2], left[len(left) // 2 :]]
                self.crowded = True
                return
        else:  # of those that it had not come to yet, nothing is known
            left = [id for id in left if id not in lines or lines[id][1]]
        if left:
            await asyncio.to_thread(self._give_up, run, left, f"the crawl was ended: {ended.why}")
            for id in left:
                self.turns.pop(id, None)  # to be looked up again
        self._go_on()

    def _lines(self, pid: int | None, before: int) -> tuple[int | None, dict[str, tuple[bool, int]]]:
        with reader(self.corpus) as db:
            run = pacing.run_of(db, pid, before) if pid else None
            return run, pacing.lines(db, run) if run else {}

    def _give_up(self, run: int | None, sources: list[str], error: str) -> None:
        with Corpus(self.corpus) as corpus:
            pacing.give_up(corpus.db, run, sources, error, self.clock().isoformat(timespec="seconds"))

    def _go_on(self) -> None:
        self.trouble, self._attempts, self._not_before = None, 0, None

    def _wait(self, why: str) -> None:
        """Nothing can be done: it is tried again later, and later each time."""
        self.trouble = why
        wait = min(FIRST_WAIT * 2**self._attempts, LONGEST_WAIT)
        self._attempts = min(self._attempts + 1, 10)
        self._not_before = self.clock() + timedelta(seconds=wait)
