"""The simulated quarter of the benchmarks, in small: some days of five sources, all of whose releases and edits are found."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.quarter_pages import Pages
from benchmarks.quarter_text import PARAGRAPH, TITLE, version_of
from benchmarks.quarter_world import BREAKAGE, HOUR, Publisher, world

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def publishers() -> list[Publisher]:
    return world(60, 30, 1)


def test_some_simulated_days_miss_nothing_and_alarms_nobody(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.quarter", "--sources", "5", "--days", "4", "--seed", "9", "--keep", tmp_path, "--json", tmp_path / "f"],
        capture_output=True, text=True, timeout=300, cwd=ROOT,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "2026-02-19" in said.stderr
    figures = json.loads((tmp_path / "f").read_text())
    assert figures["releases"] > 5
    assert figures["releases_found_percent"] == 100
    assert figures["edits_found_percent"] == 100
    assert (figures["false_revisions"], figures["wrong_withdrawals"], figures["false_alarm_days"]) == (0, 0, 0)


def test_a_world_is_the_same_each_time(publishers: list[Publisher]) -> None:
    again = world(60, 30, 1)
    assert [each.releases for each in again] == [each.releases for each in publishers]
    assert [each.troubles for each in again] == [each.troubles for each in publishers]
    assert world(60, 30, 2)[0].releases != publishers[0].releases


def test_each_wording_of_a_release_is_known_from_the_others(publishers: list[Publisher]) -> None:
    edited = 0
    for publisher in publishers:
        for release in publisher.releases:
            moments = [release.at, *(edit.at for edit in release.edits)]
            texts = [publisher.text(release, at) for at in moments]
            found = [version_of(release.edits, text.title, "\n\n".join(text.paragraphs)) for text in texts]
            assert found == list(range(len(moments)))
            edited += len(release.edits)
    assert edited > 20
    kinds = {edit.kind for each in publishers for release in each.releases for edit in release.edits}
    assert {PARAGRAPH, TITLE} <= kinds


def test_pages_differ_from_look_to_look_although_nobody_edits_them(publishers: list[Publisher]) -> None:
    loud = next(each for each in publishers if {"counter", "related"} <= each.noise)
    release, pages = loud.releases[-1], Pages(loud, "http://127.0.0.1")
    assert pages.article(release, release.at + HOUR, 1) != pages.article(release, release.at + HOUR, 2)


def test_a_broken_site_shows_what_broke_and_nothing_else(publishers: list[Publisher]) -> None:
    broken = [(each, trouble) for each in publishers for trouble in each.troubles if trouble.kind == BREAKAGE]
    assert {trouble.how for _, trouble in broken} >= {"list", "texts"}
    for publisher, trouble in broken:
        pages = Pages(publisher, "http://127.0.0.1")
        assert pages.broken(trouble.begin) == trouble.how
        assert not pages.broken(trouble.end)
        if trouble.how == "list":
            assert b"<a href='/novita/" not in pages.listing(trouble.begin, 1, 1)
            assert b"<a href='/novita/" in pages.listing(trouble.end, 1, 1)
