"""Pages that are empty until a browser has run their scripts.

A request with `meta={"playwright": True}` is fetched like any other, by the guarded handler; where its answer is HTML,
Chromium then runs it and the page as it stands afterwards takes the answer's place. Every other request passes
unchanged, and where no source needs a browser nothing of it is imported.
"""

import asyncio
import logging
from functools import cache
from importlib.util import find_spec
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError, DownloadTimeoutError
from scrapy.http import HtmlResponse, Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.ingest.visit import visit_of
from crawler.settings import BROWSER_PAGES_AT_ONCE, BROWSER_PARTS, chromium
from crawler.web.decompression import DecompressionMiddleware
from crawler.web.failures import Refused
from crawler.web.guard import GuardedHandler, body_of
from spiders.press import PressSpider
from storage.changes import Problem

if TYPE_CHECKING:
    from crawler.web.rendering import Rendering, Scripts

BROWSER = "playwright"  # in a request's meta
_HTML = (b"text/html", b"application/xhtml+xml")
_LISTS = frozenset(("home", "listing", "rendered"))  # strategies that read HTML
_CONDITIONS = ("If-None-Match", "If-Modified-Since")


def what_is_missing() -> str | None:
    """What has to be installed before a page can be run in a browser, in one sentence, or None."""
    if not find_spec("scrapy_playwright"):
        return "its pages need JavaScript, and scrapy-playwright is not installed: pip install 'civicpress[javascript]'"
    if chromium() is None:
        return (
            "its pages need JavaScript, and no Chromium is installed: "
            "apt install chromium, or name one in CIVICPRESS_CHROMIUM"
        )
    return None


def can_render() -> bool:
    """Whether pages can be run in a browser here."""
    return what_is_missing() is None


class BrowserMiddleware:
    """Downloader middleware before all others: marks the HTML pages of sources with `javascript = true`."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler, self.visit = crawler, visit_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises Refused where a page needs a browser and there is none."""
        path = urlparse_cached(request).path
        if path == "/robots.txt":
            self._let_pass(request)
        elif self._runs_scripts() and self._is_html(request):
            request.meta[BROWSER] = True
        if not request.meta.get(BROWSER):
            return
        if missing := what_is_missing():
            raise _give_up(self.crawler, missing)
        # The document of such a site is one empty shell that never changes: "not modified" would say nothing of it.
        for name in _CONDITIONS:
            request.headers.pop(name, None)

    def _runs_scripts(self) -> bool:
        spider = self.crawler.spider
        return spider.javascript if isinstance(spider, PressSpider) else self.visit.source.javascript

    def _is_html(self, request: Request) -> bool:
        route = request.cb_kwargs.get("route")
        return "link" in request.cb_kwargs or (route is not None and route.strategy in _LISTS)

    def _let_pass(self, request: Request) -> None:
        """A page in the browser may call a host whose robots.txt is not known yet, and holds its place meanwhile."""
        assert self.crawler.engine is not None
        slot = self.crawler.engine.downloader.slots.get(urlparse_cached(request).hostname or "")
        if slot and any(other.meta.get(BROWSER) for other in slot.transferring):
            request.meta["download_slot"] = f"robots.txt of {urlparse_cached(request).netloc}"


