"""What an earlier run learned enters here, and only here: known pages are not fetched again, lists are asked
conditionally, paging stops where a list holds nothing new, and what a killed run left behind is taken up.

Spiders stay free of all this: a spider yields everything that its lists name.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.ingest.asking import Asking, route_of
from crawler.ingest.chains import Chain
from crawler.ingest.hints import digest, link_of
from crawler.ingest.knowledge import Knowledge, recall
from crawler.ingest.listed import Named, learned, named_by, pending
from crawler.ingest.outcomes import asked_for
from crawler.ingest.reach import BEYOND, REACH, TO_THE_END, Reach, is_of_edits, looks_further
from crawler.ingest.refresh import ASKED_AT_FIRST, choose, is_found
from crawler.ingest.template import Template
from crawler.ingest.visit import Visit, visit_of
from crawler.settings import EDITS_PAGES, HOME_DAYS, LIST_PAGES_A_RUN, LOOKS_A_RUN, UNDATED_PAGES_A_RUN
from crawler.web.failures import Failed
from spiders.press import PressSpider
from spiders.values import Link, Page, Route
from storage import looking, memory
from storage.addresses import address_key
from storage.changes import RouteState
from storage.looking import Look


class RevisitMiddleware:
    """Spider middleware between the spider and the ledger."""

    def __init__(self, visit: Visit, crawler: Crawler) -> None:
        self.visit, self.crawler = visit, crawler
        self.asking = Asking(visit)
        self.later: dict[str, RouteState] = {}  # lists that are asked only where the first ones name something new

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(visit_of(crawler), crawler)

    @property
    def spider(self) -> PressSpider:
        """The crawler's spider."""
        assert isinstance(self.crawler.spider, PressSpider)
        return self.crawler.spider

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The lists to ask, each conditionally; the pages of lists and the releases that are still to be read."""
        visit, source, now = self.visit, self.visit.source, self.visit.writer.clock()
        known = await visit.writer.ask(lambda corpus: recall(corpus, source.id, now, source.wants))
        visit.lists.routes, visit.forgotten, visit.distrusted = known.routes, known.forgotten, known.distrusted
        visit.template, self.asking.often = Template(known.template), known.often
        visit.settled = any(state.complete for state in visit.lists.routes.values())
        written = source.listings or source.feeds or source.sitemaps  # wins over what was found once
        found = (
            [] if written else [state for state in visit.lists.routes.values() if is_found(state) and _is_first(state)]
        )
        self.spider.javascript |= any(state.strategy == "rendered" for state in found)
        requests = [request async for request in start]
        begun = [each for each in requests if "route" in each.cb_kwargs]
        starts = {state.url for state in found} | {each.cb_kwargs["route"].url for each in begun}
        if visit.options.full:
            await self._begin_full(known, starts)
        for request in requests:
            if request not in begun:  # a page given by hand
                yield request
            elif not (found and request.cb_kwargs["route"].strategy == "home") or self._is_due(
                visit.lists.routes.get(request.cb_kwargs["route"].url)
            ):
                for each in self.asking.ask(request):
                    yield each
        for state in self._lists(starts):
            for each in self.asking.ask(self.spider.ask(route_of(state))):
                yield each
        for route in self.asking.edits(starts):
            for each in self.asking.ask(self.spider.ask(route)):
                yield each
        for page in known.waiting:
            link = visit.lists.note(link_of(page))
            if link.date is None and visit.undated >= UNDATED_PAGES_A_RUN // 2:
                visit.over_budget += 1  # the other half is for what the lists name now
            elif source.wants(link.url) and not self._is_too_old(link) and visit.may_start(address_key(link.url)):
                yield self.spider.follow(link)
        for request in self._again(known.looks):
            yield request

    def _lists(self, starts: set[str]) -> list[RouteState]:
        """The known pages of lists to ask at first: those that are still to be read, and a choice of what was found."""
        visit = self.visit
        ours = [
            state for state in visit.lists.routes.values() if state.start in starts and not self.asking.was_asked(state)
        ]
        waiting = [state for state in ours if state.pending]
        if visit.full:
            return waiting  # they lead to all others
        found = [state for state in ours if not state.pending and is_found(state)]
        first, later = choose(found, ASKED_AT_FIRST - self.asking.number, visit.writer.run)
        self.later = {state.url: state for state in later}
        return [*waiting, *first]

    async def _begin_full(self, known: Knowledge, starts: set[str]) -> None:
        """Begins a full crawl, unless one was begun and did not come to its end: then that one goes on."""
        visit = self.visit
        lists = [state for state in visit.lists.routes.values() if state.start in starts]
        if any(state.pending and state.reach == Reach.FULL for state in lists):
            return
        if any(visit.source.wants(url) for url in known.rereading):
            return
        visit.full = True
        await visit.writer.ask(lambda corpus: memory.begin_full(corpus.db, visit.source.id, starts))
        for state in lists:
            if state.url in starts:
                visit.lists.routes[state.url] = replace(state, pending=True, reach=Reach.FULL)

    def _again(self, looks: list[Look]) -> Iterator[Request]:
        """Requests for known pages whose time for another look has come, conditional where their host allows it."""
        visit = self.visit
        for look in looks:
            link = visit.lists.note(link_of(look))
            key = address_key(link.url)
            if visit.source.wants(link.url) and visit.may_start(key):
                request = self.spider.follow(link)
                self.asking.look(request, look, key)
                visit.looked.add(key)
                yield request

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Of what a list names, what is not known yet."""
        request = response.request
        assert request is not None
        route: Route | None = request.cb_kwargs.get("route")
        if route is None:
            async for thing in result:
                yield thing
            return
        visit, chain = self.visit, self.visit.lists.chain(route)
        with visit.lists.in_hand():
            named = await named_by(result, visit.lists.note)
        if named.unread:
            reason = "unreadable" if named.unread.tried else "no-answer"
            failed = Failed(reason, named.unread.why, again=True, tried=named.unread.tried)
            await visit.fail(asked_for(request), failed, route)
            return
        visit.lists.exploration = named.exploration or visit.lists.exploration
        if not visit.ledger.close(asked_for(request)):
            return  # an error status: Scrapy brings what the errback yields through here, and it has had its outcome
        of_edits = is_of_edits(route.strategy)
        visit.lists.read += route.strategy != "home" and not of_edits
        if response.status == 304:
            chain.open -= 1
            visit.counts.not_modified += 1
            visit.counts.evidence.stays(route)
            await visit.lists.not_modified(route)
            await visit.lists.end(route, chain)
            return
        run, urls = visit.writer.run, [link.url for link, _ in named.pages.values()]
        known = await visit.writer.ask(lambda corpus: memory.known(corpus.db, urls, run))
        wanted = {key: pair for key, pair in named.pages.items() if not self._is_too_old(pair[0])}
        if not of_edits:
            visit.lists.seen += len(named.pages)
            visit.lists.known += len(known)
        before, found = visit.lists.routes.get(route.url), named.found(visit.lists.links)
        told = learned(route, response, named, found, before, visit.source, visit.writer.clock())
        if told.lied:
            await visit.distrust(route.url, "has the validators of before, and names other things")
        reach, beyond = Reach(request.meta.get(REACH, Reach.NEW)), bool(request.meta.get(BEYOND))
        visit.lists.note_reach(wanted.keys() - known.keys(), chain, beyond or told.lied)
        going_on, further = self._goes_on(reach, chain, named, known, wanted)
        # A page of which `--since` wants nothing is the one that a run without it goes on from.
        too_old = bool(named.pages) and not wanted
        following = named.following if going_on or (chain.cut and not too_old) else []
        chain.seen.update(named.pages)
        again = reach if reach in TO_THE_END else None
        await visit.lists.listed(
            replace(told.state, pending=too_old and bool(named.following)),
            found,
            [
                pending(each.cb_kwargs["route"], again)
                for each in following
                if not self.asking.was_asked(each.cb_kwargs["route"])
            ],
            again=reach == Reach.FULL,
        )
        visit.counts.evidence.detailed(route, [link for link, _ in named.pages.values()], len(known))
        if any(link.changed for link, _ in named.pages.values()):
            now, left = visit.writer.clock(), LOOKS_A_RUN - len(visit.looked)
            source = visit.source
            due = await visit.writer.ask(lambda corpus: looking.due(corpus.db, source.id, now, left, source.wants))
            for each in self._again(due):
                yield each
        if going_on:
            for request in named.following:
                if told.changed or reach in TO_THE_END or request.cb_kwargs["route"].url not in self.later:
                    for each in self.asking.ask(request, reach, beyond=beyond or further):
                        yield each
        if wanted.keys() - known.keys():
            for state in self.later.values():
                for each in self.asking.ask(self.spider.ask(route_of(state))):
                    yield each
        chain.open -= 1
        chain.whole |= any(isinstance(thing, Page) for _, thing in named.pages.values())
        for key, (link, thing) in wanted.items():
            revised = isinstance(thing, Page) and known.get(key) != digest(link)
            if isinstance(thing, Page) and key in visit.lists.waiting:
                visit.lists.waiting[key] = thing  # another list named the page, this one brings it
                continue
            looked = revised and key in visit.looked  # its page, which is on its way, only tells that it is there
            if looked or ((key not in known or revised or reach == Reach.FULL) and visit.may_start(key)):
                visit.lists.waiting[key] = thing
        for thing in visit.lists.ready():  # each may be a while: other lists are read meanwhile
            yield thing if isinstance(thing, Request) or visit.lists.is_dated(thing) else self.spider.follow(thing.link)
        await visit.lists.end(route, chain)

    def _goes_on(
        self, reach: Reach, chain: Chain, named: Named, known: dict[str, str | None], wanted: dict[str, Any]
    ) -> tuple[bool, bool]:
        """Whether the further pages of a list are to be asked, and whether the fast way would not ask them. Marks the list
        as cut where something is left out."""
        visit, options = self.visit, self.visit.options
        chain.pages += 1
        if named.following and chain.pages >= LIST_PAGES_A_RUN:
            chain.cut = True
            visit.over_budget += len(named.following)
            return False, False
        if not named.following or not named.pages:  # an index or a home page: all that it names is asked
            return bool(named.following), False
        if not chain.seen.isdisjoint(named.pages) and chain.seen.issuperset(named.pages):
            return False, False  # the pager leads in a circle, or the site shows its last page again
        if options.since and not wanted or options.limit is not None and len(visit.started) >= options.limit:
            chain.cut = True
            return False, False
        fast = not (chain.complete_before and known.keys() >= named.pages.keys())
        fresh = [link for key, (link, _) in named.pages.items() if key not in chain.seen]
        match reach:
            case Reach.ALL | Reach.FULL:
                on = True
            case Reach.BACK:
                days = [visit.lists.links[address_key(link.url)].date for link in fresh]
                on = fast or looks_further(days, chain.pages, visit.today())
            case Reach.EDITS:
                last, (link, _) = list(named.pages.items())[-1]
                on = chain.pages < EDITS_PAGES and (last not in known or known[last] != digest(link))
            case _:
                on = fast
        return on, on and not fast

    def _is_too_old(self, link: Link) -> bool:
        since = self.visit.options.since
        return since is not None and link.date is not None and link.date < since

    def _is_due(self, home: RouteState | None) -> bool:
        if home is None or home.asked is None or home.pending or self.visit.full:
            return True
        then, now = datetime.fromisoformat(home.asked), datetime.fromisoformat(self.visit.writer.clock())
        return now - then >= timedelta(days=HOME_DAYS)


def _is_first(state: RouteState) -> bool:
    return state.url == state.start
