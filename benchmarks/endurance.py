"""The service for an hour at a compressed pace, or killed over and over: does its memory stay flat, is nothing lost?

Some dozen sites on loopback publish, edit and withdraw; each is due every minute, and for what is looked at again time
goes 360 times as fast (six hours are a minute): the benchmark moves the moments that the corpus remembers. The service
is the program itself, as installed.

--minutes: memory, open files, threads and child processes are sampled every two seconds, the service is asked how it
is, and its catalogue is edited now and then. The first ten minutes (of shorter runs a sixth) do not count. Then the
median of the first fifth of the time, the median of the last fifth and the slope (Theil and Sen) must be within 5 %:
of the service alone, and of the peaks of all its processes together in each tenth of the time (of shorter ones, chance
makes more than that: how many workers of how many batches are there at once).

--kills: SIGKILL at random moments, at the service, one of its batches, one of their workers, or all at once; a killed
service is started again at once. In both modes publication then ends, the service gets the time to catch up, and the
corpus must hold what was published, once, in its last wording, with what is withdrawn marked.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.flatness import by_span, course, plot
from benchmarks.kill import sound
from benchmarks.killing import kill_somebody
from benchmarks.memory import civicpress_beside_python
from benchmarks.newsroom import Newsroom
from benchmarks.reckoning import FAULTS, reckon
from benchmarks.served import Sample, Served
from benchmarks.site import give_up
from crawler.settings import GRACE_SECONDS

EVERY = 2.0  # seconds between two samples
SPEED = 360.0
CATCH_UP = 900.0  # seconds that the service gets at the end
FLAT = 0.05


class Clock:
    """Seconds since the beginning, and the time that goes by for the corpus."""

    def __init__(self, served: Served) -> None:
        self.begun, self._served, self._aged = time.time(), served, 0.0

    @property
    def at(self) -> float:
        """Seconds since the beginning."""
        return time.time() - self.begun

    def age(self, speed: float = SPEED) -> None:
        """Lets the corpus's time go by, at most every ten seconds."""
        if self.at - self._aged >= 10 and self._served.db.exists():
            self._served.age((self.at - self._aged) * speed / 3600)
            self._aged = self.at


def endure(served: Served, clock: Clock, sources: Path, seconds: float) -> list[Sample]:
    """Watches the service for some seconds."""
    samples, edited = [], 0.0
    while clock.at < seconds:
        time.sleep(EVERY)
        clock.age()
        samples.append(served.sample(clock.at))
        if not served.health():
            give_up(f"the service does not answer: {served.log[-1000:]}")
        if clock.at - edited > 180:  # a comment: the files change, the sources do not
            edited = clock.at
            sources.write_text(f"{sources.read_text()}\n# {clock.at:.0f}\n")
    return samples


def catch_up(served: Served, clock: Clock, room: Newsroom) -> dict[str, int]:
    """Lets time go by faster until the corpus is as it should be, or the service had time enough."""
    until, found = time.monotonic() + CATCH_UP, {}
    while time.monotonic() < until:
        time.sleep(EVERY)
        clock.age(8640)
        found = reckon(served.db, room, room.seconds)
        if not any(found.get(fault) for fault in FAULTS):
            break
    return found


def judge_memory(samples: list[Sample], seconds: float) -> tuple[dict[str, Any], bool]:
    """Prints how memory, files and processes went; whether memory was flat."""
    warm = min(600.0, seconds / 6)
    kept = [each for each in samples if warm <= each.at < seconds]
    peaks = by_span([(each.at, float(each.tree)) for each in kept], (seconds - warm) / 10, max, warm)
    lines = {"service alone": [(each.at, float(each.service)) for each in kept], "all, peaks": peaks}
    figures: dict[str, Any] = {}
    flat = True
    print(f"{'MB':16}{'first fifth':>12}{'last fifth':>12}{'slope':>10}{'change':>9}")
    for name, points in lines.items():
        went = course(points)
        figures[name] = {**asdict(went), "change": went.change}
        fault = "" if abs(went.change) <= FLAT else "  NOT FLAT"
        flat &= not fault
        first, last, trend = went.first / 1e6, went.last / 1e6, went.trend / 1e6
        print(f"{name:16}{first:12.1f}{last:12.1f}{trend:+10.2f}{went.change:+9.1%}{fault}")
    for name, points in (
        ("service alone", [(each.at, float(each.service)) for each in samples]),
        ("all, peaks", peaks),
    ):
        print(f"{name:16}{plot([value for _, value in points], 62)}")
    for name in ("files", "threads", "children"):
        begin, end = ([getattr(each, name) for each in part] for part in (kept[:150], kept[-150:]))
        figures[name] = {"first": max(begin), "last": max(end), "most": max(getattr(each, name) for each in kept)}
        print(f"{name:16}{max(begin):12}{max(end):12}   at most {figures[name]['most']}")
        if name == "files" and max(end) > max(begin) + 3:
            flat = False
            print("                open files pile up  FAULT")
    return figures, flat


