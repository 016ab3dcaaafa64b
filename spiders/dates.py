"""Calendar days as public bodies write them: "12 marzo 2025", "Mercoledì, 15 Luglio 2026", "23 MAG 25", "07-08-2026",
"1° maggio 2025", "2026-09-29T12:00:00Z". Day before month, always; nothing is guessed that is not written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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

_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
# A date starts with a digit, or with an English month. The engine finds a digit fast; trying a hundred names at every
# letter is what would cost.
_DATE = re.compile(
    rf"""(?ix)
    (?<![\d./-])(?=\d)
    (?:
        (?P<iso>(?P<y1>(?:19|20)\d\d)(?P<dash>[-/])(?P<m1>\d\d?)(?P=dash)(?P<d1>\d\d?))
            (?:[T\s]+(?P<time>\d\d?:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?))?
      | (?P<d2>\d\d?)(?:\s*[°º.]|er|st|nd|rd|th)?[\s\xa0./-]+(?:de\s+|di\s+|of\s+)?(?P<m2>{_NAMES})\b\.?
            [\s\xa0,./'’-]*(?:de[l]?\s+)?(?P<y2>(?:19|20)\d\d|\d\d(?![\d:.]))
      | (?P<d3>\d\d?)\s?(?P<sep>[./-])\s?(?P<m3>\d\d?)\s?(?P=sep)\s?(?P<y3>(?:19|20)\d\d|(?<=[./-])\d\d)
    )
    (?!\d)
    """
)
_MONTH_FIRST = re.compile(
    rf"(?i)\b(?P<month>{_NAMES})\.?[\s\xa0]+(?P<day>\d\d?)(?:st|nd|rd|th)?,?[\s\xa0]+(?P<year>(?:19|20)\d\d)(?!\d)"
)
_MAY_BE_MONTH_FIRST = re.compile(r"[a-zA-Zû]{3}\.?[\s\xa0]+\d\d?(?:st|nd|rd|th)?,?[\s\xa0]+(?:19|20)\d\d")
_MAY_HOLD_A_DATE = re.compile(r"\d")


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
    found = [Written(day, match.start(), match.end()) for match in _DATE.finditer(text) if (day := _day(match))]
    if _MAY_BE_MONTH_FIRST.search(text):
        found += [written for written in _month_first(text) if not any(_overlap(written, other) for other in found)]
        found.sort(key=lambda written: written.start)
    yield from found


def day_of(text: str | None) -> date | None:
    """The first day that a text writes, or None."""
    return next((found.day for found in days_in(text or "")), None)


def local_day(moment: datetime, zone: ZoneInfo = ROME) -> date:
    """The day on which something was published, where it was published.

    A moment without a zone is local already, and midnight in UTC is how a bare day is often written: neither is moved.
    """
    if moment.tzinfo is None:
        return moment.date()
    if moment.utcoffset() == timedelta(0) and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return moment.date()
    return moment.astimezone(zone).date()


def _month_first(text: str) -> Iterator[Written]:
    for match in _MONTH_FIRST.finditer(text):
        try:
            day = date(int(match["year"]), MONTHS[match["month"].lower()], int(match["day"]))
        except ValueError:
            continue
        yield Written(day, match.start(), match.end())


def _overlap(one: Written, other: Written) -> bool:
    return one.start < other.end and other.start < one.end


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            day = date(int(match["y1"]), int(match["m1"]), int(match["d1"]))
            return local_day(_moment(day, match["time"])) if match["time"] else day
        if match["d2"]:
            return date(_year(match["y2"]), MONTHS[match["m2"].lower()], int(match["d2"]))
        return date(_year(match["y3"]), int(match["m3"]), int(match["d3"]))
    except ValueError:  # the thirty-first of June is no day
        return None


def _moment(day: date, time: str) -> datetime:
    time = time.upper().replace(" ", "").replace("UTC", "Z").replace("Z", "+00:00")
    moment = datetime.fromisoformat(f"{day}T{time.zfill(5) if len(time) < 5 else time}")
    return moment.astimezone(UTC) if moment.tzinfo else moment


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)
