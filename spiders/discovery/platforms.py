"""What each platform offers beside its pages: machine interfaces and the usual addresses of its press lists."""

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

from scrapy.http import Response, TextResponse

from spiders.discovery import ghost, myportal, opencity, plone, wordpress
from spiders.discovery.addresses import domain_of
from spiders.values import Route

_START = 400_000  # characters of a home page that are looked at

# The usual press lists, below the folder of the home page; the strategy where it is not a list of links. A slash in
# front: below the host's root.
LISTS: dict[str, tuple[str, ...]] = {
    "wordpress_design_comuni": ("tipi_notizia/notizie/", "tipi_notizia/comunicati/", "tipi_notizia/avvisi/"),
    "wordpress": ("notizie/", "news/"),
    "plone": ("novita", "novita/notizie", "novita/comunicati", "novita/avvisi", "news"),
    "opencity": ("/Novita/Notizie", "/Novita/Comunicati", "/Novita/Avvisi", "feed:/rss/feed/news"),
    "municipium": ("/it/news", "feed:/it/news/feed"),
    "peopleweb": ("/Notizie", "feed:/Rss", "feed:/RSSNews"),
    "citta_in_comune": ("/novita", "feed:/ita/rss.aspx"),
    "hgate_egov": ("/novita/notizie/notizie.html", "/novita/comunicati_stampa/comunicati_stampa.html", "/novita/avvisi/avvisi.html"),
    "comweb": ("/it-it/novita/notizie", "/it-it/novita/comunicati", "/it-it/novita/avvisi", "feed:/it-it/feed-rss/avvisi-novita"),
    "agendasmart": ("/novita", "/novita/notizie"),
    "drupal": ("notizie", "novita/notizie", "novita/comunicati", "novita/avvisi"),
    "drupal_torino": ("/novita/comunicati", "/novita/notizie", "/novita/avvisi"),
    "drupal_camcom": ("notizie", "comunicati-stampa", "feed:rss.xml"),
    "magnolia": ("/home/novita.html", "feed:/home/novita.rss"),
    "opencms": ("/it/novita/", "feed:/it/service/rss/rss_novita.xml"),
    "liferay": ("novita", "notizie"),
    "lepida": ("/novita/notizie", "/novita/comunicati", "/novita/avvisi", "sitemap:/sitemap.xml"),
    "myportal": ("/home/novita", "sitemap:/sitemap.xml"),
}  # fmt: skip

