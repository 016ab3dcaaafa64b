"""Whether a page is a release at all: lists, service sheets and offices look like any other page to a text extractor."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from crawler.extraction import cardtitles, lists
from crawler.extraction.blocks import ARTICLE, CARD, DIALOG, FOOTER, FURNITURE, HEADER, HEADINGS, NAV, Sheet
from crawler.extraction.folding import fold
from crawler.extraction.markup import Head
from crawler.extraction.refusals import Verdict, body_names
from crawler.extraction.refusals import refusal as refusal
from crawler.extraction.sitenames import Site, is_section
from spiders.dates import days_in

# Hooks that the national model's validator asks for on the sheets of services and documents, and nowhere else. A sheet with
# a text of its own ("Bando …") announces something; one without is but a file's.
_SERVICE = frozenset(("service-title", "service-description", "service-status"))
_DOCUMENT = frozenset(("document-title", "document-description"))
_OTHER_TYPES = frozenset(
    "collectionpage searchresultspage faqpage itemlist governmentservice contactpage aboutpage profilepage".split()
)
_LIST_TITLES = frozenset(
    "novità|notizie|news|comunicati|comunicati stampa|avvisi|tutte le notizie|tutte le novità|eventi|archivio notizie|"
    "elenco notizie|amministrazione|uffici|servizi|argomenti|documenti e dati|bandi|albo pretorio|homepage|home|home page|"
    "ultime notizie|vivere il comune|accedi|login|area riservata|ricerca|risultati della ricerca|mappa del sito|"
    "domande frequenti|amministrazione trasparente|newsletter|bandi di concorso|bandi di gara|bandi di gara e contratti|"
    "risultati di ricerca|privacy|privacy policy|cookie policy|informativa sulla privacy|informativa sui cookie|termini e condizioni|termini di utilizzo|note legali|informativa privacy|contatti|"
    "dichiarazione di accessibilità|organi di governo|personale amministrativo|modulistica".split("|")
)
_FOLDED_TITLES = frozenset(map(fold, _LIST_TITLES))
# Those of them that single releases bear as well ("Newsletter", over the news of a new number).
_ALSO_RELEASES = frozenset(
    "newsletter|bandi|bandi di concorso|bandi di gara|organi di governo|avvisi|comunicati|eventi|uffici|servizi|modulistica|"
    "personale amministrativo".split("|")
)
# How templates name the archive of a category, a month, an author.
_ARCHIVE = re.compile(
    r"(?i)(?:category|categoria|month|mese|day|giorno|tag|author|autore|archivi[oe]?)\s*: \S.{0,60}|(?:year|anno)\s*: (?:\w+ )?\d{4}\W*"
    r"|risultati (?:della|di|per la) ricerca(?: avanzata)?(?:\s*[^\w\s].{0,80}|\s(?:per|di)\b.{0,80})?"
    r"|(?:search results|hai cercato|archivio (?:per |della )?(?:categoria|mese|anno|tag|autore))\b.{0,80}"
)
# Body classes: WordPress, Drupal, Plone, Joomla. None of them was on any of 407 article pages.
_LISTS = frozenset(
    "archive search search-results search-no-results paged home path-frontpage page-front path-taxonomy page-taxonomy path-search"
    " path-user page-search page-user portaltype-plone-site portaltype-collection template-listing_view template-summary_view"
    " template-tabular_view template-search template-sitemap template-login template-login_form view-category view-categories"
    " view-featured com_search com_users".split()
)
_HOME = re.compile(r"(?i)/(?:(?:it|en|de|fr|sl)/?)?(?:home(?:page)?(?:\.\w+)?|(?:index|default)\.(?:\w+))?/?")
# The headings of sheets, by the national model and what was before it; a release has a few of them at most.
_SHEET_HEADINGS = {
    "a service": "a chi è rivolto|a chi si rivolge|chi può fare domanda|come fare|come si fa|cosa serve|cosa si ottiene|accedi al servizio|"
    "accedere al servizio|quanto costa|costi|costi e vincoli|vincoli|tempi e scadenze|condizioni di servizio|casi particolari|"
    "copertura geografica|procedure collegate all'esito|dove rivolgersi|riferimenti normativi|strumenti di tutela|"
    "modalità di richiesta|requisiti|documentazione necessaria|tempi di rilascio|unità organizzativa responsabile",
    "an office": "competenze|area di riferimento|organizzazione|struttura|persone che compongono la struttura|persone|tipologia di organizzazione|"
    "legami con altre strutture|servizi offerti|sede principale|responsabile|responsabile dell'ufficio|aree di competenza|assessore di riferimento",
    "a person": "incarico|incarichi|ruolo|deleghe|biografia|curriculum vitae|curriculum|tipo di incarico|data inizio incarico|"
    "importi di viaggio e o servizi|importi di viaggio e o servizio|situazione patrimoniale|dichiarazione dei redditi|spese elettorali|"
    "data di insediamento|competenze|altre cariche",
    "a document": "ufficio responsabile del documento|ufficio responsabile|formati disponibili|licenza di distribuzione|tipo di documento|"
    "tipologia documento|numero progressivo|protocollo|autori",
    "a topic": "questo argomento è gestito da|esplora tutti i servizi|esplora tutte le novità|esplora tutti gli argomenti|"
    "esplora per categoria|esplora per argomento|esplora i documenti|esplora gli uffici|esplora l'amministrazione|esplora tutti|esplora tutte",
}  # fmt: skip
_SHEET_WORDS = {kind: frozenset(map(fold, words.split("|"))) for kind, words in _SHEET_HEADINGS.items()}
_AT_LEAST = {"a service": 3, "an office": 3, "a person": 3, "a document": 2, "a topic": 1}
# What stands on pages whose text did not come: a line of these says nothing.
_CHROME = re.compile(
    r"(?i)\W*(?:condividi|stampa|torna (?:indietro|alla lista|all['’]elenco|su)|indietro|allegati|allegato|vedi azioni|vedi tutti?e?|tutte le notizie|categoria"
    r"|argomenti?|data|pubblicat[oa](?: il)?|ultimo aggiornamento|ultima modifica|descrizione|contenuto|caricamento(?: in corso)?|loading|attendere(?: prego)?"
    r"|cookie|home|menu|cerca|a cura di|ulteriori informazioni|download|scarica|invia|privacy|skip to (?:main )?content|vai al contenuto(?: principale)?"
    r"|you need to enable javascript to run this app|.{0,60}(?:abilita|attiva|enable)(?:re)? javascript.{0,60}"
    r"|nessun (?:contenuto|risultato|elemento)(?: (?:trovato|presente|disponibile))?)\W*"
)
_CHANGED = re.compile(r"(?i)aggiorna|modific|update")
_PARAGRAPH = 80  # letters
_LONGEST_NAME = 8  # words of a site's name
# A list has at least so many teasers, each with fewer letters than that, and little running text beside them.
_MANY, _FEW, _TEASER, _ENOUGH, _MUCH, _INTRODUCTION, _NOTE = 6, 3, 700, 700, 2500, 250, 150


def not_a_release(
    sheet: Sheet, head: Head, title: str, url: str = "", *, named: bool, dated: bool = False
) -> Verdict | None:
    """A list, a service sheet or a site's own page.

    `named` says that a list called it a release, `dated` that the page itself shows when it was published.
    """
    plain, teasers = lists.parts(sheet)
    if (
        fold(title) in _FOLDED_TITLES
        or is_section(title)
        and fold(title).split()[-1:] != ["stampa"]
        and _is_plural(title)
    ) and not (named and fold(title) in _ALSO_RELEASES and len(teasers) < _FEW and _is_dated_text(sheet, dated)):
        return Verdict("not-a-release", f"a section's own page: {title[:80]}")
    if url and _is_home(url) and plain < (_MUCH if len(teasers) >= _MANY else _ENOUGH):
        return Verdict("not-a-release", "the site's home page")
    if classes := body_names(sheet) & _LISTS:
        return Verdict("not-a-release", f"the page's template is that of lists: {', '.join(sorted(classes))}")
    if named:
        return _unlike_its_name(sheet, head, title, url, len(teasers))
    if title.count(" ") < _LONGEST_NAME and Site(head, sheet.blocks, url).names(title):
        return Verdict("not-a-release", f"a page that has no name but the site's: {title[:80]}")
    return _by_itself(sheet, head, title, dated, plain, teasers)


def says_nothing(lines: Iterable[str], title: str) -> bool:
    """Whether a page's text is but its title again, the name of a section, a day or the words of buttons."""
    wanted = fold(title)
    return all(
        (folded := fold(line)) in ("", wanted) or f" {folded} " in f" {wanted} " or is_section(line) or _CHROME.fullmatch(line)
        or cardtitles.is_button(line) or _is_day(line)
        for line in lines
    )  # fmt: skip


