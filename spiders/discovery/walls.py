"""Home pages that are no town hall's or chamber's: a parked domain, a login, an anti-bot wall, a server without a site."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy.http import Response, TextResponse

from spiders.discovery.markup import characters, parse, text_of
from spiders.values import Unreadable

_START = 200_000  # characters that are looked at
_SHORT = 2500  # characters of text; a real home page has more, and may well speak of any of this
_PARKED = re.compile(
    r"(?i)\b(?:domain (?:name )?(?:is |may be )?(?:for sale|parked|expired|available)|buy this domain|parked (?:free|domain|page)"
    r"|dominio (?:è |e' )?(?:in vendita|scaduto|parcheggiato|registrato (?:su|con|da|presso|per conto)|sospeso|non attivo)"
    r"|(?:questo|il) dominio è (?:stato )?(?:registrato|acquistato)|sito in (?:costruzione|allestimento)|under construction|coming soon"
    r"|sedoparking|parkingcrew|dominio in parcheggio|account (?:has been )?suspended)\b"
)
_DEFAULT = re.compile(
    r"(?i)\b(?:welcome to nginx|apache2? (?:\w+ )?default page|it works!|test page for the|iis windows server|plesk (?:\w+ )?default"
    r"|index of /|sito in manutenzione|manutenzione in corso|under maintenance|default web site page|congratulations! your site)"
)
_WALL = re.compile(
    r"(?i)\bjust a moment\b|attention required|cf-browser-verification|cf-chl|challenge-platform|incapsula incident|_incapsula_resource"
    r"|checking (?:if the site connection is secure|your browser)|enable javascript and cookies to continue|you have been blocked"
    r"|verif(?:y|ying) (?:that )?you are (?:not a robot|human)|ddos[- ](?:protection by|guard)|access(?:o)? (?:denied|negato)"
    r"|the requested url was rejected|your support id is|captcha-delivery|verifica di (?:essere|non essere) un|human verification"
)
_LOGIN = re.compile(r"(?i)\b(?:accedi|login|log in|sign in|area riservata|autenticazione|anmelden|connexion)\b")


@dataclass(frozen=True, slots=True)
class Wall:
    """What stands where a home page should: `kind` is a word, `seen` what gave it away."""

    kind: str
    seen: str


def wall_of(response: Response) -> Wall | None:
    """What a page is, where it is none of a body's own; None where nothing speaks against it."""
    if not isinstance(response, TextResponse) or response.body.startswith(b"%PDF"):
        kind = (response.headers.get("Content-Type") or b"unknown").decode("latin-1")[:60]
        return Wall("file instead of a page", f"its type is {kind}")
    if not response.body.strip():
        return Wall("empty answer", "it has no content")
    try:
        tree, _ = parse(response)
    except Unreadable:
        return None
    text = " ".join(text_of(body) for body in tree.iter("body"))
    if len(text) > _SHORT:
        return None
    title = next((text_of(element) for element in tree.iter("title")), "")[:_SHORT]
    seen_by_browsers = f"{title} {characters(response)[:_START]}"  # walls are mostly scripts
    for kind, pattern, where in (
        ("anti-bot wall", _WALL, seen_by_browsers),
        ("parked domain", _PARKED, seen_by_browsers),
        ("server without a site", _DEFAULT, f"{title} {text}"),
    ):
        if seen := pattern.search(where):
            return Wall(kind, " ".join(seen[0].split()))
    if any(field.get("type", "").lower() == "password" for field in tree.iter("input")) and (
        _LOGIN.search(title) or _LOGIN.search(urlsplit(response.url).path) or len(text) < 600
    ):
        return Wall("login page", title or "a field for a password")
    return None
