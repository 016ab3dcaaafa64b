"""The corpus's only writer."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlite_utils import Database

from storage import memory
from storage.addresses import address_key, canonical_url
from storage.changes import Change, Listed, Outcome, Problem, Release
from storage.database import open_corpus, transaction
from storage.duplicates import fingerprint

Row = dict[str, Any]


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
        self.close()

    def close(self) -> None:
        """Closes the file; the write-ahead log is folded back into it when nobody else has it open."""
        self.db.close()

    def put_source(self, id: str, name: str, kind: str, home: str, language: str | None, licence: str | None) -> None:
        """Makes a source known, or updates what is known of it."""
        row = {"id": id, "name": name, "kind": kind, "home": home, "language": language, "licence": licence}
        if next(self.db.table("sources").rows_where("id = ?", [id]), None) != row:
            with transaction(self.db):
                self.db.table("sources").upsert(row, pk="id")

    def knows_source(self, id: str) -> bool:
        """Whether a source of this id was ever put in."""
        return self._one("select id from sources where id = ?", [id]) is not None

    def start_run(self, now: str) -> int:
        """The number of a new run. Runs whose process is gone are marked `interrupted` first."""
        with transaction(self.db):
            for run, pid in self.db.execute("select id, pid from runs where status = 'running'").fetchall():
                if not _alive(pid):
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

    def save(self, changes: Sequence[Change], run: int, now: str) -> list[Outcome | None]:
        """Keeps a batch of changes, in order, in one transaction.

        Returns what became of each release, and None for the other changes.
        """
        with transaction(self.db):
            return [self._apply(change, run, now) for change in changes]

    def _apply(self, change: Change, run: int, now: str) -> Outcome | None:
        match change:
            case Release():
                return self._release(change, run, now)
            case Problem():
                self._problem(change, run, now)
            case Listed():
                memory.remember(self.db, change, run, now)
        return None

    def _problem(self, problem: Problem, run: int, now: str) -> None:
        self.db.execute(
            "insert into problems(url, source, reason, detail, run, seen) values (?, ?, ?, ?, ?, ?)",
            [problem.url, problem.source, problem.reason, problem.detail[:1000], run, now],
        )
        memory.settle(self.db, problem.addresses, problem.source, "failed" if problem.again else "rejected", None, run)

    def _release(self, release: Release, run: int, now: str) -> Outcome:
        print_ = fingerprint(release.document.title, release.document.body)
        release = self._with_own_address(release, print_)
        keys = {address_key(a): a for a in (*([release.url] if release.url else []), *release.addresses)}
        known = self._document_at(keys)
        if known and known["fingerprint"] != print_ and known["key"] not in keys:
            # The page was a copy of another document and no longer is: a document of its own from now on.
            self.db.execute(f"delete from copies where url in ({_marks(keys)})", list(keys.values()))
            known = None
        if known:
            outcome = self._again(known, release, print_, now)
        elif twin := self._one("select * from documents where fingerprint = ? order by number", [print_]):
            known, outcome = twin, Outcome.DUPLICATE
        else:
            known, outcome = self._insert(release, next(iter(keys), None), print_, now), Outcome.NEW
        for key, address in keys.items():
            if key != known["key"]:
                self._copy(known["id"], address, release.source, now)
        if release.raw and outcome in (Outcome.NEW, Outcome.REVISED):
            page = {"document": known["id"], "fetched": now, "extraction": release.extraction, **asdict(release.raw)}
            self.db.table("pages").insert(page, pk="document", replace=True)
        memory.settle(self.db, keys.values(), release.source, "stored", known["id"], run)
        return outcome

    def _with_own_address(self, release: Release, print_: str) -> Release:
        """Takes a page's rel=canonical back where another text lives there: some sites name one address on all pages."""
        if release.url and release.addresses:
            key, own = address_key(release.url), [address_key(address) for address in release.addresses]
            there = self._one("select id, fingerprint from documents where key = ?", [key]) if key not in own else None
            if there and there["fingerprint"] != print_ and (self._document_at(own) or {}).get("id") != there["id"]:
                return replace(release, url=canonical_url(release.addresses[0]))
        return release

    def _document_at(self, keys: Iterable[str]) -> Row | None:
        for key in keys:  # the canonical URL comes first
            if row := self._one("select * from documents where key = ?", [key]):
                return row
            found = "select d.* from addresses a join documents d on d.id = a.document where a.key = ?"
            if row := self._one(found, [key]):
                return row
        return None

    def _insert(self, release: Release, key: str | None, print_: str, now: str) -> Row:
        id = self._free_id(release.id or _digest(key or f"{release.document.title}\n{release.document.body}"))
        row: Row = {
            "id": id, "key": key, "url": release.url, "source": release.source,
            "title": release.document.title, "body": release.document.body,
            "date": release.date, "date_origin": release.date_origin, "date_confidence": release.date_confidence,
            "language": release.language, "fingerprint": print_, "first_seen": now, "changed": now,
            "withdrawn": None, "revision": 1, "seq": self._revision(id, 1, release, release.date, now),
        }  # fmt: skip
        self.db.table("documents").insert(row)
        return row

    def _again(self, known: Row, release: Release, print_: str, now: str) -> Outcome:
        """A page that is known already was read once more."""
        date, origin, confidence = known["date"], known["date_origin"], known["date_confidence"]
        if release.date and (release.date_confidence or 0) >= (confidence or 0):
            date, origin, confidence = release.date, release.date_origin, release.date_confidence
        same = (known["title"], known["body"]) == (release.document.title, release.document.body)
        if same and date == known["date"]:
            return Outcome.UNCHANGED
        revision = known["revision"] + 1
        self.db.execute(
            """update documents set title = ?, body = ?, date = ?, date_origin = ?, date_confidence = ?, language = ?,
               fingerprint = ?, changed = ?, revision = ?, seq = ? where id = ?""",
            [
                release.document.title, release.document.body, date, origin, confidence,
                release.language or known["language"], print_, now, revision,
                self._revision(known["id"], revision, release, date, now), known["id"],
            ],
        )  # fmt: skip
        return Outcome.REVISED

    def _revision(self, document: str, revision: int, release: Release, date: str | None, now: str) -> int:
        row = [document, revision, release.document.title, date, release.document.body, now]
        insert = "insert into revisions(document, revision, title, date, body, seen) values (?, ?, ?, ?, ?, ?)"
        return int(self.db.execute(insert, row).lastrowid or 0)

    def _copy(self, document: str, url: str, source: str, now: str) -> None:
        self.db.execute(
            "insert or ignore into copies(document, url, source, relation, similarity, first_seen) "
            "values (?, ?, ?, 'exact', 1.0, ?)",
            [document, url, source, now],
        )

    def _free_id(self, wanted: str) -> str:
        while self._one("select id from documents where id = ?", [wanted]):
            wanted = _digest(wanted)
        return wanted

    def _one(self, sql: str, values: list[Any]) -> Row | None:
        return next(iter(self.db.query(sql, values)), None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _alive(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(pid)
