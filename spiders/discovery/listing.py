"""Lists read without selectors: the page's repeated blocks that have an address, a title and often a day.

The page's links are grouped by how they are set; the groups that look most like releases in a list are cut into cards,
and the best of them says which addresses belong to the list. What another part of the page says of the same addresses
is added; a page on which no group convinces names nothing, which the run then reports.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from scrapy.http import Response

from spiders.discovery.addresses import press_like
from spiders.discovery.carddates import day_before, published_in
from spiders.discovery.cards import cut_cards, repeated, title_in
from spiders.discovery.furniture import Standing
from spiders.discovery.groups import Anchor, anchors_of, grouped, headed
from spiders.discovery.markup import HEADINGS, Element, parse, text_of
from spiders.discovery.pager import next_page
from spiders.source import Source
from spiders.values import Link, Reading, Route

MOST_LINKS = 1000
_MOST_CARDS = MOST_LINKS + 500
_SAMPLE = 24
_TRIED = 8

_SECTION = re.compile(
    r"(?i)^(?:(?:tutt[ei]|vedi|vai|archivio|elenco|altre|ultime|le|gli|i|e|ed|tutte le|a|alle|all|in evidenza|news|novità|notizi[ae]|comunicat[io](?: stampa)?"
    r"|avvis[io]|eventi|ufficio stampa|sala stampa|rassegna stampa|home|menu|stampa|dal comune|bandi|concorsi|gare|servizi|amministrazione|documenti e dati|vivere il comune"
    r"|contatti|privacy|cookie policy|note legali|accessibilità|mappa del sito|area riservata|cerca|login|accedi)\W*)+$"
)
_LANGUAGE = re.compile(r"(?i)^(?:[a-z]{2}(?:-[a-z]{2})?)$")
_EVENT = re.compile(r"(?i)(?:^|[/_-])(?:event[io]?s?|calendario|appuntamenti)(?:[/_-]|$)")


@dataclass(slots=True)
class _Item:
    link: Link
    dated: bool
    heading: bool
    teaser: bool
    familiar: bool
    standing: Standing

    @property
    def worth(self) -> float:
        """How much an item looks like a release in a list, from 0 to 1."""
        title = self.link.title or ""
        points = 0.3 * self.dated + 0.15 * self.heading + 0.1 * self.teaser + 0.2 * self.familiar
        return float(points + 0.25 * min(len(title) / 45, 1)) * _WEIGHT[self.standing]


_SIGNS = ("dated", "familiar", "heading")
_WEIGHT = {Standing.FURNITURE: 0.1, Standing.DOUBTFUL: 0.6, Standing.OPEN: 0.9, Standing.MAIN: 1.0}


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
    tried = [(group, _items(group, own, _SAMPLE)) for group in groups[:_TRIED]]
    scored = [(_score(items), group, items) for group, items in tried if _is_list(items, own)]
    if not scored:
        return [], None
    _, best, sample = max(scored, key=lambda entry: entry[0])
    families = _families(item.link.url for item in sample)
    chosen = {id(best): _items(best, own)}
    owners = dict(zip(cut_cards(best), (anchor.url for anchor in best), strict=True))
    beside = {id(group) for group in groups if group is not best and _is_beside(group, owners)}
    place = {id(anchor): number for number, anchor in enumerate(anchors)}
    end = max(place[id(anchor)] for anchor in best)

    def joins(group: Sequence[Anchor], items: Sequence[_Item]) -> bool:
        # What is undated and follows the list is a subject's or an office's links; what leads up to it is its highlight.
        dated = sum(item.dated for item in items) >= len(items) / 2
        ahead = place[id(group[0])] < end and group[0].standing >= best[0].standing
        return dated or ahead or (not sample[0].dated and len(items) >= len(sample) / 2)

    for _, group, items in scored:
        if group is best or id(group) in beside or not joins(group, items):
            continue
        alike = sum(_family(item.link.url) in families for item in items) >= len(items) / 2
        worthy = _mean(items) >= 0.75 * _mean(sample) and sum(item.dated for item in items) >= len(items) / 2
        if alike or (worthy and not _eventful(items, own)):
            chosen[id(group)] = _items(group, own)
    for group in groups:
        if id(group) not in chosen and id(group) not in beside:
            strays = [
                anchor for anchor in group if _family(anchor.url) in families and anchor.standing > Standing.FURNITURE
            ][: max(0, _MOST_CARDS - sum(map(len, chosen.values())))]
            items = _items(strays, own) if strays else []
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


def _family(url: str) -> str | None:
    """The part of an address that releases of one list share; None where it is the whole site's."""
    parts = urlsplit(url)
    segments = [segment for segment in unquote(parts.path).split("/") if segment]
    while segments and _LANGUAGE.match(segments[0]):
        segments.pop(0)
    if parts.query and segments:
        return f"{segments[-1]}?{'&'.join(sorted(re.sub('=.*', '', pair) for pair in parts.query.split('&')))}"
    if len(segments) < 2:
        return None
    if press_like(segments[0]):
        return segments[0].lower()
    return "/".join(re.sub(r"\d+", "N", segment) for segment in segments[:-1])


