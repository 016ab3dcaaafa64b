"""Whether a page is a release at all: pages of lists, errors and refusals look like any other to a text extractor."""

import re
from dataclasses import dataclass

from crawler.extraction.blocks import CARD, FURNITURE, HEADER, Sheet
from crawler.extraction.markup import Head
from crawler.extraction.titles import fold

_REFUSED = re.compile(
    r"(?i)^(?:just a moment|attention required|access denied|accesso negato|are you a robot|security check|"
    r"request unsuccessful|ddos.guard|403 forbidden|forbidden|verifica di sicurezza|un momento)\b|"
    r"incapsula incident|cf-browser-verification|checking your browser|enable javascript and cookies to continue"
)
_ERROR = re.compile(
    r"(?i)\b(?:404|pagina (?:non|inesistente)(?: è stata)? ?(?:trovat[ao]|disponibile|esist\w+)?|page not found|not found|"
    r"errore (?:4\d\d|5\d\d|interno|del server)|error (?:4\d\d|5\d\d)|seite (?:wurde )?nicht gefunden|page introuvable|"
    r"contenuto non (?:trovato|disponibile|più disponibile)|internal server error|service unavailable|"
    r"sito in manutenzione|bad gateway)\b"
)
_SERVICE = ("service-title", "service-description", "service-status", "service-generic-access", "service-online-access")
_LIST_TITLES = frozenset(
    "novità|notizie|news|comunicati|comunicati stampa|avvisi|tutte le notizie|tutte le novità|eventi|archivio notizie|"
    "elenco notizie|amministrazione|uffici|servizi|argomenti|documenti e dati|bandi|albo pretorio|homepage|home|"
    "ultime notizie|vivere il comune|accedi|login|area riservata|ricerca|risultati della ricerca|mappa del sito|"
    "domande frequenti|amministrazione trasparente|newsletter".split("|")
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a page is no release: a key of `storage.changes.REASONS`, and what was seen."""

    reason: str
    detail: str


def refusal(sheet: Sheet, head: Head, title: str) -> Verdict | None:
    """An anti-bot page or an error page served as if it were fine."""
    short = sum(len(block.text) for block in sheet.blocks) < 3000
    start = " ".join(block.text for block in sheet.blocks[:12])[:600]
    if short and (_REFUSED.search(head.title) or _REFUSED.search(start)):
        return Verdict("refused", f"an anti-bot page: {head.title[:80]}")
    body = sum(len(b.text) for b in sheet.blocks if not b.place & FURNITURE and b.linked * 2 < len(b.text))
    if body < 1500 and len(title) < 90 and (_ERROR.search(title) or (_ERROR.search(head.title))):
        return Verdict("error-page", f"the page says: {title[:80]}")
    return None


def not_a_release(sheet: Sheet, head: Head, title: str, paragraphs: list[str], named: bool) -> Verdict | None:
    """A list, a service sheet or a site's own page; `named` says that a list called it a release."""
    folded = fold(title)
    if folded in {fold(name) for name in _LIST_TITLES}:
        return Verdict("not-a-release", f"a section's own page: {title[:80]}")
    if named:
        return None
    cards = len({id(b.box.parent) for b in sheet.blocks if b.place & CARD and not b.place & HEADER})
    longest = max((len(line) for line in paragraphs), default=0)
    if cards >= 8 and longest < 300:
        return Verdict("not-a-release", f"a list: {cards} cards and no long paragraph")
    return None
