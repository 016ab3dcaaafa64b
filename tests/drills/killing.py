"""Children that are killed: forked by a process that has all loaded and no threads, so that hundreds take seconds.

`python -m tests.drills.killing WHAT FOLDER COUNT` prints a line of JSON. The moments of death are random, from a seed.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from storage.corpus import Corpus
from storage.database import applied_steps
from tests.corpora import SOURCES, day, old_corpus, page, schema, steps
from tests.site import prose

BEGUN = b"begun\n"
moments = random.Random(11)


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


def write(path: Path, life: int, pipe: int, count: int = 10_000) -> None:
    """Saves new documents and new wordings of them, and tells of each when its save has returned."""
    with Corpus(path) as corpus:
        for source, kind in SOURCES.items():
            corpus.put_source(source, source, kind, "https://h.it/", "it", None)
        run = corpus.start_run(day(1))
        for number in range(count):
            name = f"{life}/{number // 2}"  # told a second time, in other words
            body = prose(f"{name} {number % 2}")
            corpus.save([page(f"/{name}", body, title=f"Avviso {name}")], run, day(1 + number % 2))
            os.write(pipe, body.encode() + b"\n")


def writers(folder: Path, count: int) -> dict[str, Any]:
    """Kills a writer again and again; what was told and is not there, and what is wrong with the file."""
    path, acknowledged, wrong = folder / "corpus.db", list[str](), list[str]()
    killed = 0
    for life in range(count):
        pid, pipe = forked(lambda pipe, life=life: write(path, life, pipe))  # type: ignore[misc]
        with os.fdopen(pipe, "rb") as lines:
            told = [lines.readline() for _ in range(moments.randrange(1, 6))]
            time.sleep(moments.uniform(0, 0.02))
            killed += kill(pid)
            told += lines.readlines()
        acknowledged += [line.decode().rstrip("\n") for line in told if line.endswith(b"\n")]
        if life % 25 == 24:
            wrong += complaints(path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        there = {body for (body,) in db.execute("select body from revisions")}
        current = {body for (body,) in db.execute("select body from documents")}
    lost = [body for body in acknowledged if body not in there]
    return {
        "killed": killed, "acknowledged": len(acknowledged), "lost": len(lost), "wrong": wrong + complaints(path),
        "documents": len(current),
    }  # fmt: skip


def together(folder: Path, count: int) -> dict[str, Any]:
    """Several writers at once while a reader stays in the middle of its answer; what each told, and what is there."""
    path = folder / "corpus.db"
    Corpus(path).close()
    children = [forked(lambda pipe, life=life: write(path, life, pipe, count)) for life in range(4)]  # type: ignore[misc]
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reader:
        lines = [os.read(pipe, 1) for _, pipe in children]  # each has written
        reader.execute("begin")
        seen = {reader.execute("select count(*) from revisions").fetchone()[0]}
        acknowledged = sum(len(told(pipe)) for _, pipe in children)
        statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in children]
        seen.add(reader.execute("select count(*) from revisions").fetchone()[0])
        reader.execute("rollback")
        there = reader.execute("select count(*) from revisions").fetchone()[0]
    Corpus(path).close()  # the last to leave folds the log in
    left = sorted(file.name for file in folder.iterdir())
    return {
        "acknowledged": acknowledged, "there": there, "statuses": statuses, "seen": sorted(seen), "left": left,
        "wrong": complaints(path), "began": len(lines),
    }  # fmt: skip


def migrations(folder: Path, count: int) -> dict[str, Any]:
    """Kills those who bring an old corpus up to date; how often it stayed old or became new, and what else it became."""
    old, path, new = folder / "old.db", folder / "corpus.db", folder / "new.db"
    old_corpus(old, "m007_neighbours", 60)
    Corpus(new).close()
    before, after, whole = schema(old), schema(new), len(steps())
    first = len(applied_steps(old))
    outcomes, wrong, killed = {"old": 0, "new": 0}, list[str](), 0

    def migrate(pipe: int) -> None:
        os.write(pipe, BEGUN)
        Corpus(path).close()

    begun = time.monotonic()
    shutil.copy(old, path)
    pid, pipe = forked(migrate)
    os.waitpid(pid, 0)
    told(pipe)
    takes = time.monotonic() - begun
    for _ in range(count):
        _remove(path)
        shutil.copy(old, path)
        pid, pipe = forked(migrate)
        os.read(pipe, len(BEGUN))
        time.sleep(moments.uniform(0, takes))
        killed += kill(pid)
        os.close(pipe)
        applied = len(applied_steps(path))
        state = {(first, str(before)): "old", (whole, str(after)): "new"}.get((applied, str(schema(path))))
        if state is None:
            wrong.append(f"{applied} of {whole} steps")
        else:
            outcomes[state] += 1
        wrong += complaints(path) + _not_whole(path, 60)
    return {"killed": killed, "wrong": wrong, **outcomes}


def at_once(folder: Path, count: int) -> dict[str, Any]:
    """Three processes open an old corpus at the same moment, again and again; how many could, and what it became."""
    old, path, new = folder / "old.db", folder / "corpus.db", folder / "new.db"
    old_corpus(old, "m007_neighbours", 20)
    Corpus(new).close()
    opened, wrong = 0, list[str]()
    for _ in range(count):
        _remove(path)
        shutil.copy(old, path)
        wait, go = os.pipe()

        def migrate(_: int, wait: int = wait, go: int = go) -> None:
            os.close(go)
            os.read(wait, 1)  # all begin when the last end of this pipe is closed
            Corpus(path).close()

        children = [forked(migrate) for _ in range(3)]
        os.close(wait)
        os.close(go)
        opened += sum(os.waitpid(pid, 0)[1] == 0 for pid, _ in children)
        for _, pipe in children:
            os.close(pipe)
        if schema(path) != schema(new) or len(applied_steps(path)) != len(steps()):
            wrong.append("half a schema")
        wrong += complaints(path) + _not_whole(path, 20)
    return {"opened": opened, "wrong": wrong}


def _not_whole(path: Path, documents: int) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        there = db.execute("select count(*) from documents where title = 'Perché'").fetchone()[0]
    return [] if there == documents else [f"{there} documents of {documents}"]


def _remove(path: Path) -> None:
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


def services(folder: Path, count: int) -> dict[str, Any]:
    """Starts two services of one corpus at once, again and again; how many stayed, and what the others said."""
    import apscheduler.schedulers.asyncio

    import crawler.service

    assert apscheduler.schedulers.asyncio
    assert crawler.service
    from crawler.cli import main

    (folder / "sources.toml").write_text('[prova]\nhome = "http://127.0.0.1:9/"\n')
    hour = time.gmtime().tm_hour  # Rome is one or two hours further
    words = ["--only-sources", str(folder / "sources.toml"), "--quiet-hours", f"{hour}-{(hour + 5) % 24}"]
    stayed, said = list[int](), set[str]()

    def serve(pipe: int) -> None:
        os.dup2(pipe, 2)
        sys.stderr = os.fdopen(2, "w")
        sys.argv = ["civicpress", "schedule", "--db", str(folder / "corpus.db"), *words]
        try:
            main()
        except SystemExit as error:
            sys.stderr.flush()
            os._exit(int(error.code or 0))

    for _ in range(count):
        children = dict(forked(serve) for _ in range(2))
        loser, status = _first_to_end()
        if not loser:
            stayed.append(sum(kill(pid) for pid in children))
            continue
        said |= {f"{os.waitstatus_to_exitcode(status)}: {line.decode()}" for line in told(children.pop(loser))}
        [(winner, pipe)] = children.items()
        with os.fdopen(pipe, "rb") as lines:
            first = lines.readline()  # it has begun
            stayed.append(int(b"1 sources" in first and kill(winner)))
    return {"stayed": stayed, "said": sorted(said)}


def _first_to_end(seconds: float = 30) -> tuple[int, int]:
    """The child that ended first, and its status; 0 where none did within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            return pid, status
        time.sleep(0.02)
    return 0, 0


if __name__ == "__main__":
    works = {work.__name__: work for work in (writers, together, migrations, at_once, services)}
    print(json.dumps(works[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))))
