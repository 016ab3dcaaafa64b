"""Feeds the readers of what strangers serve with damaged pages, and says what breaks them.

A finding is an exception that a reader does not promise, an input that takes it seconds or hundreds of megabytes, and a
result that a document cannot carry: a title of two lines, half a character, an address that is none. Each is written
to a folder, once for each place in the program. The seeds are real pages (see `benchmarks.site.shared`) and the
recorded cases of the tests; with atheris installed, `--guided` lets it choose by what code an input reaches.
"""

import argparse
import contextlib
import faulthandler
import hashlib
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.mutations import LARGEST, mutated
from benchmarks.site import shared

SECONDS = 3.0  # of processor time for one input of at most 400 kB
MEMORY = 768 << 20  # of address space beyond what a ready reader has
ROOT = Path(__file__).resolve().parents[1]

# With --guided, what atheris counts are the lines of what is loaded here.
with contextlib.ExitStack() as stack:
    if "--guided" in sys.argv:
        import atheris

        stack.enter_context(atheris.instrument_imports(include=["crawler", "spiders", "storage", "feedparser"]))
    from benchmarks.fuzz_readers import READERS, Broken, seeds_of


class Slow(BaseException):
    """An input takes too long; the traceback says where. No Exception: nothing on the way is to catch it."""


class Findings:
    """What was found, each place in the program once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.known: set[str] = set()
        self.inputs = 0
        self.slowest = 0.0
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        self.limit = used + MEMORY

    def run(self, name: str, read: Callable[[bytes, random.Random], None], data: bytes, seed: int) -> None:
        """Gives an input to a reader, and keeps it where that breaks it."""
        self.inputs += 1
        begun = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS * 2)
        faulthandler.dump_traceback_later(60, exit=True)  # C code that does not come back
        broken = None
        try:
            resource.setrlimit(resource.RLIMIT_AS, (self.limit, resource.RLIM_INFINITY))
            read(data, random.Random(seed))
        except (Exception, Slow) as error:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            broken = f"{type(error).__name__}: {error}"[:300], _place(error)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.cancel_dump_traceback_later()
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        seconds = time.process_time() - begun
        if broken:
            self._keep(name, data, *broken)
        self.slowest = max(self.slowest, seconds)
        if seconds > SECONDS:
            self._keep(name, data, f"{seconds:.1f} s for {len(data)} bytes", "slow")

    def _keep(self, name: str, data: bytes, what: str, place: str) -> None:
        key = f"{name} {place}"
        if key in self.known:
            return
        self.known.add(key)
        path = self.folder / f"{name}-{hashlib.sha256(key.encode() + data).hexdigest()[:12]}"
        path.write_bytes(data)
        print(f"{path}: {what} ({place})", flush=True)


def _place(error: BaseException) -> str:
    """Where in the program an exception was raised, or where a result was found to be wrong."""
    if isinstance(error, Broken):
        return str(error).partition(":")[0]
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(str(ROOT)) and "benchmarks" not in frame.filename]
    frame = (own or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno} {frame.name} <- {frames[-1].name}"


def _too_slow(*_: Any) -> None:
    raise Slow(f"more than {SECONDS * 2:g} s")


def by_chance(findings: Findings, names: Sequence[str], seed: int, minutes: float) -> None:
    """Readers by turns, until the processor time is used up."""
    seeds = {name: seeds_of(name) for name in names}
    end = time.process_time() + minutes * 60
    number = seed * 1_000_000_000
    while time.process_time() < end:
        for name in names:
            number += 1
            pick = random.Random(number)
            findings.run(name, READERS[name], mutated(pick, seeds[name]), number)


def guided(findings: Findings, name: str, seed: int, minutes: float) -> None:
    """One reader, with inputs that atheris chooses by the code that they reach. Never returns."""
    seeds = seeds_of(name)

    def mutate(data: bytes, most: int, number: int) -> bytes:
        pick = random.Random(number)
        return mutated(pick, [data] if data and pick.random() < 0.6 else seeds)[:most]

    end = time.process_time() + minutes * 60

    def one(data: bytes) -> None:
        if time.process_time() > end:
            report(findings)
            sys.stdout.flush()
            os._exit(bool(findings.known))  # anything else counts as a crash of its own
        findings.run(name, READERS[name], data, int.from_bytes(hashlib.sha256(data).digest()[:6]))

    options = [
        sys.argv[0],
        f"-max_len={LARGEST}",
        f"-seed={seed + 1}",
        "-timeout=300",
        "-rss_limit_mb=0",
        "-verbosity=0",
    ]
    atheris.Setup([*options, "-handle_int=0", "-print_final_stats=0"], one, custom_mutator=mutate)
    atheris.Fuzz()


def report(findings: Findings) -> None:
    """The last line."""
    print(f"{findings.inputs} inputs, {len(findings.known)} findings, slowest {findings.slowest:.2f} s")


def main() -> None:
    """Exit status 1 where anything was found, 2 where there are no pages to begin with."""
    parser = argparse.ArgumentParser(description="Fuzzes the readers of feeds, sitemaps, lists, interfaces and pages.")
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of {', '.join(READERS)}; default: all by turns")
    parser.add_argument("--minutes", type=float, default=1.0, help="of processor time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true", help="by coverage, with atheris; takes one reader")
    parser.add_argument("--into", type=Path, default=Path("fuzz-findings"), help="the folder for what breaks a reader")
    options = parser.parse_args()
    names = options.readers or list(READERS)
    if unknown := set(names) - set(READERS):
        parser.error(f"no such reader: {', '.join(sorted(unknown))}")
    if options.guided and len(names) != 1:
        parser.error("--guided takes one reader")
    shared()
    signal.signal(signal.SIGPROF, _too_slow)
    for name in names:
        READERS[name](seeds_of(name)[0], random.Random(0))  # loads what it needs
    findings = Findings(options.into)
    if options.guided:
        guided(findings, names[0], options.seed, options.minutes)
    by_chance(findings, names, options.seed, options.minutes)
    report(findings)
    raise SystemExit(bool(findings.known))


if __name__ == "__main__":
    main()
