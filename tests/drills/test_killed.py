"""Processes that are killed in the middle of a write, and those that write at the same time: the corpus stays whole."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.drills.conftest import Tell

ROOT = Path(__file__).parents[2]


def found_by(room: str, what: str, folder: Path, count: int) -> dict[str, Any]:
    """What a work of `tests.drills.writing` or `opening` found."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.drills.{room}", what, str(folder), str(count)], cwd=ROOT, capture_output=True,
        text=True, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_writer_that_is_killed_200_times_loses_nothing_that_was_acknowledged(tmp_path: Path, tell: Tell) -> None:
    found = found_by("writing", "writers", tmp_path, 200)
    tell(
        f"writer killed {found['killed']} times: {found['lost']} of {found['acknowledged']:,} acknowledged wordings lost, "
        + ("whole" if not found["wrong"] else str(found["wrong"]))
    )
    assert found["killed"] == 200
    assert found["acknowledged"] >= 400
    assert found["lost"] == 0
    assert found["wrong"] == []


def test_writers_at_the_same_time_and_a_long_reader_lose_nothing_and_leave_no_log(tmp_path: Path, tell: Tell) -> None:
    found = found_by("writing", "together", tmp_path, 100)
    tell(f"4 writers and a long reader: {found['there']} of {found['acknowledged']} acknowledged wordings are there")
    assert found["statuses"] == [0] * 4
    assert found["acknowledged"] == found["there"] == 400
    assert len(found["seen"]) == 1, "the reader sees the corpus as it was when it began"
    assert found["left"] == ["corpus.db"]
    assert found["wrong"] == []


def test_migrations_that_are_killed_60_times_are_whole_or_have_not_begun(tmp_path: Path, tell: Tell) -> None:
    found = found_by("opening", "migrations", tmp_path, 60)
    tell(f"migration killed {found['killed']} times: {found['old']} stayed old, {found['new']} became new, 0 between")
    assert found["wrong"] == []
    assert found["killed"] == 60
    assert found["old"] >= 10


def test_three_processes_that_migrate_at_once_all_get_the_new_corpus(tmp_path: Path, tell: Tell) -> None:
    found = found_by("opening", "at_once", tmp_path, 10)
    tell(f"three processes migrate at once, 10 times: {found['opened']} of 30 opened it, {len(found['wrong'])} halves")
    assert (found["opened"], found["wrong"]) == (30, [])


def test_of_two_services_that_start_at_once_exactly_one_stays_20_times(tmp_path: Path, tell: Tell) -> None:
    found = found_by("opening", "services", tmp_path, 20)
    tell(f"two services started at once, 20 times: {found['stayed'].count(1)} times exactly one stayed")
    assert found["stayed"] == [1] * 20
    assert all(
        line.startswith("2: civicpress: ") and "is this corpus's service already" in line for line in found["said"]
    )
