"""The words around a written day that tell what it is: of the publication, of the last change, of an event.

Italian first, then the languages of the country's minorities and of its neighbours' sites.
"""

import re

_DAYS = (
    r"luned[iì]['’]?|marted[iì]['’]?|mercoled[iì]['’]?|gioved[iì]['’]?|venerd[iì]['’]?|sabato|domenica|lun|mar|mer|gio|ven"
    r"|sab|dom|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|montag"
    r"|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
)
_WEEKDAY = re.compile(rf"(?i)(?<![a-zà-ü])(?:{_DAYS})\.?,?\s*$")
_PUBLISHED = re.compile(
    r"(?i)(?:data\s+(?:di\s+)?pubblicazione|pubblicazione|pubblicat[oaie]|pubbl\.|inserit[oa]|inviat[oa]|scritt[oa]|diffus[oa]|diramat[oa]|emess[oa]|rilasciat[oa]|postat[oa]|creat[oa]"
    r"|data\s+(?:di\s+)?(?:creazione|inserimento|rilascio|emissione|messa\s+on-?\s?line)|submitted"
    r"|published|posted|release\s+date|publication\s+date|veröffentlicht|publiziert|erschienen|erstellt|publi[ée]e?"
    r"|mis en ligne|publica(?:do|da|t)|fecha de publicaci[oó]n|data de publica[çc][ãi]ó?o?|objavljeno|datum objave|publicerad"
    r"|gepubliceerd|udgivet|offentliggjort|publisert|opublikowano|zveřejněno|vydáno|publikováno|zverejnené|közzétéve"
    r"|megjelent|julkaistu)"
    # "pubblicato il", "pubblicato da Ufficio stampa in data", "data di pubblicazione:"
    r"(?:\s+(?:sul\s+(?:sito|portale|web)|on-?\s?line))?(?:\s+(?:da|by|von|di)\s+[^.:|]{2,40}?)?"
    r"(?:\s+alle(?:\s+ore)?\s+\d\d?[:.]\d\d\s+del)?"
    r"(?:\s+(?:il|in\s+data|giorno|on|am|le|el|em|op|la|dnia|den|at|su|dne))*\s*[:\-–—]?\s*[,(]?\s*$"
)
_NOT_PUBLISHED = re.compile(
    r"(?i)(?:(?:fine|termine|scadenza)\s+(?:della\s+|di\s+)?pubbl|gazzetta|albo pretorio|bando|graduatoria|\bbur\b|\bex\b"
    r"|\bessere|\bstat[oa])[^.]{0,40}$"
)
_UPDATED = re.compile(
    r"(?i)aggiornat|aggiornament|modific|ultim[ao]\s|revision|updated?|last\s|modified|edited|reviewed|aktualisiert"
    r"|geändert|stand:|mis à jour|actualizado|copyright|©|archiviat|accessed|retrieved|expires|deadline"
    r"|scad[eo]n|scade\b|entro|fino al|termine|valid|(?<![a-zà-ü])dal(?![a-zà-ü])|(?<![a-zà-ü])al\s*$|evento|inizio|fine\b"
    r"|quando|oggi|appuntament[oi]|svolgimento|dat[ae] e (?:or|luogo)|\b(?:programma|calendario)\b|si (?:terrà|svolgerà|tiene)"
    r"|\bprot\.|seduta|convocazione|nat[oa] il|delibera|determina|protocollo|decreto|legge|ordinanza"
)
_LABELLED = re.compile(
    r"(?i)(?:(?:^|[\s(|•·–—-])(?<!in\s)data(?:\s+(?:del(?:la)?\s+)?(?:comunicato|notizia|news|articolo))?\s*:\s*"
    r"|^\W*(?:data|date|datum|fecha)(?:\s+(?:del(?:la)?\s+)?(?:comunicato|notizia|news|articolo))?\s*:?\s*"
    r"|(?:comunicato|notizia|news|nota)(?:\s+stampa)?(?:\s+n[.°r]*\s*[\d/]+)?\s+del\s+"
    r"|(?:presse)?mitteilung\s+vom\s+|communiqué(?:\s+de\s+presse)?\s+du\s+)$"
)
_EVENT = re.compile(
    r"(?i)^\s*(?:[-–—,|(→]|\bal\b)?\s*(?:dalle\s+)?(?:ore\s|alle\s|dalle\s|h\.|ora:|orario|time:|luogo|al\s|-\s*\d\d?[./])"
)
_ENDED = re.compile(r"(?i)^\s*(?:[-–—→]\s*\d\d?[./-]|(?:fino\s+)?al\s)")
_EVENT_ROW = re.compile(
    r"(?i)^\W*(?:time|ora|ore|orari[oi]?|luogo|dove|location|address|indirizzo|where|ingresso|costo|data fine|fino al)\s*(?::|$)"
)
_OTHERS = re.compile(
    r"(?i)^\W*(?:(?:ultim|altr|tutt|prossim)[eio]\s+(?:\w+\s+)?(?:notizi|novit|news|comunicat|avvis|articol|event)|leggi anche"
    r"|(?:notizie|articoli|contenuti) (?:correlat|simil)|potrebbe|in evidenza|(?:latest|related|more|other|recent) "
    r"|weitere|mehr zum|à lire aussi|archivio)"
)
_UPDATE = re.compile(
    r"(?i)(?:ultim[ao]\s+)?(?:aggiorna|modific)|(?:last\s+)?(?:updated|modified|edited)|aktualisiert|geändert|mis à jour"
)
_AT = re.compile(r"(?i)\b(?:il|del|dell|in|on|am|le|al|dal)['’]?\s*$")
_BY = re.compile(
    r"(?i)^\W*(?:di|da|by|von|de|par|a cura|autore|author|redazione|staff|admin|posted|scritto|uffici[oa]|stampa)\b"
)
# What happens, and where, and acts: "Teatro Comunale, 15 marzo 2024", "Concerto di Natale - 15 dicembre 2024", "DPCM 5 marzo".
_HAPPENS = re.compile(
    r"(?i)\b(?:teatro|sala|biblioteca|piazza|auditorium|palazzo(?! (?:municipale|comunale|civico))|palasport|museo|parco|chiesa"
    r"|cinema|villa|castello|stadio|concerto|mostra|festa|festival|sagra|convegno|incontro|seminario|laboratorio|corso|fiera"
    r"|mercato|spettacolo|evento|consiglio comunale|convocazione|riunione|assemblea|inaugurazione|presentazione|giornata"
    r"|edizione|elezioni|referendum|consultazione|votazioni?|turn[oi]|chiusura|apertura|allerta|validità|periodo|bando|concorso"
    r"|dpcm|dpr|dgr|d\.?lgs|prot|licenza|foto)\b"
)
_NOTHING = re.compile(
    rf"(?i)\b(?:{_DAYS}|sabato|domenica|ore|alle|at|h|am|pm|by|di|del|il|on|uhr|cet|est|utc|gmt|et|edt)\b"
    r"|\d{1,2}[:.]\d\d|\d+|\W+|_+"
)
_SMALL_WORDS = frozenset(
    "di da by von de del della dello dal par por and e ed und et y min mins minuti minuto minute minutes minuten read"
    " reading time tempo lettura lesezeit lecture redazione autore author staff posted admin categories category categorie"
    " categoria nessun commento commenti comment comments no letture visite visualizzazioni views hits a cura fonte ore alle"
    " at uhr on in il comunicato comunicati stampa notizia notizie news avvisi".split()
)
_LINK = r"(?:d(?:i|ei?l?|ella|elle|egli)|dell['’]|d['’]|nel|nell['’]|in|al|alla|a|sul|sull['’]|ne['’]|con|e)"
_PLACE = re.compile(
    r"^[\s(\[«-]*(?i:(?!(?:il|lo|la|dal|dalla|al|nel|entro|per|con|notizi[ae]|avvis[io]|news|comunicat[io]|event[io]|band[io]"
    r"|luned|marted|mercoled|gioved|venerd|sabato|domenica)))"
    # "Torino", "San Mauro Torinese", "Reggio nell'Emilia", "Bolzano/Bozen", "Prova (TO)"
    rf"(?:[A-ZÀ-Ý][\w'’.à-ü]*(?:\s+|-|/)(?P<link>{_LINK}\s*)?){{0,4}}[A-ZÀ-Ý][\w'’à-ü]+(?:\s+\([A-Z]{{2}}\))?\s*"
    rf"(?P<comma>[,/–—-])?\s*(?P<il>(?:l[ìi]['’]?|il)\s+)?(?:(?:{_DAYS}),?\s+)?$"
)
_GIVEN_AT = re.compile(r"(?i)(?:^|[\s,])(?:l[ìi]['’]?|addì),?\s*$")
_CUT_OFF = re.compile(r"^\s*(?:$|[.:)\]–—/-])")


