"""The browser itself: the system's Chromium, one for all sources of a run, without any network.

Whatever a page asks for is answered by `crawler.web.rendering`; no connection is ever Chromium's own. Its proxy has a name
that resolves to nothing, for every scheme and for loopback too, so what escapes the interception ends there. Without
that, three things got out to a forbidden address: popups, `<link rel=preconnect>`, and WebRTC's TURN over TCP. Only
imported where a page needs a browser.
"""

import asyncio
import os
from typing import Any

from playwright.async_api import Browser, Error, Playwright, async_playwright

from crawler.settings import chromium

ARGUMENTS = (
    # No host has an address, the proxy's neither; `<-loopback>` takes away the exception that Chromium makes for it.
    "--proxy-server=http://no-network.invalid:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # UDP knows no HTTP proxy.
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--disable-extensions",
    "--mute-audio",
    "--blink-settings=imagesEnabled=false",
    "--js-flags=--max-old-space-size=256",  # megabytes: a page that wants more is broken or hostile
)


class NotStarted(RuntimeError):
    """Chromium is there and does not start; the message says so in one sentence."""


class _Shared:
    """The process's browser: started by who needs it first, closed when nobody does any more."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
        self.playwright: Playwright | None = None
        self.browser: Browser | None = None

    async def take(self) -> Browser:
        async with self.lock:
            if self.playwright is None:
                self.playwright = await async_playwright().start()
            if self.browser is None or not self.browser.is_connected():
                self.browser = await self._launched(self.playwright)
            return self.browser

    async def _launched(self, playwright: Playwright) -> Browser:
        try:
            return await playwright.chromium.launch(
                executable_path=chromium(),
                args=ARGUMENTS,
                # Chromium refuses to start as root with its sandbox on.
                chromium_sandbox=os.getuid() != 0,
                # A signal is for the run, which finishes the pages in hand before it closes the browser.
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        except Error as error:
            program = chromium()
            raise NotStarted(
                f"its pages need JavaScript, and {program} does not start; see what it says: "
                f"{program} --headless --dump-dom about:blank"
            ) from error

    async def close(self) -> None:
        async with self.lock:
            if self.users:
                return
            browser, self.browser = self.browser, None
            playwright, self.playwright = self.playwright, None
            if browser:
                await browser.close()
            if playwright:
                await playwright.stop()


_shared = _Shared()


class _Lease:
    """The shared browser as one source's download handler sees it: what it closes are its own contexts only."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def new_context(self, **options: Any) -> Any:
        return await self.browser.new_context(**options)

    def on(self, event: Any, callback: Any) -> None:
        self.browser.on(event, callback)

    async def close(self) -> None:
        """Leaves it to the others."""


class SharedBrowser:
    """scrapy-playwright's provider of browsers (`PLAYWRIGHT_BROWSER_PROVIDER`): one for the whole process."""

    def __init__(self, config: Any) -> None:
        _shared.users += 1

    async def start(self) -> None:
        """Nothing: a browser is started when the first page needs it."""

    async def launch_browser(self) -> _Lease:
        """The shared browser. Raises NotStarted."""
        return _Lease(await _shared.take())

    async def launch_persistent_context(self, options: dict[str, Any]) -> Any:
        """Nothing of a visit is kept."""
        raise NotImplementedError

    async def close(self) -> None:
        """Gives the browser back; the last one closes it."""
        _shared.users -= 1
        await _shared.close()


def abort(request: Any) -> bool:
    """scrapy-playwright's own route (`PLAYWRIGHT_ABORT_REQUEST`) lets nothing through: only ours answers."""
    return True