def _is_day(line: str) -> bool:
    day = next(iter(days_in(line[:60])), None) if len(line) < 60 else None
    rest = fold(line[: day.start] + " " + line[day.end :]).split() if day else ["x"] * 9
    return len(rest) < 4


def _is_dated_text(sheet: Sheet, dated: bool) -> bool:
    """Whether a page's own part has a paragraph, and a line with a day that is not that of its last change."""
    own = [block for block in sheet.blocks if not block.place & (FURNITURE | HEADER) & ~sheet.usual]
    told = any(len(block.text) >= _PARAGRAPH and block.linked * 2 < len(block.text) for block in own)
    return told and (dated or any(_is_day(block.text) and not _CHANGED.search(block.text) for block in own))


def _is_plural(title: str) -> bool:
    """Not "Avviso", "Comunicato stampa": those are titles too."""
    return not re.fullmatch(
        r"(?:avviso|comunicato(?: stampa)?|evento|articolo|notizia|allegati|documenti|post|press release)", fold(title)
    )


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return not parts.query and not parts.fragment and bool(_HOME.fullmatch(parts.path or "/"))


def _unlike_its_name(sheet: Sheet, head: Head, title: str, url: str, teasers: int) -> Verdict | None:
    """A section's own page behind the name of a release: the page calls itself a section, and nowhere what the list does.

    So does the home page, which some sites show in place of what is gone.
    """
    wanted = fold(title)
    if any(
        wanted in fold(block.text)
        for block in sheet.blocks
        if len(block.text) < len(title) + 200 and not block.place & NAV
    ):
        return None
    site = Site(head, sheet.blocks, url)
    addresses = (head.links.get("canonical", ""), head.metas.get("og:url", ""))
    if teasers >= _MANY and any(address and _is_home(address) for address in addresses) and not _is_home(url):
        return Verdict("not-a-release", "the site's home page in a release's place")
    own = [
        block.text for block in sheet.blocks if block.tag in ("h1", "h2") and not block.place & FURNITURE & ~sheet.usual
    ][:1]
    own += [part for name in (head.metas.get("og:title", ""), head.title) for part in re.split(r"\s[-|–»:]\s", name)]
    own = [name for name in own if name.strip() and not site.names(name) and not fold(name).startswith("home")]
    if own and all(fold(name) in _FOLDED_TITLES or is_section(name) and _is_plural(name) for name in own):
        return Verdict("not-a-release", f"a section's own page: {own[0][:80]}")
    return None


