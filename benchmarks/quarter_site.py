"""The server of a simulated quarter: all sites on loopback, each at an address of its own, as of the simulated moment."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from benchmarks.quarter_pages import Pages
from benchmarks.quarter_world import BREAKAGE, LYING, OUTAGE, PATIENCE, REDESIGN, Publisher, Release

HTML, XML, RSS, JSON = "text/html; charset=utf-8", "application/xml", "application/rss+xml", "application/json"


@dataclass
class Answer:
    """An answer; without a status, the connection is reset. `changed`: when its content last changed."""

    status: int | None = 200
    body: bytes = b""
    kind: str = HTML
    headers: dict[str, str] = field(default_factory=dict)
    changed: datetime | None = None


@dataclass
class Site:
    """One publisher's site, and what it was asked."""

    publisher: Publisher
    base: str
    pages: Pages
    requests: int = 0
    looks: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # answers 200 or 304, by path
    impatient: int = 0

    def answer(self, path: str, headers: dict[str, str], now: datetime) -> Answer:
        """What the site says, conditions and troubles reckoned with."""
        self.requests += 1
        if trouble := self.publisher.trouble(OUTAGE, now):
            if trouble.how == "reset":
                return Answer(None)
            if trouble.how != "404" or path.startswith("/novita/"):
                return Answer(int(trouble.how), b"<h1>Errore</h1><p>Riprovare.</p>")
        if (patience := self.publisher.trouble(PATIENCE, now)) and (
            asked := self._too_many(patience.how, patience.end, now)
        ):
            return asked
        found = self._found(path, now)
        if found.status != 200:
            return found
        found.headers |= self._validators(found)
        if self._is_same(path, headers, found, now):
            found.status, found.body = 304, b""
        self.looks[path].append(now)
        return found

    def _too_many(self, how: str, end: datetime, now: datetime) -> Answer | None:
        """429, to each fifth request or to all until an hour is over."""
        self.impatient += 1
        if how == "seconds":
            return Answer(429, b"", headers={"Retry-After": "20"}) if self.impatient % 5 == 0 else None
        wait = min(end, now + timedelta(hours=2)) - now
        said = str(int(wait.total_seconds())) if how == "hours" else format_datetime(now + wait, usegmt=True)
        return Answer(429, b"", headers={"Retry-After": said})

    def _found(self, path: str, now: datetime) -> Answer:
        parts, count, pages = urlsplit(path), self.requests, self.pages
        query, shape = dict(parse_qsl(parts.query)), self.publisher.shape
        if parts.path == "/robots.txt":
            return Answer(200, b"User-agent: *\nDisallow: /cerca\n", "text/plain")
        if parts.path == "/" or (parts.path == "/novita" and shape == "rest"):
            return Answer(200, pages.home(now, count))
        if parts.path == "/novita" and shape in ("listing", "feed"):
            return Answer(200, pages.listing(now, int(query.get("page", "1")), count), changed=self._any_change(now))
        if parts.path in ("/feed", "/feed/") and shape in ("feed", "rest"):
            return Answer(200, pages.feed(now), RSS, changed=self._any_change(now))
        if parts.path == "/sitemap.xml" and shape == "sitemap" and (body := pages.sitemap(now)) is not None:
            return Answer(200, body, XML, changed=self._any_change(now))
        if parts.path == "/wp-json/wp/v2/posts" and shape == "rest":
            body, status, number = pages.posts(now, query)
            return Answer(status, body, JSON, {"X-WP-TotalPages": str(number)})
        release = self.publisher.by_path.get(parts.path)
        if release is None or release.at > now:
            return Answer(404, b"<h1>Pagina non trovata</h1>")
        if not release.is_up(now):
            return Answer(release.status, b"<h1>Pagina non trovata</h1>")
        return Answer(200, pages.article(release, now, count), changed=self._changed(release, now))

    def _changed(self, release: Release, now: datetime) -> datetime:
        if self.publisher.validators == "stale":
            return release.at
        return max(release.changed(now), *self._turns(now), release.at)

    def _any_change(self, now: datetime) -> datetime:
        stale = self.publisher.validators == "stale"
        listed = self.publisher.listed(now) if stale else self.publisher.releases
        # One that sorts behind others changes nothing for a server that looks at the newest only.
        moments = [listed[0].at if listed else now] if stale else [
            moment for each in listed for moment in (each.at, each.gone, each.back, each.changed(now)) if moment and moment <= now
        ]  # fmt: skip
        return max([*moments, *(() if stale else self._turns(now))])

    def _turns(self, now: datetime) -> list[datetime]:
        """When the site's templates changed."""
        first = self.publisher.releases[0].at
        changes = (each for each in self.publisher.troubles if each.kind in (BREAKAGE, REDESIGN))
        return [first, *(moment for each in changes for moment in (each.begin, each.end) if moment <= now)]

    def _validators(self, found: Answer) -> dict[str, str]:
        tag = f'"{sha256(found.body).hexdigest()[:16]}"'
        match self.publisher.validators:
            case "etag" if found.kind != JSON:
                return {"ETag": tag}
            case "weak" if found.kind != JSON:  # nginx with gzip: it sends weak ones, and compares strong ones
                return {"ETag": f"W/{tag}"}
            case "modified" | "stale" if found.changed:
                return {"Last-Modified": format_datetime(found.changed.astimezone(UTC), usegmt=True)}
        return {}

    def _is_same(self, path: str, headers: dict[str, str], found: Answer, now: datetime) -> bool:
        tag, since = headers.get("if-none-match"), headers.get("if-modified-since")
        if (tag or since) and path.startswith("/feed") and self.publisher.trouble(LYING, now):
            return True
        if tag:
            return tag == found.headers.get("ETag", "").removeprefix("W/")
        if since and found.changed and "Last-Modified" in found.headers:
            return found.changed.replace(microsecond=0) <= parsedate_to_datetime(since)
        return False


class Web:
    """All sites. `clock` tells the simulated moment."""

    def __init__(self, publishers: Sequence[Publisher], clock: Callable[[], datetime]) -> None:
        self.publishers, self.clock = publishers, clock
        self.sites: dict[str, Site] = {}
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens on all of 127.0.0.0/8."""
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: _Connection(self), "0.0.0.0", 0, backlog=1024)
        port = self.server.sockets[0].getsockname()[1]
        for each in self.publishers:
            base = f"http://{each.host}:{port}"
            self.sites[each.host] = Site(each, base, Pages(each, base))


class _Connection(asyncio.Protocol):
    def __init__(self, web: Web) -> None:
        self.web, self.received = web, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.site = transport, self.web.sites[transport.get_extra_info("sockname")[0]]

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            answer = self.site.answer(first.split(" ")[1], headers, self.web.clock())
            if answer.status is None:
                self.transport.abort()
                return
            sent = {"Content-Type": answer.kind, **answer.headers, "Content-Length": str(len(answer.body))}
            told = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
            self.transport.write(f"HTTP/1.1 {answer.status} X\r\n{told}\r\n".encode() + answer.body)
