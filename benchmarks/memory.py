"""A program run to its end, with what it and all its child processes cost. Linux only: it reads /proc."""

import itertools
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

EVERY = 0.2  # seconds between two looks at memory
LIMIT = 1800.0  # seconds; a run that takes longer hangs
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run cost. `cpu` is seconds of all processes, up to `EVERY` short for each. `rss` counts memory that processes share once for each of them, `pss` once; MB (10⁶ bytes)."""

    status: int
    seconds: float
    cpu: float
    rss: float
    pss: float
    output: str


def civicpress_beside_python() -> Path:
    """The `civicpress` of the environment that runs the benchmark."""
    return Path(sys.executable).with_name("civicpress")


def crawl_command(civicpress: Path, sources: Path, db: Path) -> list[str]:
    """An ingest run over the site's sources."""
    return [str(civicpress), "crawl", "--only-sources", str(sources), "--db", str(db), "--json"]


def crawl_environment() -> dict[str, str]:
    """The environment of a run against a site on loopback, with the event loop's lag measured."""
    return {**os.environ, "CIVICPRESS_ALLOW_NETWORKS": "127.0.0.0/8", "CIVICPRESS_MEASURE_LAG": "1"}


def measured(command: Sequence[str], folder: Path, env: dict[str, str] | None = None) -> Usage:
    """Runs a command to its end. Its standard error is left in `folder`, for when something went wrong.

    A run longer than `LIMIT` is killed with its child processes; its status is then -9.
    """
    with (folder / "stdout").open("w+") as out, (folder / "stderr").open("w") as errors:
        begun = perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=env)
        watcher = _Watcher(process.pid)
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(LIMIT)
        finally:
            watcher.stop()
            if process.poll() is None:
                _kill_tree(process.pid)
            status = process.wait()
            seconds = perf_counter() - begun
        out.seek(0)
        output = out.read()
    return Usage(status, seconds, sum(watcher.cpu.values()), watcher.rss / 1e6, watcher.pss / 1e6, output)


def process_tree(root: int) -> list[int]:
    """A process and all its descendants, as far as they live."""
    found, look = [], [root]
    while look:
        pid = look.pop()
        found.append(pid)
        with suppress(OSError):  # the process or a thread of it has ended
            for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - ten times as fast, and looked at often
                look.extend(map(int, _read(f"/proc/{pid}/task/{thread}/children").split()))
    return found


def resident(pids: Sequence[int]) -> int:
    """The resident memory of processes in bytes, those that have ended left out."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += int(_read(f"/proc/{pid}/statm").split()[1]) * _PAGE
    return total


def processor_time(pids: Sequence[int]) -> dict[int, float]:
    """The seconds of processor time that living processes have used, in the system and out of it."""
    found = {}
    for pid in pids:
        with suppress(OSError, IndexError):
            fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
            found[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
    return found


def proportional(pids: Sequence[int]) -> int:
    """The same, with what processes share divided among them. Costs the kernel some milliseconds a process."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            match = _PSS.search(_read(f"/proc/{pid}/smaps_rollup"))
            total += int(match[1]) * 1024 if match else 0
    return total


def _read(path: str) -> str:
    with open(path) as file:  # noqa: PTH123 - see above
        return file.read()


def _kill_tree(root: int) -> None:
    for pid in process_tree(root):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


class _Watcher:
    """Looks at a process tree's memory until stopped, and keeps the highest sums."""

    def __init__(self, root: int) -> None:
        self.rss = self.pss = 0
        self.cpu: dict[int, float] = {}  # by process, when it was last seen: a forked worker is nobody's to wait for
        self._root = root
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        for look in itertools.count():
            if self._ended.wait(EVERY):
                return
            pids = process_tree(self._root)
            self.cpu.update(processor_time(pids))
            rss = resident(pids)
            if look % 5 == 0 or rss > self.rss * 1.01:  # the dear figure once a second, and at every peak
                self.pss = max(self.pss, proportional(pids))
            self.rss = max(self.rss, rss)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()