def _by_itself(sheet: Sheet, head: Head, title: str, dated: bool, plain: int, teasers: list[int]) -> Verdict | None:
    """What a page is of which nothing says that it is a release."""
    if head.hooks & _SERVICE:
        return Verdict("not-a-release", "the sheet of a service")
    if head.hooks & _DOCUMENT and plain < _NOTE:
        return Verdict("not-a-release", "the sheet of a document")
    if _ARCHIVE.fullmatch(title):
        return Verdict("not-a-release", f"an archive: {title[:80]}")
    types = {str(kind).lower() for thing in head.things for kind in _listed(thing.get("@type"))}
    if any("article" in kind or "posting" in kind for kind in types):
        return None
    if kinds := types & _OTHER_TYPES:
        return Verdict("not-a-release", f"the page calls itself {', '.join(sorted(kinds))}")
    if (sheet_of := _sheet(sheet)) and (sheet_of != "a document" or plain < _NOTE):
        return Verdict("not-a-release", f"the sheet of {sheet_of}")
    entries = lists.entries(sheet, title)
    if not dated and len(entries) >= _MANY and lists.between(sheet, entries) < _NOTE:
        return Verdict("not-a-release", f"a list: {len(entries)} links, and next to nothing between them")
    if (
        dated
        or _is_in_article(sheet, title)
        and plain >= _NOTE
        or "article" in head.metas.get("og:type", "").lower()
        and plain >= _INTRODUCTION
    ):
        return None
    if len(teasers) >= _MANY and plain < _ENOUGH and max(teasers) < _TEASER:
        return Verdict("not-a-release", f"a list: {len(teasers)} teasers and {plain} letters of text beside them")
    if len(teasers) >= _FEW and plain < _INTRODUCTION and plain < sum(teasers):
        return Verdict("not-a-release", f"a short list: {len(teasers)} teasers and {plain} letters of text beside them")
    return None


def _is_in_article(sheet: Sheet, title: str) -> bool:
    """Whether the headline stands in an article that is no card: a list's stands above its articles."""
    wanted = fold(title)
    return any(
        block.place & ARTICLE and not block.place & CARD and fold(block.text) == wanted
        for block in sheet.blocks
        if block.tag in ("h1", "h2")
    )


def _sheet(sheet: Sheet) -> str | None:
    """What a page is the sheet of, by its headings."""
    away = (NAV | FOOTER | DIALOG) & ~sheet.usual  # a service's steps stand in all kinds of boxes
    headings = {fold(block.text) for block in sheet.blocks if block.tag in HEADINGS and not block.place & away}
    return next((kind for kind, words in _SHEET_WORDS.items() if len(headings & words) >= _AT_LEAST[kind]), None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
