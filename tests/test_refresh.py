"""Later runs: what is known is not fetched again, what is new is found, at the price of a few requests."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.program import Ended, Program
from tests.site import Answer, Site, prose

RUN_TABLES = {"runs", "run_sources", "sqlite_sequence", "soundness"}  # the last: one look at the file a day


def state(civicpress: Program) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables but the record of runs."""
    names = [row["name"] for row in civicpress.rows("select name from sqlite_master where type = 'table'")]
    return {name: civicpress.rows(f"select * from {name}") for name in names if name not in RUN_TABLES}


def composed(site: Site, numbers: range) -> dict[str, object]:
    """A source with a feed, a sitemap and a list in pages, all naming the same releases."""
    items = site.releases(numbers)
    return {
        "home": site.url,
        "feeds": [site.feed("/feed.xml", items[:5])],
        "sitemaps": [site.sitemap("/sitemap.xml", [site.url + item.path for item in items])],
        "listings": [site.listings("/novita", items)],
    }


def home(site: Site, numbers: range) -> dict[str, object]:
    """A source of which only the home page is written down: it leads to a feed, sections and a sitemap."""
    items = site.releases(numbers)
    site.feed("/feed", items[:5])
    sections = ["/novita/notizie", "/novita/comunicati", "/novita/avvisi"]
    for part, path in enumerate(sections):
        site.listing(path, items[part::3])
    sitemap = site.sitemap("/sitemap.xml", [site.url + item.path for item in items])
    site.pages["/robots.txt"] = Answer(f"Sitemap: {sitemap}\n".encode(), headers={"Content-Type": "text/plain"})
    menu = "".join(f'<a href="{path}">{path[8:].capitalize()}</a>' for path in sections)
    site.pages["/"] = Answer(
        f'<link rel=alternate type="application/rss+xml" href="/feed"><nav>{menu}<a href="/uffici">Uffici</a></nav>'.encode()
    )
    return {"home": site.url + "/"}


def index(site: Site, numbers: range) -> dict[str, object]:
    """A source with an index of sitemaps; newer releases come into the last of them, and the index stays as it is."""
    urls = [site.url + item.path for item in site.releases(numbers)]
    children = [
        site.sitemap(
            f"/sitemap-post-{part}.xml", urls[part::6] if part < 5 else urls[len(urls) // 6 * 6 :] or urls[5::6]
        )
        for part in range(6)
    ]
    return {"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", children, name="sitemap")]}


def test_a_second_run_with_nothing_new_costs_three_requests_a_source_and_changes_no_row(
    new_site: Callable[[], Site], civicpress: Program
) -> None:
    sites, sources = {}, {}
    for make in (composed, home, index):
        for honest in (True, False):
            name = f"{make.__name__}-{'with' if honest else 'without'}-validators"
            sites[name] = site = new_site()
            site.seed, site.honest = name, honest
            sources[name] = make(site, range(12))
    first = civicpress.crawl(**sources)
    assert (first.status, first.json["totals"]["new"]) == (0, 72)
    before = state(civicpress)
    for site in sites.values():
        site.forget()
    second = civicpress.crawl()
    assert second.status == 0
    for name, site in sites.items():
        line = second.source(name)
        assert 1 <= len(site.asked) <= 3, site.paths()
        assert line["requests"] == len(site.asked)
        assert line["not_modified"] == (len(site.asked) if site.honest else 0)
        assert not any(path[-1].isdigit() for path in site.paths()), "no release is fetched again"
    totals = second.json["totals"]
    assert not any(totals[count] for count in ("new", "revised", "unchanged", "duplicates", "problems"))
    assert state(civicpress) == before
    assert len(civicpress.rows("select * from runs")) == 2


def test_newer_releases_are_found_in_lists_that_take_turns(new_site: Callable[[], Site], civicpress: Program) -> None:
    front, sitemaps = new_site(), new_site()
    front.seed, sitemaps.seed = "front", "sitemaps"
    civicpress.crawl(front=home(front, range(1, 13)), sitemaps=index(sitemaps, range(12)))
    [newest], [last] = front.releases([0]), sitemaps.releases([99])
    front.listing("/novita/avvisi", [newest])
    urls = [f"{sitemaps.url}/novita/{number}" for number in (5, 11)]
    sitemaps.sitemap("/sitemap-post-5.xml", [*urls, sitemaps.url + last.path])
    found = 0
    for _ in range(5):
        if found < 2:
            found += civicpress.crawl().json["totals"]["new"]
    assert found == 2


