"""Lists read without selectors: the page's repeated blocks that have an address, a title and often a day.

The page's links are grouped by how they are set; the groups that look most like releases in a list are cut into cards,
and the best of them says which addresses belong to the list. What another part of the page says of the same addresses
is added; a page on which no group convinces names nothing, which the run then reports.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from urllib.parse import urlsplit

from scrapy.http import Response

from spiders.discovery.addresses import sections_among
from spiders.discovery.cards import ELLIPSIS, cut_cards
from spiders.discovery.furniture import Standing
from spiders.discovery.groups import Anchor, anchors_of, grouped
from spiders.discovery.items import (
    MOST_CARDS,
    Item,
    eventful,
    families_of,
    family_of,
    is_list,
    items_of,
    mean_worth,
    score,
    settled,
)
from spiders.discovery.markup import Element, parse
from spiders.discovery.pager import next_page
from spiders.source import Source
from spiders.values import Link, Reading, Route

MOST_LINKS = 1000
_SAMPLE = 24
_TRIED = 8


def read(response: Response, route: Route, source: Source) -> Reading:
    """The releases that a page lists, in its order, and the list's next page.

    Raises:
        Unreadable: the answer is no HTML.
    """
    tree, base = parse(response)
    anchors = list(anchors_of(tree, base, response.url, source))
    links, last = _releases(anchors, response.url)
    following = next_page(tree, base, response.url, last) if links else None
    return Reading(
        tuple(links[:MOST_LINKS]),
        (Route(following, "listing", start=route.start or route.url),) if following else (),
    )


def _releases(anchors: Sequence[Anchor], own: str) -> tuple[list[Link], Element | None]:
    """The releases that a page's links lead to, and the last link of the list that most of them are in."""
    groups = grouped(anchors)
    tried = [(group, items_of(group, own, _SAMPLE)) for group in groups[:_TRIED]]
    scored = [(score(items), group, items) for group, items in tried if is_list(items, own)]
    if not scored:
        return [], None
    # Events are lists too, with days and often longer ones.
    _, best, sample = max([entry for entry in scored if not eventful(entry[2], own)] or scored, key=itemgetter(0))
    families = families_of(item.link.url for item in sample)
    chosen = {id(best): settled(items_of(best, own))}
    owners = dict(zip(cut_cards(best), (anchor.url for anchor in best), strict=True))
    beside = {id(group) for group in groups if group is not best and _is_beside(group, owners)}
    place = {id(anchor): number for number, anchor in enumerate(anchors)}
    end = max(place[id(anchor)] for anchor in best)

    def joins(group: Sequence[Anchor], items: Sequence[Item]) -> bool:
        # What is undated and follows the list is a subject's or an office's links; what leads up to it is its highlight.
        dated = sum(item.dated for item in items) >= len(items) / 2
        ahead = place[id(group[0])] < end and group[0].standing >= best[0].standing
        return dated or ahead or (not sample[0].dated and len(items) >= len(sample) / 2)

    for _, group, items in scored:
        if group is best or id(group) in beside or not joins(group, items):
            continue
        alike = sum(family_of(item.link.url) in families for item in items) >= len(items) / 2
        worthy = mean_worth(items) >= 0.75 * mean_worth(sample) and sum(item.dated for item in items) >= len(items) / 2
        if alike or (worthy and not eventful(items, own)):
            chosen[id(group)] = items_of(group, own)
    for group in groups:
        if id(group) not in chosen and id(group) not in beside:
            strays = [
                anchor for anchor in group if family_of(anchor.url) in families and anchor.standing > Standing.FURNITURE
            ][: max(0, MOST_CARDS - sum(map(len, chosen.values())))]
            items = items_of(strays, own) if strays else []
            if items and joins(strays, items):
                chosen[id(group)] = items
    return _merged(anchors, chosen.values(), own), best[-1].element


def _is_beside(group: Sequence[Anchor], owners: Mapping[Element, str]) -> bool:
    """Whether a group's links stand in the cards of others: an author, a category, an office."""
    beside = 0
    for anchor in group:
        owner = next((owners[node] for node in anchor.element.iterancestors() if node in owners), anchor.url)
        beside += owner != anchor.url
    return beside > len(group) / 2


def _merged(anchors: Sequence[Anchor], groups: Iterable[list[Item]], own: str) -> list[Link]:
    """One link for each address, in the page's order: the first title and day that a group gives, firm groups first."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for items in sorted(groups, key=mean_worth, reverse=True):
        for url, title, day in _agreed(items):
            known, known_day = found.get(url, (None, None))
            found[url] = (_fuller(known, title), known_day or day)
    above = {url for url in found if _is_above(url, own)} | sections_among(list(found))
    order = dict.fromkeys(anchor.url for anchor in anchors if anchor.url in found and anchor.url not in above)
    return [Link(url, found[url][0], found[url][1]) for url in order]


def _fuller(title: str | None, other: str | None) -> str | None:
    """The first of two titles, or the other where the first is the other cut short."""
    stem = ELLIPSIS.sub("", title or "")
    return other if other and stem != title and other.startswith(stem) and not ELLIPSIS.search(other) else title


def _agreed(items: Iterable[Item]) -> Iterator[tuple[str, str | None, str | None]]:
    """What cards say of each address. Where they are cards of different releases, their link is a placeholder, and
    neither title nor day is the page's behind it."""
    said: dict[str, list[Link]] = defaultdict(list)
    for item in items:
        said[item.link.url].append(item.link)
    for url, links in said.items():
        titles, days = ({getattr(link, name) for link in links} - {None} for name in ("title", "date"))
        if len(titles) > 1 and len(days) > 1:
            yield url, None, None
        else:
            yield url, links[0].title, next((link.date for link in links if link.date), None)


def _is_above(url: str, own: str) -> bool:
    """Whether an address is a section that the page at `own` is in."""
    parts = urlsplit(url)
    return not parts.query and urlsplit(own).path.rstrip("/").startswith(f"{parts.path.rstrip('/')}/")
