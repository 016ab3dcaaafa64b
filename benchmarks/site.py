"""A press site on loopback made of real pages, and what a corpus holds of it.

The pages and their generator are not part of the repository: they are in the folder that `$CIVICPRESS_SHARED` names,
else in `../shared` beside the repository. nginx serves them.
"""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from pathlib import Path
from types import TracebackType
from typing import NoReturn
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
_LOGGED = re.compile(r"(\S+) (\d+) (\d+) GET (\S+)")  # address, status, bytes, path: see _generate
_ARTICLE = re.compile(r"/news/\d{4}/\d\d/\d\d/.+\.html")


def give_up(message: str) -> NoReturn:
    """Leaves with status 2: nothing could be measured."""
    print(f"benchmarks: {message}", file=sys.stderr)
    raise SystemExit(2)


def shared() -> Path:
    """The folder of real pages, outside the repository."""
    named = os.environ.get("CIVICPRESS_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "bench" / "gen_site.py").is_file():
        give_up(f"{folder} has no bench/gen_site.py; name the folder of shared test material in CIVICPRESS_SHARED")
    return folder.resolve()


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the site: `marker` is a word that occurs in its main text and nowhere else."""

    url: str
    marker: str
    published: datetime

    @property
    def days(self) -> set[str]:
        """The day of publication: in UTC, as the site writes it, and in Rome."""
        return {self.published.date().isoformat(), self.published.astimezone(ROME).date().isoformat()}


@dataclass(frozen=True, slots=True)
class Served:
    """What the server saw since it was last asked: requests of the busiest host, all requests, bytes, article pages."""

    most: int
    requests: int
    bytes: int
    articles: int


class Site:
    """The site in a folder of its own; serves as long as the `with` block lasts. Source host-01 is 127.0.0.1, and so on."""

    def __init__(self, folder: Path, hosts: int, articles: int) -> None:
        nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if not nginx:
            give_up("nginx is not installed (Debian, Ubuntu: apt-get install nginx-light)")
        self.folder, self.hosts, self._nginx = folder, hosts, nginx
        self.port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._read = 0
        folder.parent.chmod(0o755)  # nginx's worker is another user where its master is root
        self._generate("--hosts", str(hosts), "--articles", str(articles))

    def __enter__(self) -> "Site":
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is stopped then, too
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def append(self, count: int) -> None:
        """Adds newer articles to each host. The server starts anew, because it keeps files open for a minute."""
        self._stop()
        self._generate("--append", str(count))
        self._start()

    @property
    def articles(self) -> list[Article]:
        """All articles, as the generator's manifest has them."""
        rows = map(json.loads, (self.folder / "manifest.jsonl").read_text().splitlines())
        return [Article(row["url"], row["marker"], datetime.fromisoformat(row["date"])) for row in rows]

    def labelled_markers(self) -> float:
        """The part of the articles with a labelled text whose marker stands in a paragraph of that text.

        The generator marks the longest paragraphs of a page, and on some pages those are comments, notes on data
        protection or other articles' leads: who keeps only the text has no marker there.
        """
        labels = {}
        for line in (shared() / "eval" / "gold.jsonl").read_text().splitlines():
            row = json.loads(line)
            labels[row["file"].removeprefix("html/")] = " ".join((row["text"] or "").split())
        kept = whole = 0
        for line in (self.folder / "manifest.jsonl").read_text().splitlines():
            row = json.loads(line)
            if text := labels.get(row["source"]):
                _, _, host, path = row["url"].split("/", 3)
                page = (self.folder / host.partition(":")[0] / path).read_text()
                marked = re.findall(rf"<p\b[^>]*>([^<]*?)\s*\w[\w ]* {row['marker']}\b", page, re.IGNORECASE)
                whole += 1
                kept += any(" ".join(unescape(part).split())[:40] in text for part in marked)
        return kept / whole

    def write_sources(self, path: Path) -> None:
        """The site's hosts as sources, with every list that a host offers."""
        text = ""
        for host in range(1, self.hosts + 1):
            home = f"http://127.0.0.{host}:{self.port}/"
            text += (
                f'[host-{host:02}]\nname = "Host {host}"\nkind = "municipality"\nhome = "{home}"\ndelay = 0.0\n'
                f'listings = ["{home}news/page/1/"]\nfeeds = ["{home}feed.xml"]\nsitemaps = ["{home}sitemap.xml"]\n\n'
            )
        path.write_text(text)

    def served(self) -> Served:
        """What was asked of the server since the last call."""
        with (self.folder / "access.log").open() as log:
            log.seek(self._read)
            rows = [match.groups() for line in log.readlines() if (match := _LOGGED.match(line))]
            self._read = log.tell()
        hosts = Counter(host for host, *_ in rows)
        pages = sum(1 for _, status, _, path in rows if status == "200" and _ARTICLE.fullmatch(path))
        return Served(max(hosts.values(), default=0), len(rows), sum(int(size) for _, _, size, _ in rows), pages)

    def _generate(self, *options: str) -> None:
        folder = shared()
        command = [sys.executable, str(folder / "bench" / "gen_site.py"), "--corpus", str(folder / "eval" / "html")]
        done = subprocess.run(
            [*command, "--out", str(self.folder), "--port", str(self.port), *options], capture_output=True, text=True
        )
        if done.returncode:
            give_up(f"the site could not be made: {done.stderr.strip()[-500:]}")
        conf = self.folder / "nginx.conf"
        log = (
            f"log_format sites '$server_addr $status $bytes_sent $request'; access_log {self.folder}/access.log sites;"
        )
        conf.write_text(conf.read_text().replace("access_log off;", log))
        (self.folder / "tmp").mkdir(exist_ok=True)

    def _start(self) -> None:
        errors = str(self.folder / "error.log")
        command = [self._nginx, "-e", errors, "-c", str(self.folder / "nginx.conf"), "-g", "daemon off;"]
        self._server = subprocess.Popen(command)
        until = time.monotonic() + 10
        while not all(self._answers(host) for host in range(1, self.hosts + 1)):
            if self._server.poll() is not None or time.monotonic() > until:
                self._stop()
                give_up(f"nginx does not serve the site: {Path(errors).read_text()[-500:]}")
            time.sleep(0.05)
        self.served()

    def _answers(self, host: int) -> bool:
        try:
            with socket.create_connection((f"127.0.0.{host}", self.port), 1) as connection:
                connection.sendall(b"HEAD /robots.txt HTTP/1.0\r\n\r\n")
                return b" 200 " in connection.recv(100)
        except OSError:
            return False

    def _stop(self) -> None:
        if self._server:
            self._server.terminate()
            self._server.wait()
            self._server = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the site's articles in a corpus; `wording` holds each document's title and body by address."""

    articles: int
    documents: int
    copies: int
    missing: tuple[str, ...]
    repeated: tuple[str, ...]
    strangers: tuple[str, ...]
    same_text: int
    markers: int
    dates: dict[str, int]
    wording: dict[str, tuple[str, str]]

    @property
    def stored(self) -> int:
        """Articles that are there, be it as another address of a document with the same text."""
        return self.articles - len(self.missing)


def kept(db: Path, articles: list[Article]) -> Kept:
    """Looks for the articles in a corpus, in what readers may rely on: the view `corpus` and the table `copies`."""
    connection = sqlite3.connect(f"{db.absolute().as_uri()}?mode=ro", uri=True)
    rows = connection.execute("select url, title, body, date from corpus").fetchall()
    copies = [url for (url,) in connection.execute("select url from copies")]
    connection.close()
    seen = Counter(_key(url) for url in [row[0] for row in rows] + copies)
    texts = Counter(" ".join(f"{title} {body}".casefold().split()) for _, title, body, _ in rows)
    documents = {_key(url): (title, body, date) for url, title, body, date in rows}
    keys = {_key(article.url) for article in articles}
    found = [(article, documents[_key(article.url)]) for article in articles if _key(article.url) in documents]
    return Kept(
        articles=len(articles),
        documents=len(found),
        copies=sum(1 for key in keys if key in seen and key not in documents),
        missing=tuple(sorted(keys - seen.keys())),
        repeated=tuple(sorted(key for key, times in seen.items() if times > 1)),
        strangers=tuple(sorted(documents.keys() - keys)),
        same_text=sum(times - 1 for times in texts.values()),
        markers=sum(1 for article, (_, body, _) in found if article.marker in body),
        dates=dates((article, date) for article, (_, _, date) in found),
        wording={key: (title, body) for key, (title, body, _) in documents.items()},
    )


def dates(pairs: Iterable[tuple[Article, str | None]]) -> dict[str, int]:
    """How many dates are the article's own day, another, or absent; where only a month is given, the month counts."""
    judged = Counter(
        "none" if not date else "right" if any(day.startswith(date[:10]) for day in article.days) else "wrong"
        for article, date in pairs
    )
    return {name: judged[name] for name in ("right", "wrong", "none")}


def _key(url: str) -> str:
    return url.partition("://")[2].rstrip("/")
