"""Processes that bring an old corpus up to date, or claim it for their service: killed, or at the same time as others."""

import contextlib
import os
import random
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from storage.corpus import Corpus
from storage.database import applied_steps
from tests.corpora import old_corpus, schema, steps
from tests.drills.children import complaints, forked, kill, main, told

BEGUN = b"begun\n"
moments = random.Random(12)


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
    while killed < count and sum(outcomes.values()) < 3 * count:
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

    import crawler.service.running

    assert apscheduler.schedulers.asyncio
    assert crawler.service.running
    from crawler.cli import main as civicpress

    (folder / "sources.toml").write_text('[prova]\nhome = "http://127.0.0.1:9/"\n')
    hour = time.gmtime().tm_hour  # Rome is one or two hours further
    words = ["--only-sources", str(folder / "sources.toml"), "--quiet-hours", f"{hour}-{(hour + 5) % 24}"]
    stayed, said = list[int](), set[str]()

    def serve(pipe: int) -> None:
        os.dup2(pipe, 2)
        sys.stderr = os.fdopen(2, "w")
        sys.argv = ["civicpress", "schedule", "--db", str(folder / "corpus.db"), *words]
        try:
            civicpress()
        except SystemExit as error:
            sys.stderr.flush()
            os._exit(int(error.code or 0))

    for _ in range(count):
        children = dict(forked(serve) for _ in range(2))
        loser, status = _first_to_end(children)
        if not loser:
            stayed.append(sum(kill(pid) for pid in children))
            break
        said |= {f"{os.waitstatus_to_exitcode(status)}: {line.decode()}" for line in told(children.pop(loser))}
        [(winner, pipe)] = children.items()
        with os.fdopen(pipe, "rb") as lines:
            first = lines.readline()  # it has begun
            stayed.append(int(b"1 sources" in first and kill(winner)))
    return {"stayed": stayed, "said": sorted(said)}


def _first_to_end(children: Iterable[int], seconds: float = 30) -> tuple[int, int]:
    """The one of some children that ended first, and its status; 0 where none did within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for child in children:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return pid, status
        time.sleep(0.02)
    return 0, 0


if __name__ == "__main__":
    main(migrations, at_once, services)
