"""Ghost's content interface: a hundred posts an answer, with their whole text. Its key stands in each of a site's pages."""

from collections.abc import Iterator
from typing import Any

from scrapy.http import Response
from w3lib.url import add_or_replace_parameter

from spiders.discovery.addresses import resolve
from spiders.discovery.interfaces import day_of_moment, entries_of, line, mapping, text, whole, with_lead
from spiders.source import Source
from spiders.values import Link, Reading, Route

QUERY = "formats=html&limit=100&order=published_at%20desc"


def read(response: Response, route: Route, source: Source) -> Reading:
    """The posts of an answer, and the next page.

    Raises:
        Unreadable: the interface is closed, or the answer is not its.
    """
    answer, posts = entries_of(response, "posts", "Ghost's posts")
    links = tuple(_links(posts, response, source))
    following = whole(mapping(mapping(answer.get("meta")).get("pagination")).get("next"))
    if following is None or not posts:
        return Reading(links)
    url = add_or_replace_parameter(response.url, "page", str(following))
    return Reading(links, (Route(url, route.strategy, route.start or route.url, route.advertised),))


def _links(posts: list[dict[str, Any]], response: Response, source: Source) -> Iterator[Link]:
    for post in posts:
        url = resolve(response.url, text(post.get("url")))
        if not url or not source.wants(url):
            continue
        body = text(post.get("html")).strip()
        # What only members may read is cut off after the first words, and `access` says so.
        content = with_lead(line(post.get("custom_excerpt")), body) if body and post.get("access", True) else None
        yield Link(url, line(post.get("title")) or None, day_of_moment(post.get("published_at")), "api", content)
