"""What lists call a release, without what cards add and cut: days before a title, the words of buttons, "…" at its end."""

import re
from collections.abc import Iterable

from crawler.extraction.folding import fold
from spiders.dates import days_in

_BUTTONS = (
    r"(?:leggi (?:tutto|di più|ancora|la notizia|il comunicato|l['’]articolo|l['’]avviso)|continua(?: a leggere)?"
    r"|read more|scopri di più|approfondisci|dettagli(?:o)?|vai (?:alla (?:pagina|notizia)|al (?:contenuto|dettaglio)|all['’]\w+))"
)
_BUTTON = re.compile(rf"(?i)\W*{_BUTTONS}\W*")
_AFTER_BUTTON = re.compile(
    r"(?i)(?:leggi (?:tutto|di più)|continua a leggere|read more|vai (?:alla (?:pagina|notizia)|al contenuto))"
    r"(?: di| del\w*| su\w*| about)?\s*[:\-–—]?\s+(?=\S+ \S+ \S)"
)
_CUT = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")
_BAR = re.compile(r"\s*[-–—:|•·]\s*|\s+")
_SHORTEST = 10  # letters of a cut title that tell it from others


def of_card(title: str | None) -> str:
    """A list's name for a release; empty where it is but a button's ("Leggi tutto")."""
    title = (title or "").strip()
    return "" if _BUTTON.fullmatch(title) else without_day(_AFTER_BUTTON.sub("", title, count=1))


def is_button(text: str) -> bool:
    """Whether a text is nothing but the words of a link that leads to a whole page."""
    return bool(_BUTTON.fullmatch(text))


def without_day(title: str) -> str:
    """A title without the day that cards put before it ("12/03/2025 - Titolo").

    A day in words stays: "25 aprile 2026, il programma" is a title.
    """
    if not title[:1].isdigit():
        return title
    day = next(iter(days_in(title[:24])), None)
    if day is None or day.start or any(letter.isalpha() for letter in title[: day.end]):
        return title
    bar = _BAR.match(title, day.end)
    rest = title[bar.end() :] if bar else ""
    return rest if len(rest.split()) > 1 else title


def is_cut(title: str) -> bool:
    """Whether a list or a page cut a title ("…")."""
    return bool(_CUT.search(title))


def whole(title: str, others: Iterable[str]) -> str:
    """A title that is cut, as the first of the others that goes on where it ends has it; itself where none does."""
    if not is_cut(title):
        return title
    stem = fold(_CUT.sub("", title))
    if len(stem) < _SHORTEST:
        return title
    for other in others:
        if len(other) <= 400 and not is_cut(other) and fold(other).startswith(stem):
            return other
    return title
