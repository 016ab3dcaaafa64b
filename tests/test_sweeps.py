"""What comes in behind known releases is found: by a look back once a day, by a sweep now and then, by lists of changes."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from w3lib.url import add_or_replace_parameter

from crawler.ingest.reach import Reach, ended, looks_further, reach_of
from crawler.settings import LOOK_BACK_PAGES
from spiders.discovery import wordpress
from storage.changes import RouteState
from tests.program import Program
from tests.site import Answer, Item, Site, prose

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
YESTERDAY = "update routes set looked_back = '2026-01-01T00:00:00+00:00'"
MONTHS_AGO = "update routes set swept = '2026-01-01T00:00:00+00:00'"


@pytest.fixture
def items(site: Site, civicpress: Program) -> list[Item]:
    """A crawled source of 24 releases in a list of pages of three; the first ten are those of the last month."""
    civicpress.set["LOOK_BACK_DAYS"] = (date.today() - date(2024, 10, 30)).days + 10
    items = site.releases(range(24))
    listing = site.listings("/novita", items)
    assert civicpress.crawl(prova={"home": site.url, "listings": [listing]}).source()["new"] == 24
    site.forget()
    return items


def insert(site: Site, items: list[Item], place: int) -> None:
    """Publishes a release that is dated back: it comes in behind others that are known."""
    [new] = site.releases([100 + place])
    new = replace(new, day=items[place].day)
    site.article(new.path, new.title, new.words)
    site.listings("/novita", [*items[:place], new, *items[place:]])


def pages(site: Site) -> list[int]:
    """Which pages of the list were asked for."""
    found = [path.partition("?page=")[2] or "1" for path in site.paths() if path.partition("?")[0] == "/novita"]
    return [int(number) for number in found]


def test_a_release_that_is_dated_back_is_found_once_a_day_among_the_recent_ones(
    site: Site, civicpress: Program, items: list[Item]
) -> None:
    insert(site, items, 5)
    line = civicpress.crawl().source()
    assert (line["new"], pages(site)) == (0, [1]), "the first refresh after the crawl does not look back"
    civicpress.change(YESTERDAY)
    site.forget()
    line = civicpress.crawl().source()
    assert (line["new"], line["missed"], pages(site)) == (1, 1, [1, 2, 3, 4, 5])
    [told] = civicpress("status", "--json", "--only-sources", civicpress.folder / "sources.toml").json["sources"]
    assert told["notes"] == ["looks back and sweeps found a release in 90 days that quick refreshes had missed"]
    site.forget()
    assert (civicpress.crawl().source()["missed"], pages(site)) == (0, [1])
    assert [row["missed"] for row in civicpress.rows("select missed from run_sources order by run")] == [0, 0, 1, 0]


def test_a_release_that_is_dated_back_far_is_found_by_a_sweep_which_comes_sooner_then(
    site: Site, civicpress: Program, items: list[Item]
) -> None:
    insert(site, items, 20)
    civicpress.change(YESTERDAY)
    assert civicpress.crawl().source()["new"] == 0
    civicpress.change(MONTHS_AGO)
    site.forget()
    line = civicpress.crawl().source()
    assert (line["new"], line["missed"], pages(site)) == (1, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9])
    [row] = civicpress.rows("select pause, swept > '2026-02' as swept from routes where url = start")
    assert row == {"pause": 10, "swept": 1}
    civicpress.change(MONTHS_AGO)
    assert civicpress.crawl().source()["missed"] == 0
    assert civicpress.rows("select pause from routes where url = start") == [{"pause": 15}]


def test_what_the_fast_way_finds_was_not_missed(site: Site, civicpress: Program, items: list[Item]) -> None:
    site.listings("/novita", [*site.releases([200]), *items])
    civicpress.change(MONTHS_AGO)
    line = civicpress.crawl().source()
    assert (line["new"], line["missed"]) == (1, 0)


def test_a_sweep_that_is_cut_goes_on_in_the_next_run(site: Site, civicpress: Program, items: list[Item]) -> None:
    civicpress.set["LIST_PAGES_A_RUN"] = 4
    insert(site, items, 20)
    civicpress.change(MONTHS_AGO)
    assert civicpress.crawl().source()["error"].startswith("1 addresses wait")
    assert pages(site) == [1, 2, 3, 4]
    site.forget()
    second = civicpress.crawl().source()
    site.forget()
    third = civicpress.crawl().source()
    assert (second["missed"] + third["missed"], max(pages(site))) == (1, 9)
    site.forget()
    civicpress.crawl()
    assert pages(site) == [1]


def test_a_list_of_one_page_is_asked_conditionally_for_ever(site: Site, civicpress: Program) -> None:
    civicpress.crawl(prova={"home": site.url, "listings": [site.listing("/novita", site.releases(range(3)))]})
    civicpress.change(MONTHS_AGO)
    civicpress.change(YESTERDAY)
    assert civicpress.crawl().source()["not_modified"] == 1


def test_a_look_back_ends_where_releases_are_old_and_after_three_pages_without_days() -> None:
    today = date(2026, 5, 4)
    assert looks_further(["2026-05-03", "2026-04-20"], 1, today)
    assert looks_further(["2019-01-01", "2026-04-20"], 1, today), "what is pinned to the top is often old"
    assert not looks_further(["2026-05-03", "2026-03-20"], 1, today)
    assert looks_further(["2026-05-03"], LOOK_BACK_PAGES - 1, today)
    assert not looks_further(["2026-05-03"], LOOK_BACK_PAGES, today)
    assert [looks_further([None], number, today) for number in (1, 2, 3)] == [True, True, False]


def start(**more: object) -> RouteState:
    known = RouteState("u", "listing", "u", complete=True, swept=NOW.isoformat(), looked_back=NOW.isoformat())
    return replace(known, **more)  # type: ignore[arg-type]


def test_how_far_a_list_is_read_depends_on_when_that_was_done_last() -> None:
    def reach(state: RouteState, days: float, paged: bool = True, sweeping: bool = False) -> Reach:
        return reach_of("comune", state, paged, sweeping, NOW + timedelta(days=days))

    assert reach(start(), 0.5) == Reach.NEW
    assert reach(start(), 1) == Reach.BACK
    assert reach(start(), 60) == Reach.ALL
    assert reach(start(pause=90), 60) == Reach.BACK
    assert reach(start(), 60, paged=False) == Reach.NEW
    assert reach(start(), 60, sweeping=True) == Reach.NEW
    assert reach(start(complete=False), 60) == Reach.NEW


def test_sources_that_were_crawled_on_one_day_are_swept_on_different_ones() -> None:
    swept = [
        next(
            day for day in range(100) if reach_of(str(n), start(), True, False, NOW + timedelta(days=day)) == Reach.ALL
        )
        for n in range(50)
    ]
    assert 15 <= min(swept) < 20
    assert 40 < max(swept) <= 45
    assert len(set(swept)) > 15


def test_sweeps_become_rarer_where_they_find_nothing_and_come_soon_where_they_do() -> None:
    state, pauses = start(), []
    for found in (0, 0, 0, 0, 5, 0):
        state = ended(state, {Reach.ALL}, found, NOW.isoformat())
        pauses.append(state.pause)
    assert pauses == [45, 67, 90, 90, 30, 45]


class Posts:
    """WordPress's interface on a site: posts with their day, the time of their last change, and their text."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.posts: dict[str, dict[str, str]] = {}
        site.pages["/"] = Answer(b'<link rel="https://api.w.org/" href="/wp-json/"><p>Benvenuti</p>')

    def put(self, number: int, day: str, modified: str, text: str) -> None:
        """Publishes a post, or changes it."""
        title = prose(f"titolo {number}", 1)[:60]
        self.posts[f"/novita/{number}"] = {"day": day, "modified": modified, "title": title, "text": text}
        self.site.article(f"/novita/{number}", title, None)
        start = f"{self.site.url}/wp-json/{wordpress.PATH}?{wordpress.QUERY}"
        for order, address, size in (("day", start, 100), ("modified", wordpress.by_change(start), 30)):
            named = sorted(self.posts.items(), key=lambda item: item[1][order], reverse=True)
            for page in range(-(-len(named) // size)):
                part = [
                    {
                        "id": number, "date": f"{post['day']}T09:00:00", "link": self.site.url + url,
                        "title": {"rendered": post["title"]}, "content": {"rendered": f"<p>{post['text']}</p>"},
                    }
                    for number, (url, post) in enumerate(named[page * size : (page + 1) * size])
                ]  # fmt: skip
                following = add_or_replace_parameter(address, "page", str(page + 1)) if page else address
                kind = {"Content-Type": "application/json", "X-WP-TotalPages": str(-(-len(named) // size))}
                self.site.pages[following.removeprefix(self.site.url)] = Answer(json.dumps(part).encode(), headers=kind)


@pytest.fixture
def posts(site: Site, civicpress: Program) -> Posts:
    """A crawled site with 130 posts, one a day until yesterday."""
    site.honest = False
    posts = Posts(site)
    for number in range(130):
        day = (date.today() - timedelta(days=number + 1)).isoformat()
        posts.put(number, day, f"{day}T09:00:00", prose(f"testo {number}"))
    line = civicpress.crawl(prova={"home": site.url + "/", "platform": "wordpress"}).source()
    assert line["new"] == 130
    site.forget()
    return posts


def test_edits_of_old_posts_and_posts_dated_back_cost_one_request_a_day(
    posts: Posts, site: Site, civicpress: Program
) -> None:
    def asked() -> list[str]:
        return ["changed" if "modified" in path else "posts" for path in site.paths() if "wp-json" in path]

    now = datetime.now(UTC).isoformat()[:19]
    posts.put(120, (date.today() - timedelta(days=121)).isoformat(), now, prose("riscritto"))
    posts.put(500, (date.today() - timedelta(days=125)).isoformat(), now, prose("di allora"))
    line = civicpress.crawl().source()
    assert (line["new"], line["revised"], asked()) == (0, 0, ["posts"]), "all of it was read within the day"
    civicpress.change(YESTERDAY)
    civicpress.change("update routes set swept = strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-2 days')")
    site.forget()
    line = civicpress.crawl().source()
    assert (line["new"], line["revised"], line["missed"], asked()) == (1, 1, 1, ["posts", "changed"])
    site.forget()
    line = civicpress.crawl().source()
    assert (line["new"], line["revised"], asked()) == (0, 0, ["posts"])


def test_a_title_that_changes_alone_is_a_revision(posts: Posts, site: Site, civicpress: Program) -> None:
    address = next(
        path for path in site.pages if path.startswith("/wp-json") and "&" in path and "modified" not in path
    )
    answer = site.pages[address]
    assert isinstance(answer, Answer)
    answer.body = answer.body.replace(b'"rendered": "', b'"rendered": "Rettifica: ', 1)
    assert civicpress.crawl().source()["revised"] == 1


def test_a_site_that_does_not_know_the_order_is_asked_for_it_once_a_day_and_is_no_failure(
    posts: Posts, site: Site, civicpress: Program
) -> None:
    civicpress.change(YESTERDAY)
    civicpress.change("update routes set swept = strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-2 days')")
    for path in [path for path in site.pages if "modified" in path]:
        del site.pages[path]
    lines = [civicpress.crawl().source() for _ in range(2)]
    assert [(line["status"], line["problems"]) for line in lines] == [("ok", 1), ("ok", 0)]
