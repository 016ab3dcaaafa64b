"""What a home page says of the body itself: its name, its language, the page with its licence."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy.http import Response

from spiders.discovery.addresses import resolve
from spiders.discovery.markup import parse, text_of
from spiders.values import Unreadable

_LEGAL = re.compile(r"(?i)^(?:note legali|legal notes?|licenz[ae]|rechtliche hinweise|impressum|mentions légales)$")
_LICENCE = re.compile(r"(?i)creativecommons\.org/(?:licenses/([a-z-]+)/(\d\.\d)|publicdomain/(zero)/)|/iodl/?(\d\.\d)?")
_SEPARATED = re.compile(r"\s+[-–—|·»:]+\s+|\s*[|»]\s*")
_HOME = re.compile(
    r"(?i)^(?:home|home ?page|benvenut[oi]|sito (?:istituzionale|ufficiale)|startseite|accueil|portale.*|homepage.*)$"
)


@dataclass(frozen=True, slots=True)
class Marks:
    """The body's name, the language of its pages (ISO 639-1), its licence, and where it says so."""

    name: str | None = None
    language: str | None = None
    licence: str | None = None
    licence_page: str | None = None


def marks_of(response: Response) -> Marks:
    """What a home page declares; what it does not is None."""
    try:
        tree, base = parse(response)
    except Unreadable:
        return Marks()
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): " ".join(meta.get("content", "").split())
        for meta in tree.iter("meta")
    }
    title = next((text_of(element) for element in tree.iter("title")), "")
    declared = metas.get("og:site_name") or next(
        (part for part in _SEPARATED.split(title) if part and not _HOME.match(part)), None
    )
    language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2].lower()
    licence = page = None
    for link in tree.iter("a", "link"):
        url = resolve(base, link.get("href", ""))
        if not url:
            continue
        if "license" in link.get("rel", "").lower().split() or _LICENCE.search(url):
            licence = licence or _named(url)
            page = page or url
        elif link.get("data-element") == "legal-notes" or _LEGAL.match(text_of(link)):
            page = page or url
    return Marks(declared or None, language if re.fullmatch(r"[a-z]{2}", language) else None, licence, page)


def _named(url: str) -> str | None:
    match = _LICENCE.search(url)
    if not match:
        return None
    if match[1]:
        return f"CC-{match[1].upper()}-{match[2]}"
    return "CC0-1.0" if match[3] else f"IODL-{match[4] or '2.0'}"


def host_name(url: str) -> str:
    """A host as people say it: without `www.`."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
