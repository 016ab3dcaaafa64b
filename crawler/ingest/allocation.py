"""How the C library hands freed memory back."""

import contextlib
import ctypes

# The parameters of glibc's mallopt (malloc.h).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def return_freed_memory(kilobytes: int) -> None:
    """Has blocks of this size and more returned to the system as soon as they are freed.

    glibc raises its threshold to 32 MB when it sees such blocks freed, keeps them, and cuts them up: with a page's
    bytes, text and tree allocated anew for each page, that was a twelfth of a crawl's memory (431 MB against 396).
    Other C libraries have no such setting, and are left as they are.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, kilobytes << 10)
        mallopt(_TRIM_THRESHOLD, kilobytes << 10)
        mallopt(_ARENA_MAX, 2)
