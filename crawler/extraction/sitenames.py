"""What sites call themselves and their parts: names that stand in headings and title elements beside a release's own.

On old templates nothing else stands there: the title element of every page is the town's name, the h1 "Notizie".
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from crawler.extraction.blocks import FOOTER, HEADER, NAV, Block
from crawler.extraction.folding import fold
from crawler.extraction.markup import Head

# A run of white space is tried from its start only: tried from each of its letters, 20,000 of them took 5 s.
SEPARATOR = re.compile(r"(?<!\s)\s+(?:(?:[|–—•·»«:›/]|-|::)\s+|\|\s*|[»›]\s*)|\|\s*|»\s+")
_ENDS = " |–—•·»«:›/-"
_HOST = re.compile(r"\s*(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}\s*")
_BRAND = re.compile(r"(?i)brand|logo|site-?_?(?:title|name)|nome-?_?(?:ente|comune|sito)")
# Words that name a site together with its place, and those that may stand among them.
_OF_SITES = frozenset(
    "comune citta sito portale provincia regione municipio rete home homepage benvenuti website municipality official".split()
)
_SURELY = frozenset("sito portale home benvenuti website official".split())
_AMONG = _OF_SITES | frozenset(
    "di del della dell dei delle d e il la lo le nel nella sul al istituzionale ufficiale web civica page pagina iniziale"
    " principale ente amministrazione comunale site the of city town internet".split()
)
_INSTITUTION = re.compile(
    r"(?:comune|citta|municipio|provincia|regione|camera di commercio|unione|universita|prefettura|questura|consorzio"
    r"|azienda|ministero|comunita montana) (?:\w+ ){0,6}\w+"
)
_CONTENT = (
    r"(?:notizi[ae]|news|novita|comunicat[oi](?: stampa)?|avvis[oi]|event[oi]|articol[oi]|contenut[oi]|post|bando)"
)
_DETAIL = re.compile(
    rf"(?:dettaglio|dettagli|scheda|visualizza|visualizzazione|leggi) (?:d[aei]\w* |l |la |il |lo )?{_CONTENT}"
)
# Headings of a site's parts that stand where a title could.
_SECTIONS = frozenset(
    "menu|cerca|ricerca|cerca nel sito|notizia|avviso|comunicato|comunicato stampa|evento|articolo|article|post|cookie|privacy|search|"
    "press release|calendar|calendario|dettaglio|dettagli|descrizione|allegati|documenti|contatti|condividi|home page|"
    "pagina iniziale|cosa stai cercando|informativa sui cookie|indice della pagina|in questa pagina|contenuti correlati|"
    "ultimo aggiornamento|quanto sono chiare le informazioni su questa pagina|contatta il comune|problemi in citta|"
    "a cura di|galleria fotografica|skip to content|newsletter|login|accedi".split("|")
)
_PARTS = frozenset(
    "notizie news novita comunicati avvisi eventi archivio rassegna blog press media bandi releases newsroom homepage home".split()
)
_WITH_PARTS = _PARTS | frozenset(
    "stampa scadenze ultime ultimi tutte tutti le gli i la il lo in evidenza primo piano sala ufficio elenco sezione area"
    " room release e ed dal dalla del della di comune citta sul sito online storico manifestazioni appuntamenti gare concorsi"
    " agenda informazioni".split()
)


class Site:
    """What a page's site is called, as its head, its brand and its host say."""

    def __init__(self, head: Head, blocks: Iterable[Block], url: str) -> None:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        self._labels = frozenset(host.split(".")) | {host.replace(".", "")}
        self._host = host.replace(".", " ")
        self._names = {fold(head.metas.get(name, "")) for name in ("og:site_name", "application-name")} - {""}
        self._entries: set[str] = set()
        for block in blocks:
            if not block.box.place & (NAV | HEADER | FOOTER) or len(block.text) > 60:
                continue
            if _is_brand(block.box.name, block.box.identity):
                self._names.add(fold(block.text))
            elif block.linked * 5 > len(block.text) * 4 and block.text.count(" ") < 4:
                self._entries.add(block.text.casefold())

    def names(self, text: str) -> bool:
        """Whether a text is the site's name, or that of the body whose site it is."""
        folded = fold(text)
        if not folded or _HOST.fullmatch(text) or folded in self._names or folded.replace(" ", "") in self._labels:
            return True
        words = folded.split()
        if _OF_SITES.intersection(words):
            own = [word for word in words if word not in _AMONG and len(word) > 2]
            # "La città" names no site.
            if all(word in self._host for word in own) and (own or _SURELY.intersection(words)):
                return True
        if len(words) > 8 or not _INSTITUTION.fullmatch(folded):
            return False
        # "Comune di Prova cerca volontari" is a release.
        return all(word[0].isupper() for word in re.findall(r"\w{4,}", text)) and (not text.isupper() or len(words) < 5)

    def has_entry(self, text: str) -> bool:
        """Whether a short text is an entry of the site's menus or the end of a trail that leads to the page."""
        return text.casefold() in self._entries

    def without(self, title: str) -> str:
        """A title element's text without the names of the site and its sections at either end; empty if it has no others."""
        title = " ".join(title.split())
        if not title:
            return ""
        parts = [part for part in SEPARATOR.split(title) if part and part.strip()]
        own = [part for part in parts if not self.names(part) and not is_section(part)]
        if not own:
            return ""
        kept = title[title.index(own[0]) : title.rindex(own[-1]) + len(own[-1])].strip(_ENDS)
        before, colon, after = kept.partition(": ")
        return after.strip() if colon and self.names(before) and after.strip() else kept


@lru_cache(maxsize=1 << 10)
def is_section(text: str) -> bool:
    """Whether a text names a part of a site, as headings do over lists and over each of the releases in them."""
    folded = fold(text)
    if folded in _SECTIONS or _DETAIL.fullmatch(folded):
        return True
    words = [word for word in folded.split() if not (word.isdigit() and len(word) == 4)]
    return len(words) < 8 and bool(_PARTS.intersection(words)) and _WITH_PARTS.issuperset(words)


@lru_cache(maxsize=1 << 12)
def _is_brand(name: str, identity: str) -> bool:
    return bool(_BRAND.search(name) or _BRAND.search(identity))
