"""Answers that are small on the wire and huge once they are unpacked: refused, wherever they come."""

import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterable
from functools import cache

import brotli
import zstandard

from tests.drills.conftest import Tell
from tests.drills.hostile import Hostile, whole
from tests.drills.memory import Watch, in_use
from tests.program import Program, wait_until

MB = 1 << 20
PIECE = b"<p>Avviso agli utenti del sito. </p>" * 29127  # a megabyte
SIZE = 600  # of those: more than the limit of memory below, and sixty times that of an answer


def _zlib(pieces: Iterable[bytes], wbits: int) -> bytes:
    packer = zlib.compressobj(6, wbits=wbits)
    return b"".join([*map(packer.compress, pieces), packer.flush()])


def _brotli(pieces: Iterable[bytes]) -> bytes:
    packer = brotli.Compressor(quality=1)
    return b"".join([*map(packer.process, pieces), packer.finish()])


def _zstd(pieces: Iterable[bytes]) -> bytes:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join([*map(packer.compress, pieces), packer.flush()])


@cache
def bombs() -> dict[str, tuple[bytes, str, str]]:
    """By name: the body, its Content-Encoding, and the reason of the problem. A flood of headers has no body."""
    pieces = [PIECE] * SIZE
    packed = _zlib(pieces, 31)
    onion = b"<p>Avviso</p>"
    for _ in range(12):
        onion = _zlib([onion], 31)
    return {
        "gzip": (packed, "gzip", "too-large"),
        "deflate": (_zlib(pieces, 15), "deflate", "too-large"),
        "raw-deflate": (_zlib(pieces, -15), "deflate", "too-large"),
        "br": (_brotli(pieces), "br", "too-large"),
        "zstd": (_zstd(pieces), "zstd", "too-large"),
        "nested": (_zlib([packed], 31), "gzip, gzip", "too-large"),
        "mixed": (_zstd([_brotli(pieces)]), "br, zstd", "too-large"),
        "parts": (_zlib([], 31) * 100_000, "gzip", "unreadable"),
        "frames": (zstandard.ZstdCompressor().compress(b"") * 200_000, "zstd", "unreadable"),
        "headers": (b"", "flood", "connection"),
        "onion": (onion, ", ".join(["gzip"] * 12), "unreadable"),
    }


def test_bombs_are_refused_and_take_less_than_200_mb(
    hostile: Callable[..., Hostile], civicpress: Program, tell: Tell
) -> None:
    begin = threading.Event()
    servers, sources, expected = [], {}, {}
    for name, (body, encoding, reason) in bombs().items():
        for place, at in {"page": "/x", "list": "/feed.xml", "robots": "/robots.txt"}.items():

            def misbehave(
                connection: socket.socket, path: str, at: str = at, body: bytes = body, encoding: str = encoding
            ) -> None:
                begin.wait(60)
                if path == at and encoding == "flood":
                    connection.sendall(b"HTTP/1.1 200 OK\r\n")
                    for _ in range(SIZE):
                        connection.sendall((b"X-Header: " + b"x" * 1000 + b"\r\n") * 1024)
                elif path == at:
                    connection.sendall(whole(body, "application/xml", Content_Encoding=encoding))
                elif path == "/robots.txt":
                    connection.sendall(whole(b"", "text/plain"))
                else:
                    urls = [f"http://127.0.0.1:{connection.getsockname()[1]}/x"]
                    connection.sendall(whole(sitemap(urls), "application/xml"))

            server = hostile(misbehave, robots=True)
            servers.append(server)
            id = f"{name}_{place}".replace("-", "_")
            key = "sitemaps" if place == "page" else "feeds"
            sources[id] = {"home": server.url, key: [f"{server.url}/feed.xml"], "include": ["/x"]}
            expected[id.replace("_", "-")] = reason
    running = civicpress.start("crawl", "--only-sources", civicpress.sources(**sources), "--json")
    try:
        assert wait_until(lambda: all(len(server.asked) for server in servers))
        idle = in_use(running)
        with Watch(running) as watch:
            begin.set()
            done = running.ended(120)
    finally:
        begin.set()
        running.close()
    found = {row["source"]: row["reason"] for row in civicpress.rows("select source, reason from problems")}
    assert found == expected, done.err
    assert not done.err
    assert json.loads(done.out)["totals"]["new"] == 0
    more = (watch.peak - idle) / MB
    tell(
        f"bombs and floods of headers: {len(found)} of {len(expected)} refused (as pages, lists and robots.txt), {more:+.0f} MB"
    )
    assert more < 200


def sitemap(urls: Iterable[str]) -> bytes:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
