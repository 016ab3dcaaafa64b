"""Once a day the file is looked over; what is damaged is not written to any more, and everybody hears of it."""

from pathlib import Path

import pytest

from storage import soundness
from storage.corpus import Corpus
from storage.database import reader
from storage.errors import CorpusError
from tests.corpora import Shelf, contents, day, page, spoil
from tests.site import prose


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "corpus.db")
    shelf.put(*(page(f"/{number}", prose(f"{number}")) for number in range(20)))
    return shelf


def test_a_corpus_is_looked_over_once_a_day_and_again_where_the_clock_was_wrong(shelf: Shelf) -> None:
    looked = [soundness.ensure(shelf.path, moment) for moment in (day(2), day(2), "2026-03-03T07:59:00+00:00", day(3))]
    assert looked == [True, False, False, True]
    assert soundness.ensure(shelf.path, "2025-01-01T00:00:00+00:00"), "that of March lies in the future"


def test_a_damaged_corpus_is_named_every_time_until_it_is_whole_again(shelf: Shelf) -> None:
    whole = shelf.path.read_bytes()
    spoil(shelf.path, 0.5)
    for _ in range(2):
        with pytest.raises(CorpusError, match=r"corpus\.db: the corpus is damaged \(.+\); keep it, and put a backup"):
            soundness.ensure(shelf.path, day(2))
    shelf.path.write_bytes(whole)
    assert soundness.ensure(shelf.path, day(2))
    with reader(shelf.path) as db:
        assert soundness.last(db) == (day(2), None)


def test_what_was_wrong_is_noted_in_the_corpus(shelf: Shelf) -> None:
    with reader(shelf.path) as db:
        assert soundness.last(db) == (None, None)
    spoil(shelf.path, 0.5)
    with pytest.raises(CorpusError):
        soundness.ensure(shelf.path, day(2))
    with reader(shelf.path) as db:
        at, fault = soundness.last(db)
    assert at == day(2)
    assert fault


def test_a_corpus_that_is_not_there_is_not_looked_over_and_not_made(tmp_path: Path) -> None:
    assert not soundness.ensure(tmp_path / "corpus.db", day(1))
    assert contents(tmp_path) == {}


def test_a_check_is_given_up_when_there_is_no_time_for_it_and_is_due_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "corpus.db"
    Corpus(path).close()
    monkeypatch.setattr(soundness, "_STEPS", 1)  # a small file is checked in a few
    now = "2026-03-01T08:00:00+00:00"
    assert not soundness.ensure(path, now, lambda: True)
    assert soundness.ensure(path, now)
    assert not soundness.ensure(path, now), "it was just checked"
