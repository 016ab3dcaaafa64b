"""A copy of the corpus that is consistent, whatever is written meanwhile, and checked before it replaces an earlier one."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from storage import faults, soundness
from storage.database import APPLICATION_ID, reader
from storage.errors import CorpusError

_MAGIC, _IDENTITY = b"SQLite format 3\0", slice(68, 72)  # https://sqlite.org/fileformat.html#the_database_header


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup: where, how many documents and bytes it holds, and the highest `seq` in it."""

    file: str
    documents: int
    seq: int
    bytes: int


def backup(path: Path, dest: Path) -> Copy:
    """Copies a corpus, as it is at one moment, to a file, in place of an earlier backup.

    The copy is made beside `dest` and read back from the disk: its pages, its indexes, the references between rows, and
    for each table the number of rows, which must be that of the same moment in the corpus. Only then it takes the place
    of the earlier one, which stays as it is in every other case. A corpus of an older version is copied as it is.

    Raises:
        CorpusError: there is no corpus, it is damaged, the copy cannot be written or is not what it should be, or `dest` is
            something else than an earlier backup.
    """
    with reader(path, older=True) as corpus:
        target = dest.resolve()
        _check(path, dest, target)
        try:
            with _part(dest, target) as part:
                counted = _copy(corpus, part)
                _verify(path, dest, part, counted)
                part.chmod(path.stat().st_mode & 0o777)
                os.replace(part, target)
                _sync(target.parent)
        except (OSError, sqlite3.Error) as error:
            if faults.is_damage(error):
                raise soundness.damaged(path, [str(error)]) from error
            raise CorpusError(dest, f"the backup cannot be written {faults.because(error)}") from error
        return Copy(str(dest), counted["documents"], counted["seq"], target.stat().st_size)


def _check(path: Path, dest: Path, target: Path) -> None:
    """Refuses to replace what is no backup."""
    try:
        if target.is_dir():
            raise CorpusError(dest, "this is a folder; a backup is one file")
        if not target.exists():
            return
        if not target.is_file():
            raise CorpusError(dest, "this is a device or a pipe; a backup is one file")
        if target.samefile(path):
            raise CorpusError(dest, "this is the corpus itself")
        with target.open("rb") as file:
            head = file.read(100)
        if head and (not head.startswith(_MAGIC) or int.from_bytes(head[_IDENTITY], "big") != APPLICATION_ID):
            raise CorpusError(dest, "this is no backup of a corpus, and is not replaced")
        log = target.with_name(f"{target.name}-wal")
        if log.exists() and log.stat().st_size:  # SQLite would apply it to the new file
            raise CorpusError(dest, f"this is a corpus in use (it has a log, {log.name}), and is not replaced")
    except OSError as error:
        raise CorpusError(dest, f"the backup cannot be written ({error.strerror})") from error


@contextmanager
def _part(dest: Path, target: Path) -> Iterator[Path]:
    """The file beside the target that the copy is made in. That of a backup that was killed is used again."""
    part = target.with_name(f".{target.name}.part")
    lock = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(lock), part.stat()):
                raise FileNotFoundError
        except (
            BlockingIOError,
            FileNotFoundError,
        ):  # at work, or just done: then what is open here is its backup by now
            raise CorpusError(dest, "another backup to this file is being made") from None
        os.ftruncate(lock, 0)
        try:
            yield part
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    finally:
        os.close(lock)


def _copy(corpus: Database, part: Path) -> dict[str, int]:
    """Copies the corpus to a file, down to the disk; what it holds, by table."""
    corpus.execute("begin")  # what is counted and what is copied is of one moment
    counted = _count(corpus)
    copy = sqlite3.connect(part, isolation_level=None)
    try:
        copy.execute("pragma journal_mode = off")  # nobody else reads it
        copy.execute("pragma synchronous = off")
        corpus.conn.backup(copy)
    finally:
        copy.close()
        corpus.execute("rollback")
    _sync(part)
    return counted


def _count(db: Database) -> dict[str, int]:
    sql = "select name from sqlite_master where type = 'table' and sql not like 'create virtual%' order by name"
    names = [name for (name,) in db.execute(sql).fetchall()]
    counted = {name: int(db.execute(f"select count(*) from [{name}]").fetchone()[0]) for name in names}
    counted["seq"] = int(db.execute("select coalesce(max(seq), 0) from revisions").fetchone()[0])
    return counted


def _verify(path: Path, dest: Path, part: Path, counted: dict[str, int]) -> None:
    with contextlib.closing(
        sqlite3.connect(f"{part.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    ) as connection:
        db = Database(connection)
        if found := soundness.complaints(db, thorough=True):
            raise soundness.damaged(path, found)
        there = _count(db)
    if there != counted:
        wrong = next(name for name in counted if there.get(name) != counted[name])
        raise CorpusError(dest, f"the copy has {there.get(wrong, 0)} rows in {wrong} instead of {counted[wrong]}")


def _sync(place: Path) -> None:
    file = os.open(place, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
