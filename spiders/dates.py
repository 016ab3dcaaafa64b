"""Calendar days as public bodies write them: "12 marzo 2025", "Mercoledì, 15 Luglio 2026", "23 MAG 25", "07-08-2026",
"1° maggio 2025", "12.X.2022", "2026-09-29T12:00:00Z". Day before month, always, but where the year stands first;
nothing is guessed that is not written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")

# Italian, and the country's other official languages (German, French, Slovenian), and those of its neighbours' sites.
_MONTHS = """
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
januar februar märz april mai juni juli august september oktober november dezember
jänner feber marz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre
januar februar marec april maj junij julij avgust september oktober november december
january february march april may june july august september october november december
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gen feb mar apr mag giu lug ago set ott nov dic
genn febbr marz apr magg giugn lugl ag sett ott nov dic
jan feb mär apr mai jun jul aug sep okt nov dez
janv févr mars avr mai juin juil août sept oct nov déc
jan feb mar apr maj jun jul avg sep okt nov dec
""".split()
MONTHS = {name: index % 12 + 1 for index, name in reversed(list(enumerate(_MONTHS)))}
# In Slovenian the day's month stands in the genitive: "12. marca 2025".
MONTHS |= {"januarja": 1, "februarja": 2, "marca": 3, "aprila": 4, "maja": 5, "junija": 6, "julija": 7, "avgusta": 8}
MONTHS |= {"septembra": 9, "oktobra": 10, "novembra": 11, "decembra": 12}

_ROMAN = {name: number for number, name in enumerate("I II III IV V VI VII VIII IX X XI XII".split(), 1)}
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_HYPHENS = "./·\u2010\u2011\u2013\\-"
# A date starts with a number, with "primo", or with an English month. The engine finds a number fast; trying a hundred
# names at every letter is what would cost, so the two others are looked for only where they may be.
_NUMBER = re.compile(r"\d+")
_DATE = re.compile(
    rf"""(?ix)
    (?<![\d{_HYPHENS}])(?=\d)
    (?:
        (?P<iso>(?P<y1>(?:19|20)\d\d)(?P<dash>[-/.年])\s?(?P<m1>\d\d?)\s?(?:(?P=dash)|月)\s?(?P<d1>\d\d?))
            (?:[T\s]+(?P<time>\d\d?:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?))?
      | (?P<d2>\d\d?)(?:\s*[°º.ª]|er|mo|st|nd|rd|th)?[\s\xa0{_HYPHENS}]*
            (?=[^\W\d_])(?:de\s+|di\s+|of\s+)?(?P<m2>{_NAMES})(?![^\W\d_])\.?
            [\s\xa0,{_HYPHENS}'’]*(?:de[l]?\s+)?(?P<y2>(?:19|20)\d\d|\d\d(?![\d:.]))
      | (?P<d3>\d\d?)\s?(?P<sep>[{_HYPHENS}])\s?(?P<m3>\d\d?|(?-i:[IVX]{{1,4}}))\s?(?P=sep)\s?
            (?P<y3>(?:19|20)\d\d|(?<=[{_HYPHENS}])\d\d)
    )
    (?!\d)
    """
)
_MONTH_FIRST = re.compile(
    rf"(?i)(?:\b|(?-i:(?<=[a-z])(?=[A-Z])))(?P<month>{_NAMES})\.?[\s\xa0]+(?P<day>\d\d?)(?:st|nd|rd|th)?,?[\s\xa0]+"
    r"(?P<year>(?:19|20)\d\d)(?!\d)"
)
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_WEEKDAY = re.compile(r"(?i)\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s*$")
_IN_WORDS = re.compile(
    rf"(?i)\b(?P<day>primo)[\s\xa0]+(?:di\s+)?(?P<month>{_NAMES})[\s\xa0]+(?P<year>(?:19|20)\d\d)(?!\d)"
)
_MAY_BE_IN_WORDS = re.compile("[Pp][Rr][Ii][Mm][Oo]\\s")
_MAY_BE_MONTH_FIRST = re.compile(r"\d\d?(?:st|nd|rd|th)?,?[\s\xa0]+(?:19|20)\d\d")
_MAY_HOLD_A_DATE = re.compile(r"\d\d")  # of the year


@dataclass(frozen=True, slots=True)
class Written:
    """A day as it stands in a text, from `start` to `end`."""

    day: date
    start: int
    end: int


def rome_today() -> date:
    """The present day where the sources are."""
    return datetime.now(ROME).date()


def days_in(text: str) -> Iterator[Written]:
    """Every full calendar day that a text writes, in order."""
    if not _MAY_HOLD_A_DATE.search(text):
        return
    found = list(_numbered(text))
    for may_be, pattern in ((_MAY_BE_MONTH_FIRST, _MONTH_FIRST), (_MAY_BE_IN_WORDS, _IN_WORDS)):
        if may_be.search(text):
            more = _otherwise(pattern, text)
            found += [written for written in more if not any(_overlap(written, other) for other in found)]
            found.sort(key=lambda written: written.start)
    yield from found


def day_of(text: str | None) -> date | None:
    """The first day that a text writes, or None."""
    return next((found.day for found in days_in(text or "")), None)


def local_day(moment: datetime, zone: ZoneInfo = ROME) -> date:
    """The day on which something was published, where it was published.

    A moment without a zone is local already, and midnight in UTC or any zone is how a bare day is often written: neither
    is moved.
    """
    if moment.tzinfo is None or (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date()
    try:
        return moment.astimezone(zone).date()
    except OverflowError:  # the last hours of the year 9999, the first ones of the year 1
        return moment.date()


def _numbered(text: str) -> Iterator[Written]:
    end = 0
    for number in _NUMBER.finditer(text):
        if number.start() >= end and (match := _DATE.match(text, number.start())):
            end = match.end()
            if day := _day(match):
                yield Written(day, match.start(), end)


def _otherwise(pattern: re.Pattern[str], text: str) -> Iterator[Written]:
    for match in pattern.finditer(text):
        number = int(match["day"]) if match["day"].isdecimal() else 1
        try:
            day = date(int(match["year"]), MONTHS[match["month"].lower()], number)
        except ValueError:
            continue
        yield Written(day, match.start(), match.end())


def _overlap(one: Written, other: Written) -> bool:
    return one.start < other.end and other.start < one.end


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            if match["dash"] == "." and len(match["m1"] + match["d1"]) < 4:
                return None  # a version
            day = date(int(match["y1"]), int(match["m1"]), int(match["d1"]))
            return local_day(_moment(day, match["time"])) if match["time"] else day
        if match["d2"]:
            if match.end("d2") == match.start("m2") and not _is_glued(match):
                return None
            return date(_year(match["y2"]), MONTHS[match["m2"].lower()], int(match["d2"]))
        month = _ROMAN.get(match["m3"]) or int(match["m3"])
        return _as_weekday_says(match, date(_year(match["y3"]), month, int(match["d3"])))
    except ValueError:  # the thirty-first of June is no day
        return None


def _as_weekday_says(match: re.Match[str], day: date) -> date:
    """The day, with day and month exchanged where an English weekday before it asks for that ("Tue, 03/05/2024")."""
    said = _WEEKDAY.search(match.string, max(0, match.start() - 12), match.start()) if day.day <= 12 else None
    if said is None or _WEEKDAYS.index(said[1].lower()) == day.weekday():
        return day
    other = day.replace(month=day.day, day=day.month)
    return other if _WEEKDAYS.index(said[1].lower()) == other.weekday() else day


def _is_glued(match: re.Match[str]) -> bool:
    """Whether day and month without a space ("12ott2025", as of three elements in a row) are a date, and no code."""
    before = match.string[match.start() - 1 : match.start()]
    after = match.string[match.end() : match.end() + 1]
    return len(match["y2"]) == 4 and not after.isalnum() and (len(match["m2"]) > 3 or not before.isalnum())


def _moment(day: date, time: str) -> datetime:
    time = time.upper().replace(" ", "").replace("UTC", "Z").replace("Z", "+00:00")
    return datetime.fromisoformat(f"{day}T{time.zfill(5) if len(time) < 5 else time}")


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)
