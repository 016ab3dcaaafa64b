"""A press site on loopback that answers as it is told."""

import contextlib
import gzip
import math
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = (
    "comune città piazza ufficio orario apertura mercato biblioteca scuola piscina strada cantiere lavori servizio "
    "sportello cittadini famiglie anziani bambini festa concerto mostra teatro museo parco giardino raccolta rifiuti "
    "bando contributo domanda scadenza assessore sindaco giunta consiglio progetto quartiere circoscrizione mobilità "
    "tram autobus bicicletta traffico divieto sosta allerta meteo neve sicurezza volontari associazioni sport palestra "
    "informa comunica annuncia inaugura presenta approva proroga riapre chiude ospita organizza invita nuovo gratuito "
    "con per dalla della alla nella tra verso presso durante mentre quando anche oggi domani lunedì venerdì mattina"
).split()


def prose(seed: str, sentences: int = 8) -> str:
    """Italian-looking text, its own for each seed: no two releases are near-duplicates."""
    pick = random.Random(seed)
    return " ".join(
        " ".join(pick.choice(WORDS) for _ in range(14)).capitalize() + "." for _ in range(sentences)
    )  # fmt: skip


@dataclass
class Answer:
    """An answer: `wait` seconds go by before it, or until `until` is set; `raw` replaces all of it; `drips`: the body
    never ends and comes a byte at a time; `breaks`: the connection is closed before the end. Any request with the header
    `stale` is told that nothing was modified."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    until: threading.Event | threading.Barrier | None = None
    raw: bytes | None = None
    drips: bool = False
    breaks: bool = False
    stale: str = ""


@dataclass
class Asked:
    """A request that a site saw; `at` is when, `done` when its answer was ready."""

    path: str
    headers: dict[str, str]
    at: float
    status: int
    done: float = math.inf


@dataclass(frozen=True)
class Item:
    """A release as a list names it; `text` is what a feed carries of it."""

    path: str
    title: str
    day: date
    text: str | None = None

    @property
    def words(self) -> str:
        """The day as Italian pages write it."""
        months = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
        return f"{self.day.day} {months[self.day.month - 1]} {self.day.year}"


class Server(ThreadingHTTPServer):
    """Counts its connections, keeps quiet about those that break, and ends them when it is closed."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.connections: list[socket.socket] = []
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass

    def server_close(self) -> None:
        super().server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


