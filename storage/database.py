"""Opening a corpus file, for the one who writes and for those who read; and the transaction every write runs in."""

import os
import random
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from storage import faults
from storage.errors import CorpusError
from storage.migrations import migrations

# A corpus says in its header that it is one ("cvpr"), so that a stranger's database is never migrated.
APPLICATION_ID = 0x63767072
BUSY_SECONDS = 30.0
_MAGIC = b"SQLite format 3\0"
_IDENTITY = ("pragma application_id", "pragma user_version", "select count(*) from sqlite_master")

SQLiteError = sqlite3.Error
# One row is wrong, not the database.
RowError = (sqlite3.IntegrityError, sqlite3.DataError)


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
    if not sqlite_is_safe():
        raise CorpusError(path, f"SQLite {sqlite3.sqlite_version} can corrupt it; install pysqlite3 0.6.1 or newer")
    if _is_there(path):
        applied_steps(path)  # all that can be wrong with what is there is said before anything is written
        if not _may_write(path):
            raise CorpusError(path, "the corpus is read-only (the file or its folder cannot be written)")
    with _refusing(path, "written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        db = _connect(path, "mode=rwc")
        try:
            _prepare(db)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def reader(path: Path, *, older: bool = False) -> Iterator[Database]:
    """The corpus for reading: creates nothing, changes nothing, waits for no writer.

    Raises CorpusError where there is none, or it is not readable as a corpus of this version (`older`: or an earlier
    one); CorpusFailure where it turns out to be broken while it is read.
    """
    applied = applied_steps(path) if _is_there(path) else frozenset()
    if not applied:
        raise CorpusError(path, "there is no corpus here yet; `civicpress crawl` makes one")
    if not older and _known_steps() - applied:
        raise CorpusError(path, "made by an older civicpress; the next `civicpress crawl` brings it up to date")
    with _refusing(path, "read"):
        db = _for_reading(path) if _may_write(path) else _read_only(path)
    try:
        db.execute("pragma query_only = on")
        yield db
    except sqlite3.Error as error:
        raise faults.failure(path, "read", error) from error
    finally:
        db.close()


def _for_reading(path: Path) -> Database:
    """Who may write opens for writing: the last to close then folds the log in and removes it, while a connection that may
    only read leaves one behind."""
    db = _connect(path, "mode=rw")
    try:
        db.execute("select count(*) from sqlite_master")
    except sqlite3.OperationalError:  # a full disk has no room for the log's index
        db.close()
        db = _read_only(path)
    return db


def applied_steps(path: Path) -> frozenset[str]:
    """The migrations that the corpus in a file went through; none where the file or the database is empty.

    Raises CorpusError, and leaves nothing behind, where it is not readable, no corpus, or made by a newer version.
    """
    with _refusing(path, "read"):
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
        if start != _MAGIC:
            if start:
                raise CorpusError(path, "not a SQLite database")
            return frozenset()
        try:
            identity, version, objects, applied = _look(path)
        except sqlite3.DatabaseError:  # damaged, or a writer began under our eyes
            identity, version, objects, applied = _look(path)
    if identity != APPLICATION_ID and (identity or version or objects):
        raise CorpusError(path, "a SQLite database, but not a civicpress corpus")
    if newer := applied - _known_steps():
        raise CorpusError(path, f"made by a newer civicpress (it has {', '.join(sorted(newer))}); update civicpress")
    return applied


def _look(path: Path) -> tuple[int, int, int, frozenset[str]]:
    db = _read_only(path)
    try:
        db.execute("begin")  # all of it as it is at one moment
        identity, version, objects = (int(db.execute(sql).fetchone()[0]) for sql in _IDENTITY)
        return identity, version, objects, frozenset(step.name for step in migrations.applied(db))
    finally:
        db.close()


def _read_only(path: Path) -> Database:
    """A connection that leaves no trace. Without a write-ahead log nobody writes and the file alone is the corpus;
    then it can be read where nothing may be created, such as on read-only media."""
    log = path.with_name(f"{path.name}-wal")
    while True:
        logged = log.exists()
        db = _connect(path, "mode=ro" if logged else "immutable=1")
        try:
            db.execute("select count(*) from sqlite_master")
        except sqlite3.Error as error:
            db.close()
            if log.exists() != logged:  # a writer came or went just now
                continue
            if logged and not log.stat().st_size:  # nothing is in it, and a full disk has no room for its index
                return _connect(path, "immutable=1")
            if logged and "unable to open" in str(error):
                why = (
                    f"its write-ahead log {log.name} can only be read in a folder that can be written: copy both there"
                )
                raise CorpusError(path, why) from error
            raise
        return db


def _connect(path: Path, how: str) -> Database:
    uri = f"{path.absolute().as_uri()}?{how}"
    return Database(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False))


def _is_there(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    except NotADirectoryError as error:
        raise CorpusError(path, f"{path.parent} is not a folder") from error
    except OSError as error:
        raise CorpusError(path, f"the corpus cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise CorpusError(path, f"this is {what}; a corpus is one file")
    return True


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)  # the log is beside the file


@contextmanager
def _refusing(path: Path, asked: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise CorpusError(path, f"the corpus cannot be {asked} {faults.because(error)}") from error


def _known_steps() -> frozenset[str]:
    db = Database(memory=True)
    try:
        return frozenset(step.name for step in migrations.pending(db))
    finally:
        db.close()


def _prepare(db: Database) -> None:
    _use_write_ahead_log(db)
    for pragma in (
        "synchronous = full",  # a document that was reported as stored survives a power cut
        "foreign_keys = on",
        "journal_size_limit = 67108864",
        "cell_size_check = on",
        "secure_delete = on",  # what is taken down leaves nothing behind, not even of what full-text search merged before
    ):
        db.execute(f"pragma {pragma}")
    if migrations.pending(db):
        with transaction(db):  # one process migrates, the others wait and find nothing pending
            migrations.apply(db)
            db.execute(f"pragma application_id = {APPLICATION_ID}")


def _use_write_ahead_log(db: Database) -> None:
    # Several processes that make the same corpus at once: the change of mode waits for no lock by itself.
    for attempt in range(10):
        try:
            (mode,) = db.execute("pragma journal_mode = wal").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == 9:
                raise
            _pause(attempt)
        else:
            if mode != "wal":
                raise sqlite3.OperationalError("this file system has no shared memory for a write-ahead log")
            return


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
            _pause(attempt)
    try:
        yield
        db.execute("commit")
    except BaseException:
        if db.conn.in_transaction:  # a full disk has rolled back by itself
            db.execute("rollback")
        raise


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
