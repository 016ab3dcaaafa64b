"""How a source's lists and known pages are asked in a run: each once, how far, and conditionally where that can be trusted."""

from collections.abc import Collection, Iterator
from datetime import datetime

from scrapy import Request

from crawler.ingest.reach import BEYOND, REACH, Reach, are_edits_due, edits_of, is_of_edits, reach_of
from crawler.ingest.visit import Visit
from crawler.settings import CHECKED_LOOK
from crawler.web.validators import CHECK, conditions, forgiven, host_of, is_check_due
from spiders.values import Route
from storage.changes import RouteState
from storage.looking import Look


class Asking:
    """The requests of a run for lists and for known pages. `often`: see `Knowledge`."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.often: str | None = None
        self._asked: set[tuple[str, str]] = set()  # list pages of this run: address and strategy

    @property
    def number(self) -> int:
        """How many list pages were asked."""
        return len(self._asked)

    def was_asked(self, page: Route | RouteState) -> bool:
        """Whether a page of a list was asked in this run."""
        return (page.url, page.strategy) in self._asked

    def ask(self, request: Request, after: Reach | None = None, *, beyond: bool = False) -> list[Request]:
        """The request for a page of a list, conditional where it was read before; none where it was asked already.

        `after`: how far the list is read on from the page that led here; `beyond`: the fast way would not have come here.
        """
        route: Route = request.cb_kwargs["route"]
        if (route.url, route.strategy) in self._asked:
            return []
        self._asked.add((route.url, route.strategy))
        visit = self.visit
        state = visit.lists.routes.get(route.url)
        chain = visit.lists.chain(route)
        reach = self._reach(route, state, after)
        chain.open += 1
        chain.reaches.add(reach)
        again = state is not None and state.pending and reach == Reach.ALL
        request.meta.update({REACH: reach, BEYOND: beyond or again or reach == Reach.EDITS})
        # Not a home page: it may be as it was, and what it leads to another.
        if state and not state.pending and state.strategy == route.strategy != "home":
            self._condition(request, state, reach)
        return [request]

    def _reach(self, route: Route, state: RouteState | None, after: Reach | None) -> Reach:
        first = route.url == (route.start or route.url)
        if after and not first:
            return after
        if state and state.pending and state.reach:
            return Reach(state.reach)
        if self.visit.full:
            return Reach.FULL
        if is_of_edits(route.strategy):
            return Reach.EDITS
        if state and first and not state.pending:
            further = [
                each for each in self.visit.lists.routes.values() if each.start == state.url and each.url != state.url
            ]
            sweeping = any(each.pending and each.reach for each in further)
            now = datetime.fromisoformat(self.visit.writer.clock())
            return reach_of(self.visit.source.id, state, bool(further), sweeping, now)
        return Reach.NEW

    def _condition(self, request: Request, state: RouteState, reach: Reach) -> None:
        """Makes a request conditional, unless its list is to be read on whatever this page says, or to be checked."""
        now = datetime.fromisoformat(self.visit.writer.clock())
        state = forgiven(state, now)
        self.visit.lists.routes[state.url] = state
        headers = conditions(state.etag, state.last_modified, state.vain)
        if not headers:
            return
        if is_check_due(self.visit.source.id, state, now, self.often):
            request.meta[CHECK] = True
            return
        # A part of an index of sitemaps leads to nothing else.
        read_on = reach in (Reach.BACK, Reach.ALL, Reach.FULL) and not (
            state.strategy == "sitemap" and reach != Reach.FULL
        )
        if not read_on and host_of(request.url) not in self.visit.distrusted:
            request.headers.update(headers)

    def edits(self, starts: Collection[str]) -> Iterator[Route]:
        """The lists by time of change that are due, of the machine interfaces among the lists that begin at `starts`."""
        routes, now = self.visit.lists.routes, datetime.fromisoformat(self.visit.writer.clock())
        for state in list(routes.values()):
            if state.url == state.start and state.url in starts and not self.visit.full:
                url = edits_of(state)
                if url and are_edits_due(state, routes.get(url), now):
                    yield Route(url, f"{state.strategy}-edits", url, advertised=True)

    def look(self, request: Request, look: Look, key: str) -> None:
        """Makes a request for a known page conditional; of a few looks it does not, to see whether the host tells the truth."""
        held = look.etag, look.last_modified
        if host_of(request.url) in self.visit.distrusted:
            return
        if look.times % CHECKED_LOOK == 0:
            if held != (None, None):
                self.visit.held[key] = held
            return
        request.headers.update(conditions(*held))


def route_of(state: RouteState) -> Route:
    """A remembered page of a list, to be asked."""
    return Route(state.url, state.strategy, state.start, state.advertised)
