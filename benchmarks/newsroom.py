"""Sites on loopback that publish, edit and withdraw while a benchmark runs.

What a site shows is a function of the time alone, so that whoever watches knows what must be in the corpus by then
without asking the server.
"""

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from html import escape
from itertools import accumulate, takewhile
from multiprocessing import Process
from pathlib import Path
from socket import socket

BEFORE = 6  # releases that each site has when all begins
BETWEEN = (120.0, 420.0)  # seconds between two releases of a site
EDITED, WITHDRAWN = 0.2, 0.06  # shares of the releases
EDITED_AFTER, WITHDRAWN_AFTER = (30.0, 300.0), (360.0, 600.0)  # seconds
ON_A_PAGE = 8
OUTAGE = 0.15  # share of the sites that are down for a while
_SYLLABLES = "ba ce di fo gu la me ni po ru sta tre vi zo cam bel gri mon per sul".split()


@dataclass(frozen=True, slots=True)
class Item:
    """A release: when it appears, is edited and is withdrawn, in seconds since the beginning (None: never)."""

    site: int
    number: int
    published: float
    edited: float | None
    withdrawn: float | None

    @property
    def path(self) -> str:
        """Where it is on its site."""
        return f"/novita/{self.number}"

    @property
    def title(self) -> str:
        """Its title, no other release's."""
        return f"{_words(6, self.site, self.number, 'title').capitalize()} {self.site}-{self.number}"

    def version(self, at: float) -> int:
        """Which wording it has at a time: 1, or 2 once it was edited."""
        return 2 if self.edited is not None and self.edited <= at else 1

    def there(self, at: float) -> bool:
        """Whether it can be read at a time."""
        return self.published <= at and (self.withdrawn is None or at < self.withdrawn)

    def paragraphs(self, version: int) -> list[str]:
        """Its text; an edit rewrites one paragraph of it."""
        keys = ("a", f"b{version}", "c", "d")
        return [f"{_words(50, self.site, self.number, key).capitalize()}." for key in keys]


@dataclass(frozen=True)
class Newsroom:
    """So many sites, whose releases, edits and withdrawals end after some seconds."""

    sites: int
    seconds: float
    seed: int = 1

    def items(self, site: int) -> tuple[Item, ...]:
        """All releases that a site ever has, the oldest first."""
        return _items(self, site)

    def kind(self, site: int) -> str:
        """How a site shows its releases: as a list of cards, as a feed with leads, as a feed with whole texts."""
        return ("list", "leads", "whole")[site % 3]

    def down(self, site: int, at: float) -> bool:
        """Whether a site answers nothing but errors."""
        pick = random.Random(f"{self.seed} {site} outage")
        if pick.random() >= OUTAGE:
            return False
        begin = pick.uniform(0.2, 0.7) * self.seconds
        return begin <= at < begin + min(120.0, self.seconds / 10)

    def write_sources(self, path: Path, port: int, every: str = "1m") -> None:
        """The sites as a file of sources."""
        tables = []
        for site in range(self.sites):
            home = f"http://{host(site)}:{port}"
            lists = f'listings = ["{home}/novita"]' if self.kind(site) == "list" else f'feeds = ["{home}/feed"]'
            tables.append(f'[c-{site:04}]\nhome = "{home}/"\n{lists}\ndelay = 0.0\nevery = "{every}"\n')
        path.write_text("\n".join(tables))

    @contextmanager
    def opened(self, begun: float, log: Path) -> Iterator[int]:
        """Serves all sites from a process of its own; gives the port. `begun` is in seconds since 1970."""
        listening = socket()
        listening.bind(("0.0.0.0", 0))  # all of 127.0.0.0/8, which has no other name
        listening.listen(1024)
        process = Process(target=_serve, args=(self, listening, begun, log), daemon=True)
        process.start()
        port: int = listening.getsockname()[1]
        listening.close()
        try:
            yield port
        finally:
            process.terminate()
            process.join()

    def answer(self, site: int, path: str, at: float, begun: float) -> tuple[str, str, bytes]:
        """What a site says at a path: status, content type, body."""
        at = min(at, self.seconds)
        if site >= self.sites:
            return "404 Not Found", "text/plain", b""
        if self.down(site, at):
            return "503 Service Unavailable", "text/plain", b"down"
        if path == "/robots.txt":
            return "404 Not Found", "text/plain", b""
        shown = [item for item in reversed(self.items(site)) if item.there(at)]
        if path == "/feed" and self.kind(site) != "list":
            return "200 OK", "application/rss+xml; charset=utf-8", self._feed(site, shown, at, begun)
        place, _, query = path.partition("?pagina=")
        if place == "/novita":
            page = int(query) if query.isdecimal() else 1
            return "200 OK", "text/html; charset=utf-8", _cards(shown, page, begun)
        for item in shown:
            if item.path == path:
                return "200 OK", "text/html; charset=utf-8", _page(item, at, begun)
        return (
            "404 Not Found",
            "text/html; charset=utf-8",
            b"<html><title>404</title><h1>Pagina non trovata</h1></html>",
        )

    def _feed(self, site: int, shown: list[Item], at: float, begun: float) -> bytes:
        entries = []
        for item in shown[: 2 * ON_A_PAGE]:
            when = datetime.fromtimestamp(begun + item.published, UTC)
            text = item.paragraphs(item.version(at))
            words = "".join(f"<p>{each}</p>" for each in text) if self.kind(site) == "whole" else text[0][:120]
            tag = "content:encoded" if self.kind(site) == "whole" else "description"
            entries.append(
                f"<item><title>{item.title}</title><link>http://HOST{item.path}</link>"
                f"<pubDate>{when:%a, %d %b %Y %H:%M:%S} +0000</pubDate><{tag}>{escape(words)}</{tag}></item>"
            )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"'
            ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Novità</title>'
            f"<link>http://HOST/</link>{''.join(entries)}</channel></rss>"
        ).encode()


