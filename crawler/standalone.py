"""A run of its own for a crawler that `scrapy crawl SOURCE` started."""

import logging
import time
from dataclasses import asdict

from scrapy import signals
from scrapy.crawler import Crawler

from crawler import resolver
from crawler.counts import Options
from crawler.extraction.workers import Workers
from crawler.report import Report, SourceReport
from crawler.run import read_stats, utc_now
from crawler.settings import allowed_networks, default_corpus
from crawler.visit import Visit
from crawler.writer import Writer
from spiders.dates import rome_today
from spiders.press import PressSpider
from storage.corpus import Corpus

logger = logging.getLogger(__name__)


def begin(crawler: Crawler) -> Visit:
    """Opens the default corpus and a run; both are closed when the spider is. Raises CorpusError."""
    from twisted.internet import reactor  # installed by Scrapy by now

    resolver.install(reactor, allowed_networks())
    assert issubclass(crawler.spidercls, PressSpider)
    source = crawler.spidercls.source
    corpus = Corpus(default_corpus())
    corpus.put_source(source.id, source.title, source.kind, source.home, source.language, source.licence)
    workers = Workers()
    writer = Writer(corpus, corpus.start_run(utc_now()), utc_now)
    visit = Visit(source, Options(), writer, workers, rome_today)

    begun = time.monotonic()

    async def close(spider: PressSpider, reason: str) -> None:
        visit.stopping = reason != "finished"
        await visit.close()
        workers.close()
        writer.close()
        read_stats(crawler, visit)
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

    crawler.signals.connect(close, signal=signals.spider_closed, weak=False)
    return visit
