"""The ledger of outcomes: every request that is started ends in exactly one of them."""

import logging

logger = logging.getLogger(__name__)


class Ledger:
    """The requests of one source's crawl, by the address that was asked for."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def open(self, url: str) -> None:
        """A request is started."""
        self._open.add(url)

    def close(self, url: str) -> bool:
        """A request has its outcome. False where it had one before, or was never started."""
        if url not in self._open:
            logger.debug("a second outcome for %s", url)
            return False
        self._open.discard(url)
        return True

    def still_open(self) -> list[str]:
        """The requests without an outcome."""
        return sorted(self._open)
