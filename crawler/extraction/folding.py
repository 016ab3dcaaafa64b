"""Texts as they are compared."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\w+")
_MARKS = re.compile("[\u0300-\u036f]+")


@lru_cache(maxsize=1 << 11)
def fold(text: str) -> str:
    """A text as it is compared: lower case, without accents, punctuation and runs of space; remembered, since each part of a page is
    compared several times."""
    text = text.casefold()
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.replace("\u00ad", "")))  # soft hyphens part no words
    return " ".join(_WORD.findall(text))
