"""Two crawls of one corpus never ask one site at the same time."""

import errno
import os
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.ingest.claims import Claims
from storage import memory
from storage.changes import Found, Listed, RouteState
from storage.corpus import Corpus
from tests.claimants import Other
from tests.program import Program, Running, wait_until
from tests.site import Answer, Site


def test_a_site_is_one_process_s_until_that_gives_it_free(tmp_path: Path, other: Callable[..., Other]) -> None:
    with Claims(tmp_path / "corpus.db") as claims:
        first = other("a.it", "b.it")
        assert first.could
        assert not claims.take(["b.it", "c.it"])
        assert other("c.it").could, "who could not have all holds none"
        assert claims.take(["d.it"])
        assert not other("d.it").could
        first.gives()
        assert claims.take(["b.it"])
        assert claims.again(["a.it", "d.it"]) == 12.5
        assert claims.again(["d.it"]) == 0


def test_a_process_that_dies_leaves_no_claim(tmp_path: Path, other: Callable[..., Other]) -> None:
    first = other("a.it")
    with Claims(tmp_path / "corpus.db") as claims:
        assert not claims.take(["a.it"])
        first.killed()
        assert claims.take(["a.it"])


def test_a_site_that_two_claims_of_a_process_name_is_free_after_both(
    tmp_path: Path, other: Callable[..., Other]
) -> None:
    with Claims(tmp_path / "corpus.db") as claims:
        assert claims.take(["a.it", "b.it"])
        assert claims.take(["b.it"])
        claims.give(["a.it", "b.it"], 0)
        assert not other("b.it").could
        assert other("a.it").could
        claims.give(["b.it"], 0)
        assert other("b.it").could


def test_the_claims_of_a_whole_country_take_little_space(tmp_path: Path) -> None:
    sites = [f"comune-{number}.it" for number in range(2000)]
    with Claims(tmp_path / "corpus.db") as claims:
        assert claims.take(sites)
        claims.give(sites, time.time())
        assert claims.take(sites)
    assert (tmp_path / "corpus.db-sites.lock").stat().st_blocks * 512 <= 10 << 20


def several(site: Site, civicpress: Program, delay: float = 0.0) -> None:
    """Three sources on one site, of five releases each, answered slowly."""
    tables = {}
    for folder in ("uno", "due", "tre"):
        listing = site.listing(f"/{folder}", site.releases(range(5), f"/{folder}"))
        tables[folder] = {"home": site.url, "listings": [listing], "delay": delay}
    for page in site.pages.values():
        assert isinstance(page, Answer)
        page.wait = 0.1
    civicpress.sources(**tables)


def crawl(civicpress: Program, *names: str) -> Running:
    return civicpress.start("crawl", *names, "--only-sources", civicpress.folder / "sources.toml", "--json")


def test_two_crawls_of_one_site_ask_it_in_turns_and_fetch_nothing_twice(site: Site, civicpress: Program) -> None:
    several(site, civicpress)
    running = [crawl(civicpress) for _ in range(3)]
    done = [each.ended(60) for each in running]
    assert [each.status for each in done] == [0, 0, 0]
    assert all(first.done <= second.at for first, second in pairwise(site.asked))
    pages = [path for path in site.paths() if path.count("/") == 2]
    assert sorted(pages) == sorted(set(pages))
    assert len(civicpress.rows("select id from corpus")) == 15
    assert sum(each.json["totals"]["new"] for each in done) == 15


@pytest.mark.alone
def test_the_pause_between_two_requests_holds_between_two_crawls_too(site: Site, civicpress: Program) -> None:
    several(site, civicpress, delay=0.6)
    running = [crawl(civicpress, name) for name in ("uno", "due")]
    assert [each.ended(60).status for each in running] == [0, 0]
    assert min(second.at - first.at for first, second in pairwise(site.asked)) >= 0.6 - 0.15


