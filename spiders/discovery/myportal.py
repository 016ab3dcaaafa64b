"""myPortal's interface (Veneto's regional platform, and Emilia-Romagna's by Lepida): the news that its application shows.

What the body of a release is called differs between installations and was not seen, so the texts are left to the pages.
"""

from collections.abc import Iterator
from typing import Any

from scrapy.http import Response
from w3lib.url import add_or_replace_parameter

from spiders.discovery.addresses import resolve
from spiders.discovery.interfaces import day_of_moment, dicts, json_of, line, mapping, parameter, plain, text, whole
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

_BATCH = 100
# The kind of content is the region's own: a kind that is not there gives an empty list and no error.
KINDS = {"myportal": "pnrr_news", "lepida": "rer_news"}
QUERY = f"onlyNotHidden=true&sortBy=firstPublishedAt&desc=true&pageSize={_BATCH}&pageIndex=1"


def read(response: Response, route: Route, source: Source) -> Reading:
    """The news of an answer, and the next page.

    Raises:
        Unreadable: the interface is closed, or the answer is not its.
    """
    page = mapping(mapping(json_of(response)).get("page"))
    if not isinstance(page.get("entities"), list):
        raise Unreadable("The answer is not a list of myPortal's contents.")
    entities = dicts(page["entities"])
    links = tuple(_links(entities, response, source))
    index, size = parameter(response, "pageIndex", 1), parameter(response, "pageSize", _BATCH)
    if not entities or index * size >= (whole(page.get("entitiesCount")) or 0):
        return Reading(links)
    following = add_or_replace_parameter(response.url, "pageIndex", str(index + 1))
    return Reading(links, (Route(following, route.strategy, route.start or route.url, route.advertised),))


def _links(entities: list[dict[str, Any]], response: Response, source: Source) -> Iterator[Link]:
    for entity in entities:
        fields = mapping(entity.get("attributes"))
        address = text(fields.get("sys_canonical_url"))
        url = resolve(response.url, f"/{address.lstrip('/')}") if address and "//" not in address else None
        if url and source.wants(url):
            # The day that the editors set; the other one is when the record was first saved.
            day = day_of_moment(fields.get("sys_start_pub_date")) or day_of_moment(entity.get("firstPublishedAt"))
            # The name of the record has lost its apostrophes and full stops.
            yield Link(url, plain(fields.get("sys_title")) or line(entity.get("name")) or None, day, "api")