def judge_corpus(served: Served, found: dict[str, int], orphans: int) -> bool:
    """Prints what the corpus holds; whether all of it is right."""
    for name, count in found.items():
        print(f"{name:28}{count:8}{'  FAULT' if name in FAULTS and count else ''}")
    print(f"{'orphan processes':28}{orphans:8}{'  FAULT' if orphans else ''}")
    answers = sound(served.db)
    for name, answer in answers.items():
        print(f"{name:28}{answer:>8}")
    return not orphans and not any(found.get(fault) for fault in FAULTS) and set(answers.values()) == {"ok"}


def main() -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.endurance", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60, help="how long (default 60)")
    parser.add_argument("--kills", type=int, default=0, help="kill so many times instead")
    parser.add_argument("--sources", type=int, default=60, help="how many (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (default 1)")
    parser.add_argument(
        "--civicpress", type=Path, default=civicpress_beside_python(), help="the program (default: of this Python)"
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the corpus there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and samples there")
    args = parser.parse_args()
    seconds = 60 * args.minutes if not args.kills else 20.0 * args.kills
    with tempfile.TemporaryDirectory(prefix="civicpress-endurance-") as name:
        folder = Path(name)
        sources = folder / "sources.toml"
        served = Served(args.civicpress, folder, sources)
        clock, room = Clock(served), Newsroom(args.sources, seconds, args.seed)
        figures: dict[str, Any] = {"sources": args.sources, "seconds": seconds}
        well = True
        with room.opened(clock.begun, folder / "asked") as port:
            room.write_sources(sources, port)
            try:
                served.start()
                if args.kills:
                    figures["kills"] = _kills(served, clock, args.kills, args.seed, seconds)
                    print(", ".join(f"{count} {what}" for what, count in figures["kills"].items()))
                else:
                    samples = endure(served, clock, sources, seconds)
                    figures["memory"], well = judge_memory(samples, seconds)
                    figures["samples"] = [asdict(each) for each in samples]
                    figures["stopped_in"] = _stop_at_work(served)
                    well &= figures["stopped_in"] <= GRACE_SECONDS + 5
                    print(f"SIGTERM answered in {figures['stopped_in']:.1f} s (grace {GRACE_SECONDS:.0f} s)")
                    served.start()
                figures["corpus"] = catch_up(served, clock, room)
                served.stop()
            finally:
                served.end()
            asked = Counter(line.split()[-1] for line in (folder / "asked").read_text().splitlines())
            figures |= {"requests": dict(asked), "starts": served.starts, "batches": served.log.count(" batch of ")}
        print(f"{sum(asked.values()):,} requests, {figures['batches']} batches, {served.starts} starts of the service")
        figures["orphans"] = len(served.left_over(GRACE_SECONDS + 10))
        well &= judge_corpus(served, figures["corpus"], figures["orphans"])
        # Whoever is killed leaves others who say that they miss him.
        if "Traceback" in served.log and not args.kills:
            print(f"the service's log has a traceback  FAULT\n{served.log[served.log.index('Traceback') :][:2000]}")
            well = False
        if args.keep:
            served.keep(args.keep)
        if args.json:
            args.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if well else 1


def _kills(served: Served, clock: Clock, kills: int, seed: int, seconds: float) -> dict[str, int]:
    chance, done = random.Random(seed), Counter[str]()
    while done.total() < kills:
        clock.age()
        if whom := kill_somebody(served, chance):
            done[whom] += 1
            print(f"{done.total():3}. after {clock.at:5.0f} s: {whom}", file=sys.stderr)
            if served.process and served.process.poll() is not None:
                served.start()  # no lock may be in its way, and no batch of the last one
    while clock.at < seconds:
        time.sleep(1)
        clock.age()
    return dict(done)


def _stop_at_work(served: Served) -> float:
    """Stops the service while batches are at work; the seconds that it took."""
    until = time.monotonic() + 180
    while not served.batches() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1.0)
    return served.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
