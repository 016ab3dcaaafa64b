"""Whether a site changed or its reader did: where today's pages are not read any more, pages that were stored before are
read again by the same rules. Where these are still read as they were, the site has changed."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from crawler.extraction.values import Article
from crawler.extraction.workers import Workers
from crawler.health.judgement import Health
from crawler.health.watch import Finding
from crawler.reextracting import reading_of
from storage import health, memory
from storage.rereading import Stored

_PAGES = 3  # of a source; one may be odd
_SOURCES = 20  # more change at once only where the reader is to blame, and these tell it
_ALIKE = 0.5  # of the letters that a text had


def recheck(db: Database, healths: Sequence[Health]) -> tuple[Health, ...]:
    """The same, with what stored pages tell of those sources whose pages are not read as before."""
    doubtful = [each for each in healths if each.state == "changed" and any(f.of_pages for f in each.findings)]
    asked = {
        each.source: health.pages_before(db, each.source, each.since or "", _PAGES) for each in doubtful[:_SOURCES]
    }
    asked = {source: pages for source, pages in asked.items() if pages}
    if not asked:
        return tuple(healths)
    templates = {source: memory.template(db, source) for source in asked}
    still = asyncio.run(_read(asked, templates))
    return tuple(_told(each, still[each.source], len(asked[each.source])) if each.source in still else each
                 for each in healths)  # fmt: skip


async def _read(asked: dict[str, list[Stored]], templates: dict[str, bytes]) -> dict[str, int]:
    """How many of the stored pages of each source are still read as they were."""
    workers = Workers()
    try:
        pages = [page for stored in asked.values() for page in stored]
        found = await asyncio.gather(*(reading_of(page, workers, templates[page.source], False) for page in pages))
    finally:
        workers.close()
    still = dict.fromkeys(asked, 0)
    for page, reading in zip(pages, found, strict=True):
        still[page.source] += isinstance(reading, Article) and _as_before(page, reading)
    return still


def _as_before(page: Stored, reading: Article) -> bool:
    letters = sum(len(paragraph) + 2 for paragraph in reading.paragraphs)
    return letters >= _ALIKE * len(page.body) and (page.date is None or reading.date is not None)


def _told(each: Health, still: int, of: int) -> Health:
    if still * 2 > of:
        words = f"{still} of {of} pages stored before are still read as they were: the site has changed its layout"
    else:
        words = (
            f"{of - still} of {of} pages stored before are not read any more either: the rules of reading have changed"
        )
    return replace(each, findings=(*each.findings, Finding("changed", each.since or "", words)))
