"""Feeds: RSS, RDF and Atom."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response
from w3lib.url import add_or_replace_parameter, url_query_parameter

from spiders.dates import day_of, local_day
from spiders.discovery.addresses import resolve
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

_FULL_PAGE = 10  # items on a page of a WordPress feed
_COMMENTS = re.compile(r"(?i)^\s*(?:comment[is]|commenti|kommentare|commentaires)\b")
_CUT_OFF = re.compile(
    r"(?i)(?:\[…\]|\[\.\.\.\]|…|\.\.\.|(?:leggi tutto|continua(?: a leggere| la lettura)?|read more)\W*)$"
)
_TAGS = re.compile(r"<[^>]*>")


def read(response: Response, route: Route, source: Source) -> Reading:
    """The releases that a feed names, with the days on which they were published, and the feed's next page.

    Raises:
        Unreadable: the answer is no feed, or it is a feed of comments.
    """
    import feedparser  # costs 50 ms, and a crawl may not need it

    if not response.body.strip():
        raise Unreadable("The answer is empty, not a feed.")
    # An address as the argument would be fetched: only bytes of a document go in.
    parsed = feedparser.parse(response.body, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.version:
        raise Unreadable("The answer is not a feed.")
    channel = parsed.feed
    if _COMMENTS.search(channel.get("title", "")) or "/comments/feed" in response.url:
        raise Unreadable("The feed holds readers' comments, not releases.")
    links = tuple(_links(parsed.entries, parsed.version.startswith("atom"), response, source))
    return Reading(links, _next(parsed, response, route))


def _links(entries: list[Any], atom: bool, response: Response, source: Source) -> Iterator[Link]:
    seen = set()
    for entry in entries:
        url = resolve(entry.get("base") or response.url, _address(entry))
        if url and url not in seen and source.wants(url):
            seen.add(url)
            yield Link(url, _plain(entry.get("title", "")) or None, _day(entry, atom), "feed", _content(entry))


def _address(entry: Any) -> str:
    """The entry's link; its identifier (Plone's feeds have no other) only where that is an address."""
    link = str(entry.get("link") or entry.get("id", ""))
    known = bool(entry.get("link")) and not entry.get("guidislink")
    return link if known or link.startswith(("http://", "https://")) else ""


def _day(entry: Any, atom: bool) -> str | None:
    """The day of an entry's publication. What Atom calls `updated` is none; RSS has no such element, and feedparser
    gives that name to its `dc:date`."""
    written = str(entry.get("published") or (not atom and "updated" in entry and entry["updated"]) or "").strip()
    for read_moment in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return local_day(read_moment(written)).isoformat()
        except (ValueError, TypeError):
            continue
    day = day_of(written)
    return day.isoformat() if day else None


def _content(entry: Any) -> str | None:
    for content in entry.get("content", []):
        value = content.get("value", "")
        text = _plain(value)
        if len(text) > len(_plain(entry.get("summary", ""))) and not _CUT_OFF.search(text):
            return str(value)
    return None


def _plain(markup: str) -> str:
    return " ".join(_TAGS.sub(" ", markup).split())


def _next(parsed: Any, response: Response, route: Route) -> tuple[Route, ...]:
    start = route.start or route.url
    for link in parsed.feed.get("links", []):
        if link.get("rel") == "next" and (url := resolve(response.url, link.get("href", ""))):
            return (Route(url, "feed", start=start),)
    wordpress = "wordpress" in str(parsed.feed.get("generator", "")).lower()
    path = urlsplit(response.url).path.rstrip("/")
    if (wordpress or path.endswith("/feed")) and len(parsed.entries) >= _FULL_PAGE:
        page = url_query_parameter(response.url, "paged") or "1"
        if page.isdigit():
            return (Route(add_or_replace_parameter(response.url, "paged", str(int(page) + 1)), "feed", start=start),)
    return ()
