"""The lists of a source in one run: how far each was read, what they say of pages, which releases wait for their word."""

import asyncio
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from scrapy import Request

from crawler.ingest.evidence import Evidence
from crawler.ingest.reach import Reach, ended
from crawler.ingest.writer import Writer
from crawler.settings import VAIN_CONDITIONS
from crawler.web.failures import Failed
from spiders.discovery.exploration import Exploration
from spiders.values import Link, Page, Route
from storage.addresses import address_key
from storage.changes import Found, Listed, RouteState

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


class Lists:
    """What a run knows of a source's lists. `evidence` is told what each named, `writer` keeps it."""

    def __init__(self, source: str, writer: Writer, evidence: Evidence) -> None:
        self.source, self.writer, self.evidence = source, writer, evidence
        self.routes: dict[str, RouteState] = {}  # their pages, by address
        self.chains: dict[str, Chain] = {}  # by the address of their first page
        self.links: dict[str, Link] = {}  # by address key: the best that the lists said of a page
        self.failures: list[tuple[Route, Failed]] = []
        self.read = 0  # without home pages
        self.seen = 0  # links
        self.known = 0  # of these, from an earlier run
        # Pages that a list may still date, or bring with their whole text, by address key: they wait until one does, or
        # all are read.
        self.waiting: dict[str, Request | Page] = {}
        self.reached: set[str] = set()  # keys of new releases that lists named where the fast way comes to
        self.missed: set[str] = set()  # and of those that only a look back or a sweep found
        self.exploration: Exploration | None = None  # of a source of which only the home page is known
        self._in_hand = 0
        self.none_in_hand = asyncio.Event()
        self.none_in_hand.set()

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """While a list that has arrived is read: what it says of pages may still be wanted."""
        self._in_hand += 1
        self.none_in_hand.clear()
        try:
            yield
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self.none_in_hand.set()

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
            self.evidence.named(state, found, bool(following))
        await self.writer.save(Listed(self.source, state, tuple(found or ()), tuple(following), again))

    def note_reach(self, keys: Set[str], chain: Chain, beyond: bool) -> None:
        """Notes whether the fast way would have come to new releases that a list named."""
        if beyond:
            self.missed |= keys - self.reached
            chain.missed |= keys
        else:
            self.reached |= keys
            self.missed -= keys

    async def not_modified(self, route: Route) -> None:
        """A list says that it is as before: the condition that it was asked with is one that matches."""
        state = self.routes.get(route.url)
        if state is not None and state.vain % VAIN_CONDITIONS:
            await self.listed(replace(state, vain=state.vain - state.vain % VAIN_CONDITIONS))

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
