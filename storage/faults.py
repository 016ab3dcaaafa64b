"""What is behind an error of SQLite, and what is to be done about it, in words."""

from pathlib import Path

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed

from storage.errors import CorpusFailure

# By the primary result code (https://sqlite.org/rescode.html), which is the low byte of what an error carries.
_REMEDIES = {
    5: "another program holds it locked: end that, or wait for it",  # SQLITE_BUSY
    10: "the disk may be full, or fail: look there first",  # SQLITE_IOERR
    11: "it is damaged: keep it, and put a backup in its place",  # SQLITE_CORRUPT
    13: "make room there, and begin again",  # SQLITE_FULL
    26: "it is damaged: keep it, and put a backup in its place",  # SQLITE_NOTADB
}


def because(error: Exception) -> str:
    """The words of an error, and what is to be done where that is known: `(database or disk is full); make room …`."""
    if isinstance(error, OSError):
        return f"({error.strerror or error})"
    remedy = _REMEDIES.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)
    return f"({error}); {remedy}" if remedy else f"({error})"


def is_damage(error: Exception) -> bool:
    """Whether an error says that the file itself is not what SQLite wrote."""
    return isinstance(error, sqlite3.Error) and (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in (11, 26)


def failure(path: Path, asked: str, error: Exception) -> CorpusFailure:
    """The failure of a corpus that was open, from the error that showed it; `asked` is `read` or `written`."""
    kept = "; what was stored is kept" if asked == "written" and not is_damage(error) else ""
    return CorpusFailure(path, f"the corpus could not be {asked} {because(error)}{kept}")
