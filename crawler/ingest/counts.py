"""How a run is made, and what it counts."""

from dataclasses import asdict, dataclass

from crawler.ingest.evidence import Evidence
from storage.changes import Outcome


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is made: only releases `since` a day (YYYY-MM-DD), at most `limit` pages a source, or `full`: known
    pages and lists are read again."""

    since: str | None = None
    limit: int | None = None
    full: bool = False


@dataclass(slots=True)
class Counts:
    """The counts of a report; `bytes` as they came over the wire, bodies and headers."""

    requests: int = 0
    not_modified: int = 0
    bytes: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicates: int = 0
    problems: int = 0

    def add(self, other: "Counts") -> None:
        """Adds another source's counts."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


class Tally(Counts):
    """One source's counts, with what its health is judged by beside them: that is in no total and no report."""

    def __init__(self) -> None:
        super().__init__()
        self.evidence = Evidence()


COUNTED = {
    Outcome.NEW: "new", Outcome.REVISED: "revised", Outcome.UNCHANGED: "unchanged", Outcome.DUPLICATE: "duplicates",
}  # fmt: skip
