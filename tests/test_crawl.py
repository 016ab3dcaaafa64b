"""A first crawl: how sources are read, what is kept of them, and what the report says."""

import contextlib
import gzip
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from storage.archive import decompress
from tests.program import Ended, Program
from tests.site import Answer, Site, prose

Sources = dict[str, Any]

REPORT = {"run", "sources", "totals"}
COUNTS = {"requests", "not_modified", "bytes", "new", "revised", "unchanged", "duplicates", "problems", "seconds"}


def test_one_run_crawls_many_sources_at_once(new_site: Callable[[], Site], civicpress: Program) -> None:
    sites = [new_site() for _ in range(24)]
    everybody = threading.Barrier(len(sites))  # no list is answered before all of them were asked
    sources = {}
    for number, site in enumerate(sites):
        site.seed = str(number)
        feed = site.feed("/feed.xml", site.releases([1, 2]))
        answer = site.pages["/feed.xml"]
        assert isinstance(answer, Answer)
        answer.until = everybody
        sources[f"comune_{number}"] = {"home": site.url, "feeds": [feed]}
    done = civicpress.crawl(**sources)
    assert not everybody.broken
    assert (done.status, done.json["totals"]["new"]) == (0, 48)
    assert {line["status"] for line in done.json["sources"]} == {"ok"}


def feed(site: Site) -> Sources:
    """A feed of two releases."""
    return {"home": site.url, "feeds": [site.feed("/feed.xml", site.releases([1, 2]))]}


def several(site: Site) -> Sources:
    """Three lists that name the same releases, whose pages have no day."""
    first, second, third = site.releases([1, 2, 3])
    for item in (first, second, third):
        site.article(item.path, item.title, None)
    urls = [f"{site.url}{item.path}?utm_source=x" for item in (first, third)]
    return {
        "home": site.url,
        "feeds": [site.feed("/feed.xml", [first, second])],
        "sitemaps": [site.sitemap("/sitemap.xml", urls)],
        "listings": [site.listing("/novita", [first, third])],
    }


def whole_text(site: Site) -> Sources:
    """A feed that carries the text of one release."""
    item, other = site.releases([1, 2])
    text = f"<p>{prose('uno')}</p><p>{prose('due')}</p>"
    return {"home": site.url, "feeds": [site.feed("/feed.xml", [replace(item, text=text), other])]}


def index(site: Site) -> Sources:
    """An index of sitemaps, one of them compressed."""
    urls = [site.url + item.path for item in site.releases([1, 2, 3])]
    children = [
        site.sitemap("/sitemap-post-1.xml.gz", urls[:2], packed=True),
        site.sitemap("/sitemap-post-2.xml", urls[2:]),
    ]
    return {"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", children, name="sitemap")]}


def news(site: Site) -> Sources:
    """A news sitemap, which has titles and days of publication; the page has neither."""
    [item] = site.releases([4])
    site.article(item.path, item.title, None)
    body = (
        '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        f"<loc>{site.url}{item.path}</loc><lastmod>2025-01-11</lastmod><news:news>"
        f"<news:publication_date>{item.day}T09:00:00+02:00</news:publication_date>"
        f"<news:title>{item.title}</news:title></news:news></url></urlset>"
    )
    site.pages["/news.xml"] = Answer(body.encode(), headers={"Content-Type": "application/xml"})
    return {"home": site.url, "sitemaps": [site.url + "/news.xml"]}


def plain(site: Site) -> Sources:
    """A sitemap in plain text."""
    text = "\n".join(site.url + item.path for item in site.releases([5, 6]))
    site.pages["/sitemap.txt"] = Answer(text.encode(), headers={"Content-Type": "text/plain"})
    return {"home": site.url, "sitemaps": [site.url + "/sitemap.txt"]}


def pages(site: Site) -> Sources:
    """A list in four pages."""
    return {"home": site.url, "listings": [site.listings("/novita", site.releases(range(10)))]}


def home(site: Site) -> Sources:
    """A home page that leads to a feed and a section; robots.txt names a sitemap."""
    site.feed("/feed", site.releases([1]))
    site.listing("/novita/comunicati", site.releases([2, 3, 4]))
    sitemap = site.sitemap("/sitemap.xml", [site.url + item.path for item in site.releases([5])])
    site.pages["/robots.txt"] = Answer(f"Sitemap: {sitemap}\n".encode(), headers={"Content-Type": "text/plain"})
    site.pages["/"] = Answer(
        b'<html><head><link rel=alternate type="application/rss+xml" href="/feed"></head><body><nav>'
        b'<a href="/contatti">Contatti</a><a href="/novita/comunicati">Comunicati stampa</a></nav></body></html>'
    )
    return {"home": site.url + "/"}


def bare_home(site: Site) -> Sources:
    """A home page without a robots.txt that leads to a section and to a feed that is not there any more."""
    home(site)
    del site.pages["/robots.txt"], site.pages["/feed"], site.pages["/sitemap.xml"]
    return {"home": site.url + "/"}


def packed(site: Site) -> Sources:
    """A page that is served compressed."""
    [item] = site.releases([1])
    page = site.pages[item.path]
    assert isinstance(page, Answer)
    page.body, page.headers = gzip.compress(page.body), {"Content-Encoding": "gzip"}
    return {"home": site.url, "feeds": [site.feed("/feed.xml", [item])]}


SCENARIOS = (feed, several, whole_text, index, news, plain, pages, home, bare_home, packed)


