"""The command `reextract`: today's extraction over the stored pages, without the network.

Each page is read as it was fetched, with what its list had said, as on the day of the fetch, and with what the source's
pages teach of its template: also the first ones, which a crawl had to read before it had seen others.
"""

import asyncio
import json
import os
import signal
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlite_utils import Database

from crawler.extraction.values import VERSION, Article, Rejected
from crawler.extraction.workers import Workers
from crawler.ingest.template import FIRST, Template
from spiders.values import Link, Page
from storage import memory, rereading
from storage.archive import decompress
from storage.changes import Learnt
from storage.corpus import Corpus
from storage.database import reader
from storage.document import Document
from storage.duplicates import wording
from storage.rereading import Kept, Reread, Stored

_AT_ONCE = 32  # pages in the workers' queue
_BATCH = 200  # readings in one transaction


@dataclass(frozen=True, slots=True)
class Difference:
    """What today's rules read otherwise. `title` and `date` are (before, now) where they differ; `text` is the part of
    the words, 0 to 1, that both readings share; `rejected` is why the page would not be kept today."""

    id: str
    source: str
    url: str
    title: tuple[str, str] | None = None
    date: tuple[str | None, str | None] | None = None
    text: float | None = None
    words: int = 0  # more than before
    rejected: str | None = None
    kept: Kept | None = None  # what became of it; None of a page that is only looked at, or rejected


@dataclass(slots=True)
class Summary:
    """What came of a run over the stored pages."""

    pages: int = 0
    same: int = 0
    differences: list[Difference] = field(default_factory=list)
    stopped: bool = False


class Rereading:
    """One run of `reextract`. `corpus` is None where the changes are only shown; then `db` is a reader's."""

    def __init__(self, db: Database, corpus: Corpus | None, watch: Callable[[int], None]) -> None:
        self.db, self.corpus, self.watch = db, corpus, watch
        self.summary = Summary()
        self.stopped = False
        self._templates: dict[str, Template] = {}

    async def run(self, sources: Sequence[str]) -> Summary:
        """Reads the stored pages of some sources, or all. Raises CorpusError for a source that the corpus has not."""
        rereading.count(self.db, sources)
        workers = Workers()
        try:
            for source in sources or rereading.sources(self.db):
                await self._source(source, workers)
        finally:
            workers.close()
        self.summary.stopped = self.stopped
        return self.summary

    async def _source(self, source: str, workers: Workers) -> None:
        template = Template(memory.template(self.db, source))
        if template.pages < FIRST:  # of an older corpus, or a source with few pages: those that are there teach first
            async for _, found in self._read(
                rereading.stored(self.db, [source], 2 * FIRST), workers, template, learn=True
            ):
                if isinstance(found, Article):
                    template.add(found.votes)
            if self.corpus and template.packed and not self.stopped:
                self.corpus.learn(Learnt(source, template.packed))
        batch: list[tuple[Stored, Article]] = []
        async for stored, found in self._read(rereading.stored(self.db, [source]), workers, template, learn=False):
            self.summary.pages += 1
            self.watch(self.summary.pages)
            if isinstance(found, Article):
                batch.append((stored, found))
            else:
                self.summary.differences.append(_rejected(stored, found))
            if len(batch) == _BATCH:
                self._keep(batch)
                batch = []
        self._keep(batch)

    async def _read(
        self, pages: Iterator[Stored], workers: Workers, template: Template, *, learn: bool
    ) -> AsyncIterator[tuple[Stored, Article | Rejected]]:
        """The pages in their order with what each says; a few are in the workers at a time."""
        going: deque[tuple[Stored, asyncio.Task[Article | Rejected]]] = deque()
        for stored in pages:
            if self.stopped:
                break
            going.append((stored, asyncio.ensure_future(reading_of(stored, workers, template.packed, learn))))
            if len(going) > _AT_ONCE:
                first, task = going.popleft()
                yield first, await task
        for stored, task in going:
            yield stored, await task

    def _keep(self, batch: Sequence[tuple[Stored, Article]]) -> None:
        readings = [_reread(stored, article) for stored, article in batch]
        kept = self.corpus.keep_readings(readings) if self.corpus else [None] * len(readings)
        for reading, outcome in zip(readings, kept, strict=True):
            difference = _difference(reading, outcome)
            if difference:
                self.summary.differences.append(difference)
            else:
                self.summary.same += 1


async def reading_of(stored: Stored, workers: Workers, packed: bytes, learn: bool) -> Article | Rejected:
    """What a stored page says by today's rules, with what its source has learnt of its template (`packed`)."""
    hints = json.loads(stored.hints)
    link = Link(stored.url, hints.get("title"), hints.get("date"), hints.get("origin") or "given", hints.get("content"))
    try:
        body = decompress(stored.frame)
    except ValueError as error:
        return Rejected("unreadable", str(error))
    page = Page(stored.url, body, stored.content_type, link, (stored.url,), whole=bool(hints.get("whole")))
    day = date.fromisoformat(stored.fetched[:10])
    return (await workers.read(page, stored.language, day, packed, learn)).found


def is_same(article: Article, document: Document) -> bool:
    """Whether a reading says what a document does."""
    return wording(article.title, "\n\n".join(article.paragraphs)) == wording(document.title, document.body)


def _reread(stored: Stored, article: Article) -> Reread:
    day = article.date
    document = Document(article.title, "\n\n".join(article.paragraphs), day[:7] if day else None)
    return Reread(stored, document, day, article.date_origin, article.date_confidence, article.language, VERSION)


def _difference(reading: Reread, kept: Kept | None) -> Difference | None:
    old, new = reading.stored, reading.document
    before, now = Counter(old.body.split()), Counter(new.body.split())
    shared = 2 * (before & now).total() / max(1, before.total() + now.total())
    found = Difference(
        old.id, old.source, old.url,
        title=(old.title, new.title) if old.title != new.title else None,
        date=(old.date, reading.date) if old.date != reading.date else None,
        text=round(shared, 4) if old.body != new.body else None,
        words=now.total() - before.total(),
        kept=kept,
    )  # fmt: skip
    return found if found.title or found.date or found.text is not None else None


def _rejected(stored: Stored, found: Rejected) -> Difference:
    return Difference(stored.id, stored.source, stored.url, rejected=f"{found.reason}: {found.detail}")


def reextract(path: Path, sources: Sequence[str], *, dry_run: bool, watch: Callable[[int], None]) -> Summary:
    """Reads all stored pages, or those of some sources, and keeps what is better, or only shows it.

    The first Ctrl-C or SIGTERM ends it cleanly: what was kept by then stays. Raises CorpusError where the corpus cannot
    be used or has no such source.
    """
    if dry_run:
        with reader(path) as db:
            return asyncio.run(_supervised(Rereading(db, None, watch), sources))
    with Corpus(path) as corpus:
        return asyncio.run(_supervised(Rereading(corpus.db, corpus, watch), sources))


async def _supervised(rereading: Rereading, sources: Sequence[str]) -> Summary:
    def on_signal() -> None:
        if rereading.stopped:
            os._exit(130)
        rereading.stopped = True

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return await rereading.run(sources)
