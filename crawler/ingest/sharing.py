"""Sources that share a site take turns on it, with the pause between requests: those of one process, and those of all
processes that crawl the same corpus."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from scrapy.crawler import Crawler

from crawler.ingest.claims import Claims
from crawler.settings import LONGEST_CRAWL_DELAY
from crawler.web.guard import sites_of
from spiders.source import Source

CLAIM_EVERY = 0.5  # seconds between two looks whether another process is done with a site


class SharedSites:
    """Whose turn it is on a site.

    `claims` are those of the corpus, None where there is no corpus to share with. At most `at_once` sources have their turn
    at the same time. Once `stop` is set nobody waits any more. `waits` is called with a source when another process asks
    its site, once for each turn; `waiting` has the ids of those that wait for that now.
    """

    def __init__(
        self,
        claims: Claims | None,
        at_once: int,
        stop: asyncio.Event | None = None,
        waits: Callable[[Source], None] = lambda _: None,
    ) -> None:
        self.waiting: set[str] = set()
        self._claims, self._stop, self._waits = claims, stop or asyncio.Event(), waits
        self._room = asyncio.Semaphore(at_once)
        self._locks: dict[str, asyncio.Lock] = {}  # by site
        self._asked: dict[str, tuple[float, float]] = {}  # by site: when it was last asked (monotonic), its pause

    @contextlib.asynccontextmanager
    async def turn(self, source: Source) -> AsyncIterator[None]:
        """Waits until a source's sites are nobody else's, and keeps them for the block.

        After `stop` the block is entered at once and claims nothing: it must not ask then.
        """
        sites = sites_of(source)
        async with contextlib.AsyncExitStack() as alone:
            for site in sorted(sites):
                await alone.enter_async_context(self._locks.setdefault(site, asyncio.Lock()))
            try:
                while True:
                    async with self._room:  # not while it waits for others: that must not hold up who need not
                        taken = not self._stop.is_set() and self._take(sites)
                        if taken or self._stop.is_set():
                            self.waiting.discard(source.id)
                            try:
                                await self._rest(source, sites)
                                yield
                            finally:
                                if taken and self._claims:
                                    self._claims.give(sites, self._may_ask_again(sites))
                            return
                    if source.id not in self.waiting:
                        self.waiting.add(source.id)
                        self._waits(source)
                    await self._pause(CLAIM_EVERY)
            finally:
                self.waiting.discard(source.id)

    def asked(self, source: Source, crawler: Crawler, held_until: float = 0.0) -> None:
        """Notes when a crawler last asked, and which pause its host wants: whoever comes next keeps to it.

        `held_until`: until when a host asked to be left in peace (monotonic).
        """
        slots = crawler.engine.downloader.slots.values() if crawler.engine else ()
        for slot in slots:
            for site in sites_of(source):
                latest = max(slot.lastseen, held_until - slot.delay)
                self._asked[site] = max(self._asked.get(site, (0.0, 0.0)), (latest, slot.delay))

    def _take(self, sites: frozenset[str]) -> bool:
        return self._claims is None or self._claims.take(sites)

    async def _rest(self, source: Source, sites: frozenset[str]) -> None:
        """Waits until the pause after the last request to the sites is over, whoever sent it."""
        for site in sites & self._asked.keys():
            asked, pause = self._asked[site]
            await self._pause(asked + max(pause, source.delay) - time.monotonic())
        again = self._claims.again(sites) if self._claims else 0.0
        await self._pause(min(again - time.time(), LONGEST_CRAWL_DELAY))  # the clock may have been set back

    def _may_ask_again(self, sites: frozenset[str]) -> float:
        """When sites may be asked again, as seconds since 1970."""
        asked = [sum(self._asked[site]) for site in sites if site in self._asked]
        return time.time() + max(asked) - time.monotonic() if asked else 0.0

    async def _pause(self, seconds: float) -> None:
        """Waits, but not beyond a stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), max(0.0, seconds))
