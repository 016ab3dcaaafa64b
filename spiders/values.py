"""The values that pass between discovery, the spider and the crawler."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """The address of a release, with what the list said about it.

    `date` is `YYYY-MM-DD` in the source's time zone; `origin` is the strategy that found it; `content` is the
    release's whole body as HTML, where a feed or an interface carries it; `changed` is when the list says that the page
    was last changed (UTC, ISO 8601), which is no publication date.
    """

    url: str
    title: str | None = None
    date: str | None = None
    origin: str = "listing"
    content: str | None = None
    changed: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A place where releases are listed: a feed, a sitemap, a page of a list, a home page.

    `strategy` names its reader in `spiders.discovery.STRATEGIES`; `start` is the first page of the list that this
    one continues; `advertised` tells what was found on the site from what is written in the catalogue.
    """

    url: str
    strategy: str
    start: str = ""
    advertised: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list's answer says: the releases it names, and where more of them are listed."""

    links: tuple[Link, ...] = ()
    following: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page that should hold a release, with the link that led to it.

    `url` is the address that answered, after redirects; `addresses` are those that led there. `whole` tells that
    `body` is the release's body alone, as a feed or an interface gave it, so nothing around it is to be taken off. `same` tells that the
    site says that the page is as it was (304), and there is no body; the validators are for asking that.
    """

    url: str
    body: bytes
    content_type: str
    link: Link
    addresses: tuple[str, ...] = ()
    whole: bool = False
    etag: str | None = None
    last_modified: str | None = None
    same: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A list that could not be read, and why. Not `tried`: the run ended before it could be."""

    route: Route
    why: str
    tried: bool = True


class Unreadable(ValueError):
    """An answer is not what its address promised (no feed, no sitemap, not HTML); the message says how."""
