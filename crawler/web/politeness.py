"""Manners: robots.txt by RFC 9309 with its Crawl-delay, Retry-After, and patience with servers that have had enough."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.http.request import NO_CALLBACK
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import call_later
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure

from crawler.ingest.visit import Visit, visit_of
from crawler.settings import (
    FIRST_PAUSE,
    LONGEST_CRAWL_DELAY,
    LONGEST_PAUSE,
    MOST_IN_A_ROW,
    ROBOTS_BYTES,
    ROBOTS_HOURS,
)
from crawler.web.failures import Refused, explain
from storage import memory

PRODUCT = "civicpress"  # the name by which robots.txt may address us


def stopped() -> Refused:
    """What is not asked any more because the run ends. (A new one each time: an exception keeps all that raised it.)"""
    return Refused("no-answer", "the run was stopped", again=True, tried=False)


class RobotsMiddleware:
    """Asks a host's robots.txt once a day and obeys it.

    4xx: there are no rules. 5xx or no answer: everything is forbidden (RFC 9309, sections 2.3.1.3 and 2.3.1.4).
    """

    def __init__(self, crawler: Crawler, visit: Visit) -> None:
        self.crawler, self.visit = crawler, visit
        self.rules: dict[str, asyncio.Future[Protego | Refused]] = {}
        self.texts: dict[str, tuple[int, bytes]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler, visit_of(crawler))

    async def process_request(self, request: Request) -> Response | None:
        """Raises Refused where robots.txt forbids an address or cannot be read; answers for robots.txt itself."""
        if request.meta.get("dont_obey_robotstxt"):
            return None
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.rules:
            answer = self.rules[origin] = asyncio.get_running_loop().create_future()
            try:
                answer.set_result(await self._ask(origin))
            except BaseException as error:  # the others that wait for it must not wait for ever
                answer.set_exception(error)
                answer.exception()
                raise
        rules = await asyncio.shield(self.rules[origin])
        if isinstance(rules, Refused):
            raise Refused(rules.reason, rules.detail, again=rules.again, tried=rules.tried)
        if parts.path == "/robots.txt":
            status, text = self.texts[origin]
            return TextResponse(request.url, status, body=text, encoding="utf-8")
        if not rules.can_fetch(request.url, PRODUCT):
            raise Refused("robots", "robots.txt does not allow it")
        return None

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
                return Refused(failed.reason, f"robots.txt: {failed.detail}", again=not own, tried=failed.tried)
            if response.status >= 500 or response.status == 429:
                # The host is out of order, or has had enough; its rules are not known, and refuse nothing.
                reason = "refused" if response.status == 429 else "http-error"
                return Refused(reason, f"robots.txt cannot be read: status {response.status}", again=True)
            kept = response.status, response.body[:ROBOTS_BYTES]
            await writer.ask(lambda corpus: corpus.keep_robots(origin, *kept, writer.clock()))
        self.texts[origin] = status, body = kept
        rules = Protego.parse(body.decode("utf-8-sig", "replace") if 200 <= status < 300 else "")
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
    """Scrapy's retries, after the pause that the host asks for.

    A host that asks for a long pause, or that answers nothing good many times in a row, is left alone for the rest of
    the run, by the other sources of the host too; what was to be fetched from it waits for the next run.
    """

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self.in_a_row: Counter[str] = Counter()
        self.scale = settings.getfloat("PAUSE_SCALE", 1.0)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        middleware = super().from_crawler(crawler)
        middleware.visit = visit_of(crawler)
        # Not in process_response: by then the downloader has sent the host's next request already.
        crawler.signals.connect(middleware.answered, signals.response_downloaded)
        return middleware

    visit: Visit

    def process_request(self, request: Request) -> None:
        """Raises Refused when the run was stopped, and for a host that is left alone."""
        if self.visit.stopping:
            raise stopped()
        if left := self.visit.left_alone.get(urlparse_cached(request).netloc):
            raise Refused(left.reason, left.detail, again=left.again, tried=left.tried)

    def answered(self, response: Response, request: Request) -> None:
        """Holds the host's next requests back where the answer asks for it."""
        host = urlparse_cached(request).netloc
        if response.status not in (401, 403, 429) and response.status < 500:
            self.in_a_row[host] = 0
            return
        if response.status in (429, 503) and not request.meta.get("dont_retry"):
            now = datetime.fromisoformat(self.visit.writer.clock()).timestamp()
            wait = retry_after(response.headers.get("Retry-After"), now)
            if wait is None:
                wait = min(FIRST_PAUSE * 2 ** request.meta.get("retry_times", 0), LONGEST_PAUSE)
            if wait > LONGEST_PAUSE:
                until = datetime.fromtimestamp(min(now + wait, 2**33), UTC).isoformat(timespec="seconds")
                why = f"the host asked not to be contacted before {until} (Retry-After)"
                self._leave_alone(host, "refused", why, until)
            else:
                self._pause(request, wait)
        self._count(host, "http-error" if response.status >= 500 else "refused", f"status {response.status}")

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Retries what may pass, but not with a host that is left alone."""
        if urlparse_cached(request).netloc in self.visit.left_alone:
            return response
        return super().process_response(request, response)

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> Any:
        """Retries what may pass; counts what brought no answer."""
        if isinstance(exception, IgnoreRequest):
            return None
        host = urlparse_cached(request).netloc
        failed = explain(exception)
        self._count(host, failed.reason, failed.detail)
        return None if host in self.visit.left_alone else super().process_exception(request, exception)

    def _count(self, host: str, reason: str, what: str) -> None:
        self.in_a_row[host] += 1
        if self.in_a_row[host] >= MOST_IN_A_ROW and host not in self.visit.left_alone:
            self._leave_alone(host, reason, f"{MOST_IN_A_ROW} requests in a row failed, the last one: {what}")

    def _leave_alone(self, host: str, reason: str, why: str, until: str | None = None) -> None:
        left = Refused(reason, f"the host is left alone: {why}", again=True, tried=False, until=until)
        self.visit.left_alone[host] = left
        assert self.crawler.engine is not None
        give_back(self.crawler, left, host)

    def _pause(self, request: Request, wait: float) -> None:
        assert self.crawler.engine is not None
        self.visit.held_until = max(self.visit.held_until, time.monotonic() + wait * self.scale)
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(request.meta.get("download_slot", ""))
        if slot is None:
            return
        if slot.latercall:
            slot.latercall.cancel()
        slot.latercall = call_later(
            wait * self.scale, downloader._latercall, slot
        )  # holds back every request to the host


def give_back(crawler: Crawler, why: Refused, host: str | None = None) -> None:
    """Ends the requests that wait in the downloader for their turn, of one host or of all, without sending them."""
    if crawler.engine is None:
        return
    for slot in crawler.engine.downloader.slots.values():
        kept = []
        while slot.queue:
            request, future = slot.queue.popleft()
            if host in (None, urlparse_cached(request).netloc):
                future.errback(Failure(why))  # type: ignore[no-untyped-call]
            else:
                kept.append((request, future))
        slot.queue.extend(kept)