class BrowserHandler(GuardedHandler):
    """The guarded handler; pages that are marked go through the browser on their way back."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.unpacking = DecompressionMiddleware.from_crawler(crawler)
        self.renderer: Any = None
        self.scripts: Scripts | None = None
        self.forbidden: set[str] = set()  # addresses that pages call and robots.txt does not allow

    async def download_request(self, request: Request) -> Response:
        """The answer to a request, as it came or as the browser shows it."""
        response = await super().download_request(request)
        kind = (response.headers.get("Content-Type") or b"").strip().lower()
        if not request.meta.get(BROWSER) or response.status != 200 or not kind.startswith(_HTML):
            return response
        async with _room():
            try:
                return await self._shown(request, self._unpacked(request, response), len(response.body))
            finally:
                slot = self._slot(request)
                if slot:
                    slot.lastseen = monotonic()  # the pause begins when the page's last part has come

    async def close(self) -> None:
        """Scrapy's end of a crawl."""
        await super().close()
        if self.renderer:
            await self.renderer.close()

    async def _shown(self, request: Request, answer: Response, received: int) -> Response:
        from crawler.web.rendering import Rendering, Scripts

        self.scripts = self.scripts or Scripts()
        most = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
        rendering = Rendering(answer.replace(request=request), self._part_of(request), self.scripts, most)
        try:
            shown = await self._run(request, rendering)
        finally:
            await self._record(rendering)
        if isinstance(rendering.broken, Exception):
            raise rendering.broken
        if isinstance(rendering.broken, Response):  # retried after the pause that it asks for, as the page's own answer
            return rendering.broken.replace(url=request.url, body=b"")
        text = shown.text.encode("utf-8", "replace")
        if len(text) > most:
            raise DownloadCancelledError(f"the page has {len(text)} bytes once its scripts have run")
        if self.crawler.stats:  # of bytes, what came over the wire counts
            self.crawler.stats.inc_value("downloader/response_bytes", received - len(text))
        # A script may change the address that is shown, but a document of an error or of another body is none.
        ours = body_of(shown.url) == body_of(request.url)
        headers = answer.headers.copy()
        headers["Content-Type"] = "text/html; charset=utf-8"
        for name in ("Content-Encoding", "ETag", "Last-Modified"):  # of the shell, not of what is shown
            headers.pop(name, None)
        return HtmlResponse(
            shown.url if ours else request.url, headers=headers, body=text, encoding="utf-8", request=request
        )

    async def _run(self, request: Request, rendering: "Rendering") -> HtmlResponse:
        """The document after its scripts, from scrapy-playwright. Raises Scrapy's errors of downloads."""
        from playwright.async_api import Error
        from scrapy_playwright.page import PageMethod

        from crawler.web.chromium import NotStarted

        seconds = self.crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        meta = {
            BROWSER: True,
            "playwright_context_kwargs": {
                "user_agent": (request.headers.get("User-Agent") or b"").decode("latin-1"),
                "locale": "it-IT",
                "timezone_id": "Europe/Rome",
                "service_workers": "block",
                "accept_downloads": False,
            },
            "playwright_page_init_callback": rendering.begin,
            "playwright_page_goto_kwargs": {"wait_until": "commit", "timeout": seconds * 1000},
            "playwright_page_methods": [PageMethod(rendering.settle)],
        }
        asked = Request(request.url, headers=request.headers, meta=meta)
        try:
            async with asyncio.timeout(seconds):
                return await self._browser().download_request(asked)  # type: ignore[no-any-return]
        except TimeoutError:
            raise DownloadTimeoutError(f"its scripts were not done within {seconds:g} s") from None
        except NotStarted as error:
            raise _give_up(self.crawler, str(error)) from error
        except Error as error:
            if rendering.broken is not None:
                return HtmlResponse(request.url)
            raise DownloadFailedError(f"the browser failed: {error.message.splitlines()[0]}") from error
        finally:
            await rendering.close()

    def _browser(self) -> Any:
        """scrapy-playwright's handler, made for the first page that needs it."""
        if self.renderer is None:
            from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

            logging.getLogger("scrapy-playwright").setLevel(logging.CRITICAL)  # the report says what went wrong
            self.renderer = ScrapyPlaywrightDownloadHandler.from_crawler(self.crawler)
            # Scrapy's signal that has it do this went out when the crawl began.
            self.renderer.browser_provider = self.renderer.browser_provider_cls(self.renderer.config)
        return self.renderer

    def _part_of(self, page: Request) -> Any:
        """What fetches the scripts and calls of a page: through every middleware, but without a turn of their own."""
        send = super().download_request

        async def really_send(request: Request) -> Response:
            response = await send(request)
            # As the downloader does: who looks for Retry-After listens to this.
            self.crawler.signals.send_catch_log(
                signals.response_downloaded, response=response, request=request, spider=self.crawler.spider
            )
            return response

        async def fetch(request: Request) -> Response:
            assert self.crawler.engine is not None
            manager = self.crawler.engine.downloader.middleware
            slot = page.meta.get("download_slot")
            # A part is not tried again by itself: what may pass makes the whole page be asked again.
            asked: Request = request.replace(meta={"dont_retry": True, "download_slot": slot})
            for _ in range(BROWSER_PARTS):
                answer = await manager.download_async(really_send, asked)
                if isinstance(answer, Response):
                    return answer
                asked = answer  # a redirect; PlainRedirectMiddleware counts them
            raise Refused("redirects", "too many redirects")

        return fetch

    async def _record(self, rendering: "Rendering") -> None:
        visit = visit_of(self.crawler)
        for url, refused in rendering.forbidden.items():
            if url in self.forbidden:
                continue
            self.forbidden.add(url)
            detail = f"{refused.detail}, and {rendering.answer.url} asks for it"
            visit.counts.problems += 1
            await visit.writer.save(Problem(visit.source.id, url, refused.reason, detail, refused.again))

    def _unpacked(self, request: Request, response: Response) -> Response:
        answer = self.unpacking.process_response(request, response)
        assert isinstance(answer, Response)
        return answer

    def _slot(self, request: Request) -> Any:
        assert self.crawler.engine is not None
        return self.crawler.engine.downloader.slots.get(request.meta.get("download_slot", ""))


def _give_up(crawler: Crawler, why: str) -> Refused:
    """Lets the source's line in the report say `why`; returns what ends a request that waits for the next run."""
    visit_of(crawler).crash = why
    return Refused("no-answer", why, again=True, tried=False)


@cache
def _room() -> asyncio.Semaphore:
    """Room for pages of all sources."""
    return asyncio.Semaphore(BROWSER_PAGES_AT_ONCE)
