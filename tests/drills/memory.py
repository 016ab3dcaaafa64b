"""How much memory a program and all its processes take."""

import contextlib
import threading
from pathlib import Path
from typing import Self

from tests.program import Running


def in_use(running: Running) -> int:
    """Bytes of all processes of a program, what they share counted once (PSS)."""
    total = 0
    for pid in running.processes():
        with contextlib.suppress(OSError):  # it ended meanwhile
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def most_of_the_first(running: Running) -> int:
    """The most that the program's first process ever had, in bytes; 0 once it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{running.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


class Watch:
    """Looks at a program's memory again and again while it is entered; `peak` is the most that was seen, in bytes.

    What comes and goes between two looks is seen by the kernel's own mark of the first process.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max(self.peak, in_use(self.running), most_of_the_first(self.running))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()
