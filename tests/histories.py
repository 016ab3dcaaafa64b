"""Long histories of sources, written into a corpus as if it had been crawled every day."""

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from crawler.health.rhythm import is_working_day
from storage.corpus import Corpus
from storage.database import transaction


def days_ago(number: int) -> date:
    """A day before today, in UTC."""
    return datetime.now(UTC).date() - timedelta(days=number)


def morning(day: date) -> str:
    """Early on a day, as the corpus writes times."""
    return f"{day}T05:00:00+00:00"


@dataclass
class History:
    """One source, from its first run on, which finds a year of releases, to the run of this morning.

    `releases` says how many a day brings; `seen` changes the row of a day's run.
    """

    source: str
    releases: Callable[[date], int]
    runs: int = 30  # days of daily runs
    seen: Callable[[date, dict[str, Any]], None] = lambda day, row: None
    lists: Mapping[str, int] = field(default_factory=lambda: {"https://www.comune.esempio.it/novita": 24})
    before: int = 400  # days that the first run finds
    undated: Callable[[date], bool] = lambda day: False


def working_days(rate: float, seed: str = "") -> Callable[[date], int]:
    """So many releases on every working day, on the average; the same for the same seed."""

    def releases(day: date) -> int:
        if not is_working_day(day):
            return 0
        luck = random.Random(f"{seed}{day}")
        return int(rate) + (luck.random() < rate % 1)

    return releases


def write(path: Path, *histories: History) -> None:
    """Writes the histories into the corpus at `path`, which is made where it is not there."""
    with Corpus(path) as corpus, transaction(corpus.db):
        for history in histories:
            _write(corpus, history)


def _write(corpus: Corpus, history: History) -> None:
    db, id = corpus.db, history.source
    db.execute(
        "insert into sources values (?, ?, 'municipality', 'https://www.comune.esempio.it/', 'it', null)", [id, id]
    )
    first = history.runs
    old = [(day, number) for day in map(days_ago, range(first + history.before, first, -1))
           for number in range(history.releases(day))]  # fmt: skip
    _run(corpus, history, days_ago(first), old)
    for ago in range(first - 1, -1, -1):
        day = days_ago(ago)
        _run(corpus, history, day, [(day, number) for number in range(history.releases(day))])


def _run(corpus: Corpus, history: History, day: date, releases: Iterable[tuple[date, int]]) -> None:
    db, source = corpus.db, history.source
    fresh = 0
    dated = 0
    for published, number in releases:
        known = not history.undated(published)
        dated += known
        fresh += 1
        id = sha256(f"{source}{published}{number}".encode()).hexdigest()[:16]
        text = f"{source}, {published}, {number}"
        (seq,) = db.execute(
            "insert into revisions(document, revision, title, date, body, seen) values (?, 1, ?, ?, ?, ?) returning seq",
            [id, text, str(published) if known else None, text, morning(day)],
        ).fetchone()
        db.execute(
            """insert into documents(id, key, url, source, title, body, date, fingerprint, first_seen, changed, revision, seq)
               values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)""",
            [id, id, f"https://www.comune.esempio.it/{id}", source, text, text, str(published) if known else None, id,
             morning(day), morning(day), seq],
        )  # fmt: skip
    row: dict[str, Any] = {
        "source": source, "status": "ok", "error": None, "seconds": 1.0, "finished": morning(day), "new": fresh,
        "pages": fresh, "dated": dated, "undated": fresh - dated, "letters": 1500 if fresh else None,
        "reasons": {}, "lists": dict(history.lists),
    }  # fmt: skip
    history.seen(day, row)
    for name in ("reasons", "lists"):
        row[name] = json.dumps(row[name]) if row[name] else None
    (run,) = db.execute(
        "insert into runs(started, finished, status) values (?, ?, 'done') returning id", [morning(day), morning(day)]
    ).fetchone()
    db.execute(
        f"insert into run_sources({', '.join(('run', *row))}) values ({', '.join('?' * (len(row) + 1))})",
        [run, *row.values()],
    )
