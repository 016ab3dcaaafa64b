"""The Scrapy spider of a source: it asks the source's lists and hands on the pages that they name.

A crawl is a function of the source: the spider knows nothing of earlier runs. What is known already is left out by
the crawler's revisit middleware, and what a page says is found out later, in other processes.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from typing import Any, ClassVar

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from spiders.dates import rome_today
from spiders.discovery import ACCEPT, STRATEGIES
from spiders.discovery.exploration import Exploration, Reader, explore
from spiders.source import Source
from spiders.values import Link, Page, Reading, Route, Unread, Unreadable

# Without a delay, Scrapy 2.19 sends all that waits for a host at once, whatever CONCURRENT_REQUESTS_PER_DOMAIN says: it
# counts a request as sent only when its task begins.
SHORTEST_DELAY = 0.001  # seconds
ANSWER = "civicpress_answer"  # in a request's meta: the answer that the exploration of the site had already


async def read_here(response: Response, route: Route, source: Source) -> Reading:
    """Reads a list in this process. Raises Unreadable where it is not what its address promised."""
    return STRATEGIES[route.strategy](response, route, source)


class Interrupted(Exception):
    """A site could not be explored to the end, because the run is over; a later one begins anew."""


class PressSpider(scrapy.Spider):
    """One source's spider; `spider_of` makes the class. Yields requests, `Page`, `Unread` and `Exploration`."""

    source: ClassVar[Source]

    def __init__(
        self,
        reader: Reader = read_here,
        today: Callable[[], date] = rome_today,
        can_render: Callable[[], bool] = lambda: False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reader, self.today, self.can_render = reader, today, can_render
        self.javascript = self.source.javascript  # whether the site's pages are run in a browser

    def routes(self) -> Iterator[Route]:
        """Where to begin: the lists that are written down, else the home page, from which they are found."""
        written = {"feed": self.source.feeds, "sitemap": self.source.sitemaps, "listing": self.source.listings}
        for strategy, urls in written.items():
            yield from (Route(url, strategy, start=url) for url in urls)
        if not any(written.values()):
            yield Route(self.source.home, "home", start=self.source.home)

    async def start(self) -> AsyncIterator[Any]:
        """A request for each list."""
        for route in self.routes():
            yield self.ask(route)

    def ask(self, route: Route, **meta: Any) -> scrapy.Request:
        """The request for a list. Lists go before pages, so that a run knows early what there is to do."""
        headers = {"Accept": ACCEPT[route.strategy]} if route.strategy in ACCEPT else None
        return scrapy.Request(
            route.url, callback=self.discover, cb_kwargs={"route": route}, priority=10, dont_filter=True,
            headers=headers, meta=meta,
        )  # fmt: skip

    def follow(self, link: Link) -> scrapy.Request:
        """The request for a release's page."""
        return scrapy.Request(link.url, callback=self.read, cb_kwargs={"link": link}, dont_filter=True)

    async def discover(self, response: Response, route: Route) -> AsyncIterator[Any]:
        """What a list names: a request for each release, or the release itself where the list holds its text."""
        if response.status == 304:
            return
        try:
            if route.strategy == "home":
                async for thing in self.explore(response):
                    yield thing
                return
            reading = await self.reader(response, route, self.source)
        except Unreadable as error:
            yield Unread(route, str(error))
            return
        except Interrupted as error:
            yield Unread(route, str(error), tried=False)
            return
        except Exception as error:  # a page that breaks its reader costs itself only
            self.logger.warning("cannot read %s", route.url, exc_info=True)
            yield Unread(route, f"{type(error).__name__}: {error}")
            return
        for link in reading.links:
            if not self.source.wants(link.url):
                continue
            if link.content:
                yield Page(
                    link.url,
                    link.content.encode("utf-8", "replace"),
                    "text/html; charset=utf-8",
                    link,
                    (link.url,),
                    whole=True,
                )
            else:
                yield self.follow(link)
        for following in reading.following:
            yield self.ask(following)

    async def explore(self, response: Response) -> AsyncIterator[Any]:
        """What the site's home page leads to: a request for each list that is worth asking, with the answer it had."""
        exploration = await self.explored(response)
        yield exploration
        for candidate in exploration.chosen:
            yield self.ask(candidate.route, **{ANSWER: candidate.answer})

    async def explored(self, response: Response) -> Exploration:
        """What a home page leads to; where it is empty without scripts, what it leads to once a browser ran them."""
        exploration = await explore(response, self.source, self.probe, self.reader, self.today())
        if not exploration.empty_shell or self.javascript or not self.can_render():
            return exploration
        self.javascript = True
        shown = await self.probe(Route(self.source.home, "home"))
        if isinstance(shown, str):
            return exploration
        again = await explore(shown, self.source, self.probe, self.reader, self.today(), max(4, exploration.left))
        return again.rendered()

    async def probe(self, route: Route) -> Response | str:
        """The answer to a request for a list that may not be there, or why there is none.

        Raises:
            Interrupted: the run is over.
        """
        request = self.ask(route, max_retry_times=0)
        assert self.crawler.engine is not None
        try:
            response: Response = await self.crawler.engine.download_async(request)
        except Exception as error:
            if isinstance(error, IgnoreRequest) and not getattr(error, "tried", True):
                raise Interrupted(str(error)) from error
            return f"brings no answer: {' '.join(str(error).split())[:200] or type(error).__name__}"
        if response.status < 400:
            return response
        said = {401: "is closed", 403: "refuses us", 404: "is not there", 410: "is gone", 429: "refuses us"}
        return f"{said.get(response.status, 'fails')} (status {response.status})"

    def read(self, response: Response, link: Link) -> Iterator[Page]:
        """The page of a release."""
        asked = response.meta.get("redirect_urls", [response.url])
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        etag, modified = (_header(response, name) for name in ("ETag", "Last-Modified"))
        yield Page(
            response.url, response.body, kind, link, tuple(asked),
            etag=etag, last_modified=modified, same=response.status == 304,
        )  # fmt: skip


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def spider_of(source: Source) -> type[PressSpider]:
    """The spider class of a source."""
    settings: dict[str, Any] = {"DOWNLOAD_DELAY": max(source.delay, SHORTEST_DELAY)}
    if source.tls == "unverified":
        settings["DOWNLOAD_VERIFY_CERTIFICATES"] = False
    return type("PressSpider", (PressSpider,), {"name": source.id, "source": source, "custom_settings": settings})
