"""One page in the browser: what it asks for is fetched by us, with all the guards and manners of a crawl.

A page's own files are asked one after the other and without the pause between pages: together they are one visit.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import monotonic
from urllib.parse import urldefrag, urlsplit

from playwright.async_api import Error, Page, Route
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, DownloadFailedError
from scrapy.http import Response

from crawler.settings import BROWSER_PARTS, BROWSER_PARTS_BYTES, BROWSER_QUIET, BROWSER_SETTLE
from crawler.web.failures import Refused

Fetch = Callable[[Request], Awaitable[Response]]

_NEEDED = frozenset(("document", "script", "xhr", "fetch"))  # images, fonts, styles, media: nothing to read in them
_METHODS = frozenset(("GET", "HEAD", "POST"))  # an interface may be asked by POST; PUT and its like change things
# Of what a script sends. The rest is ours (User-Agent, language), the connection's, or tells where a visitor was.
_SENT = frozenset(("accept", "authorization", "content-type", "origin", "x-requested-with"))
_NOT_PASSED_ON = frozenset(
    ("content-disposition", "content-encoding", "content-length", "link", "refresh", "set-cookie", "transfer-encoding")
)
_SECONDS_TO_CLOSE = 5.0
_LENGTH = "document.documentElement.outerHTML.length"


class Scripts:
    """The scripts of a source's pages: Chromium's own cache is off while requests are intercepted."""

    def __init__(self) -> None:
        self.kept: dict[str, Response] = {}
        self.size = 0

    def keep(self, url: str, response: Response) -> None:
        """Keeps an answer, while there is room."""
        if self.size + len(response.body) <= BROWSER_PARTS_BYTES:
            self.size += len(response.body)
            self.kept[url] = response


class Rendering:
    """A page on its way through the browser. `answer` is its own, fetched already; `fetch` asks for its parts.

    `broken` is why the page cannot be complete: an exception, or an answer that tells us to come back later.
    """

    def __init__(self, answer: Response, fetch: Fetch, scripts: Scripts, most: int) -> None:
        self.answer, self.fetch, self.scripts, self.most = answer, fetch, scripts, most
        self.broken: Exception | Response | None = None
        self.forbidden: dict[str, Refused] = {}  # by address: what robots.txt does not allow
        self.page: Page | None = None
        self._in_turn = asyncio.Lock()
        self._shown = self._over = False
        self._parts = self._bytes = self._open = 0
        self._last = monotonic()

    async def begin(self, page: Page, request: Request) -> None:
        """Takes over a new page's requests (scrapy-playwright's `playwright_page_init_callback`)."""
        self.page = page
        page.on("popup", _close)
        page.on("crash", self._crashed)
        await page.route_web_socket("**", lambda socket: socket.close())
        await page.route("**", self._answer)

    async def settle(self, page: Page) -> None:
        """Waits until the page asks for nothing more, or has had its time. Raises Error where it is broken."""
        until = monotonic() + BROWSER_SETTLE
        while self.broken is None and monotonic() < until:
            if self._open or monotonic() - self._last < BROWSER_QUIET:
                await asyncio.sleep(0.05)
                continue
            try:
                # In short turns: a page that crashes meanwhile does not end the wait.
                await page.wait_for_load_state("domcontentloaded", timeout=1000 * BROWSER_QUIET)
                if await page.evaluate(_LENGTH) > self.most:
                    self.broken = DownloadCancelledError(f"the page grew beyond {self.most} characters")
                break
            except Error:
                self._last = monotonic()  # not parsed to its end yet, or sent to another address by a script
        self._over = True
        if self.broken is not None:
            raise Error("the page is given up")

    async def close(self) -> None:
        """Ends the page, also one that hangs in a script; a part that is on its way still arrives."""
        self._over = True
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(_SECONDS_TO_CLOSE):
                if self.page and not self.page.is_closed():
                    await self.page.close()
        async with self._in_turn:  # not cancelled: it may be a robots.txt that others wait for
            pass

    def _crashed(self, page: Page) -> None:
        self.broken = DownloadFailedError("its scripts took more memory than they may, or broke the browser")

    async def _answer(self, route: Route) -> None:
        with contextlib.suppress(Error):  # the page is closed already
            response = await self._response_or_none(route)
            if response is None:
                await route.abort("blockedbyclient")
            else:
                await route.fulfill(status=response.status, headers=_headers(response), body=response.body)

    async def _response_or_none(self, route: Route) -> Response | None:
        asked = route.request
        if asked.resource_type not in _NEEDED or asked.method not in _METHODS:
            return None
        if asked.resource_type == "document" and asked.frame != asked.frame.page.main_frame:
            return None  # a map, a video, a widget
        self._open += 1
        try:
            return await self._response(route)
        except Exception as error:
            self._note(asked.url, asked.resource_type, error)
            return None
        finally:
            self._open -= 1
            self._last = monotonic()

    async def _response(self, route: Route) -> Response | None:
        """The answer to a request of the page, or None where it gets none."""
        asked, kind = route.request, route.request.resource_type
        url = urldefrag(asked.url)[0]
        if kind == "document" and not self._shown:
            self._shown = True
            return self.answer
        async with self._in_turn:
            if kind == "script" and url in self.scripts.kept:
                return self.scripts.kept[url]
            if self._parts >= BROWSER_PARTS or self._bytes >= BROWSER_PARTS_BYTES or self.broken or self._over:
                return None
            self._parts += 1
            headers = {name: value for name, value in asked.headers.items() if _may_be_sent(name)}
            body = asked.post_data_buffer or b""
            response = await self.fetch(Request(url, method=asked.method, headers=headers, body=body))
        self._bytes += len(response.body)
        if kind == "script":
            self.scripts.keep(url, response)
        elif response.status in (429, 503):
            self.broken = response
        return response

    def _note(self, url: str, kind: str, error: Exception) -> None:
        """Of a part that was not to be had: whether the page can do without."""
        if isinstance(error, Refused):
            if not error.tried:
                self.broken = error  # the run was stopped, or the host has had enough
            elif error.reason == "robots":
                self.forbidden[url] = error
        elif kind != "document" and urlsplit(url).netloc == urlsplit(self.answer.url).netloc:
            self.broken = error


def _may_be_sent(name: str) -> bool:
    return name in _SENT or (name.startswith("x-") and not name.startswith("x-forwarded"))


def _headers(response: Response) -> dict[str, str]:
    """An answer's headers for the browser; its body is unpacked already."""
    decoded = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return {name: value for name, value in decoded.items() if name not in _NOT_PASSED_ON}


async def _close(popup: Page) -> None:
    with contextlib.suppress(Error):
        await popup.close()
