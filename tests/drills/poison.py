"""What pages do to the worker that reads them, whatever the reader defends itself against: by the end of their address."""

import os
import signal
import time
from datetime import date

from crawler.extraction import workers
from crawler.extraction.workers import Extracted
from spiders.values import Page

REASONS = {  # what becomes of such a page
    "killed": "extraction-crash",
    "left": "extraction-crash",
    "hung": "extraction-timeout",
    "greedy": "extraction-memory",
    "failed": "extraction-error",
}
_read = workers._extract


def extract(page: Page, language: str | None, today: date, memory: bytes, learn: bool) -> Extracted:
    """In place of the worker's task."""
    match page.url.rpartition("/")[2]:
        case "killed":  # as the kernel does where memory is short
            os.kill(os.getpid(), signal.SIGKILL)
        case "left":
            os._exit(3)
        case "hung":
            time.sleep(3600)
        case "greedy":
            with workers._Limit():
                taken = [bytes(1 << 26)]
                while True:
                    taken.append(bytes(1 << 26))
        case "failed":
            raise RecursionError("maximum recursion depth exceeded")
    return _read(page, language, today, memory, learn)


if __name__ != "__mp_main__":  # the main process; a worker finds its task by this module's name
    workers._extract = extract
