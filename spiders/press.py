"""The Scrapy spider of a source: it asks the source's lists and hands on the pages that they name.

A crawl is a function of the source: the spider knows nothing of earlier runs. What is known already is left out by
the crawler's revisit middleware, and what a page says is found out later, in other processes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, ClassVar
from urllib.parse import urljoin

import scrapy
from scrapy.http import Response

from spiders.discovery import STRATEGIES
from spiders.source import Source
from spiders.values import Link, Page, Reading, Route, Unread, Unreadable

# Without a delay, Scrapy 2.19 sends all that waits for a host at once, whatever CONCURRENT_REQUESTS_PER_DOMAIN says: it
# counts a request as sent only when its task begins.
SHORTEST_DELAY = 0.001  # seconds

Reader = Callable[[Response, Route, Source], Awaitable[Reading]]


async def read_here(response: Response, route: Route, source: Source) -> Reading:
    """Reads a list in this process. Raises Unreadable where it is not what its address promised."""
    return STRATEGIES[route.strategy](response, route, source)


class PressSpider(scrapy.Spider):
    """One source's spider; `spider_of` makes the class. Yields requests, `Page` and `Unread`."""

    source: ClassVar[Source]

    def __init__(self, reader: Reader = read_here, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reader = reader

    def routes(self) -> Iterator[Route]:
        """Where to begin: the lists that are written down, else what the home page and robots.txt advertise."""
        written = {"feed": self.source.feeds, "sitemap": self.source.sitemaps, "listing": self.source.listings}
        for strategy, urls in written.items():
            yield from (Route(url, strategy, start=url) for url in urls)
        if not any(written.values()):
            for url in (self.source.home, urljoin(self.source.home, "/robots.txt")):
                yield Route(url, "home", start=url)

    async def start(self) -> AsyncIterator[Any]:
        """A request for each list."""
        for route in self.routes():
            yield self.ask(route)

    def ask(self, route: Route) -> scrapy.Request:
        """The request for a list. Lists go before pages, so that a run knows early what there is to do."""
        return scrapy.Request(
            route.url, callback=self.discover, cb_kwargs={"route": route}, priority=10, dont_filter=True
        )

    def follow(self, link: Link) -> scrapy.Request:
        """The request for a release's page."""
        return scrapy.Request(link.url, callback=self.read, cb_kwargs={"link": link}, dont_filter=True)

    async def discover(self, response: Response, route: Route) -> AsyncIterator[Any]:
        """What a list names: a request for each release, or the release itself where the list holds its text."""
        if response.status == 304:
            return
        try:
            reading = await self.reader(response, route, self.source)
        except Unreadable as error:
            yield Unread(route, str(error))
            return
        except Exception as error:  # a page that breaks its reader costs itself only
            self.logger.warning("cannot read %s", route.url, exc_info=True)
            yield Unread(route, f"{type(error).__name__}: {error}")
            return
        for link in reading.links:
            if not self.source.wants(link.url):
                continue
            if link.content:
                yield Page(link.url, link.content.encode(), "text/html; charset=utf-8", link, (link.url,), whole=True)
            else:
                yield self.follow(link)
        for following in reading.following:
            yield self.ask(following)

    def read(self, response: Response, link: Link) -> Iterator[Page]:
        """The page of a release."""
        asked = response.meta.get("redirect_urls", [response.url])
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        yield Page(response.url, response.body, kind, link, tuple(asked))


def spider_of(source: Source) -> type[PressSpider]:
    """The spider class of a source."""
    settings = {"DOWNLOAD_DELAY": max(source.delay, SHORTEST_DELAY)}
    return type("PressSpider", (PressSpider,), {"name": source.id, "source": source, "custom_settings": settings})
