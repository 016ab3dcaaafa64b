"""When two texts are the same text."""

import hashlib
import re
import unicodedata

_WORD = re.compile(r"\w+")
# A notice of some sentences ("È online il bando. La domanda va presentata …") says little without its title; longer
# texts are told apart by themselves, but for what tells one issue from the next: "Allerta meteo del 12 marzo".
_SHORT = 80
_TELLING = re.compile(
    r".*\d.*|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre|"
    r"luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica"
)

_NOTE = 120  # letters that a counter or a note of an update has at most
_COUNTED = r"(?:lettur[ae]|visualizzazion[ei]|visit[ae]|access[oi]|visitatori|hits?|views?|condivision[ei]|download)"
_NOISE = re.compile(
    rf"""(?ix)\W*(?:
        (?:(?:quest[ao]|la|l['’])?\s*(?:pagina|notizia|articolo|news|contenuto)\s+)?(?:è\s+stat[ao]\s+)?
            (?:lett[ao]|visualizzat[ao]|visitat[ao]|vist[ao]|consultat[ao])\s*:?\s*[\d.]+(?:\s+volt[ae])?
      | (?:numero\s+(?:di\s+)?)?{_COUNTED}\s*:?\s*[\d.]+ | [\d.]+\s+{_COUNTED}
      | (?:data\s+(?:di\s+)?|data\s+)?ultim[ao]\s+(?:aggiornamento|modifica)\b[^.]{{0,60}}
      | (?:data\s+(?:di\s+)?)?(?:aggiornamento|modifica)\W{{1,3}}\d[^.]{{0,40}}
      | aggiornat[ao]\s+(?:il|al|a)\b[^.]{{0,60}}
      | (?:tempo\s+di\s+)?lettura\s*:?\s*\d+\s*min\w*
    )\W*"""
)


def words(text: str) -> list[str]:
    """The words of a text, without case, punctuation, accents' encoding and white space."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def normalised(title: str, body: str) -> str:
    """What of a document counts when it is compared: the words of its body, and of its title what the body needs."""
    named, text = words(title), words(body)
    if len(text) >= _SHORT:
        named = [word for word in named if _TELLING.fullmatch(word)]
    return " ".join(named + text) or f"{title}\n{body}"


def wording(title: str, body: str) -> tuple[list[str], list[str]]:
    """What of a page's words is its publisher's: all but what templates count and date ("Letto 312 volte").

    Two readings of a page with the same wording are no edit, whatever else differs: white space, entities, signs.
    """
    said = (part for part in body.split("\n\n") if len(part) > _NOTE or not _NOISE.fullmatch(part))
    return words(title), words(" ".join(said))


def fingerprint(title: str, body: str) -> str:
    """32 hexadecimal digits, equal for texts that are the same but for case, punctuation and white space."""
    return hashlib.sha256(normalised(title, body).encode()).hexdigest()[:32]


def is_variant(text: str, other: str) -> bool:
    """Whether one text holds most of the other: the same release with a paragraph more or less, or edited.

    Half of the shorter one's runs of three words; two releases of one office share far fewer.
    """
    runs, others = (_runs(words(each)) for each in (text, other))
    return 2 * len(runs & others) >= min(len(runs), len(others))


def similarity(text: str, other: str) -> float:
    """How much two texts share, from 0 to 1: the runs of three words that both hold, of those that either does."""
    runs, others = (_runs(words(each)) for each in (text, other))
    return round(len(runs & others) / len(runs | others), 3)


def _runs(found: list[str]) -> set[tuple[str, ...]]:
    return {tuple(found[start : start + 3]) for start in range(max(1, len(found) - 2))}