def test_what_a_run_that_began_later_has_seen_is_known_too(tmp_path: Path) -> None:
    url = "https://comune.example.it/novita/1"
    route = RouteState("https://comune.example.it/novita", "listing", "https://comune.example.it/novita")
    with Corpus(tmp_path / "corpus.db") as corpus:
        first, second = corpus.start_run("2026-03-01T08:00:00+00:00"), corpus.start_run("2026-03-01T08:01:00+00:00")
        corpus.save([Listed("comune", route, (Found(url, "{}"),))], second, "2026-03-01T08:02:00+00:00")
        assert len(memory.known(corpus.db, [url], first)) == 1
        assert not memory.known(corpus.db, [url], second)


def test_a_crawl_that_waits_for_another_one_stops_when_it_is_told_to(site: Site, civicpress: Program) -> None:
    several(site, civicpress)
    page = site.pages["/uno/0"]
    assert isinstance(page, Answer)
    page.wait = 60
    first = crawl(civicpress, "uno")
    assert wait_until(lambda: "/uno/0" in site.paths())
    second = crawl(civicpress, "due")
    try:
        assert wait_until(lambda: len(civicpress.rows("select id from runs")) == 2), "it has begun, so it hears signals"
        assert not wait_until(lambda: second.process.poll() is not None or "/due" in site.paths(), 2)
        second.tell(signal.SIGTERM)
        done = second.ended(10)
        assert (done.status, done.source("due")["requests"]) == (1, 0)
        assert "/due" not in site.paths()
    finally:
        first.close()
        second.close()


def test_who_may_only_read_the_file_keeps_crawls_away_all_the_same(
    tmp_path: Path, other: Callable[..., Other], monkeypatch: pytest.MonkeyPatch
) -> None:
    other("z.it")  # a crawl has made the file
    opened = os.open

    def as_a_reader(path: Path, flags: int, mode: int = 0o777) -> int:  # root may write whatever its mode
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", as_a_reader)
    with Claims(tmp_path / "corpus.db") as claims:
        monkeypatch.undo()
        assert claims.take(["a.it"])
        assert not other("a.it").could
        assert not claims.take(["z.it"])
        claims.give(["a.it"], time.time() + 60)
        assert other("a.it").could
    with pytest.raises(FileNotFoundError):
        Claims(tmp_path / "no-folder" / "corpus.db")


def test_a_pause_that_a_host_asks_for_holds_for_the_next_source_of_its_site(site: Site, civicpress: Program) -> None:
    site.pages["/a.xml"] = Answer(b"", 503, {"Retry-After": "2"})
    feed = site.feed("/b.xml", site.releases([1]))
    civicpress.set["RETRY_TIMES"] = 0
    civicpress.crawl(
        a={"home": site.url, "feeds": [site.url + "/a.xml"], "delay": 0},
        b={"home": site.url, "feeds": [feed], "delay": 0},
    )
    first, second = (next(asked for asked in site.asked if asked.path == path) for path in ("/a.xml", "/b.xml"))
    # Whichever had its turn first: after the answer that asks for it, nobody asks for two seconds.
    later = [asked.at for asked in site.asked if asked.at > first.done]
    assert all(moment - first.done >= 2 for moment in later)
    assert second


def test_a_pause_that_another_crawl_was_asked_for_holds_for_who_waited_for_it(site: Site, civicpress: Program) -> None:
    feed = site.feed("/b.xml", site.releases([1]))
    civicpress.crawl(b={"home": site.url, "feeds": [feed]})
    site.forget()
    site.pages["/a.xml"] = Answer(b"", 503, {"Retry-After": "86400"}, wait=3)
    other = civicpress.folder / "other.toml"
    other.write_text(f'[a]\nhome = "{site.url}"\nfeeds = ["{site.url}/a.xml"]\ndelay = 0\n')
    one = civicpress.start("crawl", "--only-sources", other, "--json")
    wait_until(lambda: "/a.xml" in site.paths())
    two = civicpress.crawl()
    one.ended(60)
    assert site.paths() == ["/a.xml"]
    assert (two.source("b")["status"], two.source("b")["requests"]) == ("refused", 0)
