"""Nothing that is not public is contacted, however it is written and whatever leads there."""

import html
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from spiders.source import check_address
from tests.drills.addresses import ALLOWED, notations, tricks
from tests.drills.conftest import Tell
from tests.drills.hostile import Forbidden
from tests.program import Ended, Program
from tests.site import Answer, Item, Site

HOST = "127.1.0.1"


@pytest.fixture
def narrow(civicpress: Program, forbidden: Forbidden) -> Iterator[Program]:
    """The program, allowed to contact our sites and not the forbidden port, nor any other address of this computer."""
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = ALLOWED
    civicpress.set = {"DOWNLOAD_TIMEOUT": 5, "RETRY_TIMES": 1, "FIRST_PAUSE": 0.0, "MOST_IN_A_ROW": 10_000}
    yield civicpress
    assert forbidden.seen() == 0


def everything(forbidden: Forbidden, site: Site) -> list[str]:
    """All forbidden addresses, as a link may write them."""
    return [*notations(forbidden.port).values(), *tricks(forbidden.port, f"{HOST}:{site.port}").values()]


def location(url: str) -> str:
    """An address as a header carries it."""
    return url.encode().decode("latin-1").replace("\n", "")


def refused(done: Ended) -> None:
    """Nothing was kept, and each source says why."""
    for line in done.json["sources"]:
        assert line["new"] == 0, line
        assert line["status"] in ("refused", "failed", "empty"), line
        assert line["error"], line


def test_a_source_at_a_forbidden_address(forbidden: Forbidden, narrow: Program, tell: Tell) -> None:
    fit = []
    for name, url in {**notations(forbidden.port), **tricks(forbidden.port, HOST)}.items():
        try:
            fit.append(check_address(url))
        except ValueError:
            done = narrow.crawl(wrong={"home": url}) if len(fit) < 3 else None
            assert done is None or done.status == 2, name
    assert len(fit) >= 30
    done = narrow.crawl(**{f"s{number}": {"home": url, "feeds": [url]} for number, url in enumerate(fit)})
    refused(done)
    assert {line["error"].partition(":")[0] for line in done.json["sources"]} <= {"not-public", "dns"}
    assert forbidden.seen() == 0
    tell(f"forbidden addresses as sources: {len(notations(1)) + len(tricks(1, ''))} forms, 0 connections")


@pytest.mark.parametrize("first", [None, Answer(b"", 503, {"Retry-After": "0"})], ids=["at-once", "after-503"])
def test_pages_that_redirect_to_a_forbidden_address(
    first: Answer | None, new_site: Callable[[str], Site], forbidden: Forbidden, narrow: Program, tell: Tell
) -> None:
    site = new_site(HOST)
    urls = []
    for number, url in enumerate(everything(forbidden, site)):
        status = (301, 302, 303, 307, 308)[number % 5]
        answers = iter([first] if first else [])
        there = Answer(b"", status, {"Location": location(url)})
        site.pages[f"/novita/{number}"] = lambda answers=answers, there=there: next(answers, there)  # type: ignore[misc]
        urls.append(f"{site.url}/novita/{number}")
    good = site.releases([999])
    urls.append(site.url + good[0].path)
    done = narrow.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", urls)]})
    assert done.source()["new"] == 1, done.out
    found = {row["url"]: row["reason"] for row in narrow.rows("select url, reason from problems")}
    assert len(found) == len(urls) - 1, "each has its outcome"
    assert set(found.values()) <= {"not-public", "offsite", "dns", "unreadable", "http-error", "gone"}, found
    assert forbidden.seen() == 0
    after = " after a 503" if first else ""
    tell(f"redirects{after} to forbidden addresses: {len(found)} forms, {len(found)} on record, 0 connections")


def test_robots_txt_that_redirects_to_a_forbidden_address(
    new_site: Callable[[str], Site], forbidden: Forbidden, narrow: Program, tell: Tell
) -> None:
    sources = {}
    for number, url in enumerate(notations(forbidden.port).values()):
        site = new_site(HOST)
        site.pages["/robots.txt"] = Answer(b"", 302, {"Location": location(url)})
        sources[f"s{number}"] = {"home": site.url, "feeds": [site.feed("/feed.xml", [])]}
    refused(narrow.crawl(**sources))
    assert forbidden.seen() == 0
    tell(f"robots.txt that redirects to forbidden addresses: {len(sources)} forms, 0 connections")


def test_lists_that_name_or_become_forbidden_addresses(
    new_site: Callable[[str], Site], forbidden: Forbidden, narrow: Program, tell: Tell
) -> None:
    feeds, maps, lists, further, home = (new_site(HOST) for _ in range(5))
    sources = {}
    urls = [html.escape(url) for url in everything(forbidden, feeds)]
    items = [Item(url, f"Avviso numero {number}", date(2024, 5, 1)) for number, url in enumerate(urls)]
    # Of a feed and a list, the addresses stand as they are; Site.feed would put its own before them.
    feeds.url, own = "", feeds.url
    feeds.feed("/feed.xml", items)
    feeds.url = own
    sources["feed"] = {"home": own, "feeds": [own + "/feed.xml"]}
    sources["mappa"] = {"home": maps.url, "sitemaps": [maps.sitemap("/sitemap.xml", urls)], "include": ["."]}
    maps.sitemap("/indice.xml", urls, name="sitemap")
    sources["indice"] = {"home": maps.url, "sitemaps": [maps.url + "/indice.xml"]}
    sources["lista"] = {"home": lists.url, "listings": [lists.listing("/novita", items)]}
    for number, url in enumerate(urls):
        path = f"/elenco/{number}"
        further.listing(path, further.releases([number], f"/atti/{number}"), url)  # its next page
        moved = f"/mossa/{number}"
        further.pages[moved] = Answer(b"", 302, {"Location": location(html.unescape(url))})
        further.article(f"/atti/{number}/x", f"Avviso con allegato {number}")
        page = further.pages[f"/atti/{number}/{number}"]
        assert isinstance(page, Answer)
        page.body = f'<main><h1>Avviso {number}</h1><a href="{url}.pdf">Comunicato stampa (PDF)</a></main>'.encode()
    numbers = range(len(urls))
    sources["seguito"] = {"home": further.url, "listings": [f"{further.url}/elenco/{number}" for number in numbers]}
    sources["mosse"] = {"home": further.url, "feeds": [f"{further.url}/mossa/{number}" for number in numbers]}
    home.pages["/robots.txt"] = Answer("\n".join(f"Sitemap: {url}" for url in urls).encode())
    links = "".join(
        f'<link rel=alternate type="application/rss+xml" href="{url}"><a href="{url}">Notizie</a>'
        f'<a href="{url}/feed">RSS</a><a href="{url}/comunicati">Comunicati stampa</a>'
        for url in urls
    )
    home.pages["/"] = Answer(f"<html><head><title>Comune</title></head><body>{links}</body></html>".encode())
    sources["casa"] = {"home": home.url + "/"}
    done = narrow.crawl(**sources)
    assert len(done.json["sources"]) == len(sources)
    kept = [row["url"] for row in narrow.rows("select url from corpus")]
    assert all(url.startswith(f"{further.url}/atti/") for url in kept), "pages whose file could not be had, if any"
    assert forbidden.seen() == 0
    asked = sum(line["requests"] for line in done.json["sources"])
    assert asked == sum(len(site.asked) for site in (feeds, maps, lists, further, home))
    tell(
        f"feeds, sitemaps, indexes, lists, pagers, files and home pages that name {len(urls)} forbidden addresses: "
        f"0 connections, {asked} requests, all to the sites themselves"
    )
