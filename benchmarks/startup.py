"""How long `civicpress --help` takes, beside Python's own start in the same run.

python -m benchmarks.startup
"""

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.memory import civicpress_beside_python
from benchmarks.site import give_up

WANTED = 0.3  # seconds


def wall_time(command: Sequence[str]) -> float:
    """The seconds that a command takes. Leaves with status 2 where it fails."""
    begun = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = perf_counter() - begun
    if done.returncode:
        give_up(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    return seconds


def main() -> int:
    """Measures both in turn and prints the medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__.split("\n")[0])
    parser.add_argument("--civicpress", type=Path, default=civicpress_beside_python(), help="the program to measure")
    parser.add_argument("--runs", type=int, default=21, help="how often each is started (default 21)")
    parser.add_argument("--check", action="store_true", help=f"exit 1 if the median is not under {WANTED} s")
    args = parser.parse_args()
    if not args.civicpress.is_file():
        give_up(f"{args.civicpress} is not there; name the program with --civicpress")
    commands = {"civicpress --help": [str(args.civicpress), "--help"], "python -c pass": [sys.executable, "-c", "pass"]}
    for command in commands.values():
        wall_time(command)  # the first start reads the disk and compiles
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(args.runs):
        for name, command in commands.items():
            times[name].append(wall_time(command))
    for name, taken in times.items():
        print(f"{name:20} median {statistics.median(taken):.3f} s   slowest {max(taken):.3f} s")
    return int(args.check and statistics.median(times["civicpress --help"]) >= WANTED)


if __name__ == "__main__":
    sys.exit(main())
