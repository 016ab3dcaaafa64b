"""Whether a corpus file is whole: looked at once a day, so that damage is told while a good backup is still there.

A quick check reads every page of the file: all but the comparison of indexes with their tables, which takes several times
as long, and which a backup makes (https://sqlite.org/pragma.html#pragma_quick_check).
"""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from storage import faults
from storage.corpus import Corpus
from storage.database import SQLiteError, reader
from storage.errors import CorpusError, CorpusFailure

EVERY = timedelta(days=1)
_AHEAD = timedelta(minutes=5)  # a check that is dated later than this from now was dated by a clock that was wrong
_STEPS = 10_000  # of SQLite between two questions whether to stop: some milliseconds
_MOST_COMPLAINTS = 3  # one damaged page brings dozens


def ensure(path: Path, now: str, stop: Callable[[], bool] = lambda: False) -> bool:
    """Checks a corpus if that was not done within a day, or if it was damaged then; whether it was checked.

    `now` is UTC, ISO 8601. Gigabytes take minutes: where `stop` comes to hold meanwhile, the check is given up, as if it had
    not been due. The outcome is noted in the corpus. A corpus that is not there, or still of an older version,
    is not checked: opening it says all that can be said.

    Raises:
        CorpusError: it is damaged. CorpusFailure: it cannot be read.
    """
    try:
        with reader(path) as db:
            if not is_due(db, now):
                return False
            db.conn.set_progress_handler(stop, _STEPS)
            found = complaints(db)
    except CorpusFailure:
        if stop():
            return False
        raise
    except CorpusError:
        return False
    # What is damaged may be beyond writing: then the next one looks again.
    with contextlib.suppress(CorpusError), Corpus(path) as corpus:
        corpus.keep_check(now, "; ".join(found) or None)
    if found:
        raise damaged(path, found)
    return True


def is_due(db: Database, now: str) -> bool:
    """Whether a corpus is to be checked: it was not within a day, or it was damaged then."""
    at, fault = last(db)
    if at is None or fault:
        return True
    age = datetime.fromisoformat(now) - datetime.fromisoformat(at)
    return not -_AHEAD < age < EVERY


def last(db: Database) -> tuple[str | None, str | None]:
    """When a corpus was last checked, and what was wrong then; None each where there is nothing to tell."""
    row = db.execute("select checked, fault from soundness").fetchone()
    return (row[0], row[1]) if row else (None, None)


def complaints(db: Database, *, thorough: bool = False) -> list[str]:
    """What is wrong with the file behind a connection, in SQLite's words; empty where it is whole.

    `thorough`: indexes are compared with their tables too, and rows with those that they refer to.
    """
    how = "integrity_check" if thorough else "quick_check"
    try:
        rows = db.execute(f"pragma {how}({_MOST_COMPLAINTS})").fetchall()
        found = [" ".join(str(text).split()) for (text,) in rows if text != "ok"]
        if thorough and not found:
            orphans = db.execute("pragma foreign_key_check").fetchall()
            found = [f"{len(orphans)} rows refer to what is not there"] if orphans else []
    except SQLiteError as error:
        if not faults.is_damage(error):
            raise
        found = [str(error)]
    return found


def damaged(path: Path, found: list[str]) -> CorpusError:
    """The sentence about a damaged corpus."""
    return CorpusError(
        path, f"the corpus is damaged ({'; '.join(found)}); keep it, and put a backup in its place (see README, Backup)"
    )
