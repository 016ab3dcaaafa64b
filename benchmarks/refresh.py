"""What a refresh of one large source costs: nothing new, and then some new and edited releases among thousands of known ones.

A server on loopback plays the source in three ways: a list in pages with a sitemap, a feed with a sitemap, and WordPress's
interface. The first crawl fills a corpus; then the source is refreshed in the same process, an hour later each time by a
simulated clock, and processor time is that of the whole run over this one source, without the program's start.
"""

import argparse
import cProfile
import json
import pstats
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.ingest.counts import Options
from crawler.ingest.reactor import in_reactor
from crawler.ingest.report import Report
from crawler.ingest.run import Run
from crawler.settings import allow_loopback, allowed_networks
from spiders.source import Source
from storage.corpus import Corpus

WORDS = (
    "comune piazza ufficio orario mercato biblioteca scuola strada cantiere lavori servizio sportello cittadini famiglie "
    "concerto mostra teatro museo parco giardino raccolta rifiuti bando contributo domanda assessore sindaco giunta quartiere"
).split()
TODAY = date(2026, 3, 2)
NEW, EDITED = 20, (2, 7, 11)  # how many are published later, and which of the known ones are edited
WANTED = {"requests": 2, "seconds": 0.1, "requests_with_news": 30}


class Pages:
    """What the source serves. Release 0 is the newest of the first crawl; those with lower numbers come later."""

    def __init__(self, releases: int, url: str) -> None:
        self.releases, self.url = releases, url

    def numbers(self, later: bool) -> range:
        """The releases that are there, the newest first."""
        return range(-NEW if later else 0, self.releases)

    def text(self, number: int, later: bool) -> str:
        """A release's text."""
        pick = random.Random(number)
        edited = ["<p>Rettifica: la sede è cambiata.</p>"] if later and number in EDITED else []
        return "".join([f"<p>{' '.join(pick.choices(WORDS, k=40)).capitalize()}.</p>" for _ in range(3)] + edited)

    def title(self, number: int) -> str:
        """A release's title."""
        return f"{' '.join(random.Random(-number - 1).choices(WORDS, k=6)).capitalize()} {number + NEW}"

    def day(self, number: int) -> date:
        """Its day: ten releases a day."""
        return TODAY - timedelta(days=max(0, number) // 10)

    def answer(self, address: str, later: bool) -> tuple[bytes, str] | None:
        """The body and the type at an address."""
        parts = urlsplit(address)
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        match parts.path.strip("/").split("/"):
            case ["robots.txt"]:
                return b"", "text/plain"
            case [""]:
                return b'<link rel="https://api.w.org/" href="/wp-json/"><p>Benvenuti</p>', "text/html"
            case ["novita"]:
                return self.listing(page, later), "text/html"
            case ["feed.xml"]:
                return self.feed(later), "application/rss+xml"
            case ["sitemap.xml"]:
                return self.sitemap(later), "application/xml"
            case ["wp-json", *_]:
                return self.posts(parse_qs(parts.query), page, later), "application/json"
            case ["novita", number] if number.removeprefix("-").isdecimal():
                found = int(number) - NEW
                label = f"<p>Data: {self.day(found):%d/%m/%Y}</p>"
                return (
                    f"<html lang=it><title>{self.title(found)}</title><main><h1>{self.title(found)}</h1>{label}"
                    f"{self.text(found, later)}</main></html>"
                ).encode(), "text/html"
        return None

    def listing(self, page: int, later: bool) -> bytes:
        """A page of the list: ten releases."""
        numbers = self.numbers(later)
        part = numbers[(page - 1) * 10 : page * 10]
        cards = "".join(
            f"<li><h3><a href='/novita/{each + NEW}'>{self.title(each)}</a></h3><span>{self.day(each):%d/%m/%Y}</span></li>"
            for each in part
        )
        more = f"<a rel=next href='/novita?page={page + 1}'>Successiva</a>" if page * 10 < len(numbers) else ""
        return f"<html lang=it><title>Novità</title><main><h1>Novità</h1><ul>{cards}</ul>{more}</main></html>".encode()

    def feed(self, later: bool) -> bytes:
        """A feed of the newest thirty, without their texts."""
        items = "".join(
            f"<item><title>{self.title(each)}</title><link>{self.url}/novita/{each + NEW}</link>"
            f"<pubDate>{self.day(each):%a, %d %b %Y} 08:00:00 +0100</pubDate></item>"
            for each in self.numbers(later)[:30]
        )
        return f"<rss version='2.0'><channel><title>Notizie</title>{items}</channel></rss>".encode()

    def sitemap(self, later: bool) -> bytes:
        """A sitemap of all, with the days of their last change."""
        urls = "".join(
            f"<url><loc>{self.url}/novita/{each + NEW}</loc><lastmod>"
            f"{'2026-03-02T09:30:00Z' if later and (each in EDITED or each < 0) else f'{self.day(each)}T08:00:00Z'}"
            "</lastmod></url>"
            for each in self.numbers(later)
        )
        return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>".encode()

    def posts(self, query: dict[str, list[str]], page: int, later: bool) -> bytes:
        """An answer of WordPress's interface."""
        numbers, size = list(self.numbers(later)), int(query["per_page"][0])
        if query.get("orderby") == ["modified"] and later:
            numbers.sort(key=lambda each: each not in EDITED and each >= 0)
        posts = [
            {
                "id": each, "date": f"{self.day(each)}T09:00:00", "link": f"{self.url}/novita/{each + NEW}",
                "title": {"rendered": self.title(each)}, "content": {"rendered": self.text(each, later)},
            }
            for each in numbers[(page - 1) * size : page * size]
        ]  # fmt: skip
        return json.dumps(posts).encode()


def serve(listening: socket, releases: int, later: Any) -> None:
    """Serves the source with validators that tell the truth, but for the interface, which has none."""
    pages = Pages(releases, f"http://127.0.0.1:{listening.getsockname()[1]}")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = pages.answer(self.path, bool(later.value))
            body, kind = found or (b"", "text/html")
            tag = f'"{hash(body)}"' if kind != "application/json" else None
            same = tag is not None and self.headers.get("If-None-Match") == tag
            self.send_response(304 if same else 200 if found else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            if tag:
                self.send_header("ETag", tag)
            self.send_header("Content-Length", str(0 if same else len(body)))
            self.end_headers()
            self.wfile.write(b"" if same else body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.serve_forever()


async def measure(name: str, keys: dict[str, Any], url: str, later: Any, profile: bool) -> dict[str, Any]:
    """Crawls the source, refreshes it without and with news; what that cost."""
    source = Source(id=name, home=f"{url}/", delay=0, **keys)
    moment = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=8)
    later.value = 0

    async def crawl(hours: float) -> tuple[Report, float]:
        at = (moment + timedelta(hours=hours)).isoformat(timespec="seconds")
        before = time.process_time()
        report = await Run([source], corpus, Options(), clock=lambda: at).crawl()
        return report, time.process_time() - before

    with tempfile.TemporaryDirectory() as folder, Corpus(Path(folder) / "corpus.db") as corpus:
        first, _ = await crawl(0)
        await crawl(1)  # what is imported when it is first needed counts as the program's start
        costs = []
        profiler = cProfile.Profile() if profile else None
        for turn in range(5):
            if profiler:
                profiler.enable()
            report, seconds = await crawl(1.2 + turn / 10)
            if profiler:
                profiler.disable()
            costs.append((report.totals.requests, seconds))
        if profiler:
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)
        later.value = 1
        news, seconds = await crawl(2)
        totals = news.totals
    return {
        "known": first.totals.new, "requests": max(each for each, _ in costs),
        "seconds": sorted(each for _, each in costs)[len(costs) // 2], "new": totals.new, "revised": totals.revised,
        "requests_with_news": totals.requests, "seconds_with_news": seconds,
    }  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=5000)
    parser.add_argument("--only", choices=("list", "feed", "interface"))
    parser.add_argument("--profile", action="store_true", help="show where the refreshes spend their time")
    parser.add_argument("--check", action="store_true", help="exit 1 where a wanted figure is missed")
    options = parser.parse_args()
    allow_loopback()
    listening = socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    processes = get_context("fork")  # before there are threads
    later, url = processes.RawValue("b", 0), f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = processes.Process(target=serve, args=(listening, options.releases, later), daemon=True)
    server.start()
    sitemaps = [f"{url}/sitemap.xml"]
    ways: dict[str, dict[str, Any]] = {
        "list": {"listings": [f"{url}/novita"], "sitemaps": sitemaps},
        "feed": {"feeds": [f"{url}/feed.xml"], "sitemaps": sitemaps},
        "interface": {"platform": "wordpress"},
    }

    async def whole() -> dict[str, dict[str, Any]]:
        return {
            name: await measure(name, keys, url, later, options.profile)
            for name, keys in ways.items()
            if options.only in (None, name)
        }

    body: Callable[[], Any] = whole
    try:
        found = in_reactor(body, allowed_networks())
    finally:
        server.terminate()
    missed = False
    for name, figures in found.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in figures.items()))  # fmt: skip
        missed |= any(figures[key] > limit for key, limit in WANTED.items())
        missed |= (figures["new"], figures["revised"]) != (NEW, len(EDITED))
    raise SystemExit(1 if missed and options.check else 0)


if __name__ == "__main__":
    main()
