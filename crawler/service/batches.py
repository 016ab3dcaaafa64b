"""Runs batches of sources in child processes, within limits: whatever a site does to its crawl, it costs one batch."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from crawler.settings import BATCH_BYTES, BATCH_LOOKS, BATCH_SECONDS, GRACE_SECONDS, SILENT_SECONDS
from spiders.source import Source

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class How(StrEnum):
    """How a batch ended."""

    DONE = "done"
    STOPPED = "stopped"  # it was told to; what is left is due as before
    OVERDUE = "overdue"  # its time was up, and it stopped
    DIED = "died"  # it crashed, hung, or took too much memory
    UNUSABLE = "unusable"  # the corpus, or the installation, which no source can help


@dataclass(frozen=True, slots=True)
class Limits:
    """What a batch may take: seconds in all, bytes of memory of all its processes, seconds to stop, seconds of silence."""

    seconds: float = BATCH_SECONDS
    memory: int = BATCH_BYTES
    grace: float = GRACE_SECONDS
    silence: float = SILENT_SECONDS


@dataclass(frozen=True, slots=True)
class Ended:
    """How a batch ended, and why in some words; `pid` is the process that it was; `totals` are a report's counts."""

    how: How
    why: str = ""
    pid: int | None = None
    seconds: float = 0.0
    totals: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)


class Batches:
    """The child processes of the service."""

    def __init__(self, corpus: Path, limits: Limits = Limits()) -> None:
        self.corpus, self.limits = corpus, limits
        self.errors: int | None = None  # a file for what the processes say on standard error; None: ours
        self._children: set[_Child] = set()
        self._over = False

    async def run(self, sources: Sequence[Source]) -> Ended:
        """Crawls sources in a process of its own; returns when that and all its processes have ended. Never raises."""
        if self._over:
            return Ended(How.STOPPED, "it was told to stop")
        begun = asyncio.get_running_loop().time()
        command = (
            sys.executable,
            "-P",
            "-m",
            "crawler.service.batch",
        )  # -P: not whatever is named crawler in the folder
        try:
            # A session of its own: Ctrl-C in a terminal is for the service, which tells its batches in its own way.
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=self.errors, start_new_session=True
            )
        except OSError as error:
            return Ended(How.UNUSABLE, f"no process can be started ({error.strerror})")
        child = _Child(process, self.limits)
        self._children.add(child)
        if self._over:  # since a moment ago: then nobody has told this one
            child.stop(How.STOPPED, "it was told to stop")
        try:
            how, why = await child.run(_order(self.corpus, sources))
        finally:
            self._children.discard(child)
        seconds = asyncio.get_running_loop().time() - begun
        answer = child.answer
        return Ended(how, why, process.pid, seconds, answer.get("totals", {}), answer.get("statuses", {}))

    def stop(self, *, for_good: bool = False) -> None:
        """Tells all batches to finish what is in flight; those that take longer than the grace are killed.

        `for_good`: those that are only starting too, and no other one is begun.
        """
        self._over |= for_good
        for child in self._children:
            child.stop(How.STOPPED, "it was told to stop")

    def kill(self) -> None:
        """Ends all batches at once."""
        for child in self._children:
            child.kill()

    def memory(self) -> int:
        """The bytes that all processes of all batches take."""
        return sum(memory_of(child.process.pid) for child in self._children)


class _Child:
    def __init__(self, process: Process, limits: Limits) -> None:
        self.process, self.limits = process, limits
        self.answer: dict[str, Any] = {}
        self._loop = asyncio.get_running_loop()
        self._begun = self._heard = self._loop.time()
        self._told: tuple[How, str] | None = None  # to stop
        self._until = 0.0  # then it is killed

    async def run(self, order: bytes) -> tuple[How, str]:
        """Gives the order and looks after the process until it has ended."""
        assert self.process.stdin
        listening = asyncio.create_task(self._listen())
        waiting = asyncio.create_task(self.process.wait())
        try:
            with contextlib.suppress(OSError):  # it died at once
                self.process.stdin.write(order)
                await self.process.stdin.drain()
            while not waiting.done():
                await asyncio.wait((waiting,), timeout=BATCH_LOOKS)
                if not waiting.done():
                    await self._look()
        finally:
            self.kill()  # whoever of its processes is left
            with contextlib.suppress(TimeoutError):  # a process that left the session may keep the pipe open
                await asyncio.wait_for(listening, 2)
            self.process.stdin.close()
        return self._verdict(await waiting)

    async def _look(self) -> None:
        now = self._loop.time()
        if self._told and now >= self._until:
            self.kill()
        elif now - self._heard > self.limits.silence:
            self._told = How.DIED, f"it gave no sign of life for {self.limits.silence:.0f} s and was killed"
            self.kill()
        elif not self._told and now - self._begun > self.limits.seconds:
            self.stop(How.OVERDUE, f"its time of {self.limits.seconds / 60:.0f} min was up")
        # Some milliseconds a process, for the kernel walks its pages: not in the event loop.
        elif (taken := await asyncio.to_thread(memory_of, self.process.pid)) > self.limits.memory:
            self._told = How.DIED, f"it took {taken >> 20:,} MB of memory and was killed"
            self.kill()

    def stop(self, how: How, why: str) -> None:
        """Tells it to finish what is in flight."""
        if self._told is None:
            self._told, self._until = (how, why), self._loop.time() + self.limits.grace
            # Only the first process: its workers are to finish the pages that they have in hand.
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends all its processes at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    async def _listen(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self._heard = self._loop.time()
            if line.startswith(b"{"):
                with contextlib.suppress(ValueError):
                    self.answer = json.loads(line)

    def _verdict(self, status: int) -> tuple[How, str]:
        if status == 0 and "totals" in self.answer:
            if self._told and self.answer["stopped"]:
                return self._told
            return (How.STOPPED, "somebody stopped it") if self.answer["stopped"] else (How.DONE, "")
        if status == 2 and "error" in self.answer:
            return How.UNUSABLE, self.answer["error"]
        if self._told:
            how, why = self._told
            return how, why if how is How.DIED else f"{why}, and it was killed after {self.limits.grace:.0f} s"
        return How.DIED, f"it was ended by {_signal(-status)}" if status < 0 else f"it crashed (status {status})"


def memory_of(session: int) -> int:
    """The bytes that the processes of a session take, what they share counted once (0 where there is no /proc)."""
    taken = 0
    for pid in _processes(session):
        with contextlib.suppress(OSError):  # it ended just now
            match = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
            taken += int(match[1]) * 1024 if match else 0
    return taken


def _processes(session: int) -> Iterator[int]:
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH208, PTH112 - ten times as fast
        if name.isdecimal():
            with contextlib.suppress(OSError, ProcessLookupError):
                if os.getsid(int(name)) == session:
                    yield int(name)


def _order(corpus: Path, sources: Sequence[Source]) -> bytes:
    # The sources as the service has them, not the catalogue's files: those may be wrong by now, and take seconds to read.
    rows = [source.model_dump(mode="json", exclude={"every"}, exclude_none=True) for source in sources]
    return json.dumps({"corpus": str(corpus.absolute()), "sources": rows}).encode() + b"\n"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
