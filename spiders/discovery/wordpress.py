"""WordPress's own interface (`wp/v2/posts`): up to a hundred posts an answer, with their whole text.

Beside it the feed of the national theme's news, which that interface does not show.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from scrapy.http import Response
from w3lib.url import add_or_replace_parameter, add_or_replace_parameters

from spiders.dates import day_of
from spiders.discovery import feed
from spiders.discovery.addresses import resolve
from spiders.discovery.interfaces import dicts, json_of, mapping, parameter, plain, text, whole
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

PATH = "wp/v2/posts"
QUERY = "per_page=100&_fields=id,date,link,title,content"
_CHANGED = 30
_USUAL = 10  # posts an answer, where the address does not say how many
_NO_SUCH_PAGE = "rest_post_invalid_page_number"


def read(response: Response, route: Route, source: Source) -> Reading:
    """The posts of an answer, and the next hundred.

    Raises:
        Unreadable: the interface is closed, or the answer is not its.
    """
    posts = json_of(response)
    if mapping(posts).get("code") == _NO_SUCH_PAGE:
        return Reading()
    if not isinstance(posts, list):
        raise Unreadable(_refusal(mapping(posts)))
    links = tuple(_links(dicts(posts), response, source))
    page = parameter(response, "page", 1)
    # A proxy may take away the headers that tell how many pages there are: then a full page has another one.
    pages = whole((response.headers.get("X-WP-TotalPages") or b"").decode("latin-1"))
    more = page < pages if pages is not None else len(posts) >= parameter(response, "per_page", _USUAL)
    if not posts or not more:
        return Reading(links)
    following = add_or_replace_parameter(response.url, "page", str(page + 1))
    return Reading(links, (Route(following, route.strategy, route.start or route.url, route.advertised),))


def by_change(url: str) -> str:
    """The address of the posts that were changed last. Fewer an answer: it is asked for the edits of a day."""
    return add_or_replace_parameters(url, {"orderby": "modified", "order": "desc", "per_page": str(_CHANGED)})


def read_notizie(response: Response, route: Route, source: Source) -> Reading:
    """The news of the national theme's feed, with their whole text and without a day.

    A feed's day is the one on which the post was made; the theme keeps the day of publication apart and shows it on
    cards and pages. For news that were migrated or dated back the two differ.

    Raises:
        Unreadable: the answer is no feed.
    """
    reading = feed.read(response, route, source)
    links = tuple(replace(link, date=None) for link in reading.links)
    return Reading(links, tuple(replace(following, strategy=route.strategy) for following in reading.following))


def _links(posts: list[dict[str, Any]], response: Response, source: Source) -> Iterator[Link]:
    for post in posts:
        url = resolve(response.url, text(post.get("link")))
        if not url or not source.wants(url):
            continue
        content = mapping(post.get("content"))
        # `date` is the clock's time where the site is; `date_gmt` would be the day before for what appears at midnight.
        day = day_of(text(post.get("date"))[:10])
        yield Link(
            url,
            plain(mapping(post.get("title")).get("rendered")) or None,
            day.isoformat() if day else None,
            "api",
            None if content.get("protected") else text(content.get("rendered")).strip() or None,
        )


def _refusal(answer: dict[str, Any]) -> str:
    code = answer.get("code")
    told = f" ({json.dumps(code)})" if isinstance(code, str) else ""
    return f"The answer is not a list of WordPress posts{told}."
