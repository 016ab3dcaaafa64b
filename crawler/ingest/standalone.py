"""A run of its own for a crawler that `scrapy crawl SOURCE` started."""

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from dataclasses import asdict
from functools import cache
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from crawler.extraction.workers import Workers
from crawler.ingest.claims import Claims
from crawler.ingest.counts import Options
from crawler.ingest.pauses import Pauses
from crawler.ingest.report import Report, SourceReport
from crawler.ingest.run import read_stats, utc_now
from crawler.ingest.sharing import SharedSites
from crawler.ingest.visit import Visit
from crawler.ingest.writer import Writer
from crawler.settings import SOURCES_AT_ONCE, allowed_networks, default_corpus
from crawler.web import resolver
from spiders.dates import rome_today
from spiders.press import PressSpider
from spiders.source import Source
from storage.corpus import Corpus

logger = logging.getLogger(__name__)


def begin(crawler: Crawler) -> Visit:
    """Opens the default corpus and a run; both are closed when the spider is. Raises CorpusError."""
    from twisted.internet import reactor  # installed by Scrapy by now

    resolver.install(reactor, allowed_networks())
    assert issubclass(crawler.spidercls, PressSpider)
    source = crawler.spidercls.source
    corpus = Corpus(default_corpus())
    turn = _Turn(crawler, source, corpus)
    corpus.put_source(source.id, source.title, source.kind, source.home, source.language, source.licence)
    workers = Workers()
    writer = Writer(corpus, corpus.start_run(utc_now()), utc_now)
    visit = Visit(source, Options(), writer, workers, rome_today)
    visit.left_alone = turn.pauses.left_alone

    begun = time.monotonic()

    async def close(spider: PressSpider, reason: str) -> None:
        visit.stopping = reason != "finished"
        await visit.close()
        workers.close()
        writer.close()
        read_stats(crawler, visit)
        await turn.end()
        status, error = visit.status()
        line = SourceReport(
            source.id, status, visit.counts, time.monotonic() - begun, error, visit.found_late, source.exceptions
        )
        report = Report(writer.run, (line,), line.seconds, visit.stopping)
        corpus.finish_run(
            writer.run,
            utc_now(),
            report.status,
            asdict(report.totals),
            [{**line.as_row(), "finished": None if visit.stopping else utc_now()}],
        )
        corpus.close()
        logger.warning("%s: %s%s", source.id, status, f" ({error})" if error else "")

    crawler.signals.connect(turn.begin, signal=signals.spider_opened, weak=False)
    crawler.signals.connect(close, signal=signals.spider_closed, weak=False)
    return visit


class _Turn:
    """The source's turn on its sites, among all crawls of the corpus; Scrapy asks nothing before it has begun."""

    def __init__(self, crawler: Crawler, source: Source, corpus: Corpus) -> None:
        self.crawler, self.source, self.corpus = crawler, source, corpus
        self.pauses = Pauses(utc_now)
        self.pauses.load(corpus.db)
        self._shared = _shared(corpus.path)
        self._held = AsyncExitStack()

    async def begin(self) -> None:
        """Waits for the turn. Raises CloseSpider where the crawl is stopped meanwhile."""
        waiting = asyncio.ensure_future(self._held.enter_async_context(self._shared.turn(self.source)))
        while not waiting.done():
            await asyncio.wait((waiting,), timeout=0.2)
            if not self.crawler.crawling and not waiting.done():
                waiting.cancel()
                raise CloseSpider("shutdown")
        waiting.result()

    async def end(self) -> None:
        """Gives the sites free, and keeps the pauses that they asked for."""
        self.pauses.keep(self.corpus.db)
        self._shared.asked(self.source, self.crawler)
        await self._held.aclose()


@cache
def _shared(corpus: Path) -> SharedSites:
    """One for a process, which may run several crawlers: closing a second file of claims would drop those of the first."""

    def waits(source: Source) -> None:
        logger.warning("%s: another crawl of %s is asking its site; waiting until it is done", source.id, corpus)

    return SharedSites(Claims(corpus), SOURCES_AT_ONCE, waits=waits)
