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

_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"""(?ix)
    (?<![\d./-])
    (?:
        (?P<iso>(?P<y1>(?:19|20)\d\d)-(?P<m1>\d\d?)-(?P<d1>\d\d?))(?:[T\s]+(?P<time>\d\d?:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?))?
      | (?P<d2>\d\d?)(?:\s*[°º.]|er|st|nd|rd|th)?[\s\xa0./-]+(?:de\s+|di\s+|of\s+)?(?P<m2>{_NAMES})\b\.?[\s\xa0,./'’-]*(?:de[l]?\s+)?(?P<y2>(?:19|20)\d\d|\d\d(?![\d:.]))
      | (?P<m4>{_NAMES})\.?[\s\xa0]+(?P<d4>\d\d?)(?:st|nd|rd|th)?,?[\s\xa0]+(?P<y4>(?:19|20)\d\d)
      | (?P<d3>\d\d?)(?P<sep>[./-])\s?(?P<m3>\d\d?)(?P=sep)\s?(?P<y3>(?:19|20)\d\d|\d\d)
    )
    (?![\d])
    """
)
_MAY_HOLD_A_DATE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Written:
    """A day as it stands in a text, from `start` to `end`."""

    day: date
    start: int
    end: int


def days_in(text: str) -> Iterator[Written]:
    """Every full calendar day that a text writes, in order."""
    if not _MAY_HOLD_A_DATE.search(text):
        return
    for match in _DATE.finditer(text):
        if day := _day(match):
            yield Written(day, match.start(), match.end())


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


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["iso"]:
            day = date(int(match["y1"]), int(match["m1"]), int(match["d1"]))
            return local_day(_moment(day, match["time"])) if match["time"] else day
        if match["d2"]:
            return date(_year(match["y2"]), MONTHS[match["m2"].lower()], int(match["d2"]))
        if match["d4"]:
            return date(int(match["y4"]), MONTHS[match["m4"].lower()], int(match["d4"]))
        return date(_year(match["y3"]), int(match["m3"]), int(match["d3"]))
    except ValueError:  # the thirty-first of June is no day
        return None


def _moment(day: date, time: str) -> datetime:
    time = time.replace(" ", "").replace("UTC", "Z").replace("Z", "+00:00")
    moment = datetime.fromisoformat(f"{day}T{time.zfill(5) if len(time) < 5 else time}")
    return moment.astimezone(UTC) if moment.tzinfo else moment


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)
