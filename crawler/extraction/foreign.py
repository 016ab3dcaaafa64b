"""Days in the European languages that `spiders.dates` has no table for: Portuguese, Dutch, Polish, Croatian, Greek …

dateparser knows their months, but takes 150 ms to load, 30 ms for the first date of a language, and reads days into almost
any text. So it is loaded where a page in such a language writes what has the shape of a day, and shown nothing else.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from spiders.dates import Written

# The languages whose months `spiders.dates` knows, and those that are no European ones.
_KNOWN = frozenset(("it", "de", "fr", "sl", "en", "es"))
_READ = frozenset(
    "bg bs ca cs cy da el et eu fi ga gl hr hu is lb lt lv mk nb nl no pl pt ro ru sk sq sr sv tr uk".split()
)
_LIKE = {"no": "nb", "nn": "nb", "gl": "pt", "sr": "sr-Latn"}  # as dateparser calls them, or nearest to them
_SHAPE = re.compile(
    r"(?<![\d./-])(?:\d\d?\.?\s+(?:de\s+|d[’'])?[^\W\d_]{3,12}\.?,?\s+(?:de\s+|del\s+)?(?:19|20)\d\d"  # 5 de março de 2024
    r"|(?:19|20)\d\d\.?\s+[^\W\d_]{3,12}\.?\s+\d\d?)(?!\d)"  # 2024. március 5.
)
_NUMBER = re.compile(r"\d+")
_LONGEST = 200  # letters: bylines and labels


def is_foreign(language: str) -> bool:
    """Whether dates in a language, as `lang` attributes name it, are read by dateparser."""
    code = language[:2].lower()
    return code in _READ and code not in _KNOWN


def foreign_days_in(text: str, language: str) -> Iterator[Written]:
    """Every full day that a short text in such a language writes; longer texts are left alone."""
    if len(text) > _LONGEST:
        return
    code = language[:2].lower()
    for match in _SHAPE.finditer(text):
        if day := _parsed(match[0], _LIKE.get(code, code)):
            yield Written(day, match.start(), match.end())


@lru_cache(maxsize=256)
def _parsed(words: str, code: str) -> date | None:
    import dateparser

    words = words.replace("’", "'")
    # Its other parsers count from the machine's clock: the Polish "12 dni 2024", twelve days, was a day of this month.
    settings = {"STRICT_PARSING": True, "DATE_ORDER": "DMY", "PARSERS": ["absolute-time"]}
    try:
        found = dateparser.parse(words, languages=[code], settings=settings)
    except (ValueError, TypeError):  # a language that the installed version does not have
        return None
    day: date | None = found.date() if found else None
    if not day or sorted(map(int, _NUMBER.findall(words))) != [day.day, day.year]:
        return None  # a part of it came from the clock, or was read as another one
    return day