def without_weekday(before: str) -> str:
    """The words before a day, without its weekday."""
    return _WEEKDAY.sub("", before)


def is_published(before: str) -> bool:
    """Whether the words before a day say that it is the publication's."""
    return bool(_PUBLISHED.search(before)) and not _NOT_PUBLISHED.search(before)


def is_updated(before: str) -> bool:
    """Whether the words before a day say that it is another one: of the last change, a deadline, an event, an act."""
    return bool(_UPDATED.search(before[-45:]))


def is_labelled(before: str) -> bool:
    """Whether the words before a day are a bare "Data:", or name the release ("Comunicato stampa n. 12 del")."""
    return bool(_LABELLED.search(before))


def is_event(after: str) -> bool:
    """Whether the words after a day give an hour or an end, as for an appointment."""
    return bool(_EVENT.match(after))


def is_only_a_date(rest: str) -> bool:
    """Whether a text but for its day says nothing: weekdays, times and separators."""
    return len(rest) < 60 and len(_NOTHING.sub("", rest)) <= 1


def is_ended(after: str) -> bool:
    """Whether the words after a day give the end of a time that it begins."""
    return bool(_ENDED.match(after))


def is_event_row(text: str) -> bool:
    """Whether a short text begins like the row of an appointment's sheet below its day: hour, place, price."""
    return bool(_EVENT_ROW.match(text))


