"""The program itself, run as users run it: in a process of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils.utils import sqlite3

from storage.database import reader


@dataclass
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def source(self, id: str = "prova") -> dict[str, Any]:
        """A source's line in a crawl's report."""
        return next(line for line in self.json["sources"] if line["source"] == id)


class Program:
    """`civicpress`, run in a process of its own, in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db = folder / "corpus.db"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CIVICPRESS_")},
            "CIVICPRESS_DB": str(self.db), "CIVICPRESS_ALLOW_NETWORKS": "127.0.0.0/8", "HOME": str(folder),
            "COLUMNS": "80", "PYTHONWARNINGS": "error::ResourceWarning",
        }  # fmt: skip
        self.set: dict[str, float] = {}  # names of crawler.settings that have another value in this program
        self.first = ""  # Python that this program runs before anything else

    def command(self, *words: str) -> list[str]:
        """The command line."""
        settings = "".join(f"crawler.settings.{name} = {value!r}; " for name, value in self.set.items())
        run = f"import crawler.settings; {settings}" if settings else ""
        return [sys.executable, "-c", f"{self.first}\n{run}from crawler.cli import main; main()", *words]

    def __call__(self, *words: str | Path, timeout: float = 120, **environment: str) -> Ended:
        done = subprocess.run(
            self.command(*map(str, words)), env={**self.environment, **environment}, capture_output=True, text=True,
            timeout=timeout, cwd=self.folder, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str | Path) -> "Running":
        """The program in the background, in a process group of its own."""
        return Running(self.command(*map(str, words)), self.environment, self.folder)

    def sources(self, **tables: dict[str, Any]) -> Path:
        """A sources file; each keyword is a source with its keys. `delay` is 0 where it is not given."""
        lines: list[str] = []
        for id, keys in tables.items():
            lines.append(f"[{id.replace('_', '-')}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in {"delay": 0, **keys}.items()]
        path = self.folder / "sources.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def crawl(self, *words: str | Path, timeout: float = 120, **tables: dict[str, Any]) -> Ended:
        """Crawls the sources that are given as keywords, or those of the last call; `--json`."""
        path = self.sources(**tables) if tables else self.folder / "sources.toml"
        return self("crawl", *words, "--only-sources", path, "--json", timeout=timeout)

    def change(self, sql: str, *values: Any) -> None:
        """Changes the corpus file behind the program's back."""
        with contextlib.closing(sqlite3.connect(self.db)) as connection, connection:
            connection.execute(sql, values)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What the corpus answers to a query."""
        with reader(self.db) as db:
            return list(db.query(sql, list(values)))


class Running:
    """The program in the background, the first of a session and a process group of its own."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            text=True, cwd=folder, start_new_session=True,
        )  # fmt: skip
        self.pid = self.process.pid

    def tell(self, number: signal.Signals, *, group: bool = False) -> None:
        """Sends a signal to the program, or to all its processes."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)

    def ended(self, timeout: float = 30) -> Ended:
        """Waits for the end of the program itself."""
        out, err = self.process.communicate(timeout=timeout)
        return Ended(self.process.returncode, out, err)

    def processes(self) -> list[int]:
        """The living processes of the program's session, its workers too."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.pid and state != "Z":
                    found.append(int(stat.parent.name))
        return found

    def leaves_nobody(self) -> bool:
        """Whether all its processes are gone within some seconds."""
        return wait_until(lambda: not self.processes())

    def close(self) -> None:
        """Kills what is left of it."""
        for pid in {self.pid, *self.processes()}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate()


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether something comes to hold within some seconds."""
    until = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.02)
    return held
