"""A batch of the service: a crawl of some sources in a process of its own.

It is told what to crawl in one line of JSON on standard input, and answers on standard output: an empty line every few
seconds while its event loop turns, and at the end one line of JSON. When its input ends, the service is gone, and it stops.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crawler.settings import BEAT_SECONDS, SettingsError, allowed_networks

INPUT, OUTPUT = 0, 1


def main() -> int:
    """Crawls; 0: all sources have their line in the corpus. 2: the corpus cannot be used, or not any more."""
    from crawler.ingest.reactor import in_reactor
    from crawler.ingest.run import Run, supervised
    from spiders.source import Source
    from storage.corpus import Corpus
    from storage.database import SQLiteError
    from storage.errors import CorpusError

    order = json.loads(sys.stdin.buffer.readline())
    sources = [Source.model_validate(row) for row in order["sources"]]
    try:
        with Corpus(Path(order["corpus"])) as corpus:
            run = Run(sources, corpus)
            networks = allowed_networks()
            report = in_reactor(lambda: _watched(run, supervised), networks)
    except (CorpusError, SettingsError, SQLiteError, OSError) as error:
        mistake = isinstance(error, CorpusError | SettingsError)
        _say({"error": str(error) if mistake else f"{order['corpus']}: the corpus could not be written ({error})"})
        return 2
    statuses = Counter(line.status for line in report.sources)
    _say({"totals": asdict(report.totals), "statuses": statuses, "stopped": report.interrupted})
    return 0


async def _watched(run: Any, supervised: Any) -> Any:
    """A run that shows signs of life, and that ends when nobody listens any more."""
    loop = asyncio.get_running_loop()

    def listen() -> None:
        if not os.read(INPUT, 4096):
            loop.remove_reader(INPUT)
            run.stop()

    loop.add_reader(INPUT, listen)
    beating = asyncio.create_task(_beat())
    try:
        return await supervised(run)
    finally:
        loop.remove_reader(INPUT)
        beating.cancel()


async def _beat() -> None:
    while True:
        _write(b"\n")
        await asyncio.sleep(BEAT_SECONDS)


def _say(what: dict[str, Any]) -> None:
    _write(json.dumps(what).encode() + b"\n")


def _write(line: bytes) -> None:
    with contextlib.suppress(OSError):  # nobody reads it any more
        os.write(OUTPUT, line)


if __name__ == "__main__":
    sys.exit(main())
