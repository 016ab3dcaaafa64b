"""One ingest run: many sources at once, in one process, into one corpus."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor

from crawler import resolver
from crawler.allocation import return_freed_memory
from crawler.browser import can_render
from crawler.claims import Claims
from crawler.extraction.workers import Workers
from crawler.failures import Refused
from crawler.guard import SENT, sites_of
from crawler.lag import LagMeter
from crawler.politeness import give_back, stopped
from crawler.report import Report, SourceReport
from crawler.settings import (
    LONGEST_CRAWL_DELAY,
    LONGEST_REMEMBERED_DAYS,
    SOURCES_AT_ONCE,
    TWISTED_REACTOR,
    allowed_networks,
    measures_lag,
)
from crawler.visit import Options, Visit, attach
from crawler.writer import Writer
from spiders.dates import ROME
from spiders.press import spider_of
from spiders.source import Source
from storage import pacing
from storage.corpus import Corpus

T = TypeVar("T")
Watcher = Callable[[Sequence[Visit], Sequence[SourceReport], int], None]
CLAIM_EVERY = 0.5  # seconds between two looks whether another crawl is done with a site


def utc_now() -> str:
    """The present moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Run:
    """A run over some sources.

    `watch` is called a few times a second with the visits so far, the finished lines, and how many sources wait because
    another crawl of the corpus asks their site. `clock` gives the present moment (UTC, ISO 8601).
    """

    def __init__(
        self,
        sources: Sequence[Source],
        corpus: Corpus,
        options: Options = Options(),
        watch: Watcher | None = None,
        settings: Settings | None = None,
        clock: Callable[[], str] = utc_now,
    ) -> None:
        self.sources, self.corpus, self.options, self.watch, self.clock = sources, corpus, options, watch, clock
        self.settings = settings or scrapy_settings()
        self.visits: list[Visit] = []
        self.crawlers: dict[Crawler, Visit] = {}
        self.lines: list[SourceReport] = []
        self.waiting: set[str] = set()  # sources whose site another crawl asks
        self.stopped = False
        self.failure: Exception | None = None
        self._hosts: dict[str, asyncio.Lock] = {}
        self._asked: dict[str, tuple[float, float]] = {}  # by site: when it was last asked (monotonic), its pause
        self._left_alone: dict[str, Refused] = {}  # by host
        self._paused: set[str] = set()  # hosts whose pause the corpus knows
        self._stop = asyncio.Event()
        self._ending: list[asyncio.Future[None]] = []

    async def crawl(self) -> Report:
        """Crawls all sources and closes the run in the corpus. Raises SQLiteError where the corpus cannot be written."""
        begun = time.monotonic()
        for source in self.sources:
            self.corpus.put_source(source.id, source.title, source.kind, source.home, source.language, source.licence)
        claims = Claims(self.corpus.path)
        run = self.corpus.start_run(self.clock())
        self._left_alone.update(self._pauses())
        workers, writer = Workers(), Writer(self.corpus, run, self.clock)
        writer.on_failure = self._fail
        runner = AsyncCrawlerRunner(self.settings)
        lag = LagMeter() if measures_lag() else None
        watching = asyncio.create_task(self._watch()) if self.watch else None
        room = asyncio.Semaphore(SOURCES_AT_ONCE)
        try:
            jobs = (self._source(source, runner, writer, workers, room, claims) for source in self.sources)
            await asyncio.gather(*jobs)
        finally:
            for task in (watching, *self._ending):
                if task:
                    task.cancel()
            workers.close()
            writer.close()
            claims.close()
        report = Report(
            run, tuple(self.lines), time.monotonic() - begun, self.stopped, lag.stop() if lag else {}
        )  # fmt: skip
        if self.failure:
            with contextlib.suppress(Exception):  # the corpus may be beyond writing: then the next run says it
                self.corpus.finish_run(run, self.clock(), "failed", {}, [])
            raise self.failure
        self.corpus.finish_run(run, self.clock(), report.status, asdict(report.totals), [])
        return report

    def stop(self) -> None:
        """Ends the run: what is in flight is finished and kept, the rest is left to the next run."""
        if self.stopped:
            return
        self.stopped = True
        self._stop.set()
        for crawler, visit in self.crawlers.items():
            visit.stopping = True
            give_back(crawler, stopped())
        self._ending.append(asyncio.ensure_future(self._end_engines()))

    async def _end_engines(self) -> None:
        """Stops every crawl. An engine that is only starting does not hear a stop, so all are looked at until they end."""
        while self.crawlers:
            for crawler in list(self.crawlers):
                if crawler.engine and crawler.engine.running and crawler.crawling:
                    crawler.crawling = False
                    self._ending.append(asyncio.ensure_future(crawler.engine.stop_async()))
            await asyncio.sleep(0.05)

    def _fail(self, error: Exception) -> None:
        self.failure = error
        self.stop()

    async def _source(
        self,
        source: Source,
        runner: AsyncCrawlerRunner,
        writer: Writer,
        workers: Workers,
        room: asyncio.Semaphore,
        claims: Claims,
    ) -> None:
        sites = sites_of(source)
        async with self._alone_on(sites):
            while True:
                async with room:
                    taken = not self.stopped and claims.take(sites)
                    if taken or self.stopped:
                        self.waiting.discard(source.id)
                        try:
                            await self._rest(source, claims.again(sites))
                            await self._line(source, runner, writer, workers)
                        finally:
                            if taken:
                                claims.give(sites, self._may_ask_again(sites))
                        return
                self.waiting.add(source.id)  # not in `room`: who waits must not hold up who need not
                await self._pause(CLAIM_EVERY)

    async def _line(self, source: Source, runner: AsyncCrawlerRunner, writer: Writer, workers: Workers) -> None:
        """Crawls a source and keeps its line of the report."""
        visit = Visit(source, self.options, writer, workers, self._today)
        visit.left_alone = self._left_alone
        begun = time.monotonic()
        if self.stopped:
            visit.stopping = True
        else:
            await self._visit(visit, runner)
        status, error = visit.status()
        line = SourceReport(source.id, status, visit.counts, time.monotonic() - begun, error)
        self.lines.append(line)
        if self.failure is None:
            with contextlib.suppress(Exception):  # the writer has told of it
                await writer.ask(lambda corpus: self._keep_line(corpus, writer.run, line, visit.stopping))

    def _keep_line(self, corpus: Corpus, run: int, line: SourceReport, stopped: bool) -> None:
        now = self.clock()
        pacing.done_with(corpus.db, run, line.as_row(), None if stopped else now)
        longest = self._latest_pause()
        asked = {
            host: pacing.Pause(min(left.until, longest), left.detail)
            for host, left in self._left_alone.items()
            if left.until
        }
        if asked.keys() - self._paused:
            pacing.keep_pauses(corpus.db, asked, now)
            self._paused |= asked.keys()

    def _pauses(self) -> dict[str, Refused]:
        """The hosts that an earlier run was asked not to contact yet."""
        kept = pacing.pauses(self.corpus.db, self.clock(), self._latest_pause())
        self._paused.update(kept)
        return {
            host: Refused("refused", pause.why, again=True, tried=False, until=pause.until)
            for host, pause in kept.items()
        }

    def _latest_pause(self) -> str:
        """The latest moment until which a host is left alone, whatever it asked for."""
        longest = datetime.fromisoformat(self.clock()) + timedelta(days=LONGEST_REMEMBERED_DAYS)
        return longest.isoformat(timespec="seconds")

    def _today(self) -> date:
        return datetime.fromisoformat(self.clock()).astimezone(ROME).date()

    async def _visit(self, visit: Visit, runner: AsyncCrawlerRunner) -> None:
        crawler = runner.create_crawler(spider_of(visit.source))
        attach(crawler, visit)
        self.crawlers[crawler] = visit
        self.visits.append(visit)
        try:
            await runner.crawl(crawler, reader=visit.read_list, today=visit.today, can_render=can_render)
            if self.failure is None:
                await visit.close()
        except Exception as error:
            visit.crash = f"{type(error).__name__}: {error}"
        finally:
            del self.crawlers[crawler]
            read_stats(crawler, visit)
            self._note_pause(visit.source, crawler)

    @contextlib.asynccontextmanager
    async def _alone_on(self, sites: frozenset[str]) -> AsyncIterator[None]:
        """Sources that share a site are crawled one after the other, so that the pause between requests holds."""
        async with contextlib.AsyncExitStack() as stack:
            for site in sorted(sites):
                await stack.enter_async_context(self._hosts.setdefault(site, asyncio.Lock()))
            yield

    def _note_pause(self, source: Source, crawler: Crawler) -> None:
        slots = crawler.engine.downloader.slots.values() if crawler.engine else ()
        for slot in slots:
            for site in sites_of(source):
                self._asked[site] = max(self._asked.get(site, (0.0, 0.0)), (slot.lastseen, slot.delay))

    async def _rest(self, source: Source, again: float) -> None:
        """Waits until the pause after the last request of another source on the same site is over, and until `again`,
        which another crawl may have left (seconds since 1970)."""
        for site in sites_of(source) & self._asked.keys():
            asked, pause = self._asked[site]
            await self._pause(asked + max(pause, source.delay) - time.monotonic())
        await self._pause(min(again - time.time(), LONGEST_CRAWL_DELAY))  # the clock may have been set back

    def _may_ask_again(self, sites: frozenset[str]) -> float:
        """When sites may be asked again, as seconds since 1970."""
        asked = [sum(self._asked[site]) for site in sites if site in self._asked]
        return time.time() + max(asked) - time.monotonic() if asked else 0.0

    async def _pause(self, seconds: float) -> None:
        """Waits, but not beyond a stop of the run."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), max(0.0, seconds))

    async def _watch(self) -> None:
        assert self.watch
        while True:
            for crawler, visit in self.crawlers.items():
                read_stats(crawler, visit)
            self.watch(self.visits, self.lines, len(self.waiting))
            await asyncio.sleep(0.2)


def read_stats(crawler: Crawler, visit: Visit) -> None:
    """Takes over what Scrapy counted: requests really sent (robots.txt, retries and redirects too) and bytes."""
    if crawler.stats:
        visit.counts.requests = int(crawler.stats.get_value(SENT, 0))
        visit.counts.bytes = int(crawler.stats.get_value("downloader/response_bytes", 0))


def scrapy_settings() -> Settings:
    """The settings of `crawler.settings`, as Scrapy wants them. Raises SettingsError where a variable is wrong."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    return settings


