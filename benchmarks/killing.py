"""SIGKILL for the service or those below it, at a moment of chance."""

import contextlib
import os
import random
import signal
import time

from benchmarks.memory import process_tree
from benchmarks.served import Served

WHOM = ("service", "batch", "worker", "all at once")


def kill_somebody(served: Served, chance: random.Random) -> str | None:
    """Waits a while and kills; whom, or None where nobody of the kind was there in time.

    Two times of three it waits for a batch at work: else most moments would find the service at rest.
    """
    whom = chance.choice(WHOM)
    at_work = whom != "service" or chance.random() < 2 / 3
    until = time.monotonic() + 90
    while at_work and not (_workers(served) if whom == "worker" else served.batches()) and time.monotonic() < until:
        time.sleep(0.02)
    longest = 20.0 if not at_work else 1.0 if whom == "worker" else 5.0
    time.sleep(chance.uniform(0.0, longest))
    batches, workers = served.batches(), _workers(served)
    victims = {
        "service": [served.pid], "batch": batches, "worker": workers, "all at once": process_tree(served.pid)
    }[whom]  # fmt: skip
    if not victims:
        return None
    for pid in victims if whom == "all at once" else [chance.choice(victims)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if served.pid in victims:
        assert served.process
        served.process.wait()
    return whom


def _workers(served: Served) -> list[int]:
    """The processes of batches that read pages."""
    batches = served.batches()
    return [pid for pid in process_tree(served.pid)[1:] if pid not in batches]
