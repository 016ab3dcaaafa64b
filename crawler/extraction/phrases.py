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
    r"(?i)(?:data\s+(?:di\s+)?pubblicazione|pubblicazione|pubblicat[oaie]|inserit[oa]|diffus[oa]|postat[oa]|creat[oa]"
    r"|published|posted|release\s+date|publication\s+date|veröffentlicht|publiziert|erschienen|erstellt|publi[ée]e?"
    r"|mis en ligne|publicado|fecha de publicaci[oó]n|objavljeno|publicerad|gepubliceerd|udgivet|publisert)"
    # "pubblicato il", "pubblicato da Ufficio stampa in data", "data di pubblicazione:"
    r"(?:\s+(?:da|by|von|di)\s+[^.:|]{2,40}?)?(?:\s+(?:il|in\s+data|giorno|on|am|le|el|at|su|dne))*\s*[:\-–—]?\s*[,(]?\s*$"
)
_NOT_PUBLISHED = re.compile(
    r"(?i)(?:gazzetta|albo pretorio|bando|graduatoria|\bbur\b|\bex\b|essere|stat[oa])[^.]{0,40}$"
)
_UPDATED = re.compile(
    r"(?i)aggiornat|aggiornament|modific|ultim[ao]\s|revision|updated?|last\s|modified|edited|reviewed|aktualisiert"
    r"|geändert|stand:|mis à jour|actualizado|copyright|©|archivi|accessed|retrieved|expires|deadline"
    r"|scad[eo]n|scade\b|entro|fino al|termine|valid|(?<![a-zà-ü])dal(?![a-zà-ü])|(?<![a-zà-ü])al\s*$|evento|inizio|fine\b"
    r"|quando|si (?:terrà|svolgerà)|seduta|convocazione|nat[oa] il|delibera|determina|protocollo|decreto|legge|ordinanza"
)
_LABELLED = re.compile(
    r"(?i)(?:(?:^|[\s(|•·–—-])(?<!in\s)data(?:\s+(?:del(?:la)?\s+)?(?:comunicato|notizia|news|articolo))?\s*:\s*"
    r"|^\W*(?:data|date|datum|fecha)(?:\s+(?:del(?:la)?\s+)?(?:comunicato|notizia|news|articolo))?\s*:?\s*"
    r"|(?:comunicato|notizia|news|nota)(?:\s+stampa)?(?:\s+n[.°r]*\s*[\d/]+)?\s+del\s+)$"
)
_EVENT = re.compile(
    r"(?i)^\s*(?:[-–—,|(]|\bal\b)?\s*(?:dalle\s+)?(?:ore\s|alle\s|dalle\s|h\.|ora:|orario|time:|luogo|al\s|-\s*\d\d?[./])"
)
_NOTHING = re.compile(
    rf"(?i)\b(?:{_DAYS}|sabato|domenica|ore|alle|at|h|am|pm|by|di|del|il|on|uhr|cet|est|utc|gmt|et|edt)\b"
    r"|\d{1,2}[:.]\d\d|\d+|\W+|_+"
)
_SMALL_WORDS = frozenset(
    "di da by von de del della dello dal par por and e ed und et y min mins minuti minuto minute minutes minuten read"
    " reading time tempo lettura lesezeit lecture redazione autore author staff posted ore alle at uhr on in il".split()
)
_PLACE = re.compile(
    r"^[\s(\[«-]*(?i:(?!(?:il|lo|la|dal|dalla|al|nel|entro|per|con|notizi[ae]|avvis[io]|news|comunicat[io]|event[io]|band[io]"
    r"|luned|marted|mercoled|gioved|venerd|sabato|domenica)))"
    r"(?:[A-ZÀ-Ý][\w'’.à-ü]*(?:\s+|-)){0,4}[A-ZÀ-Ý][\w'’à-ü]+(?:\s+\([A-Z]{2}\))?\s*(?P<comma>[,:/–—-])?\s*"
    rf"(?:(?:l[ìi]['’]?|il)\s+)?(?:(?:{_DAYS}),?\s+)?$",
)
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


def is_byline(rest: str) -> bool:
    """Whether a text but for its day names an author, or how long it takes to read."""
    if len(rest) > 70:
        return False
    words = re.findall(r"[^\W\d_]+", rest)
    return all(word[0].isupper() or word.lower() in _SMALL_WORDS for word in words)


def is_dateline(before: str, after: str) -> bool:
    """Whether a text starts with place and day ("Torino, 12 ottobre 2022"), or consists of them."""
    match = _PLACE.match(before) if len(before) < 60 else None
    return match is not None and not is_event(after) and bool(match["comma"] or _CUT_OFF.match(after))
