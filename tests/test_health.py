"""Expectations and their breach, as functions on what runs saw."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from crawler.health import completeness
from crawler.health.judgement import Health, judge, looked_until
from crawler.health.rhythm import learn, silence
from storage.health import Sighting

LIST = "https://www.comune.esempio.it/novita"


def at(number: int) -> str:
    """The time of the run of a day."""
    return f"{date(2026, 3, 1) + timedelta(days=number)}T09:00:00+00:00"


def run(number: int, pages: int = 2, **more: Any) -> Sighting:
    """A run that read some pages, all of them sound."""
    told: dict[str, Any] = {"fresh": pages, "pages": pages, "dated": pages, "letters": 1500 if pages else None}
    return Sighting(number, at(number), **{**told, "lists": {LIST: 24}, **more})


def judged(*last: Sighting, before: int = 20, **more: Any) -> Health:
    """The health after a first run with many pages, daily runs without a fault, and some more."""
    return judge("comune", [run(0, 100), *(run(number, **more) for number in range(1, before)), *last])


def test_who_was_never_asked_is_new() -> None:
    assert judge("comune", []).state == "new"


def test_who_goes_on_as_before_is_healthy() -> None:
    found = judged(run(20))
    assert (found.state, found.unhealthy, found.findings) == ("healthy", False, ())


def test_a_run_that_asked_nothing_new_says_nothing() -> None:
    found = judged(*(Sighting(number, at(number), not_modified=1, pages=0) for number in range(20, 60)))
    assert found.state == "healthy"


def test_an_older_run_that_noted_nothing_says_nothing() -> None:
    found = judge("comune", [Sighting(number, at(number), fresh=3) for number in range(30)])
    assert found.state == "healthy"


def test_an_empty_list_is_told_with_what_it_named_and_when() -> None:
    found = judged(run(20, 0, lists={LIST: 0}, status="empty"), run(21, 0, lists={LIST: 0}, status="empty"))
    assert found.evidence == ("its list /novita named 24 releases until 2026-03-20, none since",)
    assert (found.state, found.since) == ("changed", at(20))


def test_one_of_two_lists_that_empties_is_told_though_the_other_goes_on() -> None:
    two = {LIST: 24, f"{LIST}/avvisi": 12}
    found = judged(run(20, lists={**two, f"{LIST}/avvisi": 0}), lists=two)
    assert found.evidence == ("its list /novita/avvisi named 12 releases until 2026-03-20, none since",)


def test_a_list_that_names_one_or_two_may_be_empty_for_a_day() -> None:
    found = judged(run(20, 0, lists={LIST: 0}, status="empty"), lists={LIST: 2})
    assert found.state == "healthy"


def test_an_empty_list_that_is_asked_no_more_is_forgotten() -> None:
    old, new = {LIST: 0}, {f"{LIST}/tutte": 24}
    assert judged(run(20, lists=old), run(21, lists=new)).state == "changed"
    assert judged(run(20, lists=old), *(run(number, lists=new) for number in range(21, 40))).state == "healthy"


def test_who_never_named_anything_is_failing() -> None:
    empty = [Sighting(n, at(n), "empty", "its lists name no releases", pages=0, lists={LIST: 0}) for n in range(3)]
    found = judge("comune", empty)
    assert (found.state, found.evidence) == ("failing", ("its lists name no releases",))


def test_dates_that_vanish_are_told_at_once() -> None:
    found = judged(run(20, dated=0, undated=2))
    assert found.evidence == ("100 % of its releases had a date, none of the last 2 has one",)


def test_who_often_has_no_date_may_have_none_twice() -> None:
    half = [run(number, 4, dated=2, undated=2) for number in range(40)]
    assert judge("comune", [*half, run(40, dated=0, undated=2)]).state == "healthy"


def test_texts_that_shrink_to_a_fifth_are_told_at_once() -> None:
    found = judged(run(20, 4, letters=280))
    assert found.evidence == ("its texts had 1,500 letters, those of the last 4 have 280",)


def test_one_short_text_is_no_alarm() -> None:
    assert judged(run(20, 1, letters=90)).state == "healthy"


@pytest.mark.parametrize(
    ("reason", "state"),
    [("no-text", "changed"), ("error-page", "changed"), ("gone", "changed"), ("refused", "refused"),
     ("timeout", "failing"), ("forgotten", "healthy")],
)  # fmt: skip
def test_pages_that_cannot_be_read_are_told_by_their_reason(reason: str, state: str) -> None:
    found = judged(run(20, 3, dated=0, fresh=0, letters=None, reasons={reason: 3}))
    assert found.state == state


def test_one_page_that_cannot_be_read_is_no_alarm() -> None:
    error = "none of 1 pages could be kept; no-text: nothing"
    found = judged(run(20, 1, dated=0, fresh=0, letters=None, reasons={"no-text": 1}, status="failed", error=error))
    assert found.state == "healthy"


def test_pages_that_were_read_before_and_are_no_releases_any_more_tell_of_a_change() -> None:
    found = judged(run(20, 2, dated=0, fresh=0, letters=None, reasons={"no-text": 2}, known={"no-text": 2}))
    assert found.evidence[0] == "2 of 2 known pages that were read again have lost what they held (no-text 2)"


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ({"scrap": 1}, "healthy"),  # its author may have emptied it
        ({"scrap": 2, "sound": 8}, "healthy"),
        ({"scrap": 1, "undated": 1, "sound": 1}, "changed"),
        ({"gone": 2, "sound": 1}, "healthy"),  # taken down
        ({"gone": 3}, "changed"),  # all of them are not
    ],
)
def test_known_pages_tell_of_a_change_where_more_than_one_lost_what_it_held(known: dict[str, int], state: str) -> None:
    assert judged(run(20, sum(known.values()), fresh=0, known=known)).state == state


def test_what_known_pages_lost_is_told_until_pages_are_sound_again() -> None:
    lost, nothing = run(20, 2, fresh=0, known={"scrap": 2}), [run(number, 0) for number in range(21, 30)]
    assert judged(lost, *nothing).state == "changed"
    assert judged(lost, *nothing, run(30, 2)).state == "healthy"


def test_an_alarm_ends_with_the_first_run_that_is_as_before() -> None:
    broken = [run(number, dated=0, undated=2) for number in range(20, 25)]
    assert judged(*broken).state == "changed"
    assert judged(*broken, run(25, 4)).state == "healthy"


def test_a_breakage_does_not_become_the_usual() -> None:
    found = judged(*(run(number, dated=0, undated=2) for number in range(20, 200)))
    assert (found.state, found.since) == ("changed", at(20))


def test_a_source_whose_every_page_fails_from_the_first_run_on_is_failing() -> None:
    error = "none of 24 pages could be kept; no-text: nothing"
    first = run(0, 24, dated=0, fresh=0, letters=None, reasons={"no-text": 24}, status="failed", error=error)
    assert judge("comune", [first]).state == "failing"


def test_a_run_that_kept_something_and_left_the_rest_for_the_next_is_no_failure() -> None:
    found = judged(run(20, status="failed", error="3 pages wait for the next run: status 429"))
    assert found.state == "healthy"


def test_a_list_that_cannot_be_read_is_a_failure_though_others_can() -> None:
    error = f"timeout: no answer ({LIST})"
    found = judged(run(20, status="failed", error=error, lists={LIST: None, f"{LIST}/avvisi": 3}))
    assert found.state == "failing"
    assert error in found.evidence[0]


def test_the_worst_comes_first() -> None:
    seen: Sequence[Sighting] = [
        run(0, 100), run(1), run(2, 2, dated=0, undated=2),
        run(3, 0, status="refused", error="refused: status 403", lists={LIST: None}),
    ]  # fmt: skip
    found = judge("comune", seen)
    assert [finding.state for finding in found.findings] == ["refused", "changed"]


def test_an_unlikely_silence_is_quiet_and_only_an_extreme_one_unhealthy() -> None:
    days = {day: 1 for number in range(300) if (day := (date(2025, 5, 1) + timedelta(days=number)).isoformat())}
    last = date.fromisoformat(max(days))
    states = []
    for pause in range(1, 30):
        found = silence(days, last, last + timedelta(days=pause))
        each = judge("comune", [run(0, 100)], found)
        states.append((each.state, each.unhealthy))
    assert states == sorted(states, key=[("healthy", False), ("quiet", False), ("quiet", True)].index)
    assert set(states) == {("healthy", False), ("quiet", False), ("quiet", True)}


def test_nobody_looked_while_runs_failed() -> None:
    failed = Sighting(2, at(9), "failed", "timeout: no answer", pages=0)
    assert looked_until([run(1), failed]) == datetime.fromisoformat(at(1)).date()
    assert looked_until([failed]) is None


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [
        ([40, 42, 0, 38, 41], [2]),
        ([40, 42, 5, 38, 41], [2]),
        ([40, 42, 30, 38, 41], []),
        ([3, 2, 0, 3, 2], []),  # three a month may be none
        ([40, 42, 2, 1, 1], []),  # it publishes less now: that is for health
        ([40, 40, 40, 40, 0], []),  # the present month is not over
        ([0, 40, 42, 38, 41], []),  # its oldest release may be of the month's last day
    ],
)
def test_a_month_far_below_those_around_it_is_a_hole(counts: list[int], wrong: list[int]) -> None:
    names = [f"2026-{number:02}" for number in range(4, 9)]
    by_month = {"2026-02": counts[0], "2026-03": counts[0], **dict(zip(names, counts, strict=True))}
    found = completeness.gaps("comune", by_month, names, None, "2026-04" if not counts[0] else "2026-02", True)
    assert [names.index(month.month) for month in found.wrong] == wrong


def test_august_is_measured_by_its_own_measure() -> None:
    days: dict[str, int] = {}
    for number in range(730):
        day = date(2025, 1, 1) + timedelta(days=number)
        if day.month != 8:
            days[day.isoformat()] = 2
    names = [f"2026-{number:02}" for number in range(5, 12)]
    counts = dict.fromkeys(names, 60) | {"2026-08": 8}
    assert not completeness.gaps("comune", counts, names, learn(days), "2025-01", True).wrong
    assert completeness.gaps("comune", counts, names, None, "2025-01", True).wrong


def listed(number: int, named: int = 24, fresh: int = 2, **more: Any) -> Sighting:
    """A run in which the list named so many, `fresh` of them new, all with dates."""
    details = [named, named - fresh, number]
    return run(number, fresh, lists={LIST: named}, **{"details": {LIST: details}, **more})


def healths(*last: Sighting) -> list[str]:
    """The evidence after twenty runs in which a list went on as ever."""
    return list(judge("comune", [run(0, 100), *map(listed, range(1, 20)), *last]).evidence)


def test_a_list_of_a_fixed_length_that_names_half_is_told_at_once() -> None:
    assert healths(listed(20, 11, 0)) == ["its list /novita named 24 releases and more, now 11"]


def test_a_list_that_is_shorter_and_goes_on_is_as_good_as_before() -> None:
    assert healths(*(listed(number, 11) for number in range(20, 24))) == []


def test_a_list_whose_length_varies_may_be_short() -> None:
    sizes = [12, 6, 15, 9, 7, 14, 8, 13, 6, 10, 11, 7]
    runs = [listed(number + 1, size) for number, size in enumerate(sizes)]
    assert judge("comune", [run(0, 100), *runs, listed(20, 5)]).state == "healthy"


def test_a_list_that_names_other_addresses_at_once_and_no_release_is_told() -> None:
    strange = listed(20, 14, 0, details={LIST: [0, 0, 1]}, reasons={"not-a-release": 14})
    again = listed(21, 14, 0, details={LIST: [0, 14, 1]})
    assert "its list /novita names nothing that it named before, and hardly a release" in healths(strange)
    assert "its list /novita names nothing that it named before, and hardly a release" in healths(strange, again)


def test_a_list_of_a_site_that_moved_with_all_its_releases_is_sound() -> None:
    assert healths(listed(20, 24, 24)) == []


def test_a_list_that_gives_no_dates_any_more_is_told_at_once() -> None:
    assert healths(listed(20, details={LIST: [0, 22, 20]})) == [
        "its list /novita gave the dates of its releases, now of hardly one"
    ]


def test_a_feed_that_froze_while_the_list_goes_on_is_told() -> None:
    feed = f"{LIST}/feed"

    def both(number: int, mark: int | None) -> Sighting:
        told = {LIST: [24, 22, number], feed: mark and [10, 8, mark]}
        return run(number, lists={LIST: 24, **({feed: 10} if mark else {})}, details=told)

    sound = [run(0, 100), *(both(number, number) for number in range(1, 20))]
    assert judge("comune", [*sound, both(20, 19), both(21, None)]).state == "healthy"
    found = judge("comune", [*sound, *(both(number, 19) for number in (20, 21)), both(22, None), both(23, None)])
    assert found.evidence == ("its list /novita/feed stays as it is, while 4 runs found new releases elsewhere",)
    assert judge("comune", [*sound, *(both(n, 19) for n in range(20, 24)), both(24, 24)]).state == "healthy"


def test_a_list_of_few_of_the_releases_may_stay_while_others_come() -> None:
    few = f"{LIST}/avvisi"
    runs = [run(n, lists={LIST: 24, few: 9}, details={LIST: [24, 22, n], few: [9, 9, n // 4]}) for n in range(1, 60)]
    rest = [run(n, lists={LIST: 24, few: 9}, details={LIST: [24, 22, n], few: [9, 9, 14]}) for n in range(60, 70)]
    assert judge("comune", [run(0, 100), *runs, *rest]).state == "healthy"
