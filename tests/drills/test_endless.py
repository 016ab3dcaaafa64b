"""Answers that are slow or never end: each costs no more than the time limit, as often as it is tried."""

import itertools
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.drills.conftest import Tell
from tests.drills.hostile import Hostile, whole
from tests.program import Program

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
SLOW = {  # forms of a slow or endless answer: its pieces, the pause before each, and the reason of the problem
    "slow-body": (lambda: [HEAD + b"Content-Length: 100000\r\n\r\n", *[b"<p>"] * 9999], 0.05, "timeout"),
    "slow-headers": (lambda: [HEAD, *(b"X-%d: 1\r\n" % number for number in range(9999))], 0.05, "timeout"),
    "slow-first-byte": (lambda: itertools.repeat(b""), 0.05, "timeout"),
    "slow-chunks": (
        lambda: itertools.chain([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\nx\r\n")),
        0.05,
        "timeout",
    ),
    "endless-body": (lambda: itertools.chain([HEAD + b"\r\n"], itertools.repeat(b"<p>x</p>" * 8192)), 0, "too-large"),
    "endless-chunks": (
        lambda: itertools.chain(
            [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        ),
        0,
        "too-large",
    ),
    "endless-headers": (
        lambda: itertools.chain([HEAD], itertools.repeat(b"X-Header: " + b"x" * 9000 + b"\r\n")), 0, "connection"
    ),
    "endless-status-line": (lambda: itertools.chain([b"HTTP/1.1 200 "], itertools.repeat(b"O" * 9000)), 0, "connection"),
    "endless-1xx": (lambda: itertools.repeat(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"), 0, "connection"),
}  # fmt: skip
TRIES = 3


def feed_of(url: str) -> bytes:
    """A feed that names one page."""
    items = f"<item><title>Avviso agli utenti del sito</title><link>{url}/x</link></item>"
    return f"<rss version='2.0'><channel><title>Notizie</title>{items}</channel></rss>".encode()


@pytest.mark.parametrize("place", ["page", "list", "robots.txt"])
def test_a_slow_or_endless_answer_costs_the_time_limit_as_often_as_it_is_tried(
    place: str, hostile: Callable[..., Hostile], civicpress: Program, tell: Tell
) -> None:
    servers, sources = {}, {}
    for name, (pieces, seconds, _) in SLOW.items():
        at = {"page": "/x", "list": "/feed.xml", "robots.txt": "/robots.txt"}[place]

        def misbehave(
            connection: socket.socket,
            path: str,
            at: str = at,
            name: str = name,
            pieces: Callable[[], Iterator[bytes]] = pieces,  # type: ignore[assignment]
            seconds: float = seconds,
        ) -> None:
            if path == at:
                servers[name].trickle(connection, pieces(), seconds)
            else:
                connection.sendall(whole(feed_of(servers[name].url), "application/rss+xml"))

        servers[name] = hostile(misbehave, robots=place == "robots.txt")
        id = name.replace("-", "_")
        sources[id] = {"home": servers[name].url, "feeds": [f"{servers[name].url}/feed.xml"]}
    civicpress.set = {"DOWNLOAD_TIMEOUT": 1.5, "DOWNLOAD_MAXSIZE": 1 << 20, "RETRY_TIMES": TRIES - 1}
    done = civicpress.crawl(**sources)
    tries = {name: server.asked.count(at) for name, server in servers.items()}
    reasons = {row["source"]: row["reason"] for row in civicpress.rows("select source, reason from problems")}
    assert reasons == {name: reason for name, (_, _, reason) in SLOW.items()}, done.err
    assert all(1 <= number <= TRIES for number in tries.values()), tries
    seconds = max(line["seconds"] for line in done.json["sources"])
    tell(
        f"slow and endless, as {place}: {len(SLOW)} of {len(SLOW)} ended, at most {max(tries.values())} tries, {seconds:.1f} s"
    )
