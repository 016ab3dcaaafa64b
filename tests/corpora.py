"""Corpora to try things on, without the network: what a page would have told, and what is there afterwards."""

import contextlib
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from storage.changes import Change, Outcome, Release
from storage.corpus import Corpus
from storage.database import APPLICATION_ID, reader
from storage.document import Document
from storage.migrations import migrations
from tests.site import prose

HOST = "https://www.comune.esempio.it"
SOURCES = {"comune": "municipality", "camera": "chamber", "import": "other"}
NOBODY = 65534


def day(number: int) -> str:
    """The morning of a day, as the corpus writes times."""
    return f"2026-03-{number:02}T08:00:00+00:00"


def page(
    path: str,
    text: str,
    *,
    title: str = "Titolo",
    date: str | None = "2026-03-01",
    confidence: float | None = 0.8,
    source: str = "comune",
    canonical: str | None = None,
    through: tuple[str, ...] = (),
    **more: Any,
) -> Release:
    """A page that was read as a release: at a path (or a whole address), reached `through` others that redirect."""
    url, *others = (each if "://" in each else HOST + each for each in (path, *through))
    claimed = HOST + canonical if canonical and "://" not in canonical else canonical
    return Release(
        source, claimed or url, Document.of(title, text, date[:7] if date else None), (url, *others),
        date, "label" if date else None, confidence if date else None, "it", **more,
    )  # fmt: skip


class Shelf:
    """A corpus file with some sources. Every `put` is a run of its own, on a day of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.days = 0
        with Corpus(path) as corpus:
            for id, kind in SOURCES.items():
                corpus.put_source(id, f"Ente {id}", kind, HOST, "it", None)

    def put(self, *changes: Change) -> list[str | None]:
        """Saves changes in one batch; says what became of each."""
        self.days += 1
        with Corpus(self.path) as corpus:
            run = corpus.start_run(day(self.days))
            outcomes = corpus.save(changes, run, day(self.days))
            corpus.finish_run(run, day(self.days), "done", {}, [])
        return [outcome.value if isinstance(outcome, Outcome) else None for outcome in outcomes]

    def rows(self, sql: str = "select * from corpus order by seq", *values: Any) -> list[dict[str, Any]]:
        """What the corpus answers."""
        with reader(self.path) as db:
            return list(db.query(sql, list(values)))

    def row(self, sql: str = "select * from corpus order by seq", *values: Any) -> dict[str, Any]:
        """The one row that the corpus answers with."""
        [row] = self.rows(sql, *values)
        return row

    def copies(self) -> dict[str, str]:
        """Other addresses, by path, each with the document it leads to."""
        return {row["url"].removeprefix(HOST): row["document"] for row in self.rows("select * from copies")}


def old_corpus(path: Path, before: str, documents: int = 1) -> None:
    """A corpus as it was before a migration, with documents in it; they are called Perché."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        db = Database(connection)
        db.execute("pragma journal_mode = wal")
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        migrations.apply(db, stop_before=before)
        db.execute(
            "insert into sources(id, name, kind, home) values ('comune', 'Comune', 'municipality', 'https://h.it/')"
        )
        for number in range(documents):
            id, body = f"{0xAA + number:016x}", prose(f"old {number}") if number else ""
            db.execute(
                "insert into revisions(document, revision, title, body, seen) values (?, 1, 'Perché', ?, 'x')",
                [id, body],
            )
            db.execute(
                """insert into documents(id, source, title, body, fingerprint, first_seen, changed, revision, seq)
                   values (?, 'comune', 'Perché', ?, ?, 'x', 'x', 1, ?)""",
                [id, body, f"f{number}", number + 1],
            )


def schema(path: Path) -> list[tuple[str, ...]]:
    """All that a database file defines."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return list(connection.execute("select type, name, sql from sqlite_master order by type, name"))


def steps() -> list[str]:
    """The names of all migrations."""
    return [step.name for step in migrations.pending(Database(memory=True))]


def spoil(path: Path, where: float, seed: int = 1) -> None:
    """Overwrites a page of a database file, so far into it (0 to 1), with what a broken disk might hold."""
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")  # https://sqlite.org/fileformat.html#page_size
    start = int(len(data) // size * where) * size
    data[start : start + size] = random.Random(seed).randbytes(size)
    path.write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder and those in it, with what is in them."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """A folder that every user may enter and nobody but us may write to (pytest's own are closed to others)."""
    with tempfile.TemporaryDirectory(prefix="civicpress-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextlib.contextmanager
def without_rights(*closed: Path) -> Iterator[None]:
    """Without the right to write to some files and folders: root, whom no permission binds, becomes somebody else."""
    before = [path.stat().st_mode for path in closed]
    for path, mode in zip(closed, before, strict=True):
        path.chmod(mode & ~0o222)
    root = os.geteuid() == 0
    if root:
        os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, 0, 0)
        for path, mode in zip(closed, before, strict=True):
            path.chmod(mode)
