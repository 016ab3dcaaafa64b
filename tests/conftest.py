"""What the tests share: a loopback site that answers as it is told, and the program itself, run as users run it."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from storage.database import reader

PARAGRAPH = (
    "Il Comune informa che da lunedì prossimo gli uffici di piazza Garibaldi seguiranno un orario nuovo, "
    "con due pomeriggi di apertura alla settimana e uno sportello dedicato a chi ha preso appuntamento. "
)


@dataclass
class Answer:
    """An answer: `wait` seconds go by before it; `raw` replaces all of it; `stall` never ends the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    raw: bytes | None = None


@dataclass
class Asked:
    """A request that a site saw."""

    path: str
    headers: dict[str, str]
    at: float
    status: int


class Site:
    """A site on loopback. `pages` maps a path to an Answer, or to a function that makes one."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | Callable[[], Answer]] = {"/robots.txt": Answer(b"", headers={"Content-Type": "text/plain"})}
        self.asked: list[Asked] = []
        self.honest = True  # answers with validators, and 304 where they match
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        at = time.monotonic()
        found = self.pages.get(handler.path, Answer(b"<h1>Pagina non trovata</h1>", 404, {"Content-Type": "text/html"}))
        answer = found() if callable(found) else found
        tag = f'"{sha256(answer.body).hexdigest()[:12]}"'
        same = self.honest and answer.status == 200 and handler.headers.get("If-None-Match") == tag
        status = 304 if same else answer.status
        self.asked.append(Asked(handler.path, dict(handler.headers), at, status))
        time.sleep(answer.wait)
        try:
            if answer.raw is not None:
                handler.wfile.write(answer.raw)
                handler.close_connection = True
                return
            handler.send_response(status)
            headers = {"Content-Type": "text/html; charset=utf-8", **answer.headers}
            if self.honest:
                headers |= {"ETag": tag}
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", "0" if same else str(len(answer.body)))
            handler.end_headers()
            if not same:
                handler.wfile.write(answer.body)
        except OSError:
            handler.close_connection = True

    def paths(self) -> list[str]:
        """The paths asked for, in order, without robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def forget(self) -> None:
        """Forgets what was asked so far."""
        self.asked.clear()

    def article(self, path: str, title: str, day: str = "12 marzo 2026", text: str = PARAGRAPH, **more: Any) -> str:
        """Puts a release at a path; returns its address."""
        body = f"""<!doctype html><html lang=it><head><title>{title} - Comune di Prova</title></head><body>
            <header><nav><a href="/">Home</a> <a href="/novita">Novità</a></nav></header>
            <main><article><h1>{title}</h1><p class=data>Data: {day}</p>
            <div class=testo><p>{title}: {text}</p><p>{text}</p></div></article></main>
            <footer>© 2026 Comune di Prova</footer></body></html>"""
        self.pages[path] = Answer(body.encode(), **more)
        return self.url + path

    def listing(self, path: str, items: list[tuple[str, str, str]], following: str | None = None) -> str:
        """Puts a list of (path, title, day) at a path; returns its address."""
        cards = "".join(
            f'<div class="card"><div class="card-body"><span class=data>{day}</span>'
            f'<h3 class="card-title"><a href="{href}">{title}</a></h3><p>Un breve riassunto della notizia.</p></div></div>'
            for href, title, day in items
        )
        pager = f'<nav class=pager><a rel=next href="{following}">Successiva</a></nav>' if following else ""
        body = f"""<!doctype html><html lang=it><head><title>Novità</title></head><body>
            <header><nav><a href="/">Home</a> <a href="/contatti">Contatti</a></nav></header>
            <main><h1>Novità</h1><div class=row>{cards}</div>{pager}</main></body></html>"""
        self.pages[path] = Answer(body.encode())
        return self.url + path

    def feed(self, path: str, items: list[tuple[str, str, float, str | None]]) -> str:
        """Puts an RSS feed of (path, title, time, full text) at a path; returns its address."""
        entries = "".join(
            f"<item><title>{title}</title><link>{self.url}{href}</link><pubDate>{formatdate(when)}</pubDate>"
            f"<description>Riassunto.</description>"
            + (f"<content:encoded><![CDATA[{text}]]></content:encoded>" if text else "")
            + "</item>"
            for href, title, when, text in items
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Notizie</title>'
            f"<link>{self.url}/</link><description>Notizie</description>{entries}</channel></rss>"
        )
        self.pages[path] = Answer(body.encode(), headers={"Content-Type": "application/rss+xml"})
        return self.url + path

    def sitemap(self, path: str, addresses: list[str], packed: bool = False) -> str:
        """Puts a sitemap at a path; returns its address."""
        urls = "".join(f"<url><loc>{url}</loc><lastmod>2026-10-01</lastmod></url>" for url in addresses)
        body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()
        kind = "application/gzip" if packed else "application/xml"
        self.pages[path] = Answer(gzip.compress(body, mtime=0) if packed else body, headers={"Content-Type": kind})
        return self.url + path

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def source(self, id: str = "prova") -> dict[str, Any]:
        """A source's line in a crawl's report."""
        return next(line for line in self.json["sources"] if line["source"] == id)


class Program:
    """`civicpress`, run in a process of its own, in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "corpus.db"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CIVICPRESS_")},
            "CIVICPRESS_DB": str(self.db), "CIVICPRESS_ALLOW_NETWORKS": "127.0.0.0/8", "HOME": str(folder),
            "COLUMNS": "80", "PYTHONWARNINGS": "error::ResourceWarning",
        }  # fmt: skip

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from crawler.cli import main; main()", *words]

    def __call__(self, *words: str | Path, timeout: float = 120, **environment: str) -> Ended:
        done = subprocess.run(
            self.command(*map(str, words)), env={**self.environment, **environment}, capture_output=True, text=True,
            timeout=timeout, cwd=self.folder,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str | Path) -> "subprocess.Popen[str]":
        """The program in the background, in a process group of its own."""
        return subprocess.Popen(
            self.command(*map(str, words)), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=self.folder, start_new_session=True,
        )  # fmt: skip

    def sources(self, **tables: dict[str, Any]) -> Path:
        """A sources file; each keyword is a source with its keys. `delay` is 0 where it is not given."""
        lines: list[str] = []
        for id, keys in tables.items():
            lines.append(f"[{id.replace('_', '-')}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in {"delay": 0, **keys}.items()]
        path = self.folder / "sources.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def crawl(self, *words: str | Path, **tables: dict[str, Any]) -> Ended:
        """Crawls the sources that are given as keywords, or those of the last call; `--json`."""
        path = self.sources(**tables) if tables else self.folder / "sources.toml"
        return self("crawl", *words, "--only-sources", path, "--json")

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What the corpus answers to a query."""
        with reader(self.db) as db:
            return list(db.query(sql, list(values)))


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on loopback, empty but for a robots.txt without rules."""
    site = Site()
    yield site
    site.close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second site."""
    site = Site()
    yield site
    site.close()


@pytest.fixture
def civicpress(tmp_path: Path) -> Program:
    """The program, with a corpus of its own."""
    return Program(tmp_path)
