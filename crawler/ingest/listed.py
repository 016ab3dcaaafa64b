"""What the answer of a list named, and what that says of the list and of its host."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawler.ingest.hints import digest, hints_of
from crawler.ingest.reach import Reach
from crawler.settings import civicpress_version
from crawler.web.validators import CHECK, conditions, is_another, is_conditional, told, validators_of
from spiders.discovery.exploration import Exploration
from spiders.source import Source
from spiders.values import Link, Page, Route, Unread
from storage.addresses import address_key
from storage.changes import Found, RouteState


@dataclass(slots=True)
class Named:
    """What the answer of one list named."""

    pages: dict[str, tuple[Link, Request | Page]] = field(default_factory=dict)  # by address key
    following: list[Request] = field(default_factory=list)
    unread: Unread | None = None
    exploration: Exploration | None = None

    def add(self, thing: Any) -> Link | None:
        """Takes what the spider yields; returns the link, where it is a release's."""
        if isinstance(thing, Unread):
            self.unread = thing
        elif isinstance(thing, Exploration):
            self.exploration = thing
        elif isinstance(thing, Page) or "link" in thing.cb_kwargs:
            link: Link = thing.link if isinstance(thing, Page) else thing.cb_kwargs["link"]
            self.pages.setdefault(address_key(link.url), (link, thing))
            return link
        else:
            self.following.append(thing)
        return None

    def found(self, links: Mapping[str, Link]) -> list[Found]:
        """The releases, as the corpus remembers them; `links`: the best that all lists said of them, by key."""
        return [
            Found(link.url, hints_of(links[key]), digest(link), link.changed) for key, (link, _) in self.pages.items()
        ]


async def named_by(result: AsyncIterator[Any], note: Any) -> Named:
    """All that the spider found in an answer; `note` is told of each link."""
    named = Named()
    async for thing in result:
        if link := named.add(thing):
            note(link)
    return named


@dataclass(frozen=True, slots=True)
class Learned:
    """What an answer taught: the page's state from here on; whether the answer was another one than the last; whether the
    host would have said "not modified" of it although it names other things now."""

    state: RouteState
    changed: bool
    lied: bool


def learned(
    route: Route,
    response: Response,
    named: Named,
    found: list[Found],
    before: RouteState | None,
    source: Source,
    now: str,
) -> Learned:
    """What the answer of a list teaches; `before` is what was remembered of it."""
    request = response.request
    assert request is not None
    conditional = is_conditional(request.headers)
    known = before is not None and before.strategy == route.strategy  # a home page may also be asked as a list
    state = replace(before if before and known else pending(route), pending=False, reach=None)
    rules = f"{civicpress_version()} {source.include} {source.exclude}"
    says = told(rules, found, named.pages, [each.url for each in named.following])
    new, held = validators_of(response), (state.etag, state.last_modified)
    if not named.pages and not named.following:  # "not modified" would pass for a success the next time
        new = (None, None)
    same, any_held = new == held, held != (None, None)
    lied = same and any_held and not conditional and is_another(state.named, says)
    vain, checked = state.vain, state.checked
    if conditional and state.named == says:
        vain += 1
        if not conditions(*new, vain):
            checked = now  # from here on it is asked without one
    elif vain and not conditions(*held, vain):
        new = held  # its validators say nothing, and a refresh that finds nothing new writes nothing
    elif checked is None or request.meta.get(CHECK):
        checked = now
    state = replace(state, etag=new[0], last_modified=new[1], named=says, checked=checked, vain=vain)
    return Learned(state, any_held and not (same and not conditional), lied)


def pending(route: Route, reach: Reach | None = None) -> RouteState:
    """The state of a page of a list that is still to be read."""
    start = route.start or route.url
    return RouteState(route.url, route.strategy, start, route.advertised, pending=True, reach=reach)