_REST = re.compile(r"""(?i)<link\b[^<>]*\brel=["']?https://api\.w\.org/["']?[^<>]*""")
_REST_HEADER = re.compile(r"""(?i)<([^<>]+)>;\s*rel=["']?https://api\.w\.org/""")
_HREF = re.compile(r"""(?i)\bhref=(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_PORTAL = re.compile(r"""(?i)\bdata-portal-url=["']([^"']+)["']""")
_API_PATH = re.compile(r'"apiPath"\s*:\s*"(https?:[^"]+)"')
_GHOST_KEY = re.compile(r"""\bdata-key=["']?([0-9a-f]{20,40})\b""")
_GHOST_ROOT = re.compile(r"""\bdata-(?:ghost|api)=["']?(https?://[^"'\s>]+)""")
# The body's code in the public register, as myPortal's addresses have it ("C_L407" is Treviso).
_CODES = (re.compile(r"\bmyportal/([A-Z]{1,6}(?:_[A-Z0-9]{2,6})?)\b"), re.compile(r"\b(C_[A-Z]\d{3})\b"))
_EGOV = re.compile(r"(?i)\bEG0/EG\w+\.HBL\?(?:[^\"'\s<>]{0,200}&(?:amp;)?)?en=(eg\d+)")


def routes_of(platform: str, home: Response) -> list[Route]:
    """The machine interfaces that a platform should have.

    Args:
        platform: its name, as `recognise` or the catalogue gives it.
        home: the answer of the site's home page; addresses and keys of interfaces that stand in it are used.

    Returns:
        The best first: whole texts with days before whole texts, and these before titles. None of them was asked.
    """
    interfaces = _INTERFACES.get(platform)
    return [Route(url, strategy, url, advertised=True) for url, strategy in interfaces(home)] if interfaces else []


def lists_of(platform: str, home: Response) -> list[Route]:
    """The usual press lists of a platform, for home pages that lead to none; the arguments are those of `routes_of`."""
    named = list(LISTS.get(platform, ()))
    if platform == "hgate_egov" and (code := _EGOV.search(_text(home))):
        named.insert(0, f"/EG0/EGSCHTST6.HBL?en={code[1]}&MESSA=PUBBLICA")  # "Tutte le novità"
    routes: dict[str, Route] = {}
    for name in named:
        strategy, _, path = name.rpartition(":")
        url = urljoin(_folder(home), path)
        routes.setdefault(url, Route(url, strategy or "listing", url, advertised=True))
    return list(routes.values())


Interfaces = Iterator[tuple[str, str]]  # address and strategy


def _of_wordpress(home: Response) -> Interfaces:
    root = _rest_root(home)
    joined = f"{root}{wordpress.PATH}" if root.endswith("/") else f"{root}/{wordpress.PATH}"
    yield f"{joined}{'&' if '?' in joined else '?'}{wordpress.QUERY}", "wordpress"
    yield urljoin(_folder(home), "feed/"), "feed"


def _of_design_comuni(home: Response) -> Interfaces:
    # The stock theme shows its news neither in the REST interface nor in the feed that it advertises.
    yield urljoin(_folder(home), "feed/?post_type=notizia"), "notizie"
    # Its cards show the day of publication, as those of `/tipi_notizia/<type>/` do.
    yield urljoin(_folder(home), "novita/?max_posts=500"), "listing"


def _rest_root(home: Response) -> str:
    """The root of WordPress's interface: as a header or the page names it, else where it usually is."""
    headers = b", ".join(home.headers.getlist("Link")).decode("latin-1")
    named = match[1] if (match := _REST_HEADER.search(headers)) else ""
    if not named and (link := _REST.search(_text(home))) and (href := _HREF.search(link[0])):
        named = html.unescape("".join(filter(None, href.groups())))
    return _on_this_host(named, home) or urljoin(_folder(home), "wp-json/")


def _of_plone(home: Response) -> Interfaces:
    page = _text(home)
    portal = match[1] if (match := _PORTAL.search(page)) else ""
    root = _on_this_host(html.unescape(portal), home)
    if root:  # classic: the interface answers below the portal, with and without Volto's prefix
        yield f"{root.rstrip('/')}/{plone.PREFIXES[0]}{plone.QUERY}", "plone"
        yield f"{root.rstrip('/')}/{plone.QUERY}", "plone"
        return
    named = _on_this_host(match[1] if (match := _API_PATH.search(page)) else "", home)
    root = urljoin(named or home.url, "/")
    for prefix in plone.PREFIXES:
        yield f"{root}{prefix}{plone.QUERY}", "plone"


def _of_ghost(home: Response) -> Interfaces:
    page = _text(home)
    if key := _GHOST_KEY.search(page):
        named = match[1].partition("/ghost/api")[0] if (match := _GHOST_ROOT.search(page)) else ""
        root = (_on_this_host(named, home) or _folder(home)).rstrip("/")
        yield f"{root}/ghost/api/content/posts/?key={key[1]}&{ghost.QUERY}", "ghost"
    yield urljoin(_folder(home), "rss/"), "feed"


def _of_opencity(home: Response) -> Interfaces:
    yield urljoin(home.url, opencity.SEARCH), "opencity"
    yield urljoin(home.url, opencity.API), "opencity"


def _of_myportal(kind: str) -> Callable[[Response], Interfaces]:
    def interfaces(home: Response) -> Interfaces:
        page = f"{home.url}\n{_text(home)}"
        if code := next(filter(None, (pattern.search(page) for pattern in _CODES)), None):
            yield urljoin(home.url, f"/myportal/{code[1]}/api/content?type={kind}&{myportal.QUERY}"), "myportal"

    return interfaces


_INTERFACES: dict[str, Callable[[Response], Interfaces]] = {
    "wordpress": _of_wordpress,
    "wordpress_design_comuni": _of_design_comuni,
    "plone": _of_plone,
    "ghost": _of_ghost,
    "opencity": _of_opencity,
    **{platform: _of_myportal(kind) for platform, kind in myportal.KINDS.items()},
}


def _text(home: Response) -> str:
    return home.text[:_START] if isinstance(home, TextResponse) else ""


def _folder(home: Response) -> str:
    """The folder of the home page: a site may live below its host's root."""
    parts = urlsplit(home.url)
    path = (
        parts.path if parts.path.endswith("/") else f"{parts.path}/" if "." not in parts.path.rpartition("/")[2] else ""
    )
    return urljoin(home.url, path or "./")


def _on_this_host(url: str, home: Response) -> str | None:
    """An address that the page names, on the host and by the scheme that answered; None where it is another site's.

    What a page says of itself is often `http:` or without `www.`, which would cost a redirect for each request.
    """
    try:
        named, own = urlsplit(urljoin(home.url, url)), urlsplit(home.url)
    except ValueError:
        return None
    host, here = named.hostname or "", own.hostname or ""
    if not url or (host != here and domain_of(host) != domain_of(here)):
        return None
    if host.removeprefix("www.") != here.removeprefix("www.") or (named.port and own.port and named.port != own.port):
        return named.geturl()
    return named._replace(scheme=own.scheme, netloc=own.netloc).geturl()
