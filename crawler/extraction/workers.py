"""Worker processes that read pages: pre-warmed, killable, with limits on time and memory for each page.

A page that hangs or kills its reader costs itself only. The event loop and the other pages go on.
"""

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pebble import ProcessExpired, ProcessPool

from crawler.extraction.values import Article, Rejected
from crawler.settings import EXTRACTION_BYTES, EXTRACTION_SECONDS
from spiders.source import Source
from spiders.values import Link, Page, Reading, Route, Unreadable
from storage.archive import compress

if TYPE_CHECKING:
    from scrapy.http import Response

PAGES_A_WORKER = 5_000  # then it is replaced, so that what a library leaks does not add up


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
        self._warm = False
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            self.count,
            max_tasks=PAGES_A_WORKER,
            initializer=_prepare,
            initargs=(self.memory,),
            context=multiprocessing.get_context("spawn"),  # a fork would copy the reactor and its threads
        )

    def warm_up(self) -> None:
        """Starts the workers, without waiting: they import what they need while the first pages are fetched."""
        if not self._warm:
            self._warm = True
            for _ in range(self.count):
                self._pool.schedule(_nothing)

    async def read(self, page: Page, language: str | None, today: date) -> Extracted:
        """What a page holds. Never raises: whatever happens in the worker is a reason in `Rejected`."""
        try:
            extracted: Extracted = await self._run(_extract, page, language, today)
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
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    async def _run(self, function: Any, *args: Any) -> Any:
        """The function's result in a worker; a pool that broke, as where a worker dies on its way, is replaced."""
        if not self._pool.active:
            self.close()
            self._pool = self._new_pool()
        return await asyncio.wrap_future(self._pool.schedule(function, args=args, timeout=self.seconds))


def _rejected(error: BaseException, seconds: float) -> Rejected:
    if isinstance(error, FutureTimeout | TimeoutError):
        return Rejected("extraction-timeout", f"stopped after {seconds:g} s")
    if isinstance(error, MemoryError):
        return Rejected("extraction-memory", "the page needs more memory than the limit")
    if isinstance(error, ProcessExpired):
        return Rejected("extraction-crash", f"the worker died (exit status {error.exitcode})")
    return Rejected("extraction-error", f"{type(error).__name__}: {error}"[:300])


def _prepare(memory: int) -> None:
    """In a new worker: the imports that cost a second, then limits for what a page may need beyond them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's affair
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy, in the language's model: one thread and buffer a core
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (128 << 20, 128 << 20))  # py3langid unpacks its model there: 65 MiB
    os.nice(5)  # the event loop goes first: it feeds everybody
    warm = (
        b"<html><body><main><h1>Nuovi orari degli uffici comunali</h1><p>Pubblicato il 5 marzo 2024</p><p>"
        + b"Testo di prova. " * 40
        + b"</p>"
    )
    _extract(Page("https://example.org/a", warm, "text/html", Link("https://example.org/a")), "it", date(2024, 3, 6))
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


def _extract(page: Page, language: str | None, today: date) -> Extracted:
    from crawler.extraction.article import read  # trafilatura: heavy, and never needed in the main process

    with _Limit():
        found = read(page, language=language, today=today)
    return Extracted(found, compress(page.body))


def _read_list(url: str, headers: dict[bytes, bytes], body: bytes, route: Route, source: Source) -> Reading:
    from scrapy.responsetypes import responsetypes

    from spiders.discovery import STRATEGIES

    kind = responsetypes.from_args(headers=headers, url=url, body=body[:5000])
    with _Limit():
        reading: Reading = STRATEGIES[route.strategy](kind(url=url, headers=headers, body=body), route, source)
    return reading
