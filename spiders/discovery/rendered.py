"""Lists of a site whose pages are empty until a browser has run their scripts: read as others, fetched otherwise."""

from dataclasses import replace

from scrapy.http import Response

from spiders.discovery import listing
from spiders.source import Source
from spiders.values import Reading, Route


def read(response: Response, route: Route, source: Source) -> Reading:
    """The releases that a page lists after its scripts, and its next page.

    Raises:
        Unreadable: the answer is no HTML.
    """
    reading = listing.read(response, route, source)
    return replace(reading, following=tuple(replace(each, strategy=route.strategy) for each in reading.following))
