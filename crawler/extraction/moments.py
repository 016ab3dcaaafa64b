"""The day on which a moment of a page's markup falls where its source is."""

import re
from datetime import date, datetime

from spiders.dates import days_in, local_day

_ISO = re.compile(
    r"^\s*((?:19|20)\d\d)-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?"
)
_NUMERIC = re.compile(r"^\s*(\d\d?)([/.-])(\d\d?)\2(?:\d\d)?\d\d(?!\d)")


def is_ambiguous(moment: str) -> bool:
    """Whether a moment is of numbers that are one day in the European and another in the American order: "03/04/2024"."""
    match = _NUMERIC.match(moment)
    if not match:
        return False
    first, second = int(match[1]), int(match[3])
    return first != second and max(first, second) <= 12


def moment_day(moment: str, italian: bool) -> date | None:
    """The day of a written moment where it was published, None where no day is written.

    On Italian sites a moment with a zone, UTC or another one, goes to Rome's clock: servers and content networks write
    their own. Elsewhere it stays, since nobody knows the place. Midnight in whatever zone is a bare day and stays, too.
    """
    match = _ISO.match(moment)
    if not match:
        return next((found.day for found in days_in(moment)), None)
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        written = date(int(year), int(month), int(day))
        if not (hour and zone and italian):
            return written
        return local_day(datetime.fromisoformat(f"{written}T{hour}:{minute}:{second or '00'}{_offset(zone)}"))
    except ValueError:
        return None


def _offset(zone: str) -> str:
    if zone in ("Z", "UTC", "GMT"):
        return "+00:00"
    return zone if ":" in zone else f"{zone[:3]}:{zone[3:] or '00'}"
