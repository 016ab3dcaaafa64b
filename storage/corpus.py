"""The corpus's only writer."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlite_utils import Database

from storage import faults, looking, memory, neighbours
from storage.addresses import address_key
from storage.changes import Change, Distrusted, Learnt, Listed, Looked, Outcome, Problem, Release
from storage.database import SQLiteError, open_corpus, transaction
from storage.document import encodable
from storage.forgetting import Forgotten, forget, forgotten
from storage.keeping import keep
from storage.rereading import Kept, Reread, keep_reading

Row = dict[str, Any]

# Why a page was not kept that may be there later; of the latter, where a list gives its day.
_ABSENT = frozenset(("gone", "error-page", "empty"))
_UNREAD = frozenset(("no-text", "no-title", "not-a-release"))


class Corpus:
    """An open corpus file. Every method that writes is one transaction: all of it is kept, or nothing.

    The clock is passed in: `now` is a UTC time, ISO 8601.
    """

    def __init__(self, path: Path) -> None:
        """Raises CorpusError where `path` cannot be used (see `open_corpus`)."""
        self.path = path
        self.db: Database = open_corpus(path)

    def __enter__(self) -> "Corpus":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the file. Raises CorpusFailure, which names it, where SQLite gave up on it meanwhile."""
        try:
            self.close()
        finally:
            if isinstance(error, SQLiteError):
                raise faults.failure(self.path, "written", error) from error

    def close(self) -> None:
        """Closes the file; the write-ahead log is folded back into it when nobody else has it open."""
        self.db.close()

    def put_source(self, id: str, name: str, kind: str, home: str, language: str | None, licence: str | None) -> None:
        """Makes a source known, or updates what is known of it."""
        row = {"id": id, "name": name, "kind": kind, "home": home, "language": language, "licence": licence}
        if next(self.db.table("sources").rows_where("id = ?", [id]), None) != row:
            with transaction(self.db):
                self.db.table("sources").upsert(row, pk="id")

    def kind_of(self, source: str) -> str | None:
        """The kind of a source; None where no source of this id was ever put in."""
        row = self.db.execute("select kind from sources where id = ?", [source]).fetchone()
        return str(row[0]) if row else None

    def start_run(self, now: str) -> int:
        """The number of a new run. Runs whose process is gone are marked `interrupted` first."""
        with transaction(self.db):
            for run, pid in self.db.execute("select id, pid from runs where status = 'running'").fetchall():
                if pid == os.getpid() or not _alive(pid):  # in containers the next process often has the same number
                    self.db.execute("update runs set status = 'interrupted' where id = ?", [run])
            row = {"started": now, "status": "running", "pid": os.getpid()}
            self.db.table("runs").insert(row)
            return int(self.db.execute("select last_insert_rowid()").fetchone()[0])

    def finish_run(self, run: int, now: str, status: str, totals: dict[str, int], sources: Iterable[Row]) -> None:
        """Closes a run with its counts, and a row for each of its sources."""
        with transaction(self.db):
            self.db.table("runs").update(run, {"finished": now, "status": status, **totals})
            self.db.table("run_sources").insert_all(({"run": run, **row} for row in sources), replace=True)

    def keep_robots(self, origin: str, status: int, body: bytes, now: str) -> None:
        """Keeps a host's robots.txt for the runs to come."""
        with transaction(self.db):
            memory.keep_robots(self.db, origin, status, body, now)

    def keep_check(self, now: str, fault: str | None) -> None:
        """Notes that the file was looked over, and what was wrong with it (see storage.soundness)."""
        with transaction(self.db):
            self.db.table("soundness").upsert({"only_one": 1, "checked": now, "fault": fault}, pk="only_one")

    def save(self, changes: Sequence[Change], run: int, now: str) -> list[Outcome | None]:
        """Keeps a batch of changes, in order, in one transaction.

        Returns what became of each release, and None for the other changes.
        """
        with transaction(self.db):
            return [self._apply(change, run, now) for change in changes]

    def keep_readings(self, readings: Sequence[Reread]) -> list[Kept]:
        """Puts better readings of stored pages into the place of the old ones; returns what became of each."""
        with transaction(self.db):
            return [keep_reading(self.db, reading) for reading in readings]

    def forget(self, urls: Sequence[str], now: str) -> list[Forgotten]:
        """Takes the documents of some addresses down and keeps the addresses out. Raises ValueError for a bad address,
        and forgets none then."""
        with transaction(self.db):
            found = [forget(self.db, url, now) for url in urls]
        self.db.execute("pragma wal_checkpoint(truncate)")  # the old pages of the file go with the log
        return found

    def learn(self, learnt: Learnt) -> None:
        """Keeps what a source's pages taught of its template."""
        with transaction(self.db):
            memory.keep_template(self.db, learnt)

    def _apply(self, change: Change, run: int, now: str) -> Outcome | None:
        match change:
            case Release():
                if taken_down := self._taken_down(change):
                    self._problem(taken_down, run, now)
                    return None
                outcome = keep(self.db, change, run, now)
                if url := change.look:
                    looking.seen(
                        self.db,
                        address_key(url),
                        url,
                        change.source,
                        change.date,
                        now,
                        change.etag,
                        change.last_modified,
                    )
                return outcome
            case Problem():
                self._problem(change, run, now)
            case Listed():
                memory.remember(self.db, change, run, now)
            case Looked():
                self._looked(change, now)
            case Learnt():
                memory.keep_template(self.db, change)
            case Distrusted():
                memory.distrust(self.db, change, now)
        return None

    def _taken_down(self, release: Release) -> Problem | None:
        """Why a release is not kept that leads to an address which is kept out; such an address may be its canonical one."""
        out = forgotten(self.db)
        urls = [url for url in (*release.addresses, release.url) if url and address_key(url) in out] if out else []
        why = f"{urls[0]} was taken down" if urls else ""
        return Problem(release.source, urls[0], "forgotten", why, addresses=release.addresses) if urls else None

    def _looked(self, looked: Looked, now: str) -> None:
        key = address_key(looked.url)
        sql = "select date from documents where id = (select document from addresses where key = ?)"
        day = self.db.execute(sql, [key]).fetchone()
        back = "select number from documents where withdrawn is not null and id = (select document from addresses where key = ?)"
        for (number,) in self.db.execute(back, [key]).fetchall():
            self.db.execute("update documents set withdrawn = null where number = ?", [number])
            neighbours.place_again(self.db, number)
        looking.seen(self.db, key, looked.url, looked.source, day and day[0], now, looked.etag, looked.last_modified)

    def _gone(self, problem: Problem, now: str) -> bool:
        """Whether pages that are not there are those of documents: these are withdrawn when it was so twice."""
        known = False
        for url in problem.addresses:
            key = address_key(url)
            sql = """select d.number, d.withdrawn is null, exists (select 1 from outlets where key = ?1) from documents d
                     where d.id = (select document from addresses where key = ?1) or d.key = ?1 or d.read_at = ?1"""
            for number, there, elsewhere in self.db.execute(sql, [key]).fetchall():
                known = True
                if looking.gone(self.db, key, url, problem.source, now) and there and not elsewhere:
                    self.db.execute("update documents set withdrawn = ? where number = ?", [now, number])
                    neighbours.place_again(self.db, number)
        return known

    def _problem(self, problem: Problem, run: int, now: str) -> None:
        self.db.execute(
            "insert into problems(url, source, reason, detail, run, seen) values (?, ?, ?, ?, ?, ?)",
            [encodable(problem.url), problem.source, problem.reason, encodable(problem.detail[:1000]), run, now],
        )
        if problem.reason == "gone" and self._gone(problem, now):
            memory.still_stored(self.db, problem.addresses)
            return
        memory.settle(self.db, problem.addresses, problem.source, "failed" if problem.again else "rejected", None, run)
        for url in problem.addresses:
            self._try_later(url, problem, now)

    def _try_later(self, url: str, problem: Problem, now: str) -> None:
        """A page that brought nothing is asked for again: a known one at its next look, another one when runs in a row
        have tried it in vain, unless it is one of the undated pages of a first crawl, most of which are old. Of a site that
        is broken for days, a page that a list dates, and calls a release by that, may hold no text until it is mended."""
        key = address_key(url)
        known = memory.tried(self.db, key)
        if known is None or known.stored:
            looking.in_vain(self.db, key, known.day if known else None, now, passing=problem.again)
            return
        dated, reason = known.day is not None, problem.reason
        may_come = known.tries >= memory.TRIES if problem.again else reason in _ABSENT or (dated and reason in _UNREAD)
        if may_come and (dated or not known.by_first_run):
            looking.unread(self.db, key, url, problem.source, known.day, now)
        elif not problem.again:  # it was tried once more, and there is no use in it
            looking.forget(self.db, [key])


def _alive(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(pid)
