"""A round of the service over many sources with nothing new: what it costs in requests, processor time and memory.

One server on loopback plays all sites, each at an address of its own. A first crawl fills the corpus; then all sources are
made due, and the service is watched until it is done with them.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from multiprocessing import Process
from pathlib import Path
from socket import socket
from typing import Any

from benchmarks.memory import (
    civicpress_beside_python,
    crawl_command,
    crawl_environment,
    measured,
    process_tree,
    processor_time,
    proportional,
)
from benchmarks.site import give_up

RELEASES = 2  # of each source
WORDS = (
    "comune piazza ufficio orario mercato biblioteca scuola strada cantiere lavori servizio sportello cittadini famiglie "
    "concerto mostra teatro museo parco giardino raccolta rifiuti bando contributo domanda assessore sindaco giunta quartiere"
).split()
WANTED = {"requests_a_source": 2.0, "pss_mb": 500.0}


def page(host: str, path: str) -> bytes | None:
    """What a host serves at a path: a list, or a release with a text of its own."""
    if path == "/robots.txt":
        return b""
    if path == "/novita":
        cards = "".join(
            f"<li><h3><a href='/novita/{number}'>{_title(host, number)}</a></h3><span>{_day(number)}</span></li>"
            for number in range(RELEASES)
        )
        return f"<html lang=it><title>Novità</title><main><h1>Novità</h1><ul>{cards}</ul></main></html>".encode()
    number = path.removeprefix("/novita/")
    if not number.isdecimal() or int(number) >= RELEASES:
        return None
    pick = random.Random(f"{host} {path}")
    text = "".join(f"<p>{' '.join(pick.choices(WORDS, k=60)).capitalize()}.</p>" for _ in range(4))
    title, day = _title(host, int(number)), _day(int(number))
    return f"<html lang=it><title>{title}</title><main><h1>{title}</h1><p>Data: {day}</p>{text}</main></html>".encode()


def _title(host: str, number: int) -> str:
    pick = random.Random(f"{host} {number}")
    return f"{' '.join(pick.choices(WORDS, k=6)).capitalize()} {host.replace('.', '')}{number}"


def _day(number: int) -> str:
    day = date(2026, 3, 1) - timedelta(days=number)
    return f"{day:%d/%m/%Y}"


def serve_sites(listening: socket, log: Path) -> None:
    """Answers for all hosts of 127.0.0.0/8, with validators; writes one line a request. Ends with its process."""
    import asyncio

    with log.open("w", buffering=1) as lines:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    path = head.split(" ", 2)[1]
                    host = writer.get_extra_info("sockname")[0]
                    body = page(host, path)
                    same = path != "/robots.txt" and 'if-none-match: "1"' in head.lower()
                    status = "404 Not Found" if body is None else "304 Not Modified" if same else "200 OK"
                    lines.write(f"{host} {path} {status[:3]}\n")
                    sent = b"" if same or body is None else body
                    kind = "text/plain" if path == "/robots.txt" else "text/html; charset=utf-8"
                    tag = 'ETag: "1"\r\n' if body is not None else ""
                    writer.write(
                        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{tag}Content-Length: {len(sent)}\r\n\r\n".encode()
                        + sent
                    )
                    await writer.drain()
            writer.close()

        async def main() -> None:
            server = await asyncio.start_server(answer, sock=listening)
            await server.serve_forever()

        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(main())


@contextmanager
def sites(log: Path) -> Iterator[int]:
    """The server, in a process of its own; gives the port."""
    listening = socket()
    listening.bind(("0.0.0.0", 0))  # all of 127.0.0.0/8, which has no other name
    listening.listen(1024)
    process = Process(target=serve_sites, args=(listening, log), daemon=True)
    process.start()
    port: int = listening.getsockname()[1]
    listening.close()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def write_sources(path: Path, count: int, port: int) -> None:
    """Sources at 127.1.0.1, 127.1.0.2 and so on."""
    lines = []
    for number in range(count):
        home = f"http://127.1.{number // 250}.{number % 250 + 1}:{port}"
        lines.append(f'[c-{number:05}]\nhome = "{home}/"\nlistings = ["{home}/novita"]\ndelay = 0.0\nevery = "1d"\n')
    path.write_text("\n".join(lines))


def watch_round(command: list[str], folder: Path, db: Path, port: int, count: int) -> dict[str, Any]:
    """Starts the service and watches it until it is done with all sources."""
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("update run_sources set finished = '2026-01-01T00:00:00+00:00'")
        (last,) = connection.execute("select max(id) from runs").fetchone()
    with (folder / "service").open("w") as errors:
        begun = time.monotonic()
        process = subprocess.Popen(command, env=crawl_environment(), stdin=subprocess.DEVNULL, stderr=errors)
        spent: dict[int, float] = {}
        peak, done, resting = 0, 0, 0
        try:
            while done < count or running(port):
                if process.poll() is not None or time.monotonic() - begun > 1800:
                    give_up(f"the service did not do it: {(folder / 'service').read_text()[-1000:]}")
                time.sleep(0.25)
                pids = process_tree(process.pid)
                spent.update(processor_time(pids))
                peak = max(peak, proportional(pids))
                with closing(sqlite3.connect(db)) as connection:
                    sql = "select count(*) from run_sources where run > ? and status = 'ok' and finished is not null"
                    (done,) = connection.execute(sql, [last]).fetchone()
            seconds = time.monotonic() - begun
            time.sleep(3)
            resting = proportional(process_tree(process.pid))
        finally:
            process.terminate()
            process.wait(60)
    batches = (folder / "service").read_text().count(" batch of ")
    return {
        "seconds": seconds, "cpu_seconds": sum(spent.values()), "cpu_ms_a_source": 1000 * sum(spent.values()) / count,
        "pss_mb": peak / 1e6, "resting_mb": resting / 1e6, "batches": batches, "status": process.returncode,
    }  # fmt: skip


def running(port: int) -> bool:
    """Whether a batch of the service is at work."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return "civicpress_batches_running 0.0" not in answer.read().decode()
    except OSError:
        return True


