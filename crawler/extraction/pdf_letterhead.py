"""The letter around a release: the sender, contacts, "Comunicato stampa", place and day."""

import re

from crawler.extraction.phrases import is_dateline, is_labelled, is_only_a_date, is_published, without_weekday
from spiders.dates import Written, days_in

CONTACT = re.compile(
    r"(?i)\btel(?:efono)?\b\.?|\bfax\b|\S@\S|\bwww\.|https?://|\bp\.?\s?(?:iva|i\.)\b|\bc\.?\s?f\.?\s*[:\d]|\bpec\b\s*:"
    r"|\b(?:via|piazza|corso|viale|largo|p\.zza)\s.{2,40}\b\d{5}\b|\b\d{5}\s[A-ZÀ-Ý][\w' -]+\(?[A-Z]{2}\)?"
)
# A sender's name goes on in capitals: "Comune di Prova assume dieci vigili" is a headline.
_NAME = r"(?:\s+(?:(?:di|del|della|dei|delle|dello|d['’]|e|per|la|i|il|al|alla)\s+)*[A-ZÀ-Ý][\w'’.-]*)"
_LETTERHEAD = re.compile(
    rf"\W*(?:(?i:il |la )?(?i:comune|citt[aà](?: metropolitana)?|provincia|regione){_NAME}{{1,3}}(?:\s+\([A-Z]{{2}}\))?"
    rf"|(?i:camera di commercio|unione|c\.?c\.?i\.?a\.?a\.?|assessorato|settore|servizio|area|direzione|ripartizione|gabinetto"
    rf"|segreteria|presidenza)(?:,?{_NAME}){{0,6}}"
    r"|(?i:(?:l['’])?uffici?o? (?:stampa|comunicazione)[^.]{0,60}|(?:servizio )?stampa e comunicazione"
    r"|industria,? artigianato e agricoltura[^.]{0,40}"
    r"|comunicat[oi](?: stampa)?(?: n[.°r]*\s*[\d/-]+)?|nota (?:alla |per la )?stampa|avviso(?: pubblico)?"
    r"|press release|pressemitteilung|medienmitteilung|communiqué de presse|ai giornali|agli organi di (?:stampa|informazione)"
    r"|prot(?:ocollo)?\b.{0,60}|oggetto:?|con preghiera di (?:pubblicazione|diffusione)|n[.°r]+\s*[\d/-]+))\W*"
)
_SPACED = frozenset(("comunicatostampa", "notastampa", "ufficiostampa", "comunicato"))


def is_letterhead(text: str) -> bool:
    """Whether a paragraph is of the letter and not of what it says."""
    if len(text) > 200:
        return False
    return is_heading_of_letter(text) or is_of_the_day(text) or len(text) < 160 and bool(CONTACT.search(text))


def is_heading_of_letter(text: str) -> bool:
    """Whether a line names nothing but the sender, or what kind of letter it is, also in s p a c e d letters."""
    return bool(_LETTERHEAD.fullmatch(text)) or text.replace(" ", "").lower() in _SPACED


def is_of_the_day(text: str) -> bool:
    """Whether a line says nothing but place and day, or "Comunicato stampa n. 3 del" and a day."""
    written = next(days_in(text[:150]), None)
    if written is None or not is_only_a_date(text[written.end :]):
        return False
    before = text[: written.start]
    rest = without_weekday(before)
    dated = is_labelled(rest) or is_published(rest) or is_only_a_date(before)
    return dated or is_dateline(before, text[written.end :]) or before_day(text) is not None


def before_day(text: str) -> tuple[str, str] | None:
    """The two parts of a line such as "Comunicato stampa n. 3/2024 - 5 marzo 2024", or None."""
    written: Written | None = next(days_in(text[:150]), None)
    if written is None or not is_heading_of_letter(text[: written.start].strip()):
        return None
    return text[: written.start].strip(), text[written.start :]
