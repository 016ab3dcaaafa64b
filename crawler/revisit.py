"""What an earlier run learned enters here, and only here: known pages are not fetched again, lists are asked
conditionally, paging stops where a list holds nothing new, and what a killed run left behind is taken up.

Spiders stay free of all this: a spider yields everything that its lists name.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.failures import Failed
from crawler.hints import digest, hints_of, link_of
from crawler.outcomes import asked_for
from crawler.refresh import ASKED_AT_FIRST, choose, is_found
from crawler.settings import HOME_DAYS, LIST_PAGES_A_RUN, LOOKS_A_RUN, PAGES_A_RUN, UNDATED_PAGES_A_RUN
from crawler.template import Template
from crawler.visit import Chain, Visit, visit_of
from spiders.discovery.exploration import Exploration
from spiders.press import PressSpider
from spiders.values import Link, Page, Route, Unread
from storage import looking, memory
from storage.addresses import address_key
from storage.changes import Found, RouteState
from storage.forgetting import forgotten


@dataclass(slots=True)
class _Named:
    """What the answer of one list named."""

    pages: dict[str, tuple[Link, Request | Page]] = field(default_factory=dict)  # by address key
    following: list[Request] = field(default_factory=list)
    unread: Unread | None = None
    exploration: Exploration | None = None


class RevisitMiddleware:
    """Spider middleware between the spider and the ledger."""

    def __init__(self, visit: Visit, crawler: Crawler) -> None:
        self.visit, self.crawler = visit, crawler
        self.asked: set[tuple[str, str]] = set()  # list pages of this run: address and strategy
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
        visit = self.visit
        visit.routes = await visit.writer.ask(lambda corpus: memory.routes(corpus.db, visit.source.id))
        visit.forgotten = await visit.writer.ask(lambda corpus: forgotten(corpus.db))
        visit.template = Template(await visit.writer.ask(lambda corpus: memory.template(corpus.db, visit.source.id)))
        written = visit.source.listings or visit.source.feeds or visit.source.sitemaps  # wins over what was found once
        advertised = [s for s in visit.routes.values() if s.advertised and s.url == s.start and not written]
        starts: set[str] = {state.url for state in advertised}
        if any(state.strategy == "rendered" for state in advertised):
            self.spider.javascript = True
        async for request in start:
            route: Route | None = request.cb_kwargs.get("route")
            if route is None:  # a page given by hand
                yield request
                continue
            starts.add(route.url)
            if route.strategy != "home" or not advertised or self._is_due(visit.routes.get(route.url)):
                for each in self._ask(request):
                    yield each
        ours = [
            state
            for state in visit.routes.values()
            if state.start in starts and (state.url, state.strategy) not in self.asked
        ]
        pending = [state for state in ours if state.pending]
        found = [state for state in ours if not state.pending and is_found(state)]
        room = len(found) if visit.options.full else ASKED_AT_FIRST - len(self.asked)
        first, later = choose(found, room, visit.writer.run)
        for state in (*pending, *first):
            for each in self._ask(self.spider.ask(_route_of(state))):
                yield each
        self.later = {state.url: state for state in later}
        visit.settled = any(state.complete for state in visit.routes.values())
        waiting = await visit.writer.ask(lambda corpus: memory.waiting(corpus.db, visit.source.id))
        for found_before in waiting:
            link = visit.note(link_of(found_before))
            if link.date is None and visit.undated >= UNDATED_PAGES_A_RUN // 2:
                visit.over_budget += 1  # the other half is for what the lists name now
            elif visit.source.wants(link.url) and not self._is_too_old(link) and self._may_start(address_key(link.url)):
                yield self.spider.follow(link)

        for request in await self._looks():
            yield request

    async def _looks(self) -> list[Request]:
        """Requests for known pages whose time for another look has come, conditional where their host allows it."""
        visit, now = self.visit, self.visit.writer.clock()
        due = await visit.writer.ask(lambda corpus: looking.due(corpus.db, visit.source.id, now, LOOKS_A_RUN))
        requests = []
        for look in due:
            link = visit.note(link_of(Found(look.url, look.hints)))
            if visit.source.wants(link.url) and self._may_start(address_key(link.url)):
                request = self.spider.follow(link)
                request.headers.update(conditions(look.etag, look.last_modified))
                requests.append(request)
        return requests

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Of what a list names, what is not known yet."""
        assert response.request is not None
        route: Route | None = response.request.cb_kwargs.get("route")
        if route is None:
            async for thing in result:
                yield thing
            return
        visit, chain = self.visit, self.visit.chain(route)
        with visit.list_in_hand():
            named = await self._named(result)
        if named.unread:
            reason = "unreadable" if named.unread.tried else "no-answer"
            failed = Failed(reason, named.unread.why, again=True, tried=named.unread.tried)
            await visit.fail(asked_for(response.request), failed, route)
            return
        visit.exploration = named.exploration or visit.exploration
        if not visit.ledger.close(asked_for(response.request)):
            return  # an error status: Scrapy brings what the errback yields through here, and it has had its outcome
        visit.lists_read += route.strategy != "home"
        if response.status == 304:
            chain.open -= 1
            visit.counts.not_modified += 1
            await visit.end(route, chain)
            return
        run, urls = visit.writer.run, [link.url for link, _ in named.pages.values()]
        known = await visit.writer.ask(lambda corpus: memory.known(corpus.db, urls, run))
        wanted = {key: pair for key, pair in named.pages.items() if not self._is_too_old(pair[0])}
        visit.links_seen += len(named.pages)
        visit.links_known += len(known)
        before = visit.routes.get(route.url)
        going_on = self._goes_on(route, chain, named, known, wanted)
        # A page of which `--since` wants nothing is the one that a run without it goes on from.
        too_old = bool(named.pages) and not wanted
        following = named.following if going_on or (chain.cut and not too_old) else []
        chain.seen.update(named.pages)
        await visit.listed(
            replace(_state_of(route, response, named, before), pending=too_old and bool(named.following)),
            [
                Found(link.url, hints_of(visit.links[key]), digest(link.content), link.changed)
                for key, (link, _) in named.pages.items()
            ],
            [_pending(each.cb_kwargs["route"]) for each in following],
        )
        if any(link.changed for link, _ in named.pages.values()):
            for request in await self._looks():
                yield request
        if going_on:
            changed = before is not None and bool(before.etag or before.last_modified)
            for request in named.following:
                if changed or request.cb_kwargs["route"].url not in self.later:
                    for each in self._ask(request):
                        yield each
        if wanted.keys() - known.keys():
            for state in self.later.values():
                for each in self._ask(self.spider.ask(_route_of(state))):
                    yield each
        chain.open -= 1
        chain.whole |= any(isinstance(thing, Page) for _, thing in named.pages.values())
        for key, (link, thing) in wanted.items():
            revised = isinstance(thing, Page) and known.get(key) != digest(link.content)
            if isinstance(thing, Page) and key in visit.waiting:
                visit.waiting[key] = thing  # another list named the page, this one brings it
            elif (key not in known or revised or visit.options.full) and self._may_start(key):
                visit.waiting[key] = thing
        to_come = [each for each in visit.chains.values() if each.open]
        whole_to_come = any(each.whole for each in to_come)
        ready = [
            self._dated(visit.waiting.pop(key), key)
            for key, thing in list(visit.waiting.items())
            if not to_come or (visit.links[key].date and (isinstance(thing, Page) or not whole_to_come))
        ]
        for thing in ready:  # each may be a while: other lists are read meanwhile
            yield thing
        await visit.end(route, chain)

    def _dated(self, thing: Request | Page, key: str) -> Request | Page:
        """A release that came with a list, if one of the lists knew its day; else a request for its page, which may."""
        return thing if isinstance(thing, Request) or self.visit.links[key].date else self.spider.follow(thing.link)

    async def _named(self, result: AsyncIterator[Any]) -> _Named:
        named = _Named()
        async for thing in result:
            if isinstance(thing, Unread):
                named.unread = thing
            elif isinstance(thing, Exploration):
                named.exploration = thing
            elif isinstance(thing, Page):
                self.visit.note(thing.link)
                named.pages.setdefault(address_key(thing.url), (thing.link, thing))
            elif "link" in thing.cb_kwargs:
                link = self.visit.note(thing.cb_kwargs["link"])
                named.pages.setdefault(address_key(link.url), (link, thing))
            else:
                named.following.append(thing)
        return named

    def _goes_on(
        self, route: Route, chain: Chain, named: _Named, known: dict[str, str | None], wanted: dict[str, Any]
    ) -> bool:
        """Whether the further pages of a list are to be asked. Marks the list as cut where something is left out."""
        options = self.visit.options
        chain.pages += 1
        if named.following and chain.pages >= LIST_PAGES_A_RUN:
            chain.cut = True
            self.visit.over_budget += len(named.following)
            return False
        if not named.following or not named.pages:  # an index or a home page: all that it names is asked
            return bool(named.following)
        if not chain.seen.isdisjoint(named.pages) and chain.seen.issuperset(named.pages):
            return False  # the pager leads in a circle, or the site shows its last page again
        if options.full:
            return True
        if options.since and not wanted or options.limit is not None and len(self.visit.started) >= options.limit:
            chain.cut = True
            return False
        return not (chain.complete_before and known.keys() >= named.pages.keys())

    def _is_too_old(self, link: Link) -> bool:
        since = self.visit.options.since
        return since is not None and link.date is not None and link.date < since

    def _may_start(self, key: str) -> bool:
        visit = self.visit
        if (
            key in visit.forgotten
            or key in visit.started
            or (visit.options.limit is not None and len(visit.started) >= visit.options.limit)
        ):
            return False
        undated = visit.links[key].date is None
        if len(visit.started) >= PAGES_A_RUN or (undated and visit.undated >= UNDATED_PAGES_A_RUN):
            visit.over_budget += 1
            return False
        visit.undated += undated
        visit.started.add(key)
        visit.workers.warm_up()  # a run that finds nothing new starts no worker
        return True

    def _ask(self, request: Request) -> list[Request]:
        """The request for a page of a list, conditional where it was read before; none where it was asked already."""
        route: Route = request.cb_kwargs["route"]
        if (route.url, route.strategy) in self.asked:
            return []
        self.asked.add((route.url, route.strategy))
        self.visit.chain(route).open += 1
        state = self.visit.routes.get(route.url)
        # Not a home page: it may be as it was, and what it leads to another.
        if state and not state.pending and not self.visit.options.full and route.strategy != "home":
            request.headers.update(conditions(state.etag, state.last_modified))
        return [request]

    def _is_due(self, home: RouteState | None) -> bool:
        if home is None or home.asked is None or home.pending or self.visit.options.full:
            return True
        then, now = datetime.fromisoformat(home.asked), datetime.fromisoformat(self.visit.writer.clock())
        return now - then >= timedelta(days=HOME_DAYS)


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, section 13.1).

    An ETag that a proxy weakened (`W/"…"`) matches nothing when it is sent back as it came, and while it is there
    If-Modified-Since counts for nothing: measured on nginx with gzip.
    """
    if etag and not etag.startswith("W/"):
        return {"If-None-Match": etag}
    if last_modified:
        return {"If-Modified-Since": last_modified}
    return {"If-None-Match": etag.removeprefix("W/")} if etag else {}


def _route_of(state: RouteState) -> Route:
    return Route(state.url, state.strategy, state.start, state.advertised)


def _pending(route: Route) -> RouteState:
    return RouteState(route.url, route.strategy, route.start or route.url, route.advertised, pending=True)


def _state_of(route: Route, response: Response, named: _Named, before: RouteState | None) -> RouteState:
    known = before is not None and before.strategy == route.strategy  # a home page may also be asked as a list
    state = replace(before if before and known else _pending(route), pending=False)
    if not named.pages and not named.following:  # "not modified" would pass for a success the next time
        return replace(state, etag=None, last_modified=None)
    return replace(state, etag=_header(response, "ETag"), last_modified=_header(response, "Last-Modified"))


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