def run_crawl(
    sources: Sequence[Source], path: Path, options: Options = Options(), watch: Watcher | None = None
) -> Report:
    """A whole run, from an idle process: starts the event loop, handles Ctrl-C and SIGTERM, ends the loop.

    Raises SettingsError where a variable of the environment is wrong, CorpusError where the corpus cannot be used,
    SQLiteError where it fails on the way.
    """
    networks, settings = allowed_networks(), scrapy_settings()
    with Corpus(path) as corpus:
        report: Report = in_reactor(lambda: supervised(Run(sources, corpus, options, watch, settings)), networks)
        return report


async def supervised(run: Run) -> Report:
    """Crawls, and stops cleanly at the first Ctrl-C or SIGTERM, at once at the second."""
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if run.stopped:  # the second time: at once. What is on the disk is whole.
            os._exit(130)
        run.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    return await run.crawl()


class Stopped(Exception):
    """Ctrl-C or SIGTERM ended what was begun; nothing of it was stored."""


async def stoppable(main: Coroutine[Any, Any, T]) -> T:
    """Does something that stores nothing, so that it can be dropped where it is.

    Raises:
        Stopped: at the first Ctrl-C or SIGTERM; the second ends the process at once.
    """
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def on_signal() -> None:
        if stopped.done():
            os._exit(130)
        stopped.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    task = asyncio.ensure_future(main)
    either: set[asyncio.Future[Any]] = {task, stopped}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not stopped.done():
        return task.result()
    rest = {each for each in asyncio.all_tasks() if each is not asyncio.current_task()}
    for each in rest:
        each.cancel()
    await asyncio.wait(rest, timeout=1)
    for each in rest:
        if each.done() and not each.cancelled():
            each.exception()  # it is looked at: what a stop broke is no news
    raise Stopped


def in_reactor(main: Callable[[], Any], networks: Any) -> Any:
    """Runs a coroutine function in Twisted's reactor on asyncio; returns what it returns, raises what it raises."""
    return_freed_memory(64)
    install_reactor(TWISTED_REACTOR)
    from twisted.internet import reactor as twisted_reactor

    reactor: Any = twisted_reactor
    resolver.install(reactor, networks)
    outcome: dict[str, Any] = {}

    async def body() -> None:
        try:
            outcome["value"] = await main()
        except BaseException as error:
            outcome["error"] = error
        finally:
            reactor.stop()

    tasks: list[asyncio.Task[None]] = []
    reactor.callWhenRunning(lambda: tasks.append(asyncio.ensure_future(body())))
    reactor.run(installSignalHandlers=False)
    reactor._asyncioEventloop.close()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]
