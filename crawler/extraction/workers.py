"""Worker processes that read pages: pre-warmed, killable, with limits on time and memory for each page.

A page that hangs or kills its reader costs itself only. The event loop and the other pages go on.
"""

import asyncio
import contextlib
import json
import multiprocessing
import multiprocessing.context
import os
import resource
import signal
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pebble import ProcessExpired, ProcessPool

from crawler.extraction.values import Article, Rejected
from crawler.settings import EXTRACTION_BYTES, EXTRACTION_SECONDS, away_from_the_current_folder
from spiders.source import Source
from spiders.values import Page, Reading, Route, Unreadable
from storage.archive import compress

if TYPE_CHECKING:
    from scrapy.http import Response

_NEW_POOLS = 3  # that a page may wait for, where pools break
PAGES_A_WORKER = 200  # then another is forked, which takes a moment: its memory only grows


@dataclass(frozen=True, slots=True)
class Extracted:
    """What became of a page in a worker: what was read, and the page itself as a zstd frame."""

    found: Article | Rejected
    frame: bytes = b""


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """A pool of worker processes, one a core by default.

    A page may take `seconds`, and `memory` bytes of address space beyond what a worker has when it is ready.
    """

    def __init__(
        self, count: int | None = None, seconds: float = EXTRACTION_SECONDS, memory: int = EXTRACTION_BYTES
    ) -> None:
        self.count = count or cores()
        self.seconds = seconds
        self.memory = memory
        self._starter = ThreadPoolExecutor(1, "workers-starter")
        self._closed = False
        self._starting: Future[ProcessPool] | None = None

    @property
    def called(self) -> bool:
        """Whether workers are there, or on their way."""
        return _ahead or self._starting is not None

    def warm_up(self) -> None:
        """Starts the workers, without waiting: they get ready while the first pages are fetched."""
        if self._starting is None:
            self._starting = self._starter.submit(self._start)

    def _start(self) -> ProcessPool:
        """A pool whose workers are there. Takes a second, in which the event loop must not wait."""
        pool = ProcessPool(
            self.count,
            max_tasks=PAGES_A_WORKER,
            initializer=_prepare,
            initargs=(self.memory,),
            context=_context(),
        )
        for _ in range(self.count):
            pool.schedule(_nothing)
        return pool

    async def read(
        self, page: Page, language: str | None, today: date, memory: bytes = b"", learn: bool = True
    ) -> Extracted:
        """What a page holds. Never raises: whatever happens in the worker is a reason in `Rejected`.

        `memory` is what the source's other pages said of its template, as JSON: bytes pass to a worker at no cost.
        """
        try:
            extracted: Extracted = await self._run(_extract, page, language, today, memory, learn)
            return extracted
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise
        except BaseException as error:
            return Extracted(_rejected(error, self.seconds))

    async def read_list(self, response: "Response", route: Route, source: Source) -> Reading:
        """What a list names, read in a worker. Raises Unreadable as a strategy does, also where the worker failed."""
        headers = {key: values[-1] for key, values in response.headers.items() if values}
        try:
            reading: Reading = await self._run(_read_list, response.url, headers, response.body, route, source)
            return reading
        except (asyncio.CancelledError, KeyboardInterrupt, Unreadable):
            raise
        except BaseException as error:
            rejected = _rejected(error, self.seconds)
            raise Unreadable(f"{rejected.reason}: {rejected.detail}") from error

    def close(self) -> None:
        """Kills the workers."""
        self._closed = True
        self._starter.shutdown()
        if self._starting is not None and self._starting.exception() is None:
            _end(self._starting.result())

    async def _run(self, function: Any, *args: Any) -> Any:
        """The function's result in a worker; a pool that broke, as where a worker dies on its way, is replaced.

        Raises BrokenExecutor where that does not help: the machine is to blame then, and no page.
        """
        left = _NEW_POOLS
        while True:
            self.warm_up()
            starting = self._starting
            assert starting is not None
            pool = None
            try:
                pool = await asyncio.shield(asyncio.wrap_future(starting))
                if pool.active:
                    return await asyncio.wrap_future(pool.schedule(function, args=args, timeout=self.seconds))
            except BrokenExecutor:  # the process that workers are forked from may be gone: the next pool starts another
                if self._closed or not left:
                    if starting is self._starting and pool is None:
                        self._starting = None  # the next page tries again
                    raise
                left -= 1
            except (asyncio.CancelledError, RuntimeError):
                if pool is None or pool.active or self._closed:  # else the pool broke, and took its tasks with it
                    raise
            if starting is self._starting:  # nobody has replaced it yet
                if pool is not None:
                    _end(pool)
                self._starting = None


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _rejected(error: BaseException, seconds: float) -> Rejected:
    if isinstance(error, FutureTimeout | TimeoutError):
        return Rejected("extraction-timeout", f"stopped after {seconds:g} s")
    if isinstance(error, MemoryError):
        return Rejected("extraction-memory", "the page needs more memory than the limit")
    if isinstance(error, BrokenExecutor):
        return Rejected("extraction-crash", f"the workers could not be started {_NEW_POOLS + 1} times")
    if isinstance(error, ProcessExpired):
        return Rejected("extraction-crash", f"the worker died (exit status {error.exitcode})")
    return Rejected("extraction-error", f"{type(error).__name__}: {error}"[:300])


