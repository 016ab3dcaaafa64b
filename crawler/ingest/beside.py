"""What only looks at sites and stores nothing is as considerate as a crawl: it asks none that a crawl of the corpus asks
at that time, and none that asked for a pause."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.display.results import waits_for_another_crawl
from crawler.ingest.claims import Claims
from crawler.ingest.pauses import Pauses
from crawler.ingest.run import utc_now
from crawler.ingest.sharing import SharedSites
from crawler.settings import default_corpus
from crawler.web.failures import Refused
from spiders.source import Source
from storage.database import SQLiteError, reader
from storage.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Beside:
    """Whose turn it is on a site, and the hosts that are left alone."""

    shared: SharedSites
    pauses: Pauses
    path: Path

    @property
    def left_alone(self) -> dict[str, Refused]:
        """The hosts that are left alone, and why."""
        return self.pauses.left_alone

    @asynccontextmanager
    async def turn(self, source: Source) -> AsyncIterator[None]:
        """Waits until a source's sites are nobody else's, and keeps them for the block."""
        async with self.shared.turn(source):
            _load(self.pauses, self.path)  # who had the site before may have been sent away
            yield


@contextmanager
def beside_crawls(at_once: int = 1, corpus: Path | None = None) -> Iterator[Beside]:
    """Takes part in the turns of `corpus`, or of the default one, as far as it is there and may be used.

    Whoever has to wait for a crawl is told so on standard error. Nothing is made where there is no corpus.
    """
    path = corpus or default_corpus()
    pauses = Pauses(utc_now)
    _load(pauses, path)
    claims = _claims(path)
    try:
        yield Beside(SharedSites(claims, at_once, waits=waits_for_another_crawl), pauses, path)
    finally:
        if claims:
            claims.close()


def _load(pauses: Pauses, corpus: Path) -> None:
    with contextlib.suppress(CorpusError, SQLiteError, OSError), reader(corpus) as db:
        pauses.load(db)


def _claims(corpus: Path) -> Claims | None:
    with contextlib.suppress(OSError):
        if corpus.is_file():
            return Claims(corpus)
    return None
