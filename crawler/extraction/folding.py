"""Texts as they are compared."""

import re
import unicodedata

_WORD = re.compile(r"\w+")
_MARKS = re.compile("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """A text as it is compared: lower case, without accents, punctuation and runs of space."""
    text = text.casefold()
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.replace("\u00ad", "")))  # soft hyphens part no words
    return " ".join(_WORD.findall(text))
