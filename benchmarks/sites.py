"""What is read on the sites of two content-management systems once their first pages are known, and what lists add.

The order of a site's pages is that of its file of labels.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from scrapy.http import HtmlResponse, Response, XmlResponse

from benchmarks.folds import weights
from benchmarks.labelled import Labelled
from benchmarks.readers import known_site, page_of, trafilatura
from benchmarks.scoring import Reading
from crawler.extraction.trees import Trees
from crawler.ingest.template import FIRST, Template
from spiders.discovery import STRATEGIES
from spiders.source import Source
from spiders.values import Link, Page, Route

LANGUAGE = "it"
_TRUST = ("api", "listing", "feed", "sitemap")  # whose word counts most, as in a crawl
_ANSWERS = {
    "wordpress": {
        "wordpress": ("rest-posts.json",),
        "feed": ("feed.xml", "feed-p2.xml", "feed-cat.xml"),
        "listing": ("listing.html", "listing-p2.html", "month-archive.html"),
        "sitemap": ("sitemap-posts.xml",),
    },
    "plone": {
        "plone": ("api-fullobjects.json", "api-search.json", "api-search-p2.json"),
        "feed": ("feed-atom.xml", "feed-rss1.xml", "feed-rss2.xml", "search-rss.xml"),
        "listing": ("listing.html", "listing-p2.html"),
        "sitemap": ("sitemap-p1.xml",),
    },
}

Readings = list[tuple[Labelled, Reading]]


def later_pages(pages: list[Labelled], model: Trees | None) -> tuple[Readings, Readings]:
    """Our reading of a site's pages after the first ten, and trafilatura's of the same."""
    ours = _in_order([(page, page_of(page)) for page in pages], model)
    return ours[FIRST:], [(page, trafilatura(page)) for page in pages[FIRST:]]


def listed_pages(folder: Path, pages: list[Labelled], model: Trees | None) -> Readings:
    """Our reading of the pages that a site's lists name, with what these say of them.

    The interface's or the feed's whole text is read where a list gives one, as in a crawl, else the page. `folder` has
    the site's answers as they were recorded.
    """
    links = _links(folder, pages[0].site)
    fetched = []
    for page in pages:
        if (link := links.get(page.url)) is None:
            continue
        if link.content and link.date:
            body = link.content.encode()
            fetched.append((page, Page(page.url, body, "text/html; charset=utf-8", link, whole=True)))
        else:
            fetched.append((page, page_of(page, link)))
    return _in_order(fetched, model)


def _in_order(pages: list[tuple[Labelled, Page]], model: Trees | None) -> Readings:
    """The pages of a site as a crawl reads them: each with the memory of the ones before it."""
    template, found = Template(), []
    with weights(model):
        for page, fetched in pages:
            memory = json.loads(template.packed) if template.packed else None
            read, votes = known_site(fetched, LANGUAGE, memory, learn=template.learns())
            template.add(votes)
            found.append((page, read))
    return found


def _links(folder: Path, platform: str) -> dict[str, Link]:
    """For each release that a list names, the best of what all lists say."""
    told: dict[str, list[Link]] = {}
    for link in _all_links(folder / "cms" / f"responses-{platform}", platform):
        told.setdefault(link.url, []).append(link)
    return {url: _best(links) for url, links in told.items()}


def _all_links(folder: Path, platform: str) -> Iterator[Link]:
    for strategy, files in _ANSWERS[platform].items():
        for file in files:
            path = folder / file
            url = path.with_suffix(".headers").read_text(encoding="utf-8").split("\n", 1)[0].strip()
            kind = {".html": HtmlResponse, ".xml": XmlResponse}.get(path.suffix, Response)
            answer = kind(url, body=path.read_bytes())
            source = Source(id="x", home=url, language=LANGUAGE)
            yield from STRATEGIES[strategy](answer, Route(url, strategy, url), source).links


def _best(links: list[Link]) -> Link:
    ranked = sorted(links, key=lambda link: _TRUST.index(link.origin) if link.origin in _TRUST else len(_TRUST))
    dated = next((link for link in ranked if link.date), ranked[0])
    title = next((link.title for link in ranked if link.title), None)
    content = next((link.content for link in ranked if link.content), None)
    return Link(dated.url, title, dated.date, dated.origin, content)
