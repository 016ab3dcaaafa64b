"""The real service as a process that a benchmark starts, watches, kills and stops. Linux only: it reads /proc."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

from benchmarks.memory import process_tree, proportional, resident
from benchmarks.site import give_up

START = 60.0  # seconds in which a service has to answer


@dataclass(frozen=True, slots=True)
class Sample:
    """The service at a moment: seconds since the beginning; bytes of the service alone (resident) and of it with all
    its batches (PSS); open files and threads of the service; processes below it."""

    at: float
    service: int
    tree: int
    files: int
    threads: int
    children: int


class Served:
    """`civicpress schedule` on a corpus in `folder`. All its processes carry the corpus's name in their environment."""

    def __init__(self, civicpress: Path, folder: Path, sources: Path) -> None:
        self.db, self.folder = folder / "corpus.db", folder
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.command = [
            str(civicpress), "schedule", "--only-sources", str(sources), "--listen", f"127.0.0.1:{self.port}"
        ]  # fmt: skip
        self.environment = {
            **os.environ, "CIVICPRESS_ALLOW_NETWORKS": "127.0.0.0/8", "CIVICPRESS_DB": str(self.db),
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def log(self) -> str:
        """What it wrote, over all starts."""
        return (self.folder / "service").read_text()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with (self.folder / "service").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.starts += 1
        until = time.monotonic() + START
        while not self.health():
            if self.process.poll() is not None or time.monotonic() > until:
                give_up(f"start {self.starts} of the service failed: {self.log[-1000:]}")
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process
        return self.process.pid

    def health(self) -> dict[str, Any]:
        """What it says of itself; empty where nobody answers."""
        with contextlib.suppress(OSError, ValueError):
            for path in ("metrics", "healthz"):
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=10) as answer:
                    text = answer.read()
            told: dict[str, Any] = json.loads(text)
            return told
        return {}

    def sample(self, at: float) -> Sample:
        """How it stands now."""
        tree = process_tree(self.pid)
        return Sample(
            at, resident([self.pid]), proportional(tree), len(os.listdir(f"/proc/{self.pid}/fd")),  # noqa: PTH208
            len(os.listdir(f"/proc/{self.pid}/task")), len(tree) - 1,  # noqa: PTH208
        )  # fmt: skip

    def batches(self) -> list[int]:
        """The first processes of the batches at work."""
        return [pid for pid in process_tree(self.pid)[1:] if _parent(pid) == self.pid]

    def stop(self) -> float:
        """Tells it to end with SIGTERM; the seconds that it took."""
        begun = time.monotonic()
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(120)
        except subprocess.TimeoutExpired:
            give_up("the service did not end within two minutes of SIGTERM")
        if status:
            give_up(f"the service ended with status {status}: {self.log[-1000:]}")
        return time.monotonic() - begun

    def end(self) -> None:
        """Ends it at once, if it is still there."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def left_over(self, seconds: float) -> list[int]:
        """Processes of the service that are there after some seconds although it is not. They are ended here."""
        until = time.monotonic() + seconds
        while (left := self._processes()) and time.monotonic() < until:
            time.sleep(0.2)
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        return left

    def _processes(self) -> list[int]:
        """All living processes with our corpus in their environment, whoever their parents are."""
        mark, found = f"CIVICPRESS_DB={self.db}".encode(), []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found

    def keep(self, path: Path) -> None:
        """Copies the corpus."""
        with closing(sqlite3.connect(self.db)) as here, closing(sqlite3.connect(path)) as there:
            here.backup(there)

    def age(self, hours: float) -> None:
        """Lets time go by for what the corpus remembers: when pages are looked at again, and robots.txt asked."""
        by = f"-{round(hours * 3600)} seconds"
        moved = "strftime('%Y-%m-%dT%H:%M:%S+00:00', {0}, ?)"
        with closing(sqlite3.connect(self.db, timeout=60)) as connection, connection:
            connection.execute(
                f"update looks set next = {moved.format('next')}, gone = {moved.format('gone')}", [by, by]
            )
            connection.execute(f"update robots set fetched = {moved.format('fetched')}", [by])


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
