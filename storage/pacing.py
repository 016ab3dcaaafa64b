"""What the corpus knows of when a source was read, how that went, how often it publishes, and which hosts asked for a pause.

Times are UTC, ISO 8601. The writing functions are transactions of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from storage.database import transaction

# Failures that are counted back; more change nothing, for the longest pause is reached by then.
_COUNTED = 12


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source fared last: when it was done with, as what, and how many times in a row it failed and brought nothing.

    `unfinished`: it was read well and something of it waits for the next run.
    """

    finished: str
    status: str
    error: str | None
    failures: int = 0
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """A host that asked not to be contacted before `until`, and how it said so."""

    until: str
    why: str


def standing(db: Database, source: str) -> Standing | None:
    """How a source fared; None where no run was ever done with it."""
    rows = db.execute(
        """select finished, status, error, new + revised + unchanged + duplicates from run_sources
           where source = ? and finished is not null order by run desc limit ?""",
        [source, _COUNTED],
    ).fetchall()
    if not rows:
        return None
    failures = 0
    for _, status, _, kept in rows:
        if status not in ("failed", "refused") or kept:
            break
        failures += 1
    finished, status, error, kept = rows[0]
    unfinished = error is not None and not failures and (status == "ok" or bool(kept))
    return Standing(finished, status, error, failures, unfinished)


def news(db: Database, seen: int | None) -> tuple[set[str], int]:
    """The sources that have a new line since `seen`, and the number to ask with the next time; none with None."""
    if seen is None:
        return set(), int(db.execute("select coalesce(max(rowid), 0) from run_sources").fetchone()[0])
    rows = db.execute("select rowid, source from run_sources where rowid > ?", [seen]).fetchall()
    return {source for _, source in rows}, max((number for number, _ in rows), default=seen)


def publications(db: Database, source: str, since: str, until: str) -> dict[str, int]:
    """How many releases a source published on each day (YYYY-MM-DD) from `since` to `until`.

    A release whose day is not known counts on the day when it was first seen, except those of the source's first day in
    the corpus: they are of any age.
    """
    days: dict[str, int] = {}
    dated = """select date, count(*) from documents where source = ? and date between ? and ? and length(date) = 10
               group by date"""
    # the source's first day is that of any of its documents: most have a date, and one without is as good a witness
    undated = """select substr(first_seen, 1, 10) as day, count(*) from documents
                 where source = :source and date is null and first_seen >= :since
                 and substr(first_seen, 1, 10) > (select substr(min(first_seen), 1, 10) from documents
                                                  where source = :source and date is null)
                 group by 1 having day <= :until"""
    for query, values in (
        (dated, [source, since, until]), (undated, {"source": source, "since": since, "until": until}),
    ):  # fmt: skip
        for day, count in db.execute(query, values).fetchall():
            days[day] = days.get(day, 0) + int(count)
    return days


def oldest(db: Database, source: str) -> str | None:
    """The day of a source's oldest dated release."""
    row = db.execute("select min(date) from documents where source = ? and length(date) = 10", [source]).fetchone()
    return str(row[0]) if row[0] else None


def pauses(db: Database, now: str, longest: str) -> dict[str, Pause]:
    """The hosts that are not to be contacted at a moment. A pause beyond `longest` stems from a clock that was wrong."""
    rows = db.execute("select host, until, why from pauses where until > ? and until <= ?", [now, longest]).fetchall()
    return {host: Pause(until, why) for host, until, why in rows}


def keep_pauses(db: Database, asked: Mapping[str, Pause], now: str) -> None:
    """Keeps what hosts asked for; drops what is over."""
    with transaction(db):
        db.execute("delete from pauses where until <= ?", [now])
        db.conn.executemany(
            "insert or replace into pauses(host, until, why) values (?, ?, ?)",
            [(host, pause.until, pause.why) for host, pause in asked.items()],
        )


def done_with(db: Database, run: int, row: Mapping[str, Any], now: str | None) -> None:
    """Keeps a source's line of a report as soon as it is known: a run that dies later does not take it along.

    `now` is None where the run was stopped before the source was done with.
    """
    with transaction(db):
        db.table("run_sources").insert({"run": run, **row, "finished": now}, replace=True)


def run_of(db: Database, pid: int, after: int) -> int | None:
    """The newest run that a process made, of those after run `after`."""
    row = db.execute("select max(id) from runs where pid = ? and id > ?", [pid, after]).fetchone()
    return int(row[0]) if row[0] is not None else None


def last_run(db: Database) -> int:
    """The number of the newest run; 0 where there is none."""
    return int(db.execute("select coalesce(max(id), 0) from runs").fetchone()[0])


def lines(db: Database, run: int) -> dict[str, tuple[bool, int]]:
    """Of each source that a run has a line of: whether it was done with, and how many requests it took."""
    rows = db.execute("select source, finished is not null, requests from run_sources where run = ?", [run]).fetchall()
    return {source: (bool(finished), requests) for source, finished, requests in rows}


def give_up(db: Database, run: int | None, sources: Iterable[str], error: str, now: str) -> None:
    """Marks sources as failed whose run ended without a line of theirs; where there was no run, it makes one.

    A line that a stopped run left keeps its counts.
    """
    with transaction(db):
        if run is None:
            db.execute(
                "insert into runs(started, finished, status, pid) values (?, ?, 'failed', null)", [now, now]
            )  # fmt: skip
            run = int(db.execute("select last_insert_rowid()").fetchone()[0])
        for source in sources:
            db.execute(
                """insert into run_sources(run, source, status, error, seconds, finished) values (?, ?, 'failed', ?, 0, ?)
                   on conflict(run, source) do update set finished = excluded.finished, error = excluded.error""",
                [run, source, error, now],
            )
