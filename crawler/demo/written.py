"""Days as Italian public bodies write them."""

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from spiders.dates import ROME

_MONTHS = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
_WEEKDAYS = "lunedì martedì mercoledì giovedì venerdì sabato domenica".split()
UTC = ZoneInfo("UTC")


def _long(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _capital(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}"


FORMS: dict[str, Callable[[date], str]] = {
    "long": _long,  # 12 maggio 2026
    "capital": _capital,  # 12 Maggio 2026
    "short": lambda day: f"{day.day:02} {_MONTHS[day.month - 1][:3].upper()} {day.year % 100:02}",  # 12 MAG 26
    "weekday": lambda day: f"{_WEEKDAYS[day.weekday()].capitalize()}, {_capital(day)}",  # Martedì, 12 Maggio 2026
    "ordinal": lambda day: _long(day).replace("1 ", "1° ", 1),  # 1° maggio 2026
    "dashes": lambda day: f"{day:%d-%m-%Y}",  # 12-05-2026
    "slashes": lambda day: f"{day:%d/%m/%Y}",  # 12/05/2026
}


def written(day: date, form: str) -> str:
    """The day in one of FORMS."""
    return FORMS[form](day)


def moment(day: date, clock: str) -> datetime:
    """The moment at which a clock in Rome shows that hour on that day, in UTC."""
    return datetime.combine(day, time.fromisoformat(clock), ROME).astimezone(UTC)
