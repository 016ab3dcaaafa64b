"""Records of past runs that tell nothing any more are dropped, and nothing that anybody asks for is."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.service.housekeeping import Housekeeping
from storage import health, pacing, pruning
from storage.corpus import Corpus
from storage.database import Database, reader

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
Line = dict[str, Any]
WELL: Line = {"status": "ok"}
NEWS: Line = {"status": "ok", "new": 1, "pages": 1, "dated": 1, "letters": 900, "lists": json.dumps({"x": 8})}
DOWN: Line = {"status": "failed", "error": "down"}


def history(corpus: Corpus, source: str, lines: Sequence[tuple[float, Line]]) -> None:
    """Lines of a source, each so many days old."""
    corpus.put_source(source, source, "other", f"https://{source}.it/", None, None)
    for days, line in lines:
        at = (NOW - timedelta(days=days)).isoformat(timespec="seconds")
        run = corpus.start_run(at)
        pacing.done_with(corpus.db, run, {"source": source, "seconds": 1.0, **line}, at)
        corpus.finish_run(run, at, "done", {}, [])


def told(db: Database, source: str) -> tuple[Any, ...]:
    """All that is asked of a source's past."""
    return (
        pacing.standing(db, source), health.sightings(db, source), health.trouble(db, source),
        health.fresh_at(db, source), health.asked(db).get(source),
    )  # fmt: skip


def keep_house(path: Path) -> int:
    """Several whole rounds; gives the rows that were dropped."""
    house, dropped = Housekeeping(path, lambda: NOW), 0
    for _ in range(40):
        dropped += house.step()
    return dropped


def days_of(path: Path, source: str) -> list[float]:
    with reader(path) as db:
        rows = db.query("select finished from run_sources where source = ? order by run", [source])
        return [(NOW - datetime.fromisoformat(row["finished"])).total_seconds() / 86400 for row in rows]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        # 800 days, thrice a day: the first line, 40 last ones, and those of 60 days
        ([(day / 3, WELL) for day in range(2400, 0, -1)], 1 + 180),
        # what brought something is kept for a year, and 300 such lines for ever
        ([(day, NEWS) for day in range(800, 0, -1)], 1 + 365),
        ([(5 * day, NEWS) for day in range(400, 0, -1)], 1 + 300),
        # since when it fails
        ([*((day, WELL) for day in range(900, 600, -1)), *((day, DOWN) for day in range(600, 0, -1))], 602),
        # the last one that brought something, however long ago
        ([(900, WELL), (800, NEWS), *((day, WELL) for day in range(700, 0, -1))], 1 + 1 + 60),
        ([(900 - day, WELL) for day in range(30)], 30),
    ],
)
def test_what_is_asked_of_a_source_is_the_same_after_old_lines_were_dropped(
    tmp_path: Path, lines: list[tuple[float, Line]], kept: int
) -> None:
    path = tmp_path / "corpus.db"
    with Corpus(path) as corpus:
        history(corpus, "comune", lines)
        before = told(corpus.db, "comune")
    assert keep_house(path) == len(lines) - kept
    assert len(days_of(path, "comune")) == kept
    assert days_of(path, "comune")[0] == lines[0][0], "when a source was first asked is known for ever"
    with reader(path) as db:
        assert told(db, "comune") == before
        assert db.table("runs").count == len(lines), "readers rely on that table"


def test_problems_are_kept_for_a_year_and_those_of_a_source_s_last_run_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    with Corpus(path) as corpus:
        history(corpus, "comune", [(800, DOWN), (500, DOWN), (100, WELL)])
        history(corpus, "gone", [(800, DOWN), (700, DOWN)])
        for run, source, days in (
            (1, "comune", 800),
            (2, "comune", 500),
            (3, "comune", 100),
            (4, "gone", 800),
            (5, "gone", 700),
        ):
            seen = (NOW - timedelta(days=days)).isoformat(timespec="seconds")
            corpus.db.table("problems").insert(
                {"url": "https://x.it/", "source": source, "reason": "dns", "detail": "", "run": run, "seen": seen}
            )  # fmt: skip
    keep_house(path)
    with reader(path) as db:
        assert [row["run"] for row in db.query("select run from problems order by run")] == [3, 5]


def test_a_country_is_gone_through_once_a_day_and_never_many_rows_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "corpus.db"
    monkeypatch.setattr(pruning, "AT_ONCE", 7)
    with Corpus(path) as corpus:
        for number in range(6000):
            corpus.put_source(f"c-{number:04}", "", "other", "https://x.it/", None, None)
        history(corpus, "c-0001", [(day, WELL) for day in range(400, 300, -1)])
    house, steps = Housekeeping(path, lambda: NOW), 0
    while not house.step():
        steps += 1
        assert steps < 2880, "a look every half a minute makes a day"
    assert len(days_of(path, "c-0001")) == 93
    assert steps > 1000