def _families(urls: Iterable[str]) -> frozenset[str]:
    count = Counter(family for url in urls if (family := _family(url)))
    total = sum(count.values())
    return frozenset(family for family, number in count.items() if number >= max(2, total * 0.2))


def _items(group: Sequence[Anchor], own: str, most: int | None = None) -> list[_Item]:
    group = group[:_MOST_CARDS]
    dull = repeated(group)
    below = re.sub(r"/[^/]*\.\w+$", "", urlsplit(own).path).rstrip("/") + "/"
    pairs = list(zip(group, cut_cards(group), strict=True))[:most]
    cards = [(anchor, card, title_in(card, anchor, dull)) for anchor, card in pairs]
    leads = [day_before(title)[0] for _, _, title in cards if title]
    led = len(leads) >= 3 and sum(day is not None for day in leads) >= 0.6 * len(leads)
    found = []
    for anchor, card, title in cards:
        if not title or _SECTION.match(title):
            continue
        lead, title = day_before(title) if led else (None, title)
        day = published_in(card, title) or lead
        path = urlsplit(anchor.url).path
        found.append(
            _Item(
                Link(anchor.url, title, day.isoformat() if day else None),
                dated=day is not None,
                heading=headed(anchor.element) or next(card.iter(*HEADINGS), None) is not None,
                teaser=len(text_of(card)) > len(title) + 40,
                familiar=press_like(path) or (len(below) > 1 and path.startswith(below)),
                standing=anchor.standing,
            )
        )
    return found


def _mean(items: Sequence[_Item]) -> float:
    return sum(item.worth for item in items) / len(items) if items else 0.0


def _score(items: Sequence[_Item]) -> float:
    return _mean(items) * math.sqrt(min(len({item.link.url for item in items}), 20))


def _is_list(items: Sequence[_Item], own: str) -> bool:
    if not items or _mean(items) < 0.3:
        return False
    number = len({item.link.url for item in items})
    dated, familiar, headed = (sum(getattr(item, name) for item in items) / len(items) for name in _SIGNS)
    if number == 1:  # one link makes no list unless it looks like a release in all ways
        firm = headed > 0 and press_like(urlsplit(items[0].link.url).path.rpartition("/")[0])
        return firm or (dated > 0 and familiar + headed > 0)
    if dated >= 0.3 or familiar >= 0.5:
        return True
    # A press section whose cards have no day, and addresses like all others of the site.
    long = sum(len(item.link.title or "") >= 20 for item in items) / len(items)
    return press_like(urlsplit(own).path) and number >= 3 and min(headed, long) >= 0.8


def _eventful(items: Sequence[_Item], own: str) -> bool:
    return not _EVENT.search(urlsplit(own).path) and any(_EVENT.search(urlsplit(item.link.url).path) for item in items)


def _merged(anchors: Sequence[Anchor], groups: Iterable[list[_Item]], own: str) -> list[Link]:
    """One link for each address, in the page's order: the first title and day that a group gives, firm groups first."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for items in sorted(groups, key=_mean, reverse=True):
        for url, title, day in _agreed(items):
            known, known_day = found.get(url, (None, None))
            found[url] = (known or title, known_day or day)
    above = _sections([*found, own])
    order = dict.fromkeys(anchor.url for anchor in anchors if anchor.url in found and anchor.url not in above)
    return [Link(url, found[url][0], found[url][1]) for url in order]


def _agreed(items: Iterable[_Item]) -> Iterator[tuple[str, str | None, str | None]]:
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


def _sections(urls: Sequence[str]) -> frozenset[str]:
    """The addresses under which others are: a section that a breadcrumb or a card names, and no release."""
    paths = {url: f"{urlsplit(url).path.rstrip('/')}/" for url in urls}
    known = Counter(paths.values())
    above: Counter[str] = Counter()
    for path in known:
        steps = path.strip("/").split("/")
        above.update(f"/{'/'.join(steps[:depth])}/" for depth in range(1, len(steps)))
    here = paths[urls[-1]]
    return frozenset(
        url
        for url in urls[:-1]
        if not urlsplit(url).query and (above[paths[url]] >= 2 or (here != paths[url] and here.startswith(paths[url])))
    )
