"""What a source has learnt of its template, for one crawl of it: the first pages teach, the next ones use it."""

import json
from collections.abc import Mapping, Sequence

from crawler.extraction.votes import merged, pages_in

FIRST = 10  # pages that teach, which costs the model's time on each
THEN = 10  # every so many pages one more does, so that a changed template is noticed also where its names stay


class Template:
    """The memory of one source. `packed` is what passes to workers and to the corpus: JSON."""

    def __init__(self, packed: bytes = b"") -> None:
        self.packed = packed
        self._memory: dict[str, list[float]] = json.loads(packed) if packed else {}
        self._read = 0

    @property
    def pages(self) -> int:
        """How many pages taught it; half as many each time there are very many."""
        return pages_in(self._memory)

    def learns(self) -> bool:
        """Whether the next page is to teach."""
        self._read += 1
        return self.pages < FIRST or self._read % THEN == 0

    def add(self, votes: Mapping[str, Sequence[float]]) -> bool:
        """Adds what a page said. Returns whether it said anything."""
        if votes:
            self._memory = merged(self._memory, votes)
            self.packed = json.dumps(self._memory, separators=(",", ":")).encode()
        return bool(votes)
