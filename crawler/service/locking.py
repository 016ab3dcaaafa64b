"""One service for a corpus."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.database import applied_steps
from storage.errors import CorpusError


class AlreadyRunning(Exception):
    """Another service has this corpus; the message is one sentence."""


@contextmanager
def only_one(corpus: Path) -> Iterator[None]:
    """Holds the corpus's lock as one who crawls it again and again. The kernel drops it with the process, however that ends."""
    with contextlib.suppress(FileNotFoundError):
        if corpus.stat():
            applied_steps(corpus)  # no file is left beside what is no corpus
    try:
        corpus.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{corpus}-service.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise CorpusError(corpus, f"the corpus cannot be written ({error.strerror})") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.read(lock, 20).decode("ascii", "replace").strip()
            whose = f"process {pid}" if pid.isdecimal() else "another process"
            raise AlreadyRunning(f"{corpus}: {whose} is this corpus's service already") from None
        with contextlib.suppress(OSError):  # a full disk: whoever comes then is told no number
            os.ftruncate(lock, 0)
            os.write(lock, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(lock)
