"""How often a source is looked at, and when its turn comes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.service.pace import (
    FASTEST,
    LONGEST_RETRY,
    SLOWEST,
    UNKNOWN,
    QuietHours,
    Rhythm,
    next_turn,
    pace,
    rhythm,
)
from storage import pacing
from storage.corpus import Corpus
from storage.pacing import Standing
from tests.corpora import Shelf, page

TODAY = date(2026, 3, 11)  # a Wednesday
NOON = datetime(2026, 3, 11, 11, tzinfo=UTC)  # in Rome
NIGHT = datetime(2026, 3, 11, 1, tzinfo=UTC)
OK = Standing(NOON.isoformat(), "ok", None)


def every_day(number: int, days: int = 56) -> dict[str, int]:
    """So many releases on each of the last days."""
    return {(TODAY - timedelta(days=back)).isoformat(): number for back in range(days)}


def wait(
    rhythm: Rhythm | None, standing: Standing = OK, every: timedelta | None = None, source: str = "a"
) -> timedelta:
    return next_turn(source, standing, rhythm, every) - datetime.fromisoformat(standing.finished)


def test_who_publishes_more_is_looked_at_more_often_within_the_bounds() -> None:
    paces = [pace(rhythm(every_day(number), "2020-01-01", TODAY), NOON) for number in (0, 1, 4, 30, 1000)]
    assert paces == sorted(paces, reverse=True)
    assert len(set(paces)) == 5
    assert (paces[0], paces[-1]) != (SLOWEST, paces[-2])
    assert paces[-1] == FASTEST
    assert timedelta(hours=2) < paces[1] < timedelta(hours=4)
    rare = rhythm({}, "2020-01-01", TODAY)
    assert pace(rare, NIGHT) == SLOWEST
    # Four times as many releases are worth twice as many looks.
    four, sixteen = (Rhythm(rate, (1.0,) * 7) for rate in (1.0, 4.0))
    assert pace(four, NOON) / pace(sixteen, NOON) == pytest.approx(2)


def test_a_source_without_history_has_a_pace_of_its_own() -> None:
    assert rhythm({}, None, TODAY) is None
    assert pace(None, NOON) == UNKNOWN
    assert UNKNOWN * 0.9 <= wait(None) <= UNKNOWN * 1.1


def test_a_young_source_is_judged_by_the_days_it_has() -> None:
    young = rhythm(every_day(2, 10), (TODAY - timedelta(days=9)).isoformat(), TODAY)
    old = rhythm(every_day(2, 10), "2020-01-01", TODAY)
    assert young is not None
    assert old is not None
    assert young.rate > 1.5 * old.rate


def test_nights_and_weekends_count_for_less() -> None:
    daily = rhythm(every_day(1), "2020-01-01", TODAY)
    assert pace(daily, NIGHT) > 2 * pace(daily, NOON)
    saturday = NOON + timedelta(days=3)
    weekdays = {day: 2 for day in every_day(1) if date.fromisoformat(day).weekday() < 5}
    assert pace(rhythm(weekdays, "2020-01-01", TODAY), saturday) > pace(daily, saturday)
    # What comes due at night on its day's pace waits for the morning, when something may be there.
    evening = Standing(datetime(2026, 3, 11, 18, tzinfo=UTC).isoformat(), "ok", None)
    assert wait(daily, evening) > 2 * wait(daily)


def test_a_weekly_source_is_looked_at_more_often_on_its_day() -> None:
    fridays = {day: 3 for day in every_day(1) if date.fromisoformat(day).weekday() == 4}
    weekly = rhythm(fridays, "2020-01-01", TODAY)
    assert pace(weekly, NOON + timedelta(days=2)) < pace(weekly, NOON)


def test_every_wins_over_what_was_learned() -> None:
    busy = rhythm(every_day(1000), "2020-01-01", TODAY)
    for hours in (1 / 60, 200):
        wanted = timedelta(hours=hours)
        assert wanted * 0.9 <= wait(busy, every=wanted) <= wanted * 1.1


def test_sources_of_one_pace_are_spread_and_always_in_the_same_way() -> None:
    waits = [wait(None, source=f"comune-{number}") for number in range(200)]
    assert waits == [wait(None, source=f"comune-{number}") for number in range(200)]
    assert max(waits) - min(waits) > UNKNOWN * 0.18
    gaps = [second - first for first, second in pairwise(sorted(waits))]
    assert max(gaps) < UNKNOWN * 0.02
    # The next time in another order: who comes last is not always the same.
    again = replace(OK, finished=(NOON + UNKNOWN).isoformat())
    assert [wait(None, again, source=f"comune-{number}") for number in range(200)] != waits


def test_failures_are_tried_again_soon_and_then_ever_more_seldom_up_to_three_days() -> None:
    waits = [wait(None, Standing(OK.finished, "failed", "down", failures)) for failures in range(1, 13)]
    assert timedelta(minutes=50) < waits[0] < timedelta(minutes=70)
    assert all(1.6 < second / first < 2.5 for first, second in pairwise(waits[:6]))
    assert all(LONGEST_RETRY * 0.9 <= late <= LONGEST_RETRY * 1.1 for late in waits[7:])
    refused = wait(None, Standing(OK.finished, "refused", "403", 1))
    assert refused > timedelta(hours=5)


def test_a_source_that_failed_for_long_or_refused_is_not_asked_more_often_than_its_entry_says() -> None:
    monthly = timedelta(days=30)
    assert wait(None, Standing(OK.finished, "failed", "down", 12), monthly) >= monthly * 0.9
    assert wait(None, Standing(OK.finished, "refused", "403", 1), monthly) >= monthly * 0.9


def test_what_waits_for_the_next_run_is_fetched_soon() -> None:
    assert wait(None, replace(OK, unfinished=True)) == FASTEST


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [("22-6", (22, 23, 0, 5), (6, 12, 21)), ("1-5", (1, 4), (5, 0, 22)), ("20-24", (20, 23), (0, 19))],
)
def test_quiet_hours_are_hours_in_rome(text: str, inside: tuple[int, ...], outside: tuple[int, ...]) -> None:
    quiet = QuietHours.of(text)
    for summer, offset in ((date(2026, 7, 1), 2), (date(2026, 1, 10), 1)):
        for hour in (*inside, *outside):
            moment = datetime(summer.year, summer.month, summer.day, hour, 30, tzinfo=UTC) - timedelta(hours=offset)
            assert quiet.hold(moment) == (hour in inside)


@pytest.mark.parametrize("text", ["", "22", "22-", "22-22", "0-24", "25-3", "a-b", "-1-3", "22–6", "1-2-3"])
def test_quiet_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="22-6"):
        QuietHours.of(text)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "corpus.db")


def test_the_corpus_tells_on_which_days_a_source_published(shelf: Shelf) -> None:
    shelf.put(
        page("/vecchio", "Un testo di prima.", date="2025-01-03"), page("/senza", "Senza data, di ieri.", date=None)
    )
    shelf.put(
        page("/1", "Il primo testo.", date="2026-03-01"), page("/2", "Il secondo testo.", date="2026-03-01"),
        page("/3", "Solo il mese.", date="2026-03"), page("/4", "Senza data, del secondo giorno.", date=None),
        page("/5", "Nel futuro.", date="2027-01-01"), page("/6", "Di un altro.", date="2026-03-02", source="camera"),
    )  # fmt: skip
    with Corpus(shelf.path) as corpus:
        # What had no day on the source's first day may be of any age; what came later is as new as it looks.
        assert pacing.publications(corpus.db, "comune", "2026-02-01", "2026-03-11") == {
            "2026-03-01": 2,
            "2026-03-02": 1,
        }
        assert pacing.oldest(corpus.db, "comune") == "2025-01-03"
        assert pacing.oldest(corpus.db, "import") is None


def line(source: str, status: str, new: int = 0, error: str | None = None) -> dict[str, object]:
    return {"source": source, "status": status, "new": new, "seconds": 1.0, "error": error}


def test_the_corpus_tells_how_a_source_fared(shelf: Shelf) -> None:
    def moment(hour: int) -> str:
        return f"2026-03-01T{hour:02}:00:00+00:00"

    told = []
    with Corpus(shelf.path) as corpus:
        for hour, (status, new, error) in enumerate(
            [
                ("ok", 3, None),
                ("failed", 0, "down"),
                ("refused", 0, "403"),
                ("failed", 2, "one of two lists"),
                ("failed", 0, "x"),
            ]
        ):
            run = corpus.start_run(moment(hour))
            pacing.done_with(corpus.db, run, line("comune", status, new, error), moment(hour))
            told.append(pacing.standing(corpus.db, "comune"))
        run = corpus.start_run(moment(9))
        pacing.done_with(corpus.db, run, line("comune", "failed", 0, "stopped"), None)
        stopped = pacing.standing(corpus.db, "comune")
        assert pacing.standing(corpus.db, "camera") is None
    assert [each.failures for each in told if each] == [0, 1, 2, 0, 1]
    assert [each.unfinished for each in told if each] == [False, False, False, True, False]
    assert stopped == told[-1], "a run that was stopped says nothing of the source"
