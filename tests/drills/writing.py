"""Processes that write and read one corpus, killed at random moments (from a seed) or at the same time as others."""

import contextlib
import os
import random
import time
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from storage.corpus import Corpus
from tests.corpora import SOURCES, day, page
from tests.drills.children import complaints, forked, kill, main, told
from tests.site import prose

moments = random.Random(11)


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


def readers(folder: Path, seconds: int) -> dict[str, Any]:
    """Five readers for some seconds, one of which stays long in the middle of its answer; what went wrong."""
    from storage import reading
    from storage.database import reader

    path, until = folder / "corpus.db", time.monotonic() + seconds

    def read(number: int, pipe: int) -> None:
        while time.monotonic() < until:
            try:
                with reader(path) as db:
                    before = reading.count(db)
                    rows = reading.documents(db)
                    for row in rows:
                        assert row["body"]
                        if number == 0:
                            time.sleep(0.02)
                    assert reading.count(db) >= before
                    reading.search(db, "comune", 10)
                os.write(pipe, b"ok\n")
            except Exception as error:
                os.write(pipe, f"{type(error).__name__}: {error}\n".encode())
            time.sleep(0.02)

    children = [forked(lambda pipe, number=number: read(number, pipe)) for number in range(5)]  # type: ignore[misc]
    lines = [line.decode() for _, pipe in children for line in told(pipe)]
    statuses = {os.waitpid(pid, 0)[1] for pid, _ in children}
    errors = [line for line in lines if line != "ok"] + [f"status {status}" for status in statuses if status]
    return {"reads": lines.count("ok"), "errors": errors}


if __name__ == "__main__":
    main(writers, together, readers)
