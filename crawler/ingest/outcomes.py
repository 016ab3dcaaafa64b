"""Opens the ledger's lines and turns every failure into a problem."""

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.ingest.visit import Visit, visit_of
from crawler.web.failures import explain
from spiders.press import PressSpider


def asked_for(request: Request) -> str:
    """The address that a request began with, before redirects."""
    return str(request.meta.get("redirect_urls", [request.url])[0])


class OutcomesMiddleware:
    """Spider middleware, nearest to the engine: opens every request and turns every failure into a problem."""

    def __init__(self, visit: Visit, crawler: Crawler) -> None:
        self.visit, self.crawler = visit, crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        middleware = cls(visit_of(crawler), crawler)
        crawler.signals.connect(middleware.idle, signals.spider_idle)
        return middleware

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Opens the first requests."""
        async for thing in start:
            yield self._opened(thing)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Opens the requests that a callback makes."""
        async for thing in result:
            yield self._opened(thing)

    def idle(self) -> None:
        """Asks for the pages that wait for a list which failed, then for known ones that tell of an odd one whether the
        site has changed. Raises DontCloseSpider where there are any."""
        if self.visit.stopping:
            return
        assert self.crawler.engine is not None
        assert isinstance(self.crawler.spider, PressSpider)
        follow = self.crawler.spider.follow
        waiting = [
            each if isinstance(each, Request) else follow(each.link) for each in self.visit.lists.waiting.values()
        ]
        self.visit.lists.waiting.clear()
        requests = waiting or [follow(link) for link in self.visit.to_compare()]
        for request in requests:
            self.crawler.engine.crawl(self._opened(request))
        if requests:
            raise DontCloseSpider

    def _opened(self, thing: Any) -> Any:
        if isinstance(thing, Request):
            self.visit.ledger.open(thing.url)
            thing.errback = self.failed
        return thing

    async def failed(self, failure: Failure) -> None:
        """A request brought no page that can be read."""
        request: Request = failure.request  # type: ignore[attr-defined]
        await self.visit.fail(
            asked_for(request), explain(failure.value or Exception("unknown")), request.cb_kwargs.get("route")
        )
