"""What addresses say before anything is fetched: whose site they are on, and whether they look like releases' ones."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import tldextract
from w3lib.url import safe_url_string

from spiders.source import Source

# The list of public suffixes that comes with the package: reading a page never downloads one.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

# `sid` alone is PHP-Nuke's number of an article; a session's is long.
_SESSION = re.compile(
    r"(?i);jsessionid=[^/?#]*|/\((?:[AFSX]\([^()/]+\))+\)(?=/)"
    r"|(?<=[?&])(?:phpsessid|jsessionid|sessionid|session_id|oscsid|zenid|cfid|cftoken|aspsessionid\w*|(?:sid|s)=(?=\w{16})\w+)(?:=[^&#]*|(?=[&#]|$))&?"
)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]+")
_UNFIT = re.compile(r"[^!-~]")
_LONGEST = 2048  # of an address, as sitemaps.org has it: an endless one is a trap, and costs its square
_DEEPEST = 32  # steps of a path that may be a section's

_FILE = re.compile(
    r"(?i)\.(?:jpe?g|png|gif|svg|webp|zip|rar|7z|docx?|xlsx?|od[st]|pptx?|p7m|mp[34]|ics|xml|rss|json|css|js|epub)$"
    r"|\.\w{3,4}/(?:view|@@download\b.*)$"  # a file's page in Plone
)
_NO_RELEASE = re.compile(
    r"(?i)/(?:categor(?:y|ia|ie)|tags?|authors?|autor[ei]|argoment[oi]|topics?|taxonomy/term|tip[oi]_notizi[ae]|login|users?|search"
    r"|cerca|ricerca|rss|feeds?|sitemap|mappa-(?:del-)?sito|privacy|cookie|note-legali|contatti|calendario|print|share|wp-\w+)"
    r"(?:/|$|\.)|/@@|/(?:19|20)\d\d(?:[/-]\d\d?){1,2}/?$"  # the last is a month's or a day's archive
)
_VARIANT = re.compile(
    r"(?i)^(?:f(?:\[.*|acets?|ilter.*)|month|mese|anno|year|day|giorno|ical|outlook-ical|tribe-bar-date|share|print|stampa|printable"
    r"|stampabile|pdf|replytocom|sort\w*|order\w*|dir|view_?mode|display_?mode|display|per_?page|items_per_page|pagesize|limit"
    r"|tmpl|fontsize|contrast|add-to-\w+)$"
)
_LANGUAGE = re.compile(r"(?i)^(?:lang|language|locale|hl|lingua)$")
_LANGUAGE_PATH = re.compile(r"(?i)^/(it|en|de|fr|es|sl|lld|ld|pt|ru|ro|zh|ar|uk)(?:-[a-z]{2})?(?=/|$)")
# What releases on a list's own path are told apart by: `news.php?id=12`, `?IDNews=7`, `?view=article&id=3`, `?p=1423`.
_IDENTITY = re.compile(
    r"(?i)id|news|notizia|art|doc|post|^p$|cod|key|scheda|uid|slug|titolo|title|item|show|det|mess|name"
)

# Italian, then the country's other official languages; the words stand at the beginning of a path segment's word.
PRESS_WORDS = (
    "novita|notizi[ae]|news|comunicat[io]|comunicazioni|stampa|press|avvis[io]|primo-?piano|ultim-?ora|attualita"
    "|dettaglio-?news|dettaglio-?notizi[ae]|sala-?stampa|rassegna|tipi-di-notizi[ae]|tipi_notizi[ae]|tipo_notizi[ae]"
    "|aktuelles|nachrichten|neuigkeiten|pressemitteilung(?:en)?|presse|mitteilung(?:en)?|bekanntmachung(?:en)?"
    "|actualites?|nouvelles|communiques?|novice|obvestila|sporocila|aktualno"
)
_PRESS = re.compile(rf"(?i)(?:^|[^a-z])(?:{PRESS_WORDS})(?![a-z])")


def press_like(text: str) -> bool:
    """Whether an address, a part of one or a file's name has one of the words that press sections go by."""
    return bool(_PRESS.search(unquote(text).replace("à", "a").replace("é", "e")))


