"""What a page and the list that led to it call it: og:title, title element, JSON-LD, address, each without the site's name."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from crawler.extraction.folding import fold
from crawler.extraction.markup import Head
from crawler.extraction.sitenames import SEPARATOR, Site

_ARTICLES = ("article", "news", "posting", "webpage", "report", "event")


def weighed(head: Head, listed: str, url: str, site: Site) -> Iterator[tuple[str, float]]:
    """The names by which headings are judged, and the weight of each."""
    yield listed, 1.0
    yield site.without(head.metas.get("og:title", "")), 0.6
    yield site.without(head.title), 0.5
    yield site.without(next(_headlines(head), "")), 0.3
    yield _slug(url), 0.4


def names_of(head: Head, listed: str, url: str, site: Site) -> Iterator[str]:
    """The names that may stand as a title where no heading does, best first; empty where one is only the site's."""
    yield listed
    yield site.without(head.metas.get("og:title", ""))
    yield _without_last(head.title, site, url)
    yield from map(site.without, _headlines(head))


def with_topic(headline: str, head: Head, listed: str, site: Site) -> str:
    """A headline with the topic ("Dopo il voto: ") that stands in an element of its own, where all that the page declares has it."""
    folded = fold(headline)
    if listed and fold(listed) == folded:
        return headline
    declared = [
        site.without(head.metas.get("og:title", "")),
        site.without(head.title),
        *map(site.without, _headlines(head)),
    ]
    wholes = {fold(name) for name in declared}
    if len(declared) > 2 and len(wholes) == 1 and ": " in declared[0] and wholes.pop().endswith(" " + folded):
        return declared[0]
    return headline


def _without_last(title: str, site: Site, url: str) -> str:
    """A title element's text without the site's name, which comes last nearly always, whatever it be."""
    own = site.without(title)
    parts = [part for part in SEPARATOR.split(own) if part and part.strip()]
    if own != title.strip() or len(parts) < 2:
        return own
    last = parts[-1].strip()
    if last[0].islower() or len(set(fold(last).split()) & set(fold(_slug(url)).split())) * 2 > len(
        set(fold(last).split())
    ):
        return own
    return own[: own.rindex(last)].rstrip(" |–—•·»:›/-") if len(parts[0]) > 3 else max(parts, key=len)


def _headlines(head: Head) -> Iterator[str]:
    for thing in head.things:
        kind = str(thing.get("@type", "")).lower()
        headline = thing.get("headline") or (thing.get("name") if "webpage" in kind else None)
        if isinstance(headline, str) and any(word in kind for word in _ARTICLES):
            yield headline


def _slug(url: str) -> str:
    parts = [part for part in unquote(urlsplit(url).path).split("/") if part]
    return re.sub(r"\.\w{2,5}$|\d{5,}", "", parts[-1]).replace("-", " ").replace("_", " ") if parts else ""
