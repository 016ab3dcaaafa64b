"""What a page's cards say, and how much a group of them looks like a list of releases."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from spiders.discovery.addresses import press_like
from spiders.discovery.carddates import day_before, published_in
from spiders.discovery.cards import cut_cards, repeated, title_in
from spiders.discovery.furniture import Standing
from spiders.discovery.groups import Anchor, headed
from spiders.discovery.markup import HEADINGS, Element, text_of
from spiders.values import Link

MOST_CARDS = 1500

_SECTION = re.compile(
    r"(?i)^(?:(?:tutt[ei]|vedi|vai|archivio|elenco|altre|ultime|le|gli|i|e|ed|tutte le|a|alle|all|in evidenza|news|novità|notizi[ae]|comunicat[io](?: stampa)?"
    r"|avvis[io]|eventi|ufficio stampa|sala stampa|rassegna stampa|home|menu|stampa|dal comune|bandi|concorsi|gare|servizi|amministrazione|documenti e dati|vivere il comune"
    r"|contatti|privacy|cookie policy|note legali|accessibilità|mappa del sito|area riservata|cerca|login|accedi)\W*)+$"
)
_LANGUAGE = re.compile(r"(?i)^(?:[a-z]{2}(?:-[a-z]{2})?)$")
_EVENT = re.compile(r"(?i)(?:^|[/_-])(?:event[io]?s?|calendario|appuntamenti)(?:[/_-]|$)")


@dataclass(slots=True)
class Item:
    """A card of a list: what it says of a release, the row that it stands in, and what makes it look like one."""

    link: Link
    row: Element | None
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


def items_of(group: Sequence[Anchor], own: str, most: int | None = None) -> list[Item]:
    """What the cards of a group of links say, on the page at `own`; of `most` cards at most."""
    group = group[:MOST_CARDS]
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
            Item(
                Link(anchor.url, title, day.isoformat() if day else None),
                card.getparent(),
                dated=day is not None,
                heading=headed(anchor.element) or next(card.iter(*HEADINGS), None) is not None,
                teaser=len(text_of(card)) > len(title) + 40,
                familiar=press_like(path) or (len(below) > 1 and path.startswith(below)),
                standing=anchor.standing,
            )
        )
    return found


def settled(items: Sequence[Item]) -> list[Item]:
    """The items without those of rows that have no day where other rows do.

    On home pages, news (dated) and services (undated) are cards of the same kind. Only what leads up to the dated rows,
    under addresses like theirs, is their highlight.
    """
    if sum(item.dated for item in items) < 0.3 * len(items):
        return list(items)
    dated = {item.row for item in items if item.dated}
    number = Counter(item.row for item in items)
    last = max(place for place, item in enumerate(items) if item.dated)
    families = families_of(item.link.url for item in items if item.dated)
    return [
        item
        for place, item in enumerate(items)
        if item.row in dated or number[item.row] == 1 or (place < last and family_of(item.link.url) in families)
    ]


def mean_worth(items: Sequence[Item]) -> float:
    """The mean worth of items, from 0 to 1."""
    return sum(item.worth for item in items) / len(items) if items else 0.0


def score(items: Sequence[Item]) -> float:
    """How well items stand for the page's list: many and worthy."""
    return mean_worth(items) * math.sqrt(min(len({item.link.url for item in items}), 20))


def is_list(items: Sequence[Item], own: str) -> bool:
    """Whether items look like a list of releases on the page at `own`."""
    if not items or mean_worth(items) < 0.3:
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


def family_of(url: str) -> str | None:
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


def families_of(urls: Iterable[str]) -> frozenset[str]:
    """The families that at least a fifth of addresses are of."""
    count = Counter(family for url in urls if (family := family_of(url)))
    total = sum(count.values())
    return frozenset(family for family, number in count.items() if number >= max(2, total * 0.2))


def eventful(items: Sequence[Item], own: str) -> bool:
    """Whether items are of events, on a page that is not."""
    events = sum(_EVENT.search(urlsplit(item.link.url).path) is not None for item in items)
    return not _EVENT.search(urlsplit(own).path) and events >= max(1, len(items) / 2)