class Crawled:
    """One crawl of a source for each of the scenarios, and of two sources that publish the same text."""

    def __init__(self, civicpress: Program, new_site: Callable[[], Site]) -> None:
        self.civicpress = civicpress
        self.sites = {each.__name__: new_site() for each in SCENARIOS} | {name: new_site() for name in ("one", "two")}
        for name, site in self.sites.items():
            site.seed = "equal" if name in ("one", "two") else name
        tables = {each.__name__: each(self.sites[each.__name__]) for each in SCENARIOS}
        self.done: Ended = civicpress.crawl(**tables, one=feed(self.sites["one"]), two=feed(self.sites["two"]))

    def source(self, scenario: Callable[[Site], Sources]) -> tuple[Site, dict[str, Any]]:
        """A scenario's site, and its line in the report."""
        return self.sites[scenario.__name__], self.done.source(scenario.__name__.replace("_", "-"))

    def document(self, url: str) -> dict[str, Any]:
        """The document at an address."""
        [row] = self.civicpress.rows("select * from corpus where url = ?", url)
        return row


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """The crawl, made once."""
    with contextlib.ExitStack() as stack:

        def new_site() -> Site:
            return stack.enter_context(contextlib.closing(Site()))

        yield Crawled(Program(tmp_path_factory.mktemp("crawl")), new_site)


def test_the_report_has_the_shape_of_the_contract(crawled: Crawled) -> None:
    report, (site, line) = crawled.done.json, crawled.source(feed)
    assert set(report) == REPORT
    assert set(report["totals"]) == COUNTS
    assert set(line) == COUNTS | {"source", "status", "error", "missed"}
    assert line["requests"] == len(site.asked) == 4
    assert line["bytes"] > sum(len(page.body) for page in site.pages.values() if isinstance(page, Answer))
    assert (line["status"], line["error"], line["new"]) == ("ok", None, 2)
    assert report["totals"]["new"] == sum(each["new"] for each in report["sources"])
    [run] = crawled.civicpress.rows("select * from runs")
    kept = {name: run[name] for name in COUNTS - {"seconds"}}
    assert kept == {name: report["totals"][name] for name in COUNTS - {"seconds"}}
    assert (run["id"], run["status"]) == (report["run"], "done")
    assert (crawled.done.status, crawled.done.err) == (0, "")


def test_a_release_that_several_lists_name_is_fetched_once_and_keeps_the_day_that_a_list_gave(
    crawled: Crawled,
) -> None:
    site, line = crawled.source(several)
    assert (line["status"], line["new"]) == ("ok", 3)
    assert Counter(path.partition("?")[0] for path in site.paths()).most_common(1)[0][1] == 1
    found = [crawled.document(f"{site.url}/novita/{number}") for number in (1, 2, 3)]
    assert [row["date"] for row in found] == ["2024-10-29", "2024-10-28", "2024-10-27"]
    assert [row["date_origin"] for row in found] == ["listing", "feed", "listing"]


def test_a_feed_that_carries_the_whole_text_spares_the_page(crawled: Crawled) -> None:
    site, line = crawled.source(whole_text)
    assert line["new"] == 2
    assert site.paths() == ["/feed.xml", "/novita/2"]
    row = crawled.document(site.url + "/novita/1")
    assert (row["date"], row["date_origin"]) == ("2024-10-29", "feed")
    assert row["body"] == f"{prose('uno')}\n\n{prose('due')}"


def test_sitemaps_are_read_as_indexes_compressed_as_news_and_as_plain_text(crawled: Crawled) -> None:
    assert [crawled.source(each)[1]["new"] for each in (index, news, plain)] == [3, 1, 2]
    row = crawled.document(crawled.source(news)[0].url + "/novita/4")
    assert (row["date"], row["date_origin"]) == ("2024-10-26", "sitemap")


def test_a_list_is_read_to_its_last_page(crawled: Crawled) -> None:
    site, line = crawled.source(pages)
    assert line["new"] == 10
    assert [path for path in site.paths() if "?" in path] == ["/novita?page=2", "/novita?page=3", "/novita?page=4"]


def test_from_a_home_page_its_feeds_its_press_sections_and_the_sitemaps_of_robots_txt_are_found(
    crawled: Crawled,
) -> None:
    site, line = crawled.source(home)
    assert (line["status"], line["new"]) == ("ok", 5)
    assert "/contatti" not in site.paths()
    assert Counter(asked.path for asked in site.asked)["/robots.txt"] == 1


def test_a_home_page_that_also_advertises_what_is_gone_is_read_all_the_same(crawled: Crawled) -> None:
    _, line = crawled.source(bare_home)
    assert (line["status"], line["new"], line["problems"]) == ("ok", 3, 0)


def test_the_page_as_it_was_served_is_kept(crawled: Crawled) -> None:
    site, _ = crawled.source(packed)
    url = site.url + "/novita/1"
    page = site.pages["/novita/1"]
    assert isinstance(page, Answer)
    [row] = crawled.civicpress.rows("select url, content_type, body from pages where url = ?", url)
    assert decompress(row["body"]) == gzip.decompress(page.body)
    assert row["content_type"] == "text/html; charset=utf-8"


def test_equal_texts_of_two_sources_are_one_document(crawled: Crawled) -> None:
    lines = [crawled.done.source(name) for name in ("one", "two")]
    assert sorted((line["new"], line["duplicates"]) for line in lines) != [(2, 0), (2, 0)]
    assert sum(line["new"] for line in lines) == sum(line["duplicates"] for line in lines) == 2
    urls = {crawled.sites[name].url + "/novita/1" for name in ("one", "two")}
    [row] = crawled.civicpress.rows("select id, url, copies from corpus where url in (?, ?)", *urls)
    [copy] = crawled.civicpress.rows("select url, relation from copies where document = ?", row["id"])
    assert (row["copies"], copy["relation"], {row["url"], copy["url"]}) == (1, "exact", urls)
