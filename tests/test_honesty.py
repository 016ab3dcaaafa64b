"""Conditional requests are sent where they tell the truth: hosts that lie are found out, and what never matches is given up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from crawler.web.validators import conditions, forgiven, is_check_due
from storage.changes import RouteState
from tests.program import Program
from tests.site import Answer, Site

NOW = datetime(2026, 5, 4, tzinfo=UTC)
LAST_MODIFIED = "Mon, 04 May 2026 09:00:00 GMT"


def told(site: Site, path: str, header: str, value: str, stale: str = "") -> None:
    """Puts a validator on a page. `stale`: the condition that its host answers with "not modified", whatever it names."""
    answer = site.pages[path]
    assert isinstance(answer, Answer)
    answer.headers[header] = value
    answer.stale = stale


def lying(site: Site, path: str) -> None:
    """A page whose validator stays the same whatever it says."""
    told(site, path, "Last-Modified", LAST_MODIFIED, "If-Modified-Since")


@pytest.fixture
def source(site: Site, civicpress: Program) -> Callable[[range], dict[str, object]]:
    """Makes the site's feed, of these releases, with a validator that never changes."""
    site.honest = False

    def make(numbers: range) -> dict[str, object]:
        feed = site.feed("/feed.xml", site.releases(numbers))
        lying(site, "/feed.xml")
        return {"home": site.url, "feeds": [feed]}

    return make


def asked_with(site: Site) -> list[str]:
    """The conditions with which the feed was asked."""
    conditions = ("If-None-Match", "If-Modified-Since")
    return [name for asked in site.asked if asked.path == "/feed.xml" for name in conditions if name in asked.headers]


def test_a_host_that_lies_is_found_out_and_is_asked_without_conditions_for_some_months(
    source: Callable[[range], dict[str, object]], site: Site, civicpress: Program
) -> None:
    civicpress.crawl(prova=source(range(1, 6)))
    source(range(6))
    line = civicpress.crawl().source()
    assert (line["not_modified"], line["new"]) == (1, 0), "the host says that nothing is new"

    civicpress.change("update routes set checked = '2020-01-01T00:00:00+00:00'")
    line = civicpress.crawl().source()
    assert (line["new"], line["missed"]) == (1, 1)
    assert [row["host"] for row in civicpress.rows("select host from distrusted")] == [f"127.0.0.1:{site.port}"]

    site.forget()
    civicpress.crawl()
    assert (site.paths(), asked_with(site)) == (["/feed.xml"], [])
    civicpress.change("update distrusted set since = '2020-01-01T00:00:00+00:00'")
    civicpress.crawl()
    assert asked_with(site) == ["If-Modified-Since"]


def test_an_honest_host_is_checked_after_many_answers_and_stays_trusted(site: Site, civicpress: Program) -> None:
    civicpress.set["CHECK_ANSWERS"] = 2
    civicpress.sources(prova={"home": site.url, "feeds": [site.feed("/feed.xml", site.releases(range(3)))]})
    civicpress.crawl()
    asked = []
    for _ in range(5):
        site.forget()
        civicpress.crawl()
        asked += [len(asked_with(site))]
    assert asked == [1, 1, 0, 1, 1]
    assert not civicpress.rows("select host from distrusted")


def test_validators_that_never_match_are_sent_no_more(site: Site, civicpress: Program) -> None:
    site.honest = False
    feed = site.feed("/feed.xml", site.releases(range(3)))
    told(site, "/feed.xml", "ETag", '"a"')
    civicpress.crawl(prova={"home": site.url, "feeds": [feed]})
    site.forget()
    for _ in range(4):
        civicpress.crawl()
    assert asked_with(site) == ["If-None-Match"] * 3
    assert not civicpress.rows("select host from distrusted")


def test_where_an_etag_never_matches_the_time_of_the_last_change_may(site: Site, civicpress: Program) -> None:
    site.honest = False
    feed = site.feed("/feed.xml", site.releases(range(3)))
    told(site, "/feed.xml", "ETag", '"made anew by each of two servers"')
    lying(site, "/feed.xml")
    civicpress.crawl(prova={"home": site.url, "feeds": [feed]})
    counts = [civicpress.crawl().source()["not_modified"] for _ in range(5)]
    assert counts == [0, 0, 0, 1, 1]


def test_a_page_that_says_that_it_is_as_before_and_is_not_makes_its_host_a_liar(
    site: Site, civicpress: Program
) -> None:
    site.honest = False
    site.article("/novita/1", "Riapre la biblioteca", None)
    lying(site, "/novita/1")
    civicpress.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/s.xml", [site.url + "/novita/1"])]})
    civicpress.crawl("--full")
    site.article("/novita/1", "Riapre la biblioteca di via Roma", None)
    lying(site, "/novita/1")
    due = "update looks set next = '2000-01-01T00:00:00+00:00'"
    revised = []
    for _ in range(3):
        civicpress.change(due)
        revised.append(civicpress.crawl().source()["revised"])
    assert revised == [0, 0, 1]
    assert civicpress.rows("select host from distrusted")


@pytest.mark.parametrize(
    ("etag", "modified", "tried"),
    [
        ('"a"', LAST_MODIFIED, ['If-None-Match: "a"', "If-Modified-Since: " + LAST_MODIFIED, ""]),
        ('W/"a"', LAST_MODIFIED, ["If-Modified-Since: " + LAST_MODIFIED, 'If-None-Match: "a"', 'If-None-Match: W/"a"', ""]),
        ('W/"a"', None, ['If-None-Match: "a"', 'If-None-Match: W/"a"', ""]),
        (None, LAST_MODIFIED, ["If-Modified-Since: " + LAST_MODIFIED, ""]),
        (None, None, ["", ""]),
    ],
)  # fmt: skip
def test_what_did_not_match_three_times_is_followed_by_the_next_condition(
    etag: str | None, modified: str | None, tried: list[str]
) -> None:
    headers = [conditions(etag, modified, vain) for vain in range(0, 3 * len(tried), 3)]
    assert ["".join(f"{name}: {value}" for name, value in each.items()) for each in headers] == tried


def test_a_list_is_checked_after_a_week_or_many_answers_and_sources_on_different_days() -> None:
    def due(days: float, often: str | None = None, source: str = "comune") -> bool:
        state = RouteState("u", "feed", "u", checked=(NOW - timedelta(days=days)).isoformat())
        return is_check_due(source, state, NOW, often)

    assert not due(1)
    assert due(9)
    assert due(1, often=(NOW - timedelta(hours=3)).isoformat())
    assert not due(1, often=(NOW - timedelta(days=3)).isoformat())
    assert len({due(7, source=f"comune-{number}") for number in range(20)}) == 2


def test_conditions_that_never_matched_are_tried_anew_after_some_months() -> None:
    given_up = RouteState("u", "feed", "u", etag='"a"', vain=3, checked=NOW.isoformat())
    assert forgiven(given_up, NOW + timedelta(days=30)).vain == 3
    assert forgiven(given_up, NOW + timedelta(days=100)).vain == 0
