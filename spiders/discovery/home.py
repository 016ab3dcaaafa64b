"""What a home page and a robots.txt say about where releases are listed."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from scrapy.http import Response, TextResponse

from spiders.discovery import listing
from spiders.discovery.addresses import is_ours, press_like, resolve, same_page
from spiders.discovery.markup import Element, characters, parse, text_of
from spiders.source import Source
from spiders.values import Reading, Route, Unreadable

MOST_SECTIONS = 6
MOST_FEEDS = 3
MOST_PARTS = 4
_FORMAT = re.compile(r"(?i)(?:rss|rss2|rdf|atom)?/?(?:(?:rss|rss2|rdf|atom|index|feed)(?:\.(?:xml|rdf))?)?/?$")
_FEED_TYPE = re.compile(r"(?i)^application/(?:rss|atom|rdf)\+xml")
_NOT_NEWS = re.compile(
    r"(?i)comment|kommentar|/event[io]?|[?&]post_type=(?!notizia)|trasp|argoment|/tags?/|albo|bandi|concorsi"
)
_WORDS = (
    (
        re.compile(r"(?i)^(?:tutte le )?(?:novità|news|notizie|aktuelles|actualités?|novice|neuigkeiten|nachrichten)$"),
        5,
    ),
    (
        re.compile(
            r"(?i)^(?:comunicati(?: stampa)?|pressemitteilungen|communiqués(?: de presse)?|sporočila za javnost)$"
        ),
        5,
    ),
    (re.compile(r"(?i)^(?:avvisi|bekanntmachungen|mitteilungen|obvestila|avis)$"), 4),
    (re.compile(r"(?i)\b(?:novità|notizie|comunicati|news|aktuelles|actualités|pressemitteilungen|novice)\b"), 3),
    (re.compile(r"(?i)\b(?:avvisi|ufficio stampa|sala stampa|area stampa|presse|bekanntmachungen|obvestila)\b"), 2),
)
_HOOKS = {"news": 10, "news-category-link": 8}


def read(response: Response, route: Route, source: Source) -> Reading:
    """The feeds, press sections and sitemaps that a home page or a robots.txt names.

    Raises:
        Unreadable: the answer is neither HTML nor a robots.txt.
    """
    start = route.start or route.url
    if urlsplit(response.url).path == "/robots.txt" or urlsplit(route.url).path == "/robots.txt":
        return Reading(following=tuple(_sitemaps(response, start)))
    tree, base = parse(response)
    routes = [*_feeds(tree, base), *_sections(tree, base, response.url, source)]
    own = listing.read(response, route, source)
    # A home page that has further pages is a list of all that there is, whatever sections it leads to.
    if sum(link.date is not None for link in own.links) >= 2 and (
        own.following or not any(route.strategy == "listing" for route in routes)
    ):
        url = f"{response.url}#list"  # as a list it is asked in every run, as a home page once a week
        routes.insert(0, Route(url, "listing", start=url, advertised=True))
    return Reading(following=tuple(routes))


def parts_of(response: Response, source: Source) -> list[Route]:
    """The categories that a press section's overview leads to (Modello Comuni: Notizie, Comunicati, Avvisi)."""
    try:
        tree, base = parse(response)
    except Unreadable:
        return []
    urls = (
        resolve(base, link.get("href", ""))
        for link in tree.iter("a")
        if link.get("data-element", "").startswith("news-category-link")
    )
    found = dict.fromkeys(
        url for url in urls if url and not same_page(url, response.url) and is_ours(url, response.url, source)
    )
    return [Route(url, "listing", start=url, advertised=True) for url in found if not _NOT_NEWS.search(url)][
        :MOST_PARTS
    ]


def feeds_of(response: Response) -> list[Route]:
    """The feeds that a page advertises in its head."""
    try:
        tree, base = parse(response)
    except Unreadable:
        return []
    return _feeds(tree, base)


def _sitemaps(response: Response, start: str) -> Iterator[Route]:
    if not isinstance(response, TextResponse):
        raise Unreadable("The answer is not a robots.txt.")
    for line in dict.fromkeys(re.findall(r"(?im)^\s*sitemap\s*:\s*(\S+)", characters(response))):
        if url := resolve(response.url, line):
            yield Route(url, "sitemap", start=url, advertised=True)


def _feeds(tree: Element, base: str) -> list[Route]:
    found: dict[str, Route] = {}
    for link in tree.iter("link"):
        if "alternate" in link.get("rel", "").lower().split() and _FEED_TYPE.match(link.get("type", "")):
            url = resolve(base, link.get("href", ""))
            if url and not _NOT_NEWS.search(f"{url} {link.get('title', '')}"):
                # One feed in several formats (Plone: RSS, rss.xml, atom.xml) is asked once.
                found.setdefault(_FORMAT.sub("", url), Route(url, "feed", start=url, advertised=True))
    return list(found.values())[:MOST_FEEDS]


def _sections(tree: Element, base: str, own: str, source: Source) -> list[Route]:
    marks: dict[str, int] = {}
    for link in tree.iter("a"):
        url = resolve(base, link.get("href", ""))
        if not url or same_page(url, own) or not is_ours(url, own, source) or _NOT_NEWS.search(url):
            continue
        text = text_of(link)
        mark = _HOOKS.get(link.get("data-element", ""), 0)
        if len(text) <= 40:
            mark = max([mark, *(points for words, points in _WORDS if words.search(text))])
        if mark:
            marks[url] = max(marks.get(url, 0), mark + press_like(urlsplit(url).path))
    best = sorted(marks, key=lambda url: -marks[url])[:MOST_SECTIONS]
    return [Route(url, "listing", start=url, advertised=True) for url in best]