class Refreshed:
    """Two crawls of some sources, between which each site changes in its own way."""

    def __init__(self, civicpress: Program, new_site: Callable[[], Site]) -> None:
        names = ("lists", "feed", "paging", "text", "page", "part")
        self.sites = lists, feed, paging, text, page, part = [new_site() for _ in names]
        for site, name in zip(self.sites, names, strict=True):
            site.seed = name
        old = feed.releases(range(5, 8))
        pages = paging.releases(range(3, 18))
        texts = [replace(item, text=f"<p>{prose(item.title)}</p><p>Fine.</p>") for item in text.releases([1, 2])]
        sources = {
            "lists": composed(lists, range(1, 13)),
            "feed": {"home": feed.url, "feeds": [feed.feed("/feed.xml", old)]},
            "paging": {"home": paging.url, "listings": [paging.listings("/novita", pages)]},
            "text": {"home": text.url, "feeds": [text.feed("/feed.xml", texts)]},
            "page": {"home": page.url, "feeds": [page.feed("/feed.xml", page.releases([1, 2]))]},
            "part": {"home": part.url, "listings": [part.listings("/novita", part.releases(range(9)))]},
        }
        late = page.pages["/novita/2"], part.pages["/novita?page=2"]
        page.pages["/novita/2"] = part.pages["/novita?page=2"] = Answer(b"", 500)
        self.first: Ended = civicpress.crawl(**sources)
        for site in self.sites:
            site.forget()
        composed(lists, range(13))
        feed.feed("/feed.xml", [*feed.releases([4]), *old])
        paging.listings("/novita", [*paging.releases([0]), *pages])
        text.feed("/feed.xml", [texts[0], replace(texts[1], text=f"<p>{prose('altro')}</p><p>Fine.</p>")])
        page.pages["/novita/2"], part.pages["/novita?page=2"] = late
        self.second: Ended = civicpress.crawl()

    def source(self, name: str) -> tuple[Site, dict[str, Any], dict[str, Any]]:
        """A source's site, and its lines in the two reports."""
        return next(site for site in self.sites if site.seed == name), self.first.source(name), self.second.source(name)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshed]:
    """The two crawls, made once."""
    with contextlib.ExitStack() as stack:

        def new_site() -> Site:
            return stack.enter_context(contextlib.closing(Site()))

        yield Refreshed(Program(tmp_path_factory.mktemp("refresh")), new_site)


def test_a_newer_release_costs_a_few_requests(refreshed: Refreshed) -> None:
    site, _, line = refreshed.source("lists")
    assert (line["new"], line["status"]) == (1, "ok")
    assert len(site.asked) <= 5  # its three lists, the list's second page, the release
    site, _, line = refreshed.source("feed")
    assert line["new"] == 1
    assert site.paths() == ["/feed.xml", "/novita/4"]


def test_paging_stops_at_the_first_page_that_holds_nothing_new(refreshed: Refreshed) -> None:
    site, _, line = refreshed.source("paging")
    assert line["new"] == 1
    assert site.paths() == ["/novita", "/novita?page=2", "/novita/0"]


def test_a_text_that_a_feed_carries_is_revised_when_the_feed_says_otherwise(refreshed: Refreshed) -> None:
    _, _, line = refreshed.source("text")
    assert (line["revised"], line["unchanged"], line["new"]) == (1, 0, 0)


def test_a_page_that_failed_for_a_passing_reason_is_tried_again(refreshed: Refreshed) -> None:
    _, before, after = refreshed.source("page")
    assert (before["new"], before["problems"], after["new"], after["problems"]) == (1, 1, 1, 0)


def test_a_list_s_page_that_failed_is_asked_again_and_nothing_behind_it_is_lost(refreshed: Refreshed) -> None:
    _, before, after = refreshed.source("part")
    assert (before["new"], before["status"]) == (3, "failed")
    assert (after["new"], after["status"]) == (6, "ok")


def test_a_full_run_reads_known_pages_again_and_keeps_every_wording(site: Site, civicpress: Program) -> None:
    items = site.releases(range(4))
    civicpress.crawl(prova={"home": site.url, "listings": [site.listings("/novita", items)]})
    site.article(items[1].path, items[1].title + " rettifica", items[1].words)
    assert civicpress.crawl().source()["revised"] == 0
    site.forget()
    line = civicpress.crawl("--full").source()
    assert (line["revised"], line["unchanged"], line["new"], line["not_modified"]) == (1, 3, 0, 0)
    assert sorted(site.paths()) == sorted(["/novita", "/novita?page=2", *(item.path for item in items)])
    [row] = civicpress.rows("select revision, title from corpus where url = ?", site.url + items[1].path)
    assert row == {"revision": 2, "title": items[1].title + " rettifica"}
    assert len(civicpress.rows("select * from revisions")) == 5


def test_since_leaves_older_releases_out_and_stops_paging(site: Site, civicpress: Program) -> None:
    items = site.releases(range(12))
    civicpress.sources(prova={"home": site.url, "listings": [site.listings("/novita", items)]})
    day = items[3].day.isoformat()
    assert civicpress.crawl("--since", day).source()["new"] == 4
    assert [path for path in site.paths() if "novita?" in path] == ["/novita?page=2", "/novita?page=3"]
    site.forget()
    assert civicpress.crawl("--since", day).source()["new"] == 0
    assert sorted(site.paths()) == ["/novita", "/novita?page=3"]
    assert civicpress.crawl().source()["new"] == 8, "a run without --since finds the rest"


def test_limit_bounds_a_run_and_the_next_ones_go_on(site: Site, civicpress: Program) -> None:
    civicpress.sources(prova={"home": site.url, "listings": [site.listings("/novita", site.releases(range(7)))]})
    assert [civicpress.crawl("--limit", "4").source()["new"] for _ in range(3)] == [4, 3, 0]
