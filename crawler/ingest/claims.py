"""Crawls of one corpus that run at the same time never ask one site at the same time, nor sooner than its pause allows.

Each site has a record in a file beside the corpus. A crawl locks the record while it asks the site, and leaves there when
the site may be asked again. The kernel drops the locks of a process that dies, so that none is ever stale.
"""

import contextlib
import errno
import fcntl
import os
import struct
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Self

# Two sites that share a record wait for each other, which costs time and nothing else: of 8,000 sites some 30 pairs do.
# The file has holes where no site is, so it takes some kilobytes.
_RECORDS = 1 << 20
_MOMENT = struct.Struct("<d")  # when the site may be asked again: seconds since 1970


class Claims:
    """The sites that this process asks.

    POSIX locks are the process's, and all go when any descriptor of the file is closed: a process has one object of
    this class for a corpus, and keeps it.
    """

    def __init__(self, corpus: Path) -> None:
        """Who may only read the file keeps crawls from its sites while it asks them, and leaves no pause behind.

        Raises OSError where the file beside the corpus cannot be made.
        """
        path = corpus.with_name(f"{corpus.name}-sites.lock")
        try:
            self._file, self._how = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), fcntl.LOCK_EX
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EROFS):
                raise
            self._file, self._how = os.open(path, os.O_RDONLY | os.O_CLOEXEC), fcntl.LOCK_SH
        self._held: Counter[int] = Counter()  # a record may stand for several sites of ours

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives all sites free."""
        os.close(self._file)

    def take(self, sites: Iterable[str]) -> bool:
        """Claims all of the sites, or none: whether it could. Whoever holds nothing while it waits blocks nobody."""
        taken: list[int] = []
        for record in _records(sites):
            if not self._held[record] and not self._lock(record):
                self._unlock(taken)
                return False
            taken.append(record)
        self._held.update(taken)
        return True

    def give(self, sites: Iterable[str], again: float) -> None:
        """Gives sites free; they may be asked again at `again` (seconds since 1970)."""
        records = _records(sites)
        for record in records:
            with contextlib.suppress(OSError):  # a full disk, or not ours: then the pause is only kept within a run
                os.pwrite(self._file, _MOMENT.pack(again), record * _MOMENT.size)
        self._held.subtract(records)
        self._unlock(records)

    def again(self, sites: Iterable[str]) -> float:
        """When all of the sites may be asked (seconds since 1970; 0: at once)."""
        found = (os.pread(self._file, _MOMENT.size, record * _MOMENT.size) for record in _records(sites))
        return max((_MOMENT.unpack(each)[0] for each in found if len(each) == _MOMENT.size), default=0.0)

    def _lock(self, record: int) -> bool:
        try:
            fcntl.lockf(self._file, self._how | fcntl.LOCK_NB, _MOMENT.size, record * _MOMENT.size)
        except (BlockingIOError, PermissionError):  # POSIX allows both
            return False
        return True

    def _unlock(self, records: Iterable[int]) -> None:
        for record in records:
            if not self._held[record]:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _MOMENT.size, record * _MOMENT.size)


def _records(sites: Iterable[str]) -> list[int]:
    return sorted({int.from_bytes(sha256(site.encode()).digest()[:4], "big") % _RECORDS for site in sites})
