"""Manners: robots.txt by RFC 9309 with its Crawl-delay, Retry-After, and patience with servers that have had enough."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import call_later
from scrapy.utils.httpobj import urlparse_cached

from crawler.failures import Refused, explain
from crawler.settings import LONGEST_CRAWL_DELAY, LONGEST_PAUSE, ROBOTS_BYTES, ROBOTS_HOURS
from crawler.visit import Visit, visit_of
from storage import memory

PRODUCT = "civicpress"  # the name by which robots.txt may address us


class RobotsMiddleware:
    """Asks a host's robots.txt once a day and obeys it.

    4xx: there are no rules. 5xx or no answer: everything is forbidden (RFC 9309, sections 2.3.1.3 and 2.3.1.4).
    """

    def __init__(self, crawler: Crawler, visit: Visit) -> None:
        self.crawler, self.visit = crawler, visit
        self.rules: dict[str, asyncio.Future[Protego | Refused]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler, visit_of(crawler))

    async def process_request(self, request: Request) -> None:
        """Raises Refused where robots.txt forbids an address or cannot be read."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.rules:
            self.rules[origin] = asyncio.get_running_loop().create_future()
            self.rules[origin].set_result(await self._ask(origin))
        rules = await asyncio.shield(self.rules[origin])
        if isinstance(rules, Refused):
            raise Refused(rules.reason, rules.detail, again=rules.again)
        if parts.path != "/robots.txt" and not rules.can_fetch(request.url, PRODUCT):
            raise Refused("robots", "robots.txt does not allow it")

    async def _ask(self, origin: str) -> Protego | Refused:
        writer = self.visit.writer
        since = (datetime.fromisoformat(writer.clock()) - timedelta(hours=ROBOTS_HOURS)).isoformat()
        kept = await writer.ask(lambda corpus: memory.robots(corpus.db, origin, since))
        if kept is None:
            meta = {"dont_obey_robotstxt": True}
            request = Request(f"{origin}/robots.txt", priority=1000, meta=meta, callback=NO_CALLBACK)
            assert self.crawler.engine is not None
            try:
                response = await self.crawler.engine.download_async(request)
            except Exception as error:
                failed = explain(error)
                own = failed.reason in ("offsite", "not-public")
                # Without an answer we say what happened to the host: it is the host that is down, not its rules.
                return Refused(failed.reason, f"robots.txt: {failed.detail}", again=not own)
            if response.status >= 500 or response.status == 429:
                return Refused("robots", f"robots.txt cannot be read: status {response.status}", again=True)
            kept = response.status, response.body[:ROBOTS_BYTES]
            await writer.ask(lambda corpus: corpus.keep_robots(origin, *kept, writer.clock()))
        status, body = kept
        rules = Protego.parse(body.decode("utf-8", "replace") if 200 <= status < 300 else "")
        return self._slow_down(origin, rules)

    def _slow_down(self, origin: str, rules: Protego) -> Protego | Refused:
        pause = rules.crawl_delay(PRODUCT)
        if pause and pause > LONGEST_CRAWL_DELAY:
            return Refused("robots", f"robots.txt asks for a pause of {pause:g} s between requests", again=True)
        if pause and self.crawler.engine is not None:
            downloader = self.crawler.engine.downloader
            _, slot = downloader._get_slot(Request(origin))
            slot.delay = max(slot.delay, float(pause))
        return rules


def retry_after(value: bytes | None, now: float) -> float | None:
    """The seconds that a Retry-After header asks for (RFC 9110, section 10.2.3), or None where it says nothing."""
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)


class PatienceMiddleware(RetryMiddleware):
    """Scrapy's retries, after the pause that the host asks for; a host that asks for a long one is left alone."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self.closed: dict[str, float] = {}  # host → time until which it is left alone

    def process_request(self, request: Request) -> None:
        """Raises Refused for a host that asked to be left alone."""
        until = self.closed.get(urlparse_cached(request).netloc, 0.0)
        if until > time.time():
            when = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
            raise Refused("refused", f"the host asked not to be contacted before {when} (Retry-After)", again=True)

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Retries what may pass, pausing the whole host first."""
        if response.status in (429, 503) and not request.meta.get("dont_retry"):
            wait = retry_after(response.headers.get("Retry-After"), time.time())
            if wait is None:
                wait = min(5.0 * 2 ** request.meta.get("retry_times", 0), LONGEST_PAUSE)
            if wait > LONGEST_PAUSE:
                self.closed[urlparse_cached(request).netloc] = time.time() + wait
                return response
            self._pause(request, wait)
        return super().process_response(request, response)

    def _pause(self, request: Request, wait: float) -> None:
        assert self.crawler.engine is not None
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(request.meta.get("download_slot", ""))
        if slot is None:
            return
        if slot.latercall:
            slot.latercall.cancel()
        slot.latercall = call_later(wait, downloader._latercall, slot)  # holds back every request to the host
