"""The server of the sample site: two ports of the loopback address, in threads of this process."""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, time
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from crawler.demo import drupal, national
from crawler.demo.bodies import Answer, answers, missing
from crawler.demo.releases import Body

_TRACKING = re.compile(r"[?&]utm_\w+=[^&]*")
TOWN_HALL, CHAMBER = "comune-san-lauro", "camera-valdoria"  # the sources' ids
_SOURCES = """\
# Of the town hall, only the home page is written down: its lists are found.
[{town_hall_id}]
name = "{town_hall_name}"
kind = "municipality"
home = "{town_hall}/"
language = "it"
delay = 0

[{chamber_id}]
name = "{chamber_name}"
kind = "chamber"
home = "{chamber}/"
listings = ["{chamber}/notizie", "{chamber}/osservatorio/comunicati", "{chamber}/osservatorio/in-evidenza"]
language = "it"
delay = 0
"""


class SampleSite:
    """The town hall and the chamber, each at an address of its own, since host and port tell two bodies apart.

    `ports` are wanted, and used where they are free; `day` is the demonstration's day on which it begins.
    """

    def __init__(self, ports: tuple[int, int] = (0, 0), day: int = 1) -> None:
        self.day = day
        self._servers = [_serve("town_hall", ports[0], day), _serve("chamber", ports[1], day)]
        self.town_hall, self.chamber = (server.base for server in self._servers)

    @property
    def bases(self) -> dict[Body, str]:
        """The two addresses, by whose they are."""
        return {"town_hall": self.town_hall, "chamber": self.chamber}

    def __enter__(self) -> "SampleSite":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops serving."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def next_day(self) -> None:
        """A day goes by: two releases appear, and one was edited."""
        self.day += 1
        for server in self._servers:
            server.turn_to(self.day)

    def sources_toml(self) -> str:
        """The two bodies, declared as sources."""
        return _SOURCES.format(
            town_hall=self.town_hall, chamber=self.chamber, town_hall_id=TOWN_HALL, chamber_id=CHAMBER,
            town_hall_name=national.NAME, chamber_name=drupal.NAME,
        )  # fmt: skip


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, body: Body, port: int, day: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.body = body
        self.pages: Mapping[str, Answer] = {}
        self.turn_to(day)

    def turn_to(self, day: int) -> None:
        self.pages = answers(self.body, self.base, day)

    def answer(self, address: str) -> Answer:
        """What stands at an address; parameters that tell where a visitor comes from change nothing."""
        return self.pages.get(_TRACKING.sub("", address)) or missing(self.body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: in two pieces, each answer would wait for an acknowledgement
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.answer(self.path)
        body = answer.text.encode()
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        changed = datetime.combine(answer.changed, time(12), UTC)
        same = answer.status == 200 and self._has(tag, changed)
        self.send_response(304 if same else answer.status)
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", format_datetime(changed, usegmt=True))
        if not same:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not same:
            self.wfile.write(body)

    def _has(self, tag: str, changed: datetime) -> bool:
        """Whether the client has the answer already (RFC 9110, section 13.2.2: the tag goes before the time)."""
        if tags := self.headers.get("If-None-Match"):
            return tag in (each.strip() for each in tags.split(","))
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        return changed <= since

    def log_message(self, format: str, *args: object) -> None:
        """The terminal is for the demonstration."""


def _serve(body: Body, port: int, day: int) -> _Server:
    try:
        server = _Server(body, port, day)
    except OSError:  # the wanted port is somebody else's by now
        server = _Server(body, 0, day)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server
