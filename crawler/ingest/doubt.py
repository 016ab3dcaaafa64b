"""A page that lacks what its source's pages always had: is it the page, or has the site changed? Other pages tell.

One odd page is no evidence: public bodies publish a headline with a file, forget a date, take a page down. So where a
run meets one, it looks at known pages of the same source before it ends: at one, and where that lost its date or text
too, at two more. A source with a release a week is judged at the first run, not at its second release. An edit that
leaves a scrap of a text is held until then: where other pages lost theirs, too, it is the site, and the corpus keeps the wording
that it has.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace

from crawler.health.watch import Watch, watch_of
from crawler.ingest.evidence import Evidence
from crawler.ingest.writer import Writer
from spiders.values import Page
from storage import health, known_pages
from storage.addresses import address_key
from storage.changes import Found, Release
from storage.known_pages import Held

_ASKED = 3  # known pages that tell: two of three that lost what they had are no chance
_HELD = 50  # readings in memory; a full crawl of a site that changed would hold all of it


class Doubt:
    """What a run makes of odd pages of one source."""

    def __init__(self, source: str, writer: Writer, evidence: Evidence) -> None:
        self.source, self.writer, self.evidence = source, writer, evidence
        # Readings that are scraps, until it is known whose fault that is; None where it was known already.
        self.waiting: list[tuple[Page, Release | None]] = []
        self._usual: Watch | None = None
        self._candidates: list[Found] | None = None
        self._left = _ASKED
        self._lock = asyncio.Lock()

    async def read(self, page: Page, release: Release) -> bool:
        """A page was read. Returns whether it is to be held: it is known, and only a scrap of its text is left."""
        if page.whole:
            return False
        letters, dated = len(release.document.body), release.date is not None
        was = await self._was(_asked_for(page))
        if was is None:
            usual = await self._expected()
            if (usual.expects_dates and not dated) or letters < usual.shortest:
                await self._look_further()
            return False
        if not was.own or release.better:  # what is read otherwise by better rules is no change of the site
            self.evidence.known["sound"] += was.own
            return False
        scrap = was.is_scrap(letters)
        how = "scrap" if scrap else "undated" if was.dated and not dated else "sound"
        self.evidence.known[how] += 1
        if how != "sound":
            await self._look_further()
        if scrap and (len(self.waiting) < _HELD or self.evidence.site_changed):
            self.waiting.append((replace(page, body=b""), release if len(self.waiting) < _HELD else None))
            return True
        return False

    async def failed(self, url: str, reason: str) -> None:
        """A page could not be read."""
        was = await self._was(url)
        if was is not None and was.own:
            self.evidence.known[reason] += 1
        if (was is not None and was.own) or (await self._expected()).expects_no(reason):
            await self._look_further()

    def further(self, started: Collection[str]) -> list[Found]:
        """The pages to look at now, but for those that this run has asked for already (`started`, by their keys): none
        while nothing is in doubt, then one, then those that confirm what it said."""
        number = min(self._left, wanted(self.evidence.known))
        if not self._candidates or not number:
            return []
        asked = [found for found in self._candidates if address_key(found.url) not in started][:number]
        self._left -= len(asked)
        return asked

    async def _look_further(self) -> None:
        async with self._lock:
            if self._candidates is None:
                # Some more than are asked: those that this run reads anyway are no further ones.
                self._candidates = await self.writer.ask(
                    lambda corpus: known_pages.to_look_at(corpus.db, self.source, 5 * _ASKED)
                )

    async def _was(self, url: str) -> Held | None:
        return await self.writer.ask(lambda corpus: known_pages.held(corpus.db, url))

    async def _expected(self) -> Watch:
        async with self._lock:
            if self._usual is None:
                seen = await self.writer.ask(lambda corpus: health.sightings(corpus.db, self.source))
                self._usual = watch_of(seen)
            return self._usual


def _asked_for(page: Page) -> str:
    return (page.addresses or (page.url,))[0]


def wanted(known: Mapping[str, int]) -> int:
    """How many more known pages are to be read, while something is in doubt, after some fared as `crawler.ingest.evidence` tells."""
    total = sum(known.values())
    if total >= _ASKED or (total and known.get("sound", 0) == total):
        return 0
    return _ASKED - total if total else 1
