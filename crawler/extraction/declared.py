"""The days that a page's head and address name: JSON-LD, meta tags, the path."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from crawler.extraction.folding import fold
from crawler.extraction.markup import Head
from crawler.extraction.moments import moment_day
from crawler.extraction.values import Witness

_IN_PATH = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[/_.-]?)(?P<m>0[1-9]|1[0-2]|[1-9](?=[/_.-]))(?P=s)"
    r"(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?=\D))(?!\d)"
)
_MONTH_IN_PATH = re.compile(r"/((?:19|20)\d\d)/(0?[1-9]|1[0-2])/")
_METAS = {
    "article:published_time": "meta-published", "og:article:published_time": "meta-published",
    "article:published": "meta-published", "article.published": "meta-published", "og:published_time": "meta-published",
    "datepublished": "itemprop", "rnews:datepublished": "meta", "date": "meta", "pubdate": "meta",
    "publishdate": "meta", "publish-date": "meta", "publish_date": "meta", "publication_date": "meta",
    "dcterms.issued": "meta", "dc.date.issued": "meta", "dc.date": "meta", "dcterms.date": "meta", "dateissued": "meta",
    "sailthru.date": "meta", "parsely-pub-date": "meta", "citation_publication_date": "meta", "displaydate": "meta",
    "article_date_original": "meta", "cxenseparse:recs:publishtime": "meta", "cxenseparse:publishtime": "meta",
    "originalpublicationdate": "meta", "bt:pubdate": "meta",
    "dcterms.created": "meta-weak", "dc.date.created": "meta-weak", "datecreated": "meta-weak",
    "last-modified": "modified", "article:modified_time": "modified", "og:updated_time": "modified",
    "datemodified": "modified", "dcterms.modified": "modified", "dc.date.modified": "modified",
}  # fmt: skip
_DATED_TYPES = ("article", "posting", "webpage", "report", "page", "news")


def declared(head: Head, url: str, title: str, italian: bool) -> Iterator[Witness]:
    """The days of the page's JSON-LD and meta tags; JSON-LD of other articles tells nothing."""
    dated = [thing for thing in head.things if _is_dated(thing)]
    own = [thing for thing in dated if _is_own(thing, url, title)] or dated[:1]  # others are of related articles
    for thing in head.things:
        kind = str(thing.get("@type", ""))
        for key in ("datePublished", "dateCreated", "dateModified"):
            value = thing.get(key)
            if isinstance(value, str) and (day := moment_day(value, italian)):
                origin = "modified" if key == "dateModified" else "json-ld-weak"
                if any(thing is each for each in own) and key != "dateModified":
                    origin = "json-ld" if key == "datePublished" else "meta-weak"
                yield Witness(day.isoformat(), origin, f"{kind}.{key}", value[:40])
    for name, content in head.metas.items():
        meta = _METAS.get(name, "")
        if meta and (day := moment_day(content, italian)):
            yield Witness(day.isoformat(), meta, name, content[:40])


def addressed(url: str) -> Iterator[Witness]:
    """The day in a page's address, or the month alone."""
    path = urlsplit(url).path
    for match in _IN_PATH.finditer(path):
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            continue
        yield Witness(day.isoformat(), "url", "path", match[0])
        return
    if month := _MONTH_IN_PATH.search(path):
        yield Witness(f"{month[1]}-{int(month[2]):02}", "url-month", "path", month[0])


def _is_dated(thing: dict[str, Any]) -> bool:
    kind = str(thing.get("@type", "")).lower()
    return "datePublished" in thing and any(word in kind for word in _DATED_TYPES)


def _is_own(thing: dict[str, Any], url: str, title: str) -> bool:
    """Whether a JSON-LD object is the page's own, by its address or its headline."""
    addresses = [thing.get("url"), thing.get("@id"), thing.get("mainEntityOfPage")]
    addresses += [each.get("@id") for each in addresses if isinstance(each, dict)]
    path = urlsplit(url).path.rstrip("/")
    for address in addresses:
        if isinstance(address, str) and address.startswith("http") and _path(address) == path:
            return True
    headline, wanted = fold(str(thing.get("headline") or thing.get("name") or "")), fold(title)
    return bool(headline) and (headline in wanted or wanted in headline)


def _path(address: str) -> str | None:
    try:
        return urlsplit(address).path.rstrip("/")
    except ValueError:
        return None
