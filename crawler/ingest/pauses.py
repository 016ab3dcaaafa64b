"""The hosts that asked for a pause (Retry-After) beyond the end of a run: later runs keep it too."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlite_utils import Database

from crawler.settings import LONGEST_REMEMBERED_DAYS
from crawler.web.failures import Refused
from storage import pacing


class Pauses:
    """The hosts that are left alone in a run, by host; shared by all its visits, which add to them.

    `clock` gives the present moment (UTC, ISO 8601).
    """

    def __init__(self, clock: Callable[[], str]) -> None:
        self.left_alone: dict[str, Refused] = {}
        self._clock = clock
        self._known: set[str] = set()  # hosts whose pause the corpus has

    def load(self, db: Database) -> None:
        """Takes over what the corpus remembers."""
        kept = pacing.pauses(db, self._clock(), self._latest())
        self._known.update(kept)
        for host, pause in kept.items():
            self.left_alone[host] = Refused("refused", pause.why, again=True, tried=False, until=pause.until)

    def keep(self, db: Database) -> None:
        """Gives the corpus what was asked for since, where there is anything."""
        latest = self._latest()
        asked = {
            host: pacing.Pause(min(left.until, latest), left.detail)
            for host, left in self.left_alone.copy().items()  # while it is kept, the run goes on
            if left.until
        }
        if asked.keys() - self._known:
            pacing.keep_pauses(db, asked, self._clock())
            self._known |= asked.keys()

    def _latest(self) -> str:
        """The latest moment until which a host is left alone, whatever it asked for."""
        latest = datetime.fromisoformat(self._clock()) + timedelta(days=LONGEST_REMEMBERED_DAYS)
        return latest.isoformat(timespec="seconds")
