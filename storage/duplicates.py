"""When two texts are the same text."""

import hashlib
import re
import unicodedata

_WORDS = re.compile(r"\w+")
# A notice of one sentence ("Vedi allegato.") says nothing without its title; longer texts are told apart by themselves.
_SHORT = 30


def normalised(title: str, body: str) -> str:
    """The words of a text, without case, punctuation, accents' encoding and white space."""
    words = _WORDS.findall(unicodedata.normalize("NFKC", body).casefold())
    if len(words) < _SHORT:
        words = _WORDS.findall(unicodedata.normalize("NFKC", title).casefold()) + words
    return " ".join(words)


def fingerprint(title: str, body: str) -> str:
    """32 hexadecimal digits, equal for texts that are the same but for case, punctuation and white space."""
    return hashlib.sha256(normalised(title, body).encode()).hexdigest()[:32]