def is_heading_of_others(text: str) -> bool:
    """Whether a heading announces other releases ("Ultime notizie", "Leggi anche")."""
    return bool(_OTHERS.match(text))


def until_update(after: str) -> str:
    """The words after a day, up to those that tell of a later change."""
    return _UPDATE.split(after, maxsplit=1)[0]


def is_place_or_event(text: str) -> bool:
    """Whether a text names what happens, or where."""
    return bool(_HAPPENS.search(text))


def is_byline(before: str, after: str, linked: int = 0) -> bool:
    """Whether a text but for its day names an author, or how long it takes to read, or is all links (categories)."""
    rest = f"{before} {after}"
    if len(rest) > 70 or _HAPPENS.search(rest) or _AT.search(before) and not _BY.match(before):
        return False
    if linked and len(rest) - linked <= 12:
        return True
    words = re.findall(r"[^\W\d_]+", rest)
    if before.rstrip().endswith(":") and words and words[0].lower() not in _SMALL_WORDS:
        return False  # a label that nobody knows
    return all(len(word) == 1 or word[0].isupper() or word.lower() in _SMALL_WORDS for word in words)


def is_dateline(before: str, after: str) -> bool:
    """Whether a text starts with place and day ("Torino, 12 ottobre 2022"), or consists of them."""
    if len(before) >= 60 or is_event(after):
        return False
    if _GIVEN_AT.search(before):
        return bool(_CUT_OFF.match(after))
    match = _PLACE.match(before)
    if match is None or _HAPPENS.search(before) or (match["link"] or match["il"]) and not match["comma"]:
        return False
    return bool(match["comma"] or _CUT_OFF.match(after))