def resolve(base: str, href: str) -> str | None:
    """The absolute http(s) address of a link, without fragment and session id; None where there is none."""
    href = href.strip(" \t\r\n\f\"'\\")  # markup inside of scripts escapes its quotes
    if (
        not href
        or len(href) > _LONGEST
        or href[0] == "#"
        or href.lower().startswith(("javascript:", "mailto:", "tel:", "data:"))
    ):
        return None
    try:
        url = urljoin(base, _UNPRINTABLE.sub(" ", href)).partition("#")[0]
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError where it is no port
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            return None  # nobody's password is to be kept, shown or sent
        url = _SESSION.sub("", url).rstrip("?&")
        url = url if url.isascii() and " " not in url else safe_url_string(url)
        return None if _UNFIT.search(url) else url  # a host with a space or half a character stays what it is
    except ValueError:  # "http://[", a port of letters, a label that is no IDN
        return None


def same_page(one: str, other: str) -> bool:
    """Whether two addresses differ in nothing but scheme, `www.`, trailing slash and fragment."""
    return bare(one) == bare(other)


def bare(url: str) -> str:
    """An address without what differs where the page does not: scheme, `www.`, trailing slash, fragment."""
    return re.sub(r"(?i)^https?://(?:www\.)?", "", url.partition("#")[0]).rstrip("/")


def is_ours(url: str, answered: str, source: Source) -> bool:
    """Whether an address is on the site that answered, or on the domain of the source's home page."""
    host = _host(url)
    if host == _host(answered):
        return True
    return domain_of(host) == domain_of(_host(source.home))


@lru_cache(maxsize=1024)
def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


@lru_cache(maxsize=1024)
def domain_of(host: str) -> str:
    """What one body has registered: the part of a host that public suffixes leave, or the host where they leave none."""
    return _suffixes(host).top_domain_under_public_suffix or host


def no_release(url: str) -> bool:
    """Whether an address is none of a release: the site's root, a file, a section, an archive, a facet, a view for print."""
    parts = urlsplit(url)
    return (
        (len(parts.path) < 2 and not parts.query)
        or bool(_FILE.search(parts.path) or _NO_RELEASE.search(parts.path))
        or any(_VARIANT.match(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    )


def without_language(path: str) -> str:
    """A path without the language that it begins with."""
    return _LANGUAGE_PATH.sub("", path)


def another_view(url: str, own: str) -> bool:
    """Whether an address is the page at `own` with other settings, or in another language."""
    its, ours = urlsplit(url), urlsplit(own)
    one, other = _LANGUAGE_PATH.match(its.path), _LANGUAGE_PATH.match(ours.path)
    if one and other and one[1].lower() != other[1].lower():
        return True
    if one and not other and its.path[one.end() :].strip("/") == ours.path.strip("/"):
        return True
    changed = set(parse_qsl(its.query, keep_blank_values=True)).difference(parse_qsl(ours.query))
    languages = {name for name, _ in parse_qsl(ours.query) if _LANGUAGE.match(name)}
    if any(name in languages for name, _ in changed):
        return True
    return its.path.rstrip("/") == ours.path.rstrip("/") and not any(_IDENTITY.search(name) for name, _ in changed)


def sections_among(urls: Sequence[str]) -> frozenset[str]:
    """The addresses under which at least two others are: a section, which a breadcrumb or a card names, and no release."""
    paths = {url: f"{urlsplit(url).path.rstrip('/')}/" for url in urls}
    above: Counter[str] = Counter()
    for path in set(paths.values()):
        steps = path.strip("/").split("/")
        above.update(f"/{'/'.join(steps[:depth])}/" for depth in range(1, min(len(steps), _DEEPEST)))
    return frozenset(url for url in urls if above[paths[url]] >= 2 and not urlsplit(url).query)