def main() -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--sources", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument(
        "--civicpress", type=Path, default=civicpress_beside_python(), help="the program (default: of this Python)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--check", action="store_true", help="exit 1 if a wanted figure is missed")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="civicpress-service-") as name:
        folder = Path(name)
        db, sources, log = folder / "corpus.db", folder / "sources.toml", folder / "asked"
        with sites(log) as port:
            write_sources(sources, args.sources, port)
            first = measured(crawl_command(args.civicpress, sources, db), folder, crawl_environment())
            totals = json.loads(first.output)["totals"] if first.output else {}
            if first.status or totals["new"] + totals["duplicates"] != RELEASES * args.sources:
                give_up(f"the first crawl ended with status {first.status}: {(folder / 'stderr').read_text()[-1000:]}")
            before = len(log.read_text().splitlines())
            with socket() as probe:
                probe.bind(("127.0.0.1", 0))
                watched = probe.getsockname()[1]
            command = [
                str(args.civicpress), "schedule", "--only-sources", str(sources), "--db", str(db), "--listen",
                f"127.0.0.1:{watched}",
            ]  # fmt: skip
            figures = watch_round(command, folder, db, watched, args.sources)
            asked = [line.split() for line in log.read_text().splitlines()[before:]]
    figures |= {
        "requests": len(asked), "requests_a_source": len(asked) / args.sources,
        "not_modified": sum(status == "304" for *_, status in asked),
        "most_of_one_host": max(Counter(host for host, *_ in asked).values()),
    }  # fmt: skip
    print(f"a round over {args.sources:,} sources with nothing new, {os.cpu_count()} cores")
    for key, value in figures.items():
        limit = WANTED.get(key)
        wanted = f"<= {limit:g}{'' if value <= limit else '  MISSED'}" if limit else ""
        print(f"{key.replace('_', ' '):24}{value:>12,.1f}  {wanted}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")
    return int(args.check and any(figures[key] > limit for key, limit in WANTED.items()))


if __name__ == "__main__":
    sys.exit(main())
