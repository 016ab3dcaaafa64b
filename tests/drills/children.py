"""Children of a process that has all loaded and no threads: forked, so that hundreds take seconds, and killed."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

Work = Callable[[Path, int], dict[str, Any]]


def forked(work: Callable[[int], None]) -> tuple[int, int]:
    """A child that does some work, which gets a pipe to tell on; its number and our end of the pipe."""
    ours, theirs = os.pipe()
    if pid := os.fork():
        os.close(theirs)
        return pid, ours
    status = 1
    try:
        os.close(ours)
        work(theirs)
        status = 0
    finally:
        os._exit(status)
    raise AssertionError


def told(pipe: int) -> list[bytes]:
    """All lines of a pipe, up to its end."""
    with os.fdopen(pipe, "rb") as lines:
        return lines.read().splitlines()


def kill(pid: int) -> bool:
    """Kills a child; whether it was still alive."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def complaints(path: Path) -> list[str]:
    """What is wrong with a corpus file: its pages, its references, its full-text index."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        found = [str(row) for row in db.execute("pragma integrity_check") if row != ("ok",)]
        found += [str(row) for row in db.execute("pragma foreign_key_check")]
        if db.execute("select 1 from sqlite_master where name = 'documents_fts'").fetchone():
            try:
                db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")
            except sqlite3.Error as error:
                found.append(f"full text: {error}")
    return found


def main(*works: Work) -> None:
    """`python -m tests.drills.writing WORK FOLDER COUNT` prints what a work found, as a line of JSON."""
    named = {work.__name__: work for work in works}
    print(json.dumps(named[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
