"""Single pages fetched with all the manners of a crawl, for a look at them: nothing is stored."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner

from crawler.extraction.values import Article
from crawler.extraction.workers import Extracted, Workers
from crawler.ingest.beside import beside_crawls
from crawler.ingest.counts import Options
from crawler.ingest.reactor import in_reactor, stoppable
from crawler.ingest.run import scrapy_settings, utc_now
from crawler.ingest.visit import Visit, attach
from crawler.ingest.writer import Writer
from crawler.settings import allowed_networks
from crawler.web.failures import Failed
from spiders.dates import rome_today
from spiders.press import PressSpider
from spiders.source import Source
from spiders.values import Link, Page, Route
from storage.corpus import Corpus

Answer = tuple[Page, Extracted]  # a page, and what it holds


class _Look(Visit):
    """A visit that keeps the answers to itself."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.answers: dict[str, Answer | Failed] = {}

    async def keep(self, page: Page) -> None:
        extracted = await self.workers.read(page, None, self.today())
        self.answers[page.link.url] = await self._followed(page, extracted)
        self.ledger.close(page.addresses[0])

    async def _followed(self, page: Page, extracted: Extracted) -> Answer | Failed:
        """The file that is the page's release, as a crawl would keep it; else the page."""
        attachment = extracted.found.attachment
        if attachment is None or self.fetch is None:
            return page, extracted
        answer = await self.fetch(attachment)
        if isinstance(answer, Page):
            read = await self.workers.read(answer, None, self.today())
            if isinstance(read.found, Article) or attachment.alone:
                return answer, read
        elif attachment.alone:
            return answer
        return page, extracted

    async def fail(self, url: str, failed: Failed, route: Route | None) -> None:
        self.ledger.close(url)
        self.answers[url] = failed


def fetch(urls: Sequence[str]) -> dict[str, Answer | Failed]:
    """The pages at some addresses with what they hold, or why there is none, by address."""
    return dict(in_reactor(lambda: stoppable(_fetch(urls)), allowed_networks()))


async def _fetch(urls: Sequence[str]) -> dict[str, Answer | Failed]:
    answers: dict[str, Answer | Failed] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="civicpress-")))
        corpus = stack.enter_context(Corpus(folder / "look.db"))
        beside = stack.enter_context(beside_crawls())
        writer = Writer(corpus, corpus.start_run(utc_now()), utc_now)
        runner = AsyncCrawlerRunner(scrapy_settings())
        workers = Workers(1)
        for url in dict.fromkeys(urls):
            source = Source(id="look", home=url)
            visit = _Look(source, Options(), writer, workers, rome_today)
            visit.left_alone = beside.left_alone
            crawler = runner.create_crawler(_spider_of(source, url))
            attach(crawler, visit)
            async with beside.turn(source):
                await runner.crawl(crawler)
                beside.shared.asked(source, crawler, visit.held_until)
            gone = Failed("no-answer", "the request ended without an answer", again=True)
            answers[url] = next(iter(visit.answers.values()), gone)
        writer.close()
        workers.close()
    return answers


def _spider_of(source: Source, url: str) -> type[PressSpider]:
    class LookSpider(PressSpider):
        name = "look"

        async def start(self) -> AsyncIterator[Any]:
            yield self.follow(Link(url, origin="given"))

    LookSpider.source = source
    return LookSpider
