"""A source in a run: what it remembers, what it counts, and where its outcomes go."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.counts import COUNTED, Options, Tally
from crawler.doubt import Doubt
from crawler.extraction.values import Article, Attachment, Rejected
from crawler.extraction.workers import Extracted, Workers
from crawler.failures import Failed, Refused, rejected
from crawler.hints import link_of
from crawler.ledger import Ledger
from crawler.reach import Reach, ended, is_of_edits
from crawler.reextracting import is_same, reading_of
from crawler.releases import release_of
from crawler.settings import LINKS_A_LIST, LIST_BYTES_IN_LOOP, PAGES_A_RUN, UNDATED_PAGES_A_RUN, VAIN_CONDITIONS
from crawler.standing import standing
from crawler.template import Template
from crawler.validators import host_of
from crawler.writer import Writer
from spiders.discovery.exploration import Exploration
from spiders.press import read_here
from spiders.source import Source
from spiders.values import Link, Page, Reading, Route
from storage import rereading
from storage.addresses import address_key
from storage.changes import Distrusted, Found, Learnt, Listed, Looked, Outcome, Problem, Release, RouteState

# Which list's word on title and date counts most, where several name the same page: an interface knows, a card shows
# what readers see, a feed's date may be the day of a migration, a sitemap says little.
_TRUST = {"api": 0, "listing": 1, "feed": 2, "sitemap": 3}


@dataclass(slots=True)
class Chain:
    """A list with its further pages: how far it was read in this run. `whole`: it brings releases with their text;
    `missed`: keys of releases that it named where the fast way would not have come to."""

    complete_before: bool = False
    seen: set[str] = field(default_factory=set)
    pages: int = 0
    open: int = 0
    whole: bool = False
    cut: bool = False
    reaches: set[Reach] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)


# Not application/octet-stream: some servers send their PDF files as that.
_NEVER_READ = re.compile(r"(?i)(?:image|video|audio|font)/|application/(?:zip|x-|vnd\.|msword)")


class Visit:
    """One source's crawl in one run. All that the Scrapy components of its crawler share."""

    def __init__(
        self, source: Source, options: Options, writer: Writer, workers: Workers, today: Callable[[], date]
    ) -> None:
        self.source, self.options, self.writer, self.workers, self.today = source, options, writer, workers, today
        self.counts = Tally()
        self.doubt = Doubt(source.id, writer, self.counts.evidence)
        self.ledger = Ledger()
        self.routes: dict[str, RouteState] = {}
        self.chains: dict[str, Chain] = {}
        self.links: dict[str, Link] = {}  # by address key: the best that the lists said of a page
        self.looked: set[str] = set()  # address keys of pages that are known and looked at again
        self.started: set[str] = set()  # address keys of pages asked for in this run
        self.undated = 0  # of those, that no list dates
        self.over_budget = 0  # pages, and further pages of lists, that wait for the next run
        self.route_failures: list[tuple[Route, Failed]] = []
        self.page_failures: list[Failed] = []
        self.lists_read = 0  # without home pages
        self.links_seen = 0
        self.links_known = 0  # of those, from an earlier run
        self.crash: str | None = None
        self.left_alone: dict[str, Refused] = {}  # hosts that are asked no more in this run; shared by its visits
        self.left: list[Failed] = []  # of pages that were not asked for and wait for the next run: why
        self.stopping = False
        # Pages that a list may still date, or bring with their whole text, by address key: they wait until one does, or
        # all are read.
        self.waiting: dict[str, Request | Page] = {}
        # Asks for the file that a page leads to instead of having a text of its own.
        self.fetch: Callable[[Attachment], Awaitable[Page | Failed]] | None = None
        self.template = Template()
        self.full = False  # whether all known pages and lists are read again, from the beginning
        self.distrusted: frozenset[str] = frozenset()  # hosts whose validators lie
        self.held: dict[str, tuple[str | None, str | None]] = {}  # by key of pages asked without them: their validators
        self.reached: set[str] = set()  # keys of new releases that lists named where the fast way comes to
        self.missed: set[str] = set()  # and of those that only a look back or a sweep found
        self.found_late = 0  # of these, that became documents
        self.settled = False  # whether a list of the source was known to its end before this run
        self.forgotten: frozenset[str] = frozenset()  # keys of addresses that are kept out
        self.exploration: Exploration | None = None  # of a source of which only the home page is known
        self._lists_in_hand = 0
        self._none_in_hand = asyncio.Event()
        self._none_in_hand.set()

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

    @contextmanager
    def list_in_hand(self) -> Iterator[None]:
        """While a list that has arrived is read: what it says of pages may still be wanted."""
        self._lists_in_hand += 1
        self._none_in_hand.clear()
        try:
            yield
        finally:
            self._lists_in_hand -= 1
            if not self._lists_in_hand:
                self._none_in_hand.set()

    def note(self, link: Link) -> Link:
        """Adds what a list says of a page to what others said; returns the best of it."""
        key = address_key(link.url)
        old = self.links.get(key)
        if old is not None:
            first, second = sorted((old, link), key=lambda each: _TRUST.get(each.origin, 9))
            dated = first if first.date else second
            link = replace(first, title=first.title or second.title, date=dated.date, origin=dated.origin)
        self.links[key] = replace(link, content=None)
        return link

    async def listed(
        self,
        state: RouteState,
        found: Sequence[Found] | None = None,
        following: Sequence[RouteState] = (),
        *,
        again: bool = False,
    ) -> None:
        """A list was read: keeps what it named, before anything of it is fetched. None: it is only remembered otherwise.
        `again`: the known releases among them are to be read again."""
        self.routes[state.url] = state
        if found is not None:
            self.counts.evidence.named(state, found, bool(following))
        await self.writer.save(Listed(self.source.id, state, tuple(found or ()), tuple(following), again))

    def note_reach(self, keys: Set[str], chain: Chain, beyond: bool) -> None:
        """Notes whether the fast way would have come to new releases that a list named."""
        if beyond:
            self.missed |= keys - self.reached
            chain.missed |= keys
        else:
            self.reached |= keys
            self.missed -= keys

    async def distrust(self, url: str, why: str) -> None:
        """A host's validators lie: it is asked without conditions from here on, for some months."""
        host = host_of(url)
        if host not in self.distrusted:
            self.distrusted |= {host}
            await self.writer.save(Distrusted(host, f"{url} {why}"))

    async def not_modified(self, route: Route) -> None:
        """A list says that it is as before: the condition that it was asked with is one that matches."""
        state = self.routes.get(route.url)
        if state is not None and state.vain % VAIN_CONDITIONS:
            await self.listed(replace(state, vain=state.vain - state.vain % VAIN_CONDITIONS))

    def may_start(self, key: str) -> bool:
        """Whether a page may be asked for in this run. Counts it, where it may."""
        started, limit = self.started, self.options.limit
        if key in self.forgotten or key in started or (limit is not None and len(started) >= limit):
            return False
        undated = self.links[key].date is None
        if len(started) >= PAGES_A_RUN or (undated and self.undated >= UNDATED_PAGES_A_RUN):
            self.over_budget += 1
            return False
        self.undated += undated
        started.add(key)
        self.workers.warm_up()  # a run that finds nothing new starts no worker
        return True

    def ready(self) -> list[Request | Page]:
        """Takes those of the waiting pages of which no list that is still to come can say more."""
        to_come = [chain for chain in self.chains.values() if chain.open]
        whole_to_come = any(chain.whole for chain in to_come)
        return [
            self.waiting.pop(key)
            for key, thing in list(self.waiting.items())
            if not to_come or (self.links[key].date and (isinstance(thing, Page) or not whole_to_come))
        ]

    def is_dated(self, page: Page) -> bool:
        """Whether a list knows the day of a release that came with a list; else its page may."""
        return self.links[address_key(page.url)].date is not None

    # -- pages ----------------------------------------------------------------------------------------------------

    async def keep(self, page: Page) -> None:
        """Reads a page and keeps what it holds."""
        await self._none_in_hand.wait()  # another list may give the day that the page does not
        link = self.links.get(address_key((page.addresses or (page.url,))[0]), page.link)
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
        self.found_late += outcome is Outcome.NEW and key in self.missed
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
        found, frame, lists = extracted.found, extracted.frame, set(self.routes)
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
        chain = self.chain(route)
        chain.open -= 1
        if not failed.tried and self.stopping:
            chain.cut = True
            return
        if is_of_edits(route.strategy):  # an extra that not every site answers: tried again another day
            before = self.routes.get(route.url) or RouteState(route.url, route.strategy, route.start, route.advertised)
            await self.listed(replace(before, looked_back=self.writer.clock()))
            await self._problem(url, failed, ())
            return
        if failed.reason in ("gone", "http-error") and route.url != route.start and not failed.again:
            # The page after the last one: feeds and pagers end like this.
            await self.listed(RouteState(route.url, route.strategy, route.start, route.advertised))
            await self.end(route, chain)
            return
        chain.cut = True
        self.route_failures.append((route, replace(failed, detail=f"{failed.detail} ({route.url})")))
        await self._problem(url, failed, ())

    async def end(self, route: Route, chain: Chain) -> None:
        """A page of a list is done with; when it was the last one, the list is known as far as it was to be read."""
        start = self.routes.get(route.start)
        if chain.open > 0 or chain.cut or start is None:
            return
        state = ended(start, chain.reaches, len(chain.missed & self.missed), self.writer.clock())
        if state != start:
            await self.listed(state)

    def chain(self, route: Route) -> Chain:
        """The list that a route belongs to."""
        start = route.start or route.url
        if start not in self.chains:
            before = self.routes.get(start)
            self.chains[start] = Chain(complete_before=before is not None and before.complete)
        return self.chains[start]

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
        home = self.routes.get(self.source.home)
        if home and self.route_failures and not self.lists_read:  # what was found once is there no more: look again
            await self.listed(replace(home, pending=True))

    def to_compare(self) -> list[Link]:
        """The known pages to look at before the run ends, because another one was odd; counted as asked for."""
        limit = self.options.limit
        if limit is not None and len(self.started) >= limit:
            return []
        found = self.doubt.further(self.started)
        self.started.update(address_key(each.url) for each in found)
        return [self.note(link_of(each)) for each in found]

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
        from crawler.standalone import begin

        attach(crawler, begin(crawler))
    return _VISITS[crawler]
