"""Sitemaps: of pages, of sitemaps, of news, compressed or plain text."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree
from scrapy.http import Response

from spiders.dates import day_of
from spiders.discovery.addresses import no_release, press_like, resolve, sections_among
from spiders.discovery.damaged import name_of, parse_sitemap
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

_LIMIT = 50 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_NEWS_CHILD = re.compile(r"(?i)post(?!_tag|-tag)|article|articol|blog")
_OTHER_CHILD = re.compile(
    r"(?i)page-|pages?(?:\d*\.xml)|categor|tag|author|image|video|user|product|taxonom|event|attachment|media"
    r"|serviz|luogh|uffic|person|document|amministraz|bandi|concors|albo|trasparen|argoment"
)
_POST_TYPE = re.compile(r"(?i)posts-([a-z_]+)-\d+\.xml")  # of WordPress: `wp-sitemap-posts-notizia-1.xml`
_OLDEST_FIRST = re.compile(r"(?i)/wp-sitemap-posts-[a-z_-]+-(\d+)\.xml$")  # by the posts' numbers
MOST_CHILDREN = 500


@dataclass(frozen=True, slots=True)
class _Entry:
    loc: str
    title: str | None = None
    published: str | None = None
    changed: str = ""


def read(response: Response, route: Route, source: Source) -> Reading:
    """The releases' addresses that a sitemap names, or the sitemaps that an index names.

    Raises:
        Unreadable: the answer is no sitemap.
    """
    body = _unpacked(response.body).lstrip()
    if not body.startswith(b"<") and not body.startswith(b"\xef\xbb\xbf<"):
        urls = [line.strip() for line in body.decode("utf-8-sig", "replace").splitlines()]
        if not urls or not all(url.startswith(("http://", "https://")) for url in urls if url):
            raise Unreadable("The answer is not a sitemap.")
        return Reading(tuple(_pages([_Entry(url) for url in urls if url], response, source)))
    root = parse_sitemap(body)
    if root is None:
        raise Unreadable("The answer is not a sitemap.")
    name = name_of(root)[1].lower()
    if name == "sitemapindex":
        return Reading(following=tuple(_children(root, response, route)))
    if name != "urlset":
        raise Unreadable("The answer is not a sitemap.")
    return Reading(tuple(_pages(list(_entries(root)), response, source)))


def _unpacked(body: bytes) -> bytes:
    # Twice: some servers compress the file sitemap.xml.gz once more, and some Scrapy unpacks itself.
    for _ in range(2):
        if not body.startswith(_GZIP):
            break
        try:
            unpacker = zlib.decompressobj(wbits=31)
            body, rest = unpacker.decompress(body, _LIMIT), unpacker.unconsumed_tail
        except zlib.error as error:
            raise Unreadable("The sitemap's compression is broken.") from error
        if rest:
            raise Unreadable("The sitemap is over 50 MB.")
    return body


def _entries(root: etree._Element) -> Iterator[_Entry]:
    for entry in root:
        if not isinstance(entry.tag, str):
            continue
        # Of the page itself and of the news extension only: images have a `loc` and a `title` too.
        own = {name_of(node)[1]: (node.text or "").strip() for node in entry.iterchildren(etree.Element)}
        news = {
            name: (node.text or "").strip()
            for node in entry.iter(etree.Element)
            for space, name in [name_of(node)]
            if "news" in space
        }
        if own.get("loc"):
            yield _Entry(
                own["loc"], news.get("title") or None, news.get("publication_date"), _moment(own.get("lastmod"))
            )


def _pages(entries: Sequence[_Entry], response: Response, source: Source) -> Iterator[Link]:
    """The entries that may be releases, the newest first where the sitemap says when they last changed."""
    own = urlsplit(response.url).path
    everything = (
        bool(source.include)
        or _is_of_news(_name(response.url))
        or press_like(own)
        or any(entry.published for entry in entries)
    )
    if _OLDEST_FIRST.search(own) and not any(entry.changed for entry in entries):
        entries = entries[::-1]
    found: dict[str, _Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.changed, reverse=True):
        url = resolve(response.url, entry.loc)
        if not url or url in found or not source.wants(url):
            continue
        if source.include or (not no_release(url) and (everything or press_like(urlsplit(url).path))):
            found[url] = entry
    sections = frozenset() if source.include else sections_among(list(found))
    for url, entry in found.items():
        if url not in sections:
            day = day_of(entry.published)
            published = day.isoformat() if day else None
            yield Link(url, entry.title, published, "sitemap", changed=entry.changed or None)


def _moment(written: str | None) -> str:
    """A W3C date and time in UTC, as a text that sorts by time; empty where there is none."""
    try:
        moment = datetime.fromisoformat(written or "")
    except ValueError:
        return ""
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except OverflowError:  # a zone ahead, at the beginning of the first year
        return ""


def _children(root: etree._Element, response: Response, route: Route) -> Iterator[Route]:
    """The sitemaps of an index that may name releases: those of news where the index tells, the newest first."""
    changed: dict[str, str] = {}
    for entry in root.iter("{*}sitemap"):
        url = resolve(response.url, entry.findtext("{*}loc") or "")
        if url and url not in changed:
            changed[url] = _moment((entry.findtext("{*}lastmod") or "").strip())
    urls = sorted(changed, key=lambda url: (changed[url], _number(url)), reverse=True)
    news = [url for url in urls if _is_of_news(_name(url))]
    for url in (news or [url for url in urls if not _OTHER_CHILD.search(_name(url))] or urls)[:MOST_CHILDREN]:
        yield Route(url, "sitemap", start=route.start or route.url)


def _is_of_news(name: str) -> bool:
    if kind := _POST_TYPE.search(name):
        return kind[1] == "post" or press_like(kind[1])
    return press_like(name) or bool(_NEWS_CHILD.search(name))


def _number(url: str) -> int:
    """The number of a WordPress sitemap: the last one has the newest posts. 0 for all others."""
    number = _OLDEST_FIRST.search(urlsplit(url).path)
    return int(number[1]) if number else 0


def _name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]
