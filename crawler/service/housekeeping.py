"""The service's housekeeping: what records of past runs need not hold any more is dropped, a little at every look."""

from collections.abc import Callable
from datetime import datetime
from math import ceil
from pathlib import Path

from crawler.settings import TICK_SECONDS
from storage import pruning
from storage.corpus import Corpus
from storage.database import reader

_DAY = 86400.0


class Housekeeping:
    """Goes through all sources of a corpus about once a day. `clock` gives the present moment."""

    def __init__(self, corpus: Path, clock: Callable[[], datetime]) -> None:
        self.corpus, self.clock = corpus, clock
        self._last = ""  # the source that was looked at last
        self._dropped = 0

    def step(self) -> int:
        """Looks at the next sources and at some problems; gives how many rows a whole round has dropped when it is over,
        else 0. Raises CorpusError or SQLiteError."""
        now = self.clock().isoformat(timespec="seconds")
        with reader(self.corpus) as db:
            number = ceil(db.table("sources").count * TICK_SECONDS / _DAY) or 1
            sources = pruning.sources_after(db, self._last, number)
            lines = {source: runs for source in sources if (runs := pruning.old_lines(db, source, now))}
            problems = pruning.old_problems(db, now)
        if lines or problems:
            with Corpus(self.corpus) as corpus:
                for source, runs in lines.items():
                    pruning.drop(corpus.db, source, runs)
                pruning.drop_problems(corpus.db, problems)
            self._dropped += sum(map(len, lines.values())) + len(problems)
        if len(sources) == number:
            self._last = sources[-1]
            return 0
        dropped, self._last, self._dropped = self._dropped, "", 0
        return dropped
