"""Sitemaps: of pages, of sitemaps, of news, compressed or plain text."""

import re
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree
from scrapy.http import Response

from spiders.dates import day_of
from spiders.discovery.addresses import press_like, resolve
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

_LIMIT = 50 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_NEWS_CHILD = re.compile(r"(?i)post(?!_tag|-tag)|article|articol|blog")
_OTHER_CHILD = re.compile(r"(?i)page|categor|tag|author|image|video|user|product|taxonom|event|attachment|media")


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
        return Reading(tuple(_pages([(url, None, None) for url in urls if url], response, source)))
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(body, parser)
    name = etree.QName(root).localname.lower() if root is not None else ""
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


def _entries(root: etree._Element) -> Iterator[tuple[str, str | None, str | None]]:
    for entry in root:
        if not isinstance(entry.tag, str):
            continue
        found = {etree.QName(node).localname: (node.text or "").strip() for node in entry.iter(etree.Element)}
        if found.get("loc"):
            yield found["loc"], found.get("title") or None, found.get("publication_date")


def _pages(entries: list[tuple[str, str | None, str | None]], response: Response, source: Source) -> Iterator[Link]:
    own = urlsplit(response.url).path
    everything = bool(source.include) or press_like(own) or any(published for _, _, published in entries)
    seen = set()
    for loc, title, published in entries:
        url = resolve(response.url, loc)
        if not url or url in seen or not source.wants(url) or not (everything or press_like(urlsplit(url).path)):
            continue
        seen.add(url)
        day = day_of(published)
        yield Link(url, title, day.isoformat() if day else None, "sitemap")


def _children(root: etree._Element, response: Response, route: Route) -> Iterator[Route]:
    locs = (resolve(response.url, node.text or "") for node in root.iter("{*}loc"))
    urls = list(dict.fromkeys(url for url in locs if url))
    news = [url for url in urls if press_like(_name(url)) or _NEWS_CHILD.search(_name(url))]
    for url in news or [url for url in urls if not _OTHER_CHILD.search(_name(url))] or urls:
        yield Route(url, "sitemap", start=route.start or route.url)


def _name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]