@cache
def _items(room: Newsroom, site: int) -> tuple[Item, ...]:
    pick = random.Random(f"{room.seed} {site}")
    gaps = iter(lambda: pick.uniform(*BETWEEN), None)
    later = takewhile(lambda moment: moment < room.seconds, accumulate(gaps, initial=pick.uniform(0, BETWEEN[1])))
    found = []
    for number, published in enumerate([*(-3600.0 * (BEFORE - each) for each in range(BEFORE)), *later]):
        since, fate = max(published, 0.0), pick.random()
        edited = since + pick.uniform(*EDITED_AFTER) if fate < EDITED else None
        gone = since + pick.uniform(*WITHDRAWN_AFTER) if EDITED <= fate < EDITED + WITHDRAWN else None
        found.append(Item(site, number, published, edited, gone))
    return tuple(found)


def host(site: int) -> str:
    """A site's address."""
    return f"127.2.{site // 250}.{site % 250 + 1}"


def _words(count: int, *key: object) -> str:
    pick = random.Random(" ".join(map(str, key)))
    return " ".join("".join(pick.choices(_SYLLABLES, k=pick.randint(2, 4))) for _ in range(count))


def _day(item: Item, begun: float) -> str:
    return f"{datetime.fromtimestamp(begun + item.published, UTC):%d/%m/%Y}"


def _cards(shown: list[Item], page: int, begun: float) -> bytes:
    part = shown[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    cards = "".join(
        f"<li><h3><a href='{item.path}'>{item.title}</a></h3><span>{_day(item, begun)}</span></li>" for item in part
    )
    more = f"<a rel=next href='/novita?pagina={page + 1}'>Successiva</a>" if len(shown) > page * ON_A_PAGE else ""
    return f"<html lang=it><title>Novità</title><main><h1>Novità</h1><ul>{cards}</ul>{more}</main></html>".encode()


def _page(item: Item, at: float, begun: float) -> bytes:
    text = "".join(f"<p>{each}</p>" for each in item.paragraphs(item.version(at)))
    return (
        f"<html lang=it><title>{item.title}</title><main><h1>{item.title}</h1><p>Data: {_day(item, begun)}</p>{text}"
        "</main></html>"
    ).encode()


def _serve(room: Newsroom, listening: socket, begun: float, log: Path) -> None:
    """Answers for all hosts, with validators, until its process is ended; a line a request."""
    with log.open("w", buffering=1) as lines:

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            here, port = writer.get_extra_info("sockname")[:2]
            third, fourth = map(int, here.split(".")[2:])
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    path = head.split(" ", 2)[1]
                    status, kind, body = room.answer(250 * third + fourth - 1, path, time.time() - begun, begun)
                    body = body.replace(b"//HOST", f"//{here}:{port}".encode())
                    tag = f'"{sha256(body).hexdigest()[:16]}"'
                    if status.startswith("200") and tag in head:
                        status, body = "304 Not Modified", b""
                    lines.write(f"{here} {path} {status[:3]}\n")
                    head = (
                        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nETag: {tag}\r\nContent-Length: {len(body)}\r\n"
                    )
                    writer.write(head.encode() + b"\r\n" + body)
                    await writer.drain()
            writer.close()

        async def main() -> None:
            server = await asyncio.start_server(talk, sock=listening)
            await server.serve_forever()

        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(main())
