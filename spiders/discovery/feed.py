"""Feeds: RSS, RDF and Atom."""

import re
from calendar import timegm
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response
from w3lib.url import add_or_replace_parameter, url_query_parameter

from spiders.dates import day_of, local_day
from spiders.discovery.addresses import resolve
from spiders.discovery.damaged import parse_feed, text_or_nothing
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

_FULL_PAGE = 10  # items on a page of a WordPress feed
_COMMENTS = re.compile(r"(?i)^\s*(?:comment[is]|commenti|kommentare|commentaires)\b")
_CUT_OFF = re.compile(
    r"(?i)(?:\[…\]|\[\.\.\.\]|…|\.\.\.|(?:leggi tutto|continua(?: a leggere| la lettura)?|read more)\W*)$"
)
_CUT_INSIDE = re.compile(
    r"(?i)(?:…|\.\.\.|\[&hellip;\])\s*(?:continue reading|continua a|leggi tutto|read more|weiterlesen)\b"
)
# What WordPress plugins add to each text: "L'articolo … proviene da …", "The post … appeared first on …".
_SIGNATURE = re.compile(
    r"(?is)<p>\s*(?:L(?:['’]|&#8217;|&rsquo;)articolo|The post|Der Beitrag)\s+<a\b(?:(?!</p>).){0,1500}</p>\s*$"
)
_NO_YEAR = re.compile(r"-0001\b|\b0000-\d|\d/0000\b")  # an empty date, as PHP and MySQL write it
_FIRST_YEAR = 1990  # 1 January 1970 is an empty date too
_AT_ONCE = 120  # seconds in which a body does not publish all that its feed has
_ROUND = 300  # seconds: editors write an hour, a half or five minutes for several releases, machines do not
_FULL_TEXT = 400  # letters
_TAGS = re.compile(r"<[^<>]*>")


def read(response: Response, route: Route, source: Source) -> Reading:
    """The releases that a feed names, with the days on which they were published, and the feed's next page.

    Raises:
        Unreadable: the answer is no feed, or it is a feed of comments.
    """
    if not response.body.strip():
        raise Unreadable("The answer is empty, not a feed.")
    parsed = parse_feed(response.body)
    if not parsed.version:
        raise Unreadable("The answer is not a feed.")
    channel = parsed.feed
    if _COMMENTS.search(text_or_nothing(channel.get("title"))) or "/comments/feed" in response.url:
        raise Unreadable("The feed holds readers' comments, not releases.")
    links = tuple(_links(parsed, response, source))
    return Reading(links, _next(parsed, response, route))


def _links(parsed: Any, response: Response, source: Source) -> Iterator[Link]:
    named = [
        (resolve(text_or_nothing(entry.get("base")) or response.url, _address(entry)), entry)
        for entry in parsed.entries
    ]
    shared = _shared(named)
    atom = parsed.version.startswith("atom")
    false = _times_of_generation(parsed)
    wordpress = _is_wordpress(parsed)
    seen = set()
    for number, (url, entry) in enumerate(named):
        if url and url not in seen and url not in shared and source.wants(url):
            seen.add(url)
            day = None if number in false else _day(entry, atom)
            yield Link(url, _title(entry), day, "feed", _content(entry, wordpress))


def _shared(named: Iterable[tuple[str | None, Any]]) -> set[str]:
    """The addresses that stand for several releases: feeds made from a list's cards take the first link of each, which
    may be the category's."""
    titles: dict[str, set[str]] = defaultdict(set)
    for url, entry in named:
        titles[url or ""].add(_title(entry) or "")
    return {url for url, found in titles.items() if len(found) > 1}


def _times_of_generation(parsed: Any) -> set[int]:
    """The entries whose time is that of the feed's making, which generators write where they know no other."""
    times = {
        number: time
        for number, entry in enumerate(parsed.entries)
        # Midnight is how a bare day is written.
        if (time := _seconds(entry.get("published_parsed"))) is not None and time % 86400
    }
    spread = max(times.values()) - min(times.values()) if len(times) == len(parsed.entries) and times else _AT_ONCE
    if len(times) > 2 and spread < _AT_ONCE and any(time % _ROUND for time in times.values()):
        return set(times)
    same = Counter(times.values())
    # The newest post's time is the feed's own, too; behind an older one it is not the newest.
    built = _seconds(parsed.feed.get("updated_parsed"))
    days = [_seconds(entry.get("published_parsed")) for entry in parsed.entries]
    return {
        number
        for number, time in times.items()
        if (same[time] > 1 and time % _ROUND)  # two are not published in one second
        or (built and time == built and any(day and day < built for day in days[:number]))
    }


def _seconds(time: Any) -> int | None:
    """The seconds since 1970 of a time in UTC as feedparser gives it, which may be in a year that there is not."""
    try:
        return timegm(time) if time else None
    except (ValueError, OverflowError):
        return None


def _title(entry: Any) -> str | None:
    return _plain(unescape(text_or_nothing(entry.get("title")))) or None


def _address(entry: Any) -> str:
    """The entry's link; its identifier (Plone's feeds have no other) only where that is an address."""
    link = text_or_nothing(entry.get("link")) or text_or_nothing(entry.get("id"))
    known = bool(entry.get("link")) and not entry.get("guidislink")
    return link if known or link.startswith(("http://", "https://")) else ""


def _day(entry: Any, atom: bool) -> str | None:
    """The day of an entry's publication. What Atom calls `updated` is none; RSS has no such element, and feedparser
    gives that name to its `dc:date`."""
    written = str(entry.get("published") or (not atom and "updated" in entry and entry["updated"]) or "").strip()
    day = None if _NO_YEAR.search(written) else _read_day(written)
    return day.isoformat() if day and day.year >= _FIRST_YEAR else None


def _read_day(written: str) -> date | None:
    for read_moment in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return local_day(read_moment(written))
        except (ValueError, TypeError, OverflowError):
            continue
    return day_of(written)


def _content(entry: Any, wordpress: bool) -> str | None:
    """The full text that an entry holds.

    Where it has one text only, feedparser names it as the summary too: then a short one may be no more than that. Not in
    WordPress, which writes `content:encoded` for full texts only, and repeats a short one as its own summary.
    """
    summary = len(_plain(text_or_nothing(entry.get("summary"))))
    for content in entry.get("content", []):
        value = _SIGNATURE.sub("", text_or_nothing(content.get("value")))
        text = _plain(unescape(value))
        if _CUT_OFF.search(text) or _CUT_INSIDE.search(text):
            continue
        if len(text) > summary or (text and wordpress) or len(text) >= _FULL_TEXT:
            return value
    return None


def _plain(markup: str) -> str:
    return " ".join(_TAGS.sub(" ", markup).split())


def _next(parsed: Any, response: Response, route: Route) -> tuple[Route, ...]:
    start = route.start or route.url
    for link in parsed.feed.get("links", []):
        if link.get("rel") == "next" and (url := resolve(response.url, text_or_nothing(link.get("href")))):
            return (Route(url, "feed", start=start),)
    path = urlsplit(response.url).path.rstrip("/")
    if (_is_wordpress(parsed) or path.endswith("/feed")) and len(parsed.entries) >= _FULL_PAGE:
        page = url_query_parameter(response.url, "paged") or "1"
        if page.isdigit():
            return (Route(add_or_replace_parameter(response.url, "paged", str(int(page) + 1)), "feed", start=start),)
    return ()


def _is_wordpress(parsed: Any) -> bool:
    return "wordpress" in str(parsed.feed.get("generator", "")).lower()
