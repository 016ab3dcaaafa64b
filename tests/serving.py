"""The service as tests run it: a process of its own, with its log, its health and its batches."""

import contextlib
import json
import os
import signal
import socket
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.program import Program, Running, wait_until
from tests.site import Site

FAST = {"TICK_SECONDS": 0.3, "BATCH_LOOKS": 0.1, "FIRST_WAIT": 0.5}


class Service:
    """A running service; `log` is what it has written so far."""

    def __init__(self, civicpress: Program, *words: str) -> None:
        self.civicpress, self.port = civicpress, free_port()
        self.lines: list[str] = []
        listen = ("--listen", f"127.0.0.1:{self.port}")
        self.running: Running = civicpress.start(
            "schedule", "--only-sources", civicpress.folder / "sources.toml", *listen, *words
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.running.process.stderr
        for line in self.running.process.stderr:
            self.lines.append(line)

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def ask(self, path: str) -> tuple[int, str]:
        """The status and the text at a path of the service's own server; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, "{}"

    def health(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.ask("/healthz")[1])
        return told

    def children(self) -> list[int]:
        """The first processes of its batches."""
        path = Path(f"/proc/{self.running.pid}/task")
        with contextlib.suppress(OSError):
            return [int(pid) for task in path.iterdir() for pid in (task / "children").read_text().split()]
        return []

    def ended(self, timeout: float = 40) -> int:
        status = self.running.process.wait(timeout)
        self._reading.join(5)
        return status

    def stop(self) -> int:
        assert wait_until(lambda: "; corpus:" in self.log), "it hears signals from then on"
        self.running.tell(signal.SIGTERM)
        return self.ended()

    def close(self) -> None:
        for pid in self.children():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            self.running.process.kill()
        self.running.process.wait()
        self._reading.join(5)
        for pipe in (self.running.process.stdout, self.running.process.stderr):
            assert pipe
            pipe.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lists(site: Site, number: int = 3, **more: Any) -> dict[str, Any]:
    return {"home": site.url, "listings": [site.listing("/novita", site.releases(range(number)))], **more}


def stored(civicpress: Program) -> int:
    with contextlib.suppress(Exception):  # not made yet
        return int(civicpress.rows("select count(*) as number from documents")[0]["number"])
    return 0


def done_with(civicpress: Program, after: int = 0) -> dict[str, str]:
    """The sources that runs (after run `after`) were done with, and the last status of each."""
    with contextlib.suppress(Exception):
        sql = "select source, status from run_sources where finished is not null and run > ? order by run"
        rows = civicpress.rows(sql, after)
        return {row["source"]: row["status"] for row in rows}
    return {}


def gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