class Site:
    """A site on loopback. `pages` maps a path to an Answer, or to a function that makes one."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Answer | Callable[[], Answer]] = {
            "/robots.txt": Answer(b"", headers={"Content-Type": "text/plain"})
        }
        # Answers by the beginning of a path; `|page=2` after it: only where the address has that parameter.
        self.prefixes: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.honest = True  # answers with validators, and 304 where they match
        self.closed = threading.Event()
        self.seed = ""  # sites of one seed publish the same texts
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = Server((host, 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._serving = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._serving.start()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        at = time.monotonic()
        missing = Answer(b"<h1>Pagina non trovata</h1>", 404, {"Content-Type": "text/html"})
        found = self.pages.get(handler.path.partition("?utm_")[0]) or self.by_beginning(handler.path) or missing
        answer = found() if callable(found) else found
        tag = f'"{sha256(answer.body).hexdigest()[:12]}"'
        same = self.honest and answer.status == 200 and handler.headers.get("If-None-Match") == tag
        same |= bool(answer.stale) and answer.stale in handler.headers
        status = 304 if same else answer.status
        asked = Asked(handler.path, dict(handler.headers), at, status)
        self.asked.append(asked)
        self.closed.wait(answer.wait)
        if answer.until:
            with contextlib.suppress(threading.BrokenBarrierError):
                answer.until.wait(30)
        asked.done = time.monotonic()  # before it is sent: who has it may ask again at once
        try:
            self._send(handler, answer, tag if self.honest and answer.status == 200 else None, same)
        except OSError:
            handler.close_connection = True

    def by_beginning(self, path: str) -> Answer | None:
        """The answer for the longest beginning of a path that is there, with its parameter."""
        found = [
            (bool(parameter), len(start), answer)
            for start, _, parameter, answer in ((*key.partition("|"), answer) for key, answer in self.prefixes.items())
            if path.startswith(start) and (not parameter or path.endswith(parameter))
        ]
        return max(found, key=lambda each: each[:2])[2] if found else None

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer, tag: str | None, same: bool) -> None:
        if answer.raw is not None:
            handler.wfile.write(answer.raw)
            handler.close_connection = True
            return
        handler.send_response(304 if same else answer.status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **answer.headers}.items():
            handler.send_header(name, value)
        if tag:
            handler.send_header("ETag", tag)
        length = 0 if same else len(answer.body) + 1000 * (answer.drips or answer.breaks)
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        if not same:
            handler.wfile.write(answer.body)
        if answer.breaks:
            handler.close_connection = True
        while answer.drips and not self.closed.wait(0.1):
            handler.wfile.write(b" ")

    def paths(self) -> list[str]:
        """The paths asked for, in order, without robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def forget(self) -> None:
        """Forgets what was asked so far."""
        self.asked.clear()

    def article(self, path: str, title: str, day: str | None = "12 marzo 2024", **more: Any) -> str:
        """Puts a release at a path, with or without its day; returns its address."""
        label = f"<p class=data>Data: {day}</p>" if day else ""
        body = f"""<!doctype html><html lang=it><head><title>{title} - Comune di Prova</title></head><body>
            <header><nav><a href="/">Home</a> <a href="/novita">Novità</a></nav></header>
            <main><article><h1>{title}</h1>{label}
            <div class=testo><p>{prose(title)}</p><p>{prose(title + "2")}</p></div></article></main>
            <footer>© 2025 Comune di Prova</footer></body></html>"""
        self.pages[path] = Answer(body.encode(), **more)
        return self.url + path

    def releases(self, numbers: Iterable[int], folder: str = "/novita") -> list[Item]:
        """Puts releases at `/novita/1` and so on, each a day older than the one before; returns them as list items."""
        items = []
        for number in numbers:
            day = date(2024, 10, 30) - timedelta(days=number)
            title = f"{prose(f'{self.seed} {folder} {number}', 1)[:-1]} {number}"
            item = Item(f"{folder}/{number}", title, day)
            self.article(item.path, title, item.words)
            items.append(item)
        return items

    def listing(self, path: str, items: Iterable[Item], following: str | None = None) -> str:
        """Puts a list at a path; returns its address."""
        cards = "".join(
            f'<div class="card"><div class="card-body"><span class=data>{item.words}</span><h3 class="card-title">'
            f'<a href="{item.path}">{item.title}</a></h3><p>Un breve riassunto della notizia.</p></div></div>'
            for item in items
        )
        pager = f'<nav class=pager><a rel=next href="{following}">Successiva</a></nav>' if following else ""
        body = f"""<!doctype html><html lang=it><head><title>Novità</title></head><body>
            <header><nav><a href="/">Home</a> <a href="/contatti">Contatti</a></nav></header>
            <main><h1>Novità</h1><div class=row>{cards}</div>{pager}</main></body></html>"""
        self.pages[path] = Answer(body.encode())
        return self.url + path

    def listings(self, path: str, items: list[Item], size: int = 3) -> str:
        """Puts a list in pages of some items at a path; returns the address of the first."""
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        for number, part in enumerate(parts, 1):
            following = f"{path}?page={number + 1}" if number < len(parts) else None
            self.listing(path if number == 1 else f"{path}?page={number}", part, following)
        return self.url + path

    def feed(self, path: str, items: Iterable[Item]) -> str:
        """Puts an RSS feed at a path; returns its address."""
        entries = "".join(
            f"<item><title>{item.title}</title><link>{self.url}{item.path}</link>"
            f"<pubDate>{item.day:%a, %d %b %Y} 09:00:00 +0200</pubDate><description>Riassunto.</description>"
            + (f"<content:encoded><![CDATA[{item.text}]]></content:encoded>" if item.text else "")
            + "</item>"
            for item in items
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Notizie</title>'
            f"<link>{self.url}/</link><description>Notizie</description>{entries}</channel></rss>"
        )
        self.pages[path] = Answer(body.encode(), headers={"Content-Type": "application/rss+xml"})
        return self.url + path

    def sitemap(self, path: str, urls: Iterable[str], packed: bool = False, name: str = "url") -> str:
        """Puts a sitemap at a path, or (`name="sitemap"`) an index of them; returns its address."""
        entries = "".join(f"<{name}><loc>{url}</loc></{name}>" for url in urls)
        root = "urlset" if name == "url" else "sitemapindex"
        schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
        body = f'<?xml version="1.0"?><{root} xmlns="{schema}">{entries}</{root}>'.encode()
        kind = "application/gzip" if packed else "application/xml"
        self.pages[path] = Answer(gzip.compress(body, mtime=0) if packed else body, headers={"Content-Type": kind})
        return self.url + path

    def close(self) -> None:
        self.closed.set()
        self.server.shutdown()
        self._serving.join(5)
        self.server.server_close()
