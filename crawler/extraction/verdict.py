"""Whether a page is a release at all: pages of lists, errors and refusals look like any other to a text extractor."""

import re
from dataclasses import dataclass
from typing import Any

from crawler.extraction.blocks import CARD, FURNITURE, HEADINGS, Block, Box, Sheet
from crawler.extraction.folding import fold
from crawler.extraction.markup import Head

# What a wall calls itself, as its whole title or first line ("Un momento di festa" is a release).
_REFUSED = re.compile(
    r"(?i)\W*(?:just a moment|un momento|attention required!?(?: \| cloudflare)?|access(?:o)? (?:denied|negato)|forbidden"
    r"|403(?: - |:? )?(?:forbidden|accesso negato)?|are you (?:a )?(?:robot|human)\??|security check|verifica di sicurezza"
    r"|ddos[- ]guard|request (?:unsuccessful|rejected)|human verification|bot verification|robot o umano\??)\W*"
)
_WALL = re.compile(
    r"(?i)incapsula incident|cf-browser-verification|checking (?:if the site connection is secure|your browser)"
    r"|enable javascript and cookies to continue|you have been blocked|verify(?:ing)? (?:that )?you are (?:not a robot|human)"
    r"|ddos protection by|verifica di (?:essere|non essere) un|the requested url was rejected|your support id is"
)
_ERROR = re.compile(
    r"(?i)^\W*(?:errore?\s*)?(?:404|500|502|503)\s*(?:$|[-–:|.]|(?:not|error|pagina|page|internal|bad|service)\b)"
    r"|\berrore? (?:4\d\d|5\d\d|interno|del server)\b"
    r"|\bpagina (?:non|inesistente)(?: è stata)? ?(?:trovat[ao]|disponibile|esist\w+|presente)?\W*(?:$|[|–-])"
    r"|\b(?:page|seite|file) (?:was |wurde )?(?:not|nicht) (?:found|gefunden)\b|^\W*not found\b|\bpage introuvable\b"
    r"|\b(?:contenuto|documento|risorsa) (?:richiest[ao] )?non (?:più )?(?:trovat[ao]|disponibile|presente)\b"
    r"|\binternal server error\b|\bservice unavailable\b|\bbad gateway\b|\bsito in manutenzione\b"
)
# Hooks that the national model's validator asks for on the sheets of services, and nowhere else.
_SERVICE = frozenset(("service-title", "service-description", "service-status"))
_OTHER_TYPES = frozenset(
    "collectionpage searchresultspage faqpage itemlist governmentservice contactpage aboutpage profilepage".split()
)
_LIST_TITLES = frozenset(
    "novità|notizie|news|comunicati|comunicati stampa|avvisi|tutte le notizie|tutte le novità|eventi|archivio notizie|"
    "elenco notizie|amministrazione|uffici|servizi|argomenti|documenti e dati|bandi|albo pretorio|homepage|home|"
    "ultime notizie|vivere il comune|accedi|login|area riservata|ricerca|risultati della ricerca|mappa del sito|"
    "domande frequenti|amministrazione trasparente|newsletter".split("|")
)


_FOLDED_TITLES = frozenset(map(fold, _LIST_TITLES))
# A list has at least so many teasers, each with fewer letters than that, and little running text beside them.
_MANY, _TEASER, _ENOUGH = 6, 700, 700


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a page is no release: a key of `storage.changes.REASONS`, and what was seen."""

    reason: str
    detail: str


def refusal(sheet: Sheet, head: Head, title: str) -> Verdict | None:
    """An anti-bot page or an error page served as if it were fine."""
    start = " ".join(block.text for block in sheet.blocks[:12])[:600]
    if sum(len(block.text) for block in sheet.blocks) < 3000:
        first = sheet.blocks[0].text if sheet.blocks else ""
        if any(_REFUSED.fullmatch(name) for name in (head.title, first, title) if name) or _WALL.search(start):
            return Verdict("refused", f"an anti-bot page: {(head.title or first)[:80]}")
    if _prose(sheet, 0) < 1500 and len(title) < 90 and (_ERROR.search(title) or _ERROR.search(head.title)):
        return Verdict("error-page", f"the page says: {title[:80]}")
    return None


def not_a_release(sheet: Sheet, head: Head, title: str, *, named: bool, dated: bool = False) -> Verdict | None:
    """A list, a service sheet or a site's own page.

    `named` says that a list called it a release, `dated` that the page itself shows when it was published.
    """
    if fold(title) in _FOLDED_TITLES:
        return Verdict("not-a-release", f"a section's own page: {title[:80]}")
    if named:
        return None
    if head.hooks & _SERVICE:
        return Verdict("not-a-release", "the sheet of a service")
    types = {str(kind).lower() for thing in head.things for kind in _listed(thing.get("@type"))}
    if "article" in head.metas.get("og:type", "") or any("article" in kind or "posting" in kind for kind in types):
        return None
    if kinds := types & _OTHER_TYPES:
        return Verdict("not-a-release", f"the page calls itself {', '.join(sorted(kinds))}")
    plain, teasers = _parts(sheet)
    if not dated and len(teasers) >= _MANY and plain < _ENOUGH and max(teasers) < _TEASER:
        return Verdict("not-a-release", f"a list: {len(teasers)} teasers and {plain} letters of text beside them")
    return None


def _parts(sheet: Sheet) -> tuple[int, list[int]]:
    """The letters of running text that stand in no teaser, and in each teaser: a card, or what follows a linked heading."""
    plain, teasers = 0, []
    card: Box | None = None
    linked = False
    for block in sheet.blocks:
        if block.place & (FURNITURE & ~CARD & ~sheet.usual):
            continue
        outer = _card(block)
        heading = block.tag in HEADINGS
        if outer is not card or heading and outer is None:
            linked = heading and block.linked * 5 > len(block.text) * 4
            if outer is not None or linked:
                teasers.append(0)
            card = outer
        if len(block.text) < 60 or block.linked * 2 >= len(block.text):
            continue
        if outer is not None or linked:
            teasers[-1] += len(block.text)
        else:
            plain += len(block.text)
    return plain, teasers


def _card(block: Block) -> Box | None:
    """The outermost card around a block."""
    if not block.place & CARD:
        return None
    box = block.box
    while box.parent is not None and box.parent.place & CARD:
        box = box.parent
    return box


def _prose(sheet: Sheet, shortest: int) -> int:
    """The letters of running text outside furniture, in blocks of at least `shortest` letters."""
    away = FURNITURE & ~sheet.usual
    return sum(
        len(block.text)
        for block in sheet.blocks
        if len(block.text) >= shortest and not block.place & away and block.linked * 2 < len(block.text)
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
