"""A source in a run: what it remembers, what it counts, and where its outcomes go."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.extraction.values import Article, Attachment, Rejected
from crawler.extraction.workers import Extracted, Workers
from crawler.ingest.chains import Lists
from crawler.ingest.counts import COUNTED, Options, Tally
from crawler.ingest.doubt import Doubt
from crawler.ingest.hints import link_of
from crawler.ingest.ledger import Ledger
from crawler.ingest.reach import is_of_edits
from crawler.ingest.releases import release_of
from crawler.ingest.standing import standing
from crawler.ingest.template import Template
from crawler.ingest.writer import Writer
from crawler.reextracting import is_same, reading_of
from crawler.settings import LINKS_A_LIST, LIST_BYTES_IN_LOOP, PAGES_A_RUN, UNDATED_PAGES_A_RUN
from crawler.web.failures import Failed, Refused, rejected
from crawler.web.validators import host_of
from spiders.press import read_here
from spiders.source import Source
from spiders.values import Link, Page, Reading, Route
from storage import rereading
from storage.addresses import address_key
from storage.changes import Distrusted, Learnt, Looked, Outcome, Problem, Release, RouteState

# Not application/octet-stream: some servers send their PDF files as that.
_NEVER_READ = re.compile(r"(?i)(?:image|video|audio|font)/|application/(?:zip|x-|vnd\.|msword)")


class Visit:
    """One source's crawl in one run. All that the Scrapy components of its crawler share."""

    def __init__(
        self, source: Source, options: Options, writer: Writer, workers: Workers, today: Callable[[], date]
    ) -> None:
        self.source, self.options, self.writer, self.workers, self.today = source, options, writer, workers, today
        self.counts = Tally()
        self.lists = Lists(source.id, writer, self.counts.evidence)
        self.doubt = Doubt(source.id, writer, self.counts.evidence)
        self.ledger = Ledger()
        self.looked: set[str] = set()  # address keys of pages that are known and looked at again
        self.started: set[str] = set()  # address keys of pages asked for in this run
        self.undated = 0  # of those, that no list dates
        self.over_budget = 0  # pages, and further pages of lists, that wait for the next run
        self.page_failures: list[Failed] = []
        self.crash: str | None = None
        self.left_alone: dict[str, Refused] = {}  # hosts that are asked no more in this run; shared by its visits
        self.held_until = 0.0  # until when a host holds back all requests (Retry-After; monotonic)
        self.left: list[Failed] = []  # of pages that were not asked for and wait for the next run: why
        self.stopping = False
        # Asks for the file that a page leads to instead of having a text of its own.
        self.fetch: Callable[[Attachment], Awaitable[Page | Failed]] | None = None
        self.template = Template()
        self.full = False  # whether all known pages and lists are read again, from the beginning
        self.distrusted: frozenset[str] = frozenset()  # hosts whose validators lie
        self.held: dict[str, tuple[str | None, str | None]] = {}  # by key of pages asked without them: their validators
        self.found_late = 0  # of these, that became documents
        self.settled = False  # whether a list of the source was known to its end before this run
        self.forgotten: frozenset[str] = frozenset()  # keys of addresses that are kept out

    # -- lists ----------------------------------------------------------------------------------------------------

    async def read_list(self, response: Response, route: Route, source: Source) -> Reading:
        """The reader that the spider uses: lists are parsed in a worker, small ones only where workers are there anyway."""
        packed = response.body.startswith(b"\x1f\x8b")  # a sitemap, whose size is known when it is unpacked
        if self.workers.called or packed or len(response.body) > LIST_BYTES_IN_LOOP:
            reading = await self.workers.read_list(response, route, source)
        else:
            reading = await read_here(response, route, source)
        return await self._bounded(reading, route)

    async def _bounded(self, reading: Reading, route: Route) -> Reading:
        """A list cut where it names more pages than a list may, which is on record."""
        if len(reading.links) <= LINKS_A_LIST:
            return reading
        told = f"it names {len(reading.links)} pages; those after the first {LINKS_A_LIST} are left out"
        await self._problem(route.url, Failed("too-large", told, again=True), ())
        return replace(reading, links=reading.links[:LINKS_A_LIST])

    async def distrust(self, url: str, why: str) -> None:
        """A host's validators lie: it is asked without conditions from here on, for some months."""
        host = host_of(url)
        if host not in self.distrusted:
            self.distrusted |= {host}
            await self.writer.save(Distrusted(host, f"{url} {why}"))

    def may_start(self, key: str) -> bool:
        """Whether a page may be asked for in this run. Counts it, where it may."""
        started, limit = self.started, self.options.limit
        if key in self.forgotten or key in started or (limit is not None and len(started) >= limit):
            return False
        undated = self.lists.links[key].date is None
        if len(started) >= PAGES_A_RUN or (undated and self.undated >= UNDATED_PAGES_A_RUN):
            self.over_budget += 1
            return False
        self.undated += undated
        started.add(key)
        self.workers.warm_up()  # a run that finds nothing new starts no worker
        return True

    # -- pages ----------------------------------------------------------------------------------------------------

    async def keep(self, page: Page) -> None:
        """Reads a page and keeps what it holds."""
        await self.lists.none_in_hand.wait()  # another list may give the day that the page does not
        link = self.lists.links.get(address_key((page.addresses or (page.url,))[0]), page.link)
        page = replace(page, link=replace(link, content=None if page.whole else page.link.content))
        if page.same:
            self.counts.not_modified += 1
            await self.writer.save(Looked(self.source.id, page.addresses[0], page.etag, page.last_modified))
        elif _NEVER_READ.match(page.content_type) and not page.body.startswith(b"%PDF-"):
            await self._reject(page, Failed("not-html", f"the type is {page.content_type[:80]}", again=False))
        elif await self._is_looked_for_only(page):
            self.counts.unchanged += 1
            await self.writer.save(Looked(self.source.id, page.addresses[0], page.etag, page.last_modified))
        else:
            await self._keep(page, await self._read(page))
        if not page.whole:
            self.ledger.close((page.addresses or (page.url,))[0])

    async def _is_looked_for_only(self, page: Page) -> bool:
        """Whether a look at a page is to tell only that it is still there: its text came with a list, which tells of edits,
        and from the page it reads a little otherwise."""
        key = address_key((page.addresses or (page.url,))[0])
        return (
            key in self.looked and not page.whole and await self.writer.ask(lambda c: rereading.came_whole(c.db, key))
        )

    async def _read(self, page: Page) -> Extracted:
        language, template = self.source.language, self.template
        return await self.workers.read(page, language, self.today(), template.packed, template.learns())

    async def _keep(self, page: Page, extracted: Extracted) -> None:
        """Keeps what was found on a page, or notes why there is nothing."""
        made = await self._release(page, extracted)
        if isinstance(made, Failed):
            if made.tried:
                await self._reject(page, made)
            else:
                self.left.append(made)
            return
        made = self._to_look_at(page, made)
        if await self._is_better(made):
            made = replace(made, better=True)
        if await self.doubt.read(page, made):
            return
        await self._save(page, made, *self._learnt(extracted))

    async def _save(self, page: Page, made: Release, *learnt: Learnt) -> None:
        outcome, *_ = await self.writer.save(made, *learnt)
        if outcome is None:  # the corpus keeps it out, and says so
            self.counts.problems += 1
            return
        self.counts.evidence.read(made)
        await self._weigh(page, outcome)
        name = COUNTED[outcome]
        setattr(self.counts, name, getattr(self.counts, name) + 1)

    async def _weigh(self, page: Page, outcome: Outcome) -> None:
        """What a page that was kept says of its host, and of the fast way to new releases."""
        key = address_key((page.addresses or (page.url,))[0])
        self.found_late += outcome is Outcome.NEW and key in self.lists.missed
        held = self.held.pop(key, None)
        if outcome is Outcome.REVISED and held == (page.etag, page.last_modified):
            await self.distrust(page.url, "says that it is as before, and has another text")

    def _to_look_at(self, page: Page, release: Release) -> Release:
        """The release with where it is looked at again; a first crawl leaves the undated alone: most of them are old."""
        asked = (page.addresses or (page.url,))[0]
        if release.date is None and not self.settled:
            return release
        return replace(release, look=asked, etag=page.etag, last_modified=page.last_modified)

    async def _is_better(self, release: Release) -> bool:
        """Whether a known page says something else only because it is read better now: then the page as it was stored
        says the same today. What its publisher edited, it does not."""
        stored = await self.writer.ask(lambda corpus: rereading.other_wording(corpus.db, release))
        if stored is None:
            return False
        found = await reading_of(stored, self.workers, self.template.packed, learn=False)
        return isinstance(found, Article) and found.date == release.date and is_same(found, release.document)

    def _learnt(self, extracted: Extracted) -> Iterator[Learnt]:
        """What a release's page taught of the source's template."""
        if isinstance(extracted.found, Article) and self.template.add(extracted.found.votes):
            yield Learnt(self.source.id, self.template.packed)

    async def _release(self, page: Page, extracted: Extracted) -> Release | Failed:
        found, frame, lists = extracted.found, extracted.frame, set(self.lists.routes)
        if found.attachment and self.fetch:
            answer = await self.fetch(found.attachment)
            if isinstance(answer, Page):
                read = await self._read(answer)
                if isinstance(read.found, Article):
                    article = replace(read.found, canonical=found.attachment.canonical)
                    return release_of(answer, article, read.frame, self.source.id, lists, shown_on=page)
                answer = rejected(read.found, answer.url)
            if isinstance(found, Rejected) or found.attachment.alone or not answer.tried:
                return answer
        return rejected(found) if isinstance(found, Rejected) else release_of(page, found, frame, self.source.id, lists)

    async def _reject(self, page: Page, failed: Failed) -> None:
        self.page_failures.append(failed)
        await self._problem(page.url, failed, (page.url, *page.addresses))

    async def fail(self, url: str, failed: Failed, route: Route | None) -> None:
        """A request brought nothing that can be read."""
        if not self.ledger.close(url):
            return
        if route is None:
            if not failed.tried:
                self.left.append(failed)
                return
            self.page_failures.append(failed)
            await self._problem(url, failed, (url,))
            return
        chain = self.lists.chain(route)
        chain.open -= 1
        if not failed.tried and self.stopping:
            chain.cut = True
            return
        if is_of_edits(route.strategy):  # an extra that not every site answers: tried again another day
            before = self.lists.routes.get(route.url) or RouteState(
                route.url, route.strategy, route.start, route.advertised
            )
            await self.lists.listed(replace(before, looked_back=self.writer.clock()))
            await self._problem(url, failed, ())
            return
        if failed.reason in ("gone", "http-error") and route.url != route.start and not failed.again:
            # The page after the last one: feeds and pagers end like this.
            await self.lists.listed(RouteState(route.url, route.strategy, route.start, route.advertised))
            await self.lists.end(route, chain)
            return
        chain.cut = True
        self.lists.failures.append((route, replace(failed, detail=f"{failed.detail} ({route.url})")))
        await self._problem(url, failed, ())

    async def _problem(self, url: str, failed: Failed, addresses: tuple[str, ...]) -> None:
        self.counts.problems += 1
        self.counts.evidence.failed(url, failed.reason, is_list=not addresses)
        await self.writer.save(Problem(self.source.id, url, failed.reason, failed.detail, failed.again, addresses))
        if addresses:
            await self.doubt.failed(addresses[-1], failed.reason)

    async def close(self) -> None:
        """Gives what never had an answer its outcome. Of a run that was stopped, it stays to be fetched."""
        if self.stopping:
            return
        for url in self.ledger.still_open():
            await self.fail(url, Failed("no-answer", "the request ended without an answer", again=True), None)
        await self._settle_scraps()
        home = self.lists.routes.get(self.source.home)
        if home and self.lists.failures and not self.lists.read:  # what was found once is there no more: look again
            await self.lists.listed(replace(home, pending=True))

    def to_compare(self) -> list[Link]:
        """The known pages to look at before the run ends, because another one was odd; counted as asked for."""
        limit = self.options.limit
        if limit is not None and len(self.started) >= limit:
            return []
        found = self.doubt.further(self.started)
        self.started.update(address_key(each.url) for each in found)
        return [self.lists.note(link_of(each)) for each in found]

    async def _settle_scraps(self) -> None:
        """Keeps what was held back because only a scrap of a known text was left, or tells of it where the site is to blame:
        then the wording that the corpus has is the better one."""
        for page, made in self.doubt.waiting:
            if made is None or self.counts.evidence.site_changed:
                await self._lose(page)
            else:
                await self._save(page, made)

    async def _lose(self, page: Page) -> None:
        """A known page has lost its text to a change of its site."""
        asked = (page.addresses or (page.url,))[0]
        self.counts.problems += 1
        self.counts.evidence.failed(page.url, "shrunk", is_list=False)
        why = "a scrap of its text is left, as of other pages of the site; the corpus keeps the one that it has"
        # No address with it, and no condition for the next look: the page stays a known one, and is read in full.
        await self.writer.save(Problem(self.source.id, page.url, "shrunk", why), Looked(self.source.id, asked))

    def status(self) -> tuple[str, str | None]:
        """How the source did: `ok`, `failed`, `refused` or `empty`, and the reason in one sentence."""
        return standing(self)


_VISITS: "WeakKeyDictionary[Crawler, Visit]" = WeakKeyDictionary()


def attach(crawler: Crawler, visit: Visit) -> None:
    """Makes `visit` the one that the crawler's components share (Scrapy copies settings, so they cannot carry it)."""
    _VISITS[crawler] = visit


def visit_of(crawler: Crawler) -> Visit:
    """The crawler's visit; a crawl that `scrapy crawl` started gets a run of its own."""
    if crawler not in _VISITS:
        from crawler.ingest.standalone import begin

        attach(crawler, begin(crawler))
    return _VISITS[crawler]
