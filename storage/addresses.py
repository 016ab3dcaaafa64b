"""When two addresses are the same page: the canonical URL, and the key under which the corpus knows it."""

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

# Parameters that say where a visitor came from, not what is shown. w3lib keeps them; courlan's strict cleaning
# also drops unknown ones (IDNews= is a release's number), so the list is ours and short.
_TRACKING = re.compile(
    r"(?i)^(utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|_ga|_gl|"
    r"mkt_tok|ref_src|ref_url|pk_campaign|pk_kwd|mtm_\w+|matomo_\w+|_hs\w+|hsctatracking|wt_mc|at_medium|at_campaign|"
    r"phpsessid|jsessionid|aspsessionid\w*|sessionid)$"
)
_SESSION_PATH = re.compile(r"(?i);jsessionid=[^/?#]*")


def canonical_url(url: str) -> str:
    """The address without what does not change the page: fragment, tracking parameters, default port, letter
    case of the host, order of the parameters. Raises ValueError where it is no http(s) address."""
    url = url.strip()
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http or https address: {url[:200]!r}")
    port = parts.port  # raises ValueError where it is no port
    host = parts.hostname.rstrip(".")
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, {"http": 80, "https": 443}[parts.scheme]) else f"{host}:{port}"
    path = _SESSION_PATH.sub("", parts.path)
    query = "&".join(each for each in parts.query.split("&") if not _TRACKING.match(unquote(each.partition("=")[0])))
    return str(canonicalize_url(urlunsplit((parts.scheme, netloc, path, query, ""))))


@lru_cache(maxsize=4096)
def address_key(url: str) -> str:
    """What the corpus compares: the canonical URL without scheme, `www.` and trailing slash.

    >>> address_key("https://www.comune.torino.it/novita/?utm_source=x#top") == address_key("http://comune.torino.it/novita")
    True
    """
    parts = urlsplit(canonical_url(url))
    host = parts.netloc.removeprefix("www.")
    path = parts.path.rstrip("/")
    return f"{host}{path}?{parts.query}" if parts.query else f"{host}{path}"


def host_of(url: str) -> str:
    """The host of an address, lower case and without `www.`: what tells one body's site from another's.

    Empty where there is none.
    """
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # a bracket that is no IPv6 address
        return ""
