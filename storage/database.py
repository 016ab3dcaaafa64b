"""Opening a corpus file, for the one who writes and for those who read; and the transaction every write runs in."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from storage.errors import CorpusError
from storage.migrations import migrations

# A corpus says in its header that it is one ("cvpr"), so that a stranger's database is never migrated.
APPLICATION_ID = 0x63767072
BUSY_SECONDS = 30.0

SQLiteError = sqlite3.Error


def sqlite_is_safe() -> bool:
    """Whether this SQLite is free of the race between WAL reset and a writer that corrupted databases from 3.7.0 on
    (https://sqlite.org/wal.html#walresetbug; mended in 3.51.3, 3.50.7 and 3.44.6)."""
    version = sqlite3.sqlite_version_info
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def open_corpus(path: Path) -> Database:
    """The corpus for writing, made or migrated where needed.

    Raises CorpusError, with the file unchanged, where it is no SQLite file, no corpus, made by a newer version,
    or cannot be written.
    """
    existed = path.exists() and path.stat().st_size > 0
    if path.is_dir():
        raise CorpusError(path, "this is a folder; a corpus is one file")
    if existed:
        with reader(path):
            pass  # all that can be wrong with what is there is said before anything is written
        if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
            raise CorpusError(path, "the corpus is read-only (the file or its folder cannot be written)")
    if not sqlite_is_safe():
        raise CorpusError(path, f"SQLite {sqlite3.sqlite_version} can corrupt it; install pysqlite3 0.6.1 or newer")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        db = Database(connection)
        for pragma in (
            "journal_mode = wal",
            "synchronous = full",  # a document that was reported as stored survives a power cut
            "foreign_keys = on",
            "journal_size_limit = 67108864",
            "cell_size_check = on",
        ):
            db.execute(f"pragma {pragma}")
        if migrations.pending(db):
            with transaction(db):  # one process migrates, the others wait and find nothing pending
                migrations.apply(db)
                db.execute(f"pragma application_id = {APPLICATION_ID}")
    except (OSError, sqlite3.Error) as error:
        raise CorpusError(path, f"the corpus cannot be written ({error})") from error
    return db


@contextmanager
def reader(path: Path) -> Iterator[Database]:
    """The corpus for reading: creates nothing, changes nothing, waits for no writer.

    Raises CorpusError where there is none, or it is not readable as a corpus of this version.
    """
    if not path.exists():
        raise CorpusError(path, "there is no corpus here yet; `civicpress crawl` makes one")
    if path.is_dir():
        raise CorpusError(path, "this is a folder; a corpus is one file")
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
    except sqlite3.Error as error:
        raise CorpusError(path, f"the corpus cannot be opened ({error})") from error
    db = Database(connection)
    try:
        _check_identity(db, path)
        db.execute("pragma query_only = on")
        yield db
    finally:
        db.close()


def _check_identity(db: Database, path: Path) -> None:
    try:
        (identity,) = db.execute("pragma application_id").fetchone()
        tables = set(db.table_names())
        known = {step.name for step in migrations.pending(Database(memory=True))}
        applied = {step.name for step in migrations.applied(db)} if "_sqlite_migrations" in tables else set()
    except sqlite3.DatabaseError as error:
        reason = "not a SQLite database" if "not a database" in str(error) else f"the corpus cannot be read ({error})"
        raise CorpusError(path, reason) from error
    if tables and identity != APPLICATION_ID:
        raise CorpusError(path, "a SQLite database, but not a civicpress corpus")
    if newer := applied - known:
        raise CorpusError(path, f"made by a newer civicpress (it has {', '.join(sorted(newer))}); update civicpress")


@contextmanager
def transaction(db: Database, tries: int = 5) -> Iterator[None]:
    """BEGIN IMMEDIATE to COMMIT: all or nothing, and no other writer between a read and the write that relies on it.

    A deferred transaction would fail with "database is locked" the moment it turns from reading to writing.
    """
    for attempt in range(tries):
        try:
            db.execute("begin immediate")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == tries - 1:
                raise
            time.sleep(random.uniform(0.05, 0.2) * 2**attempt)
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.conn.in_transaction:  # a full disk has rolled back by itself
            db.execute("rollback")
        raise
