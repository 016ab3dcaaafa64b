"""What addresses say before anything is fetched: whose site they are on, and whether they look like releases' ones."""

import re
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

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
    if not href or href[0] == "#" or href.lower().startswith(("javascript:", "mailto:", "tel:", "data:")):
        return None
    try:
        url = urljoin(base, _UNPRINTABLE.sub(" ", href)).partition("#")[0]
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        url = _SESSION.sub("", url).rstrip("?&")
        return url if url.isascii() and " " not in url else safe_url_string(url)
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
