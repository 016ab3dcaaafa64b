"""The values that pass between discovery, the spider and the crawler."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a release, with what the list said about it.

    `date` is `YYYY-MM-DD` in the source's time zone; `origin` is the strategy that found it; `content` is the
    release's whole body as HTML, where a feed carries it.
    """

    url: str
    title: str | None = None
    date: str | None = None
    origin: str = "listing"
    seen_on: str = ""
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A place where releases are listed: a feed, a sitemap, a page of a list, a home page.

    `start` is the first page of the list that this one continues; `advertised` tells what was found on the site
    from what is written in the catalogue.
    """

    url: str
    strategy: str
    start: str = ""
    advertised: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page that should hold a release, with the link that led to it.

    `url` is the address that answered, after redirects; `addresses` are those that led there.
    """

    url: str
    body: bytes
    content_type: str
    link: Link
    addresses: tuple[str, ...] = ()


class Unreadable(ValueError):
    """An answer is not what its address promised (no feed, no sitemap, not HTML); the message says how."""
