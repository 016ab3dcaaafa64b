"""One ingest run: many sources at once, in one process, into one corpus."""

import asyncio
import contextlib
import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings, SettingsAttribute

from crawler.extraction.workers import Workers
from crawler.ingest.claims import Claims
from crawler.ingest.counts import Options
from crawler.ingest.lag import LagMeter
from crawler.ingest.pauses import Pauses
from crawler.ingest.reactor import in_reactor, on_signals
from crawler.ingest.report import Report, SourceReport
from crawler.ingest.sharing import SharedSites
from crawler.ingest.visit import Visit, attach
from crawler.ingest.writer import Writer
from crawler.settings import SOURCES_AT_ONCE, allowed_networks, measures_lag
from crawler.web.browser import can_render
from crawler.web.guard import SENT
from crawler.web.politeness import give_back, stopped
from spiders.dates import ROME
from spiders.press import spider_of
from spiders.source import Source
from storage import pacing, soundness
from storage.corpus import Corpus

Watcher = Callable[[Sequence[Visit], Sequence[SourceReport], int], None]


def utc_now() -> str:
    """The present moment in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Run:
    """A run over some sources.

    `watch` is called a few times a second with the visits so far, the finished lines, and how many sources wait because
    another crawl of the corpus asks their site. `clock` gives the present moment (UTC, ISO 8601). `workers` are those of
    whoever makes many runs, and closes them.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        corpus: Corpus,
        options: Options = Options(),
        watch: Watcher | None = None,
        settings: Settings | None = None,
        clock: Callable[[], str] = utc_now,
        workers: Workers | None = None,
    ) -> None:
        self.sources, self.corpus, self.options, self.watch, self.clock = sources, corpus, options, watch, clock
        self.workers = workers
        self.settings = settings or scrapy_settings()
        self.visits: list[Visit] = []
        self.crawlers: dict[Crawler, Visit] = {}
        self.lines: list[SourceReport] = []
        self.stopped = False
        self.failure: Exception | None = None
        self._pauses = Pauses(clock)
        self._stop = asyncio.Event()
        self._ending: list[asyncio.Future[None]] = []

    async def crawl(self) -> Report:
        """Crawls all sources and closes the run in the corpus. Raises SQLiteError where the corpus cannot be written."""
        begun = time.monotonic()
        for source in self.sources:
            self.corpus.put_source(source.id, source.title, source.kind, source.home, source.language, source.licence)
        claims = Claims(self.corpus.path)
        run = self.corpus.start_run(self.clock())
        self._pauses.load(self.corpus.db)
        workers, writer = self.workers or Workers(), Writer(self.corpus, run, self.clock)
        writer.on_failure = self._fail
        runner = AsyncCrawlerRunner(self.settings)
        lag = LagMeter() if measures_lag() else None
        shared = SharedSites(claims, SOURCES_AT_ONCE, self._stop)
        watching = asyncio.create_task(self._watch(shared)) if self.watch else None
        try:
            jobs = (self._source(source, runner, writer, workers, shared) for source in self.sources)
            await asyncio.gather(*jobs)
        finally:
            for task in (watching, *self._ending):
                if task:
                    task.cancel()
            if workers is not self.workers:
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
        self, source: Source, runner: AsyncCrawlerRunner, writer: Writer, workers: Workers, shared: SharedSites
    ) -> None:
        async with shared.turn(source):
            with contextlib.suppress(
                Exception
            ):  # the writer has told of it; who had the site before may have been sent away
                await writer.ask(lambda corpus: self._pauses.load(corpus.db))
            visit = Visit(source, self.options, writer, workers, self._today)
            visit.left_alone = self._pauses.left_alone
            begun = time.monotonic()
            if self.stopped:
                visit.stopping = True
            else:
                await self._visit(visit, runner, shared)
            await self._keep_line(visit, time.monotonic() - begun)

    async def _visit(self, visit: Visit, runner: AsyncCrawlerRunner, shared: SharedSites) -> None:
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
            shared.asked(visit.source, crawler, visit.held_until)

    async def _keep_line(self, visit: Visit, seconds: float) -> None:
        """The source's line of the report, kept as soon as it is known: a run that dies later does not take it along."""
        status, error = visit.status()
        line = SourceReport(
            visit.source.id, status, visit.counts, seconds, error, visit.found_late, visit.source.exceptions
        )
        self.lines.append(line)
        if self.failure:
            return

        def keep(corpus: Corpus) -> None:
            pacing.done_with(corpus.db, visit.writer.run, line.as_row(), None if visit.stopping else self.clock())
            self._pauses.keep(corpus.db)

        with contextlib.suppress(Exception):  # the writer has told of it
            await visit.writer.ask(keep)

    def _today(self) -> date:
        return datetime.fromisoformat(self.clock()).astimezone(ROME).date()

    async def _watch(self, shared: SharedSites) -> None:
        assert self.watch
        while True:
            for crawler, visit in self.crawlers.items():
                read_stats(crawler, visit)
            self.watch(self.visits, self.lines, len(shared.waiting))
            await asyncio.sleep(0.2)


def read_stats(crawler: Crawler, visit: Visit) -> None:
    """Takes over what Scrapy counted: requests really sent (robots.txt, retries and redirects too) and bytes."""
    if crawler.stats:
        visit.counts.requests = int(crawler.stats.get_value(SENT, 0))
        visit.counts.bytes = int(crawler.stats.get_value("downloader/response_bytes", 0))


class SharedSettings(Settings):
    """Scrapy's settings, whose copies share their values: Scrapy copies them deeply for each crawler, which took 4 ms of the
    30 that a source with nothing new costs. No value is changed in place; whoever sets one sets that copy's."""

    def copy(self) -> Self:
        """A copy that may be set otherwise."""
        copied = copy.copy(self)
        copied.attributes = {
            name: SettingsAttribute(kept.value, kept.priority) for name, kept in self.attributes.items()
        }
        return copied


def scrapy_settings() -> Settings:
    """The settings of `crawler.settings`, as Scrapy wants them. Raises SettingsError where a variable is wrong."""
    settings = SharedSettings()
    settings.setmodule("crawler.settings", priority="project")
    # A runner that is given spiders' classes would read the whole catalogue for nothing: 30 ms of each batch.
    settings.set("SPIDER_LOADER_CLASS", "scrapy.spiderloader.DummySpiderLoader", priority="project")
    return settings


def run_crawl(
    sources: Sequence[Source], path: Path, options: Options = Options(), watch: Watcher | None = None
) -> Report:
    """A whole run, from an idle process: starts the event loop, handles Ctrl-C and SIGTERM, ends the loop.

    Raises SettingsError where a variable of the environment is wrong, CorpusError where the corpus cannot be used or is
    damaged (which is looked at once a day), CorpusFailure where it fails on the way.
    """
    networks, settings = allowed_networks(), scrapy_settings()
    soundness.ensure(path, utc_now())
    with Corpus(path) as corpus:
        report: Report = in_reactor(lambda: supervised(Run(sources, corpus, options, watch, settings)), networks)
        return report


async def supervised(run: Run) -> Report:
    """Crawls, and stops cleanly at the first Ctrl-C or SIGTERM, at once at the second."""
    on_signals(run.stop, lambda: run.stopped)
    return await run.crawl()