def load_ahead() -> None:
    """Starts loading what workers need, in a process of its own and without waiting, for who knows that it will be."""
    global _ahead
    _ahead = True
    _context()


_ahead = False


def _context() -> multiprocessing.context.ForkServerContext:
    """Workers are forked from a process that has all they need loaded, once: a fork of this one would copy the reactor
    and its threads, and a worker that starts from nothing takes a second and 150 MB of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawler.extraction.loaded", "__main__"])
    # Ctrl-C reaches the whole process group, and is the main process's affair: the others inherit that it is blocked.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with away_from_the_current_folder():
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def _prepare(memory: int) -> None:
    """In a new worker: limits for what a page may need beyond what is loaded."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, 16 << 20))  # a worker has no large files to write
    os.nice(10)  # the event loop goes first: it feeds everybody
    # Libraries reserve more address space the more cores a machine has: the limit counts from what they took.
    _Limit.bytes = _address_space() + memory


class _Limit:
    """How much address space this worker may have while it reads a page."""

    bytes = resource.RLIM_INFINITY

    def __enter__(self) -> None:
        self._set(self.bytes)

    def __exit__(self, *error: object) -> None:
        # Between pages there is none: a worker that cannot take in its next task breaks the pool.
        self._set(resource.RLIM_INFINITY)

    @staticmethod
    def _set(soft: int) -> None:
        with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            if hard != resource.RLIM_INFINITY and not 0 <= soft <= hard:
                soft = hard
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    """The bytes of address space that this process has, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * resource.getpagesize()


def _nothing() -> None:
    """The task that makes the pool start a worker."""


def _extract(page: Page, language: str | None, today: date, memory: bytes, learn: bool) -> Extracted:
    from crawler.extraction.article import read  # trafilatura: heavy, and never needed in the main process

    with _Limit():
        found = read(page, language=language, today=today, memory=_unpacked(memory), learn=learn)
    return Extracted(found, compress(page.body))


@lru_cache(maxsize=16)
def _unpacked(memory: bytes) -> dict[str, list[float]] | None:
    unpacked: dict[str, list[float]] | None = json.loads(memory) if memory else None
    return unpacked


def _read_list(url: str, headers: dict[bytes, bytes], body: bytes, route: Route, source: Source) -> Reading:
    from scrapy.responsetypes import responsetypes

    from spiders.discovery import STRATEGIES

    kind = responsetypes.from_args(headers=headers, url=url, body=body[:5000])
    with _Limit():
        reading: Reading = STRATEGIES[route.strategy](kind(url=url, headers=headers, body=body), route, source)
    return reading
