"""How others see that the service is well: `/healthz` and `/metrics` on this computer, and an address that it asks.

The server is a thread, so that it answers, and says so, when the service itself hangs.
"""

import asyncio
import contextlib
import ipaddress
import json
import socket
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from crawler.service.batches import Ended
from crawler.settings import TICK_SECONDS, user_agent
from storage.pacing import Pause

LATE = 2 * TICK_SECONDS + 60  # seconds without a look at what is due, after which the service counts as hanging
IDLE_PING = 3600.0  # seconds after which the address is asked, though no round ended
PING_SECONDS = 10.0


class ListenError(Exception):
    """An address cannot be listened at; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class State:
    """How the service stands after a look: `ticked` on the monotonic clock, `batches` with their sources, how many of
    these are left, and when they began; `new`: sources that no run was done with yet; `memory` of the batches in bytes;
    `trouble` and `catalogue`: what is wrong with the corpus and with the catalogue's files, or None."""

    ticked: float
    at: datetime
    sources: int
    due: int
    failing: int
    new: int
    paused: Mapping[str, Pause] = field(default_factory=dict)
    batches: list[tuple[int, int, datetime]] = field(default_factory=list)
    memory: int = 0
    trouble: str | None = None
    catalogue: str | None = None


class Monitor:
    """What the server tells. `put` and `count` are the service's; the rest may be called from any thread."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._begun = time.monotonic()
        self._totals: Counter[str] = Counter()  # of all batches, by name as in a report
        self._ended: Counter[str] = Counter()  # batches, by how they ended

    def put(self, state: State) -> None:
        """How things stand now."""
        self._state = state

    def count(self, ended: Ended) -> None:
        """Counts a batch that has ended."""
        self._ended[ended.how.value] += 1
        self._totals.update(ended.totals)

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the service does its work, and how it stands.

        A catalogue that became wrong does not make it ill: the earlier one is in force, and to start the service anew, as
        some monitors would, makes it worse.
        """
        state = self._state
        late = time.monotonic() - (state.ticked if state else self._begun) > LATE
        well = not late and (state is None or state.trouble is None)
        told: dict[str, Any] = {"status": "ok" if well else "hanging" if late else "waiting"}
        if state:
            told |= {
                "last_look": state.at.isoformat(timespec="seconds"), "sources": state.sources, "due": state.due,
                "failing": state.failing, "new": state.new,
                "paused": {host: pause.until for host, pause in state.paused.items()},
                "batches": [
                    {"sources": count, "left": left, "since": since.isoformat(timespec="seconds")}
                    for count, left, since in state.batches
                ],
                "memory": state.memory, "trouble": state.trouble, "catalogue": state.catalogue,
            }  # fmt: skip
        return well, told

    def metrics(self) -> tuple[bytes, str]:
        """The same for Prometheus, with what was done since the start; and its content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(self)  # which asks for nothing but `collect`
        return generate_latest(registry), CONTENT_TYPE_LATEST

    def collect(self) -> Iterator[Any]:
        """Prometheus's metrics."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        well, _ = self.health()
        yield GaugeMetricFamily("civicpress_up", "1 while the service does its work", value=float(well))
        if state := self._state:
            for name, what, value in (
                ("last_look_timestamp_seconds", "when it was last looked which sources are due", state.at.timestamp()),
                ("sources", "sources in the catalogue", state.sources),
                ("sources_due", "sources that wait for a batch", state.due),
                ("sources_failing", "sources whose last run failed and brought nothing", state.failing),
                ("sources_new", "sources that no run was done with yet", state.new),
                ("hosts_paused", "hosts that asked not to be contacted now", len(state.paused)),
                ("batches_running", "batches at work", len(state.batches)),
                ("batches_memory_bytes", "memory of the batches at work", state.memory),
                ("catalogue_valid", "0 while the catalogue's files are wrong", int(state.catalogue is None)),
            ):
                yield GaugeMetricFamily(f"civicpress_{name}", what, value=value)
        ended = CounterMetricFamily("civicpress_batches", "batches that have ended, by how", labels=["how"])
        for how, number in self._ended.copy().items():
            ended.add_metric([how], number)
        yield ended
        for name, number in self._totals.copy().items():
            yield CounterMetricFamily(f"civicpress_{name}", f"{name.replace('_', ' ')} of all batches", value=number)


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9109`, `[::1]:9109`, `:9109` or `9109`.

    Raises ValueError where it is no such address, or not one of this computer alone: what is told there is nobody else's
    affair, and is not protected.
    """
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise ValueError(f"{text!r} is no address such as 127.0.0.1:9109")
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ValueError(
            f"{host} is not this computer alone; give 127.0.0.1:{port}, and let a proxy guard what others see"
        )
    return host, int(port)


@contextmanager
def serve(address: tuple[str, int], monitor: Monitor) -> Iterator[int]:
    """Answers at an address while the block lasts; gives the port. Raises ListenError where it cannot."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/healthz":
                well, told = monitor.health()
                self._send(200 if well else 503, json.dumps(told).encode() + b"\n", "application/json")
            elif path == "/metrics":
                self._send(200, *monitor.metrics())
            else:
                self._send(404, b"/healthz and /metrics are here\n", "text/plain")

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        daemon_threads = True

    try:
        server = Server(address, Handler)
    except OSError as error:
        raise ListenError(f"{address[0]}:{address[1]} cannot be listened at ({error.strerror})") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


class Ping:
    """An address that is asked after each round, and once an hour without one: who listens there hears when that ends."""

    def __init__(self, url: str, log: Callable[[str], None]) -> None:
        self.url, self.log = url, log
        self._asked = time.monotonic()
        self._failed = False

    async def ask(self, round_over: bool) -> None:
        """Asks if a round is over, or the last time is long ago. A failure is logged once, until it works again."""
        if not round_over and time.monotonic() - self._asked < IDLE_PING:
            return
        self._asked = time.monotonic()
        try:
            await asyncio.to_thread(self._get)
        except (OSError, ValueError) as error:  # URLError is an OSError
            if not self._failed:  # the address may be a secret
                self.log(f"the ping to {urlsplit(self.url).hostname} failed: {error}")
            self._failed = True
        else:
            self._failed = False

    def _get(self) -> None:
        request = urllib.request.Request(self.url, headers={"User-Agent": user_agent()})
        with urllib.request.urlopen(request, timeout=PING_SECONDS) as answer:
            answer.read(1 << 16)
