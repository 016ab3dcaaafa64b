"""The command `sources check`: many surveys, kept as they end, so that a stopped check goes on where it was."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from crawler.settings import SettingsError
from crawler.survey import Survey, survey
from spiders.source import Source

SAMPLES = 3
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    """The file of a check's results, a JSON line for each source; it is emptied when a check is complete."""

    path: Path

    @classmethod
    def at(cls, path: Path | None) -> "Results":
        """The file at `path`, or the one in the user's data folder."""
        return cls(path or user_data_path("civicpress", appauthor=False) / "check.jsonl")

    def rows(self, sources: Sequence[Source]) -> dict[str, Row]:
        """The results of those of `sources` that a stopped check has looked at, by id.

        Raises:
            SettingsError: the file is none of ours.
        """
        if not self.path.exists():
            return {}
        wanted = {source.id: source.home for source in sources}
        found: dict[str, Row] = {}
        lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                id_, home = row["source"], row["declared"]
            except (ValueError, TypeError, KeyError):
                if number == len(lines) and not line.endswith("\n"):
                    break  # cut off when the check was killed
                raise SettingsError(
                    f"{self.path}: line {number} is not a result of a check; name another with --results"
                ) from None
            if wanted.get(id_) == home:
                found[id_] = row
        return found

    def add(self, row: Row) -> None:
        """Keeps a result."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        except OSError as error:
            raise SettingsError(f"{self.path}: cannot be written ({error.strerror or error})") from error

    def clear(self) -> None:
        """Forgets the results."""
        self.path.unlink(missing_ok=True)


def check_all(sources: Sequence[Source], results: Results, tell: Callable[[Row], None]) -> list[Row]:
    """Surveys those of `sources` that `results` does not have yet; returns all rows, in the order of `sources`.

    Raises SettingsError where the results cannot be kept.
    """
    rows = results.rows(sources)

    def done(found: Survey) -> None:
        row = as_row(found)
        rows[row["source"]] = row
        results.add(row)
        tell(row)

    left = [source for source in sources if source.id not in rows]
    if left:
        survey(left, SAMPLES, done)
    complete = [rows[source.id] for source in sources if source.id in rows]
    if len(complete) == len(sources):
        results.clear()
    return complete


def as_row(found: Survey) -> Row:
    """What a survey found, for JSON. `status` is `ok`, or what is wrong in a word or two."""
    return {
        "source": found.source.id,
        "status": found.reason or "ok",
        "declared": found.declared,
        "home": found.source.home,
        "name": found.source.title,
        "kind": found.source.kind,
        "platform": found.evidence.platform,
        "evidence": found.evidence.seen,
        "chosen": [_list(each) for each in found.chosen],
        "rejected": [_list(each) for each in found.rejected],
        "newest": max((each.date for each in found.samples if each.date), default=None),
        "days_between": found.gap,
        "releases": [
            {"url": each.url, "title": each.title, "date": each.date, "length": each.length, "doubt": each.doubt}
            for each in found.samples
        ],
        "licence": found.source.licence or found.marks.licence,
        "licence_page": found.marks.licence_page,
        "requests": found.requests,
        "requests_for_releases": found.reading,
        "error": found.failure,
        "advice": found.advice or None,
    }


def _list(each: Any) -> Row:
    return {
        "url": each.route.url,
        "strategy": each.route.strategy,
        "why": each.verdict.why,
        "newest": each.verdict.newest,
    }
