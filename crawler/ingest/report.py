"""What a run did, as values, and as the JSON of the contract."""

from dataclasses import asdict, dataclass, field
from typing import Any

from crawler.display.plain import masked, plain
from crawler.ingest.counts import Counts, Tally


@dataclass(frozen=True, slots=True)
class SourceReport:
    """A source's line: `status` is ok, failed, refused or empty; `error` is one sentence, or None; `missed`: how many of
    its new releases only a look back or a sweep found; `exceptions` are those of `Source`."""

    source: str
    status: str
    counts: Counts
    seconds: float
    error: str | None = None
    missed: int = 0
    exceptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.error:  # it quotes servers and addresses
            object.__setattr__(self, "error", masked(plain(self.error)))

    def as_row(self) -> dict[str, Any]:
        """The line as the corpus keeps it: that of the report, and what the source's health is judged by."""
        return {**self._told(), **(self.counts.evidence.as_row() if isinstance(self.counts, Tally) else {})}

    def as_json(self) -> dict[str, Any]:
        """The line of `crawl --json`; `exceptions` are in it where there are any."""
        return {**self._told(), **({"exceptions": list(self.exceptions)} if self.exceptions else {})}

    def _told(self) -> dict[str, Any]:
        counts = asdict(self.counts)
        return {
            "source": self.source, "status": self.status, **counts, "seconds": round(self.seconds, 3), "error": self.error,
            "missed": self.missed,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """A run's lines. `loop_lag` is how late the event loop ran, in ms (see `LagMeter`), where it was measured."""

    run: int
    sources: tuple[SourceReport, ...]
    seconds: float
    interrupted: bool = False
    loop_lag: dict[str, float] = field(default_factory=dict)

    @property
    def totals(self) -> Counts:
        """The counts of all sources together."""
        totals = Counts()
        for line in self.sources:
            totals.add(line.counts)
        return totals

    @property
    def ok(self) -> bool:
        """Whether every source was read without a failure."""
        return not self.interrupted and all(line.status == "ok" for line in self.sources)

    @property
    def status(self) -> str:
        """How the run is remembered: `done`, `failed` or `interrupted`."""
        return "interrupted" if self.interrupted else "done" if self.ok else "failed"

    def as_json(self) -> dict[str, Any]:
        """The report of `crawl --json`."""
        report: dict[str, Any] = {
            "run": self.run,
            "sources": [line.as_json() for line in self.sources],
            "totals": {**asdict(self.totals), "seconds": round(self.seconds, 3)},
        }
        return {**report, "loop_lag": self.loop_lag} if self.loop_lag else report
