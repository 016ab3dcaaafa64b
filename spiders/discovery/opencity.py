"""OpenCity's interfaces: its search over the classes of content, and the API that is made from them.

Both give the class `article`, which holds news, press releases and notices alike (OpencontentCoop's ocopendata and
ocopenapi-ls). The search names the address that people read; the API names only itself and the object's identifier.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urljoin

from scrapy.http import Response
from w3lib.url import add_or_replace_parameter, url_query_parameter

from spiders.discovery.addresses import resolve
from spiders.discovery.interfaces import (
    day_of_moment,
    dicts,
    json_of,
    mapping,
    parameter,
    plain,
    text,
    whole,
    with_lead,
)
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

_BATCH = 100
SEARCH = "/opendata/api/content/search/?q=" + quote(
    f"classes [article] and sort [published=>desc] and limit {_BATCH} and offset 0", safe=""
)
API = "/api/openapi/novita/notizie?limit=50&offset=0"  # more than fifty are refused
_OFFSET = re.compile(r"\boffset (\d{1,9})")
# The object's own address, which leads to the one that people read.
_OBJECT = "/openpa/object/"
_LANGUAGES = ("ita-IT", "ger-DE", "fre-FR", "slo-SI")


def read(response: Response, route: Route, source: Source) -> Reading:
    """The articles of an answer, and the next batch.

    Raises:
        Unreadable: the interface is closed, or the answer is neither's.
    """
    answer = mapping(json_of(response))
    if isinstance(answer.get("searchHits"), list):
        hits = dicts(answer["searchHits"])
        links = tuple(_named(map(_of_search, hits), response, source))
        following = _next_of_search(response, len(hits), whole(answer.get("totalCount")) or 0)
    elif isinstance(answer.get("items"), list):
        hits = dicts(answer["items"])
        links = tuple(_named(map(_of_api, hits), response, source))
        following = _next_of_api(response, len(hits), whole(answer.get("count")) or 0)
    else:
        raise Unreadable("The answer is not a list of OpenCity's articles.")
    if not following:
        return Reading(links)
    return Reading(links, (Route(following, route.strategy, route.start or route.url, route.advertised),))


Found = tuple[str, str, dict[str, Any]]  # address, title, fields


def _named(found: Iterator[Found], response: Response, source: Source) -> Iterator[Link]:
    for address, title, fields in found:
        url = resolve(urljoin(response.url, "/"), address)
        if address and url and source.wants(url):
            day = day_of_moment(fields.get("published"))
            yield Link(url, title or None, day, "api", _content(fields))


def _content(fields: dict[str, Any]) -> str | None:
    body = text(fields.get("body"))
    return with_lead(plain(fields.get("abstract")), body) if plain(body) else None


def _of_search(hit: dict[str, Any]) -> Found:
    about = mapping(hit.get("metadata"))
    fields = _in_language(hit.get("data"))
    alias = text(mapping(_in_language(hit.get("extradata"))).get("urlAlias"))
    number = whole(about.get("id"))
    address = "/" + alias.lstrip("/") if alias else f"{_OBJECT}{number}" if number is not None else ""
    name = mapping(about.get("name"))
    title = plain(fields.get("title") or next((name[key] for key in (*_LANGUAGES, *name) if key in name), ""))
    # When the object was made is another day than the one on which its text says that it was published.
    return address, title, fields


def _of_api(item: dict[str, Any]) -> Found:
    identifier = text(item.get("id"))
    return f"{_OBJECT}{quote(identifier)}" if identifier else "", plain(item.get("title")), item


def _in_language(translations: Any) -> dict[str, Any]:
    known = mapping(translations)
    return next((mapping(known[key]) for key in (*_LANGUAGES, *known) if key in known), {})


def _next_of_search(response: Response, found: int, total: int) -> str | None:
    query = url_query_parameter(response.url, "q") or unquote(response.url)
    match = _OFFSET.search(query)
    start = int(match[1]) if match else 0
    if not match or not found or start + found >= total:
        return None
    return add_or_replace_parameter(response.url, "q", _OFFSET.sub(f"offset {start + found}", query))


def _next_of_api(response: Response, found: int, total: int) -> str | None:
    start = parameter(response, "offset", 0)
    if not found or start + found >= total:
        return None
    return add_or_replace_parameter(response.url, "offset", str(start + found))
