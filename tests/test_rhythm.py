"""How often a source publishes, and how likely a silence is by that."""

import random
from datetime import date, timedelta

import pytest

from crawler.health.rhythm import Rhythm, easter, holidays, is_working_day, learn, silence, stated, working_days

MONDAY = date(2026, 6, 15)


def published(start: date, end: date, step: int = 1, count: int = 1) -> dict[str, int]:
    """Releases on every `step`-th working day from one day to another."""
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    working = [day for day in days if is_working_day(day)]
    return {day.isoformat(): count for day in working[::step]}


def learnt(days: dict[str, int]) -> Rhythm:
    found = learn(days)
    assert found
    return found


@pytest.mark.parametrize(
    ("year", "day"), [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)),
                      (2027, date(2027, 3, 28)), (2038, date(2038, 4, 25))]
)  # fmt: skip
def test_easter_is_where_the_calendar_has_it(year: int, day: date) -> None:
    assert easter(year) == day
    assert day + timedelta(days=1) in holidays(year)


def test_saint_francis_is_a_holiday_from_2026_on() -> None:
    assert date(2026, 10, 4) in holidays(2026)
    assert date(2025, 10, 4) not in holidays(2025)


def test_offices_are_closed_at_weekends_and_on_holidays() -> None:
    closed = [date(2026, 6, 13), date(2026, 6, 14), date(2026, 6, 2), date(2026, 4, 6), date(2026, 12, 25)]
    assert not any(map(is_working_day, closed))
    assert is_working_day(MONDAY)
    assert working_days(date(2026, 4, 2), date(2026, 4, 8)) == 2  # Friday and Tuesday around Easter


def test_a_source_of_working_days_is_not_expected_to_publish_at_weekends() -> None:
    rhythm = learnt(published(date(2025, 6, 1), MONDAY))
    assert rhythm.rates[0] > 10 * rhythm.rates[6]
    weekend = rhythm.expected(date(2026, 6, 19), date(2026, 6, 22))
    assert weekend < rhythm.expected(date(2026, 6, 15), date(2026, 6, 18)) / 10


def test_a_source_that_publishes_on_sundays_is_expected_to() -> None:
    sundays = {(MONDAY - timedelta(days=1 + 7 * week)).isoformat(): 1 for week in range(50)}
    rhythm = learnt(sundays)
    assert rhythm.rates[6] == max(rhythm.rates)
    assert rhythm.words == "1 a week"


def test_less_is_expected_of_august_where_last_august_was_idle() -> None:
    idle = {day: n for day, n in published(date(2025, 6, 1), date(2026, 7, 31)).items() if day[:7] != "2025-08"}
    busy = published(date(2025, 6, 1), date(2026, 7, 31))
    begin, end = date(2026, 8, 2), date(2026, 8, 22)
    assert learnt(idle).expected(begin, end) < learnt(busy).expected(begin, end) / 2


def test_a_holiday_is_expected_to_be_as_quiet_as_a_sunday() -> None:
    rhythm = learnt(published(date(2025, 6, 1), date(2026, 5, 31)))
    republic_day = rhythm.expected(date(2026, 6, 1), date(2026, 6, 3))  # a Tuesday
    assert republic_day == pytest.approx(rhythm.expected(date(2026, 6, 6), date(2026, 6, 8)))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (published(date(2025, 6, 1), MONDAY, count=12), "8 a day"),
        (published(date(2025, 6, 1), MONDAY, step=2), "2 a week"),
        (published(date(2025, 6, 1), MONDAY, step=20), "1 a month"),
        (published(date(2025, 6, 1), MONDAY, step=60), "6 a year"),
    ],
)
def test_a_rhythm_is_told_in_words(days: dict[str, int], words: str) -> None:
    assert learnt(days).words == words


def test_who_published_daily_and_stopped_three_weeks_ago_is_silent_beyond_chance() -> None:
    days = published(date(2025, 6, 1), MONDAY)
    found = silence(days, MONDAY, MONDAY + timedelta(days=21))
    assert found
    assert found.quiet
    assert found.extreme


def test_who_publishes_once_a_month_may_be_silent_for_three_weeks() -> None:
    days = published(date(2025, 6, 1), MONDAY, step=20)
    found = silence(days, MONDAY, MONDAY + timedelta(days=21))
    assert found
    assert not found.quiet


def test_a_silence_that_the_source_had_before_is_not_extreme() -> None:
    days = published(date(2025, 6, 1), date(2026, 1, 30)) | published(date(2026, 4, 1), MONDAY)
    found = silence(days, MONDAY, MONDAY + timedelta(days=30))
    assert found
    assert found.quiet
    assert not found.extreme
    assert found.longest > 30


def test_few_releases_prove_little() -> None:
    days = published(MONDAY - timedelta(days=4), MONDAY)
    found = silence(days, MONDAY, MONDAY + timedelta(days=21))
    assert found
    assert not found.quiet


def test_many_releases_of_one_day_are_one_day() -> None:
    burst = {"2026-03-02": 400, "2026-05-04": 1, "2026-06-15": 1}
    found = silence(burst, MONDAY, MONDAY + timedelta(days=60))
    assert found
    assert not found.quiet


def test_what_is_stated_wins_over_the_history() -> None:
    days = published(date(2025, 6, 1), MONDAY)
    never = silence(days, MONDAY, MONDAY + timedelta(days=300), stated(0.0))
    often = silence({}, MONDAY, MONDAY + timedelta(days=30), stated(3 / 7))
    assert never
    assert often
    assert not never.quiet
    assert often.extreme


def test_nothing_is_said_of_a_source_without_a_history() -> None:
    assert learn({}) is None
    assert learn({"2026-06-15": 3}) is None
    assert silence({"2026-06-15": 3}, MONDAY, MONDAY + timedelta(days=90)) is None


@pytest.mark.parametrize(
    ("last", "back"),
    [
        (date(2025, 4, 17), date(2025, 4, 23)),  # Easter, from Good Friday to the day after Easter Monday
        (date(2025, 4, 24), date(2025, 5, 5)),  # Liberation Day, Labour Day and the days between
        (date(2025, 12, 23), date(2026, 1, 7)),  # Christmas to Epiphany
        (date(2025, 8, 8), date(2025, 8, 25)),  # two weeks around the Assumption, in the first August that is seen
    ],
)
def test_who_publishes_on_most_working_days_may_be_away_for_the_holidays(last: date, back: date) -> None:
    luck = random.Random(4)
    days = {
        day.isoformat(): 1
        for number in range(1, 180)
        if is_working_day(day := last - timedelta(days=number)) and luck.random() < 0.6
    }
    found = silence({**days, last.isoformat(): 1}, last, back)
    assert found
    assert not found.extreme


def test_the_same_time_away_in_spring_is_a_silence() -> None:
    days = {d.isoformat(): 1 for n in range(180) if is_working_day(d := date(2025, 3, 7) - timedelta(days=n))}
    found = silence(days, date(2025, 3, 7), date(2025, 3, 31))
    assert found
    assert found.extreme
