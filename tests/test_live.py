"""What the service shows on a terminal."""

import asyncio
import contextlib
import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from crawler.service.batches import Ended, How
from crawler.service.live import Screen
from crawler.service.pace import QuietHours
from crawler.service.schedule import Batch, Schedule
from storage import pacing
from storage.corpus import Corpus
from tests.program import Program, wait_until
from tests.site import Site
from tests.test_schedule import NOON, World, catalogue, source

TICK = {"TICK_SECONDS": 0.5, "BATCH_LOOKS": 0.1}


def drawn(screen: Screen, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(screen.picture())
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    return [line.rstrip() for line in lines]


def world_of(tmp_path: Path) -> tuple[World, Schedule]:
    Corpus(tmp_path / "corpus.db").close()
    world = World(tmp_path / "corpus.db")
    sources = [source(f"comune-di-san-lorenzo-in-campo-{number}", "1h") for number in range(8)]
    return world, world.schedule(catalogue(*sources, source("rotta", "6h")))


def test_the_picture_says_what_is_done_what_is_next_and_how_it_went(tmp_path: Path) -> None:
    world, schedule = world_of(tmp_path)
    screen = Screen(schedule)
    world.status["rotta"] = "failed"

    async def scene() -> None:
        await schedule.tick()
        await schedule.settled()
        schedule.look()
        totals = {"requests": 31, "new": 4, "revised": 1}
        screen.ended(list(schedule.sources.values()), Ended(How.DONE, "", 1, 12.3, totals, {"ok": 8, "failed": 1}))
        screen.ended([schedule.sources["rotta"]], Ended(How.DIED, "it was ended by SIGKILL", 1, 3.0))
        at_work = list(schedule.sources.values())[:3]
        task = asyncio.create_task(asyncio.sleep(0))
        schedule.running[task] = Batch(at_work, world.now, {each.id for each in at_work[1:]})
        world.now += timedelta(seconds=75)

    asyncio.run(scene())
    lines = drawn(screen)
    text = "\n".join(lines)
    assert lines[0].startswith("civicpress · 9 sources · 0 due")
    assert lines[0].endswith("12:01:15"), "in Rome"
    assert "failing   1: rotta" in lines
    assert any(line.startswith("at work   1 of 3 sources done, 75 s: comune-di-san-lorenzo-in-c") for line in lines)
    first = next(line for line in lines if line.startswith("next"))
    assert re.match(r"next      in 5\d min +comune-di-san-lorenzo-in-campo-\d$", first), first
    assert "campo-1" not in text.partition("next")[2].partition("last")[0], "who is at work is not next"
    assert re.search(r"^12:00:00 +31 +4 +1 +1 +12  comune-di", text, re.M)
    assert re.search(r"^12:00:00 +· +· +· +· +3  died: it was ended by", text, re.M)
    drawn(screen, 40)


def test_the_picture_says_what_is_wrong(tmp_path: Path) -> None:
    _, schedule = world_of(tmp_path)
    screen = Screen(schedule, QuietHours.of("10-15"))
    schedule.trouble = "database or disk is full"
    screen.catalogue = 'sources.toml: [x] has no key "hom"\x1b[2J'
    schedule.paused = {"www.occupato.it": pacing.Pause((NOON + timedelta(hours=30)).isoformat(), "Retry-After")}
    screen.note("old records could not be dropped: \x1b[31m")
    lines = drawn(screen)
    assert "quiet hours: no site is asked" in lines[0]
    assert "waiting: database or disk is full" in lines
    assert any(
        line.startswith("the catalogue is wrong, the earlier one stays in force: sources.toml: [x]") for line in lines
    )
    assert "paused    www.occupato.it until 12 Mar 18:00" in lines
    assert "12:00:00  old records could not be dropped:  [31m" in lines
    assert "\x1b" not in "".join(lines), "a terminal obeys nothing that comes from outside"


def test_on_a_terminal_the_service_draws_and_gives_the_terminal_back(site: Site, civicpress: Program) -> None:
    listing = site.listing("/novita", site.releases(range(3)))
    path = civicpress.sources(prova={"home": site.url, "listings": [listing], "every": "1h"})
    civicpress.set = dict(TICK)
    with contextlib.closing(_Terminal(civicpress, "schedule", "--only-sources", path)) as shown:
        ended = re.compile(r"\d\d:\d\d:\d\d +\d +3 +0 +· +\d+  prova")
        assert wait_until(lambda: bool(ended.search(shown.text)), 60), shown.text
        assert wait_until(lambda: bool(re.search(r"next +in \d\d min +prova", shown.text)), 60), shown.text
        assert "batch of" not in shown.text, "its line is in the table"
        os.kill(shown.process.pid, signal.SIGINT)
        assert wait_until(lambda: shown.process.poll() is not None, 40)
        assert shown.process.returncode == 0
        assert wait_until(lambda: "stopped" in shown.text)
        assert shown.raw.rindex(b"\x1b[?25h") > shown.raw.rindex(b"\x1b[?25l"), "the cursor is back"


class _Terminal:
    """A program on a terminal of 80 columns."""

    def __init__(self, civicpress: Program, *words: Any) -> None:
        self.raw = b""
        self.end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
        environment = {**civicpress.environment, "TERM": "xterm"}
        self.process = subprocess.Popen(
            civicpress.command(*map(str, words)), env=environment, stdin=other, stdout=other, stderr=other,
            cwd=civicpress.folder, start_new_session=True,
        )  # fmt: skip
        os.close(other)
        os.set_blocking(self.end, False)

    @property
    def text(self) -> str:
        """All that was drawn so far, without colours and movements."""
        try:
            while part := os.read(self.end, 1 << 16):
                self.raw += part
        except OSError:  # nothing more now, or the program has ended
            pass
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw.decode(errors="replace"))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.end)
