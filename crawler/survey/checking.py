"""The command `sources check`: many surveys, kept as they end, so that a stopped check goes on where it was."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from crawler.settings import SettingsError
from crawler.survey.looks import Survey, survey
from spiders.source import Source

SAMPLES = 3
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Results:
    """The file of a check's results, a JSON line for each source; the last one, `{"complete": true}`, ends a check."""

    path: Path

    @classmethod
    def at(cls, path: Path | None) -> "Results":
        """The file at `path`, or the one in the user's data folder."""
        return cls(path or user_data_path("civicpress", appauthor=False) / "check.jsonl")

    def rows(self, sources: Sequence[Source]) -> dict[str, Row]:
        """The results of those of `sources` that a stopped check has looked at, by id; none of a check that was complete.

        Raises:
            SettingsError: the file is none of ours.
        """
        wanted = {source.id: source.home for source in sources}
        lines = self._lines()
        if lines and lines[-1].get("complete"):
            return {}
        return {row["source"]: row for row in lines if wanted.get(row["source"]) == row["declared"]}

    def begin(self, kept: Collection[Row]) -> None:
        """Makes the file one of the results so far: those of other sources, and a line that was cut off, are dropped."""
        self._lines()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text("".join(map(_line, kept)), encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"{self.path}: cannot be written ({error.strerror or error})") from error

    def add(self, row: Row) -> None:
        """Keeps a result, or the line that ends a check."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(row))
        except OSError as error:
            raise SettingsError(f"{self.path}: cannot be written ({error.strerror or error})") from error

    def _lines(self) -> list[Row]:
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace") if self.path.exists() else ""
        except (OSError, ValueError) as error:  # ValueError: a null character in the name
            raise SettingsError(f"{self.path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
        rows: list[Row] = []
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                if not row.get("complete") and not row.keys() >= _SHOWN:
                    raise ValueError
            except (ValueError, AttributeError, RecursionError):
                if number == len(lines):
                    break  # empty, or cut off when the check was killed
                raise SettingsError(
                    f"{self.path}: line {number} is not a result of a check; name another file with --results"
                ) from None
            rows.append(row)
        return rows


_SHOWN = frozenset(("source", "declared", "status", "platform", "chosen", "newest", "error", "requests"))


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def check_all(
    sources: Sequence[Source], results: Results, tell: Callable[[Row], None], *, restart: bool = False
) -> list[Row]:
    """Surveys those of `sources` that a stopped check has not looked at, or with `restart` all; returns the rows in order.

    Raises:
        SettingsError: the results cannot be kept.
        Stopped: the check was stopped; what it has is kept, and the next one goes on.
    """
    rows = {} if restart else results.rows(sources)
    results.begin(rows.values())

    def done(found: Survey) -> None:
        row = as_row(found)
        rows[row["source"]] = row
        results.add(row)
        tell(row)

    left = [source for source in sources if source.id not in rows]
    if left:
        survey(left, SAMPLES, done)
    results.add({"complete": True})
    return [rows[source.id] for source in sources if source.id in rows]


def as_row(found: Survey) -> Row:
    """What a survey found, for JSON. `status` is `ok`, or what is wrong in a word or two."""
    return {
        "source": found.source.id,
        "status": found.reason or ("frozen" if found.frozen else "ok"),
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
        "error": found.failure or found.frozen,
        "advice": found.advice or None,
    }


def _list(each: Any) -> Row:
    return {
        "url": each.route.url,
        "strategy": each.route.strategy,
        "why": each.verdict.why,
        "newest": each.verdict.newest,
    }
