"""What was still to fetch survives whatever ends a run, and nobody stays behind."""

import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest

from storage.database import SQLiteError
from storage.errors import CorpusError
from tests.program import Program, Running, wait_until
from tests.site import Answer, Site

pytestmark = pytest.mark.long

Start = Callable[[], Running]


@pytest.fixture
def start(civicpress: Program) -> Iterator[Start]:
    """Starts a crawl of the last sources in the background; whatever is left of it ends with the test."""
    running: list[Running] = []

    def begin() -> Running:
        words = ("crawl", "--only-sources", civicpress.folder / "sources.toml", "--json")
        running.append(civicpress.start(*words))
        return running[-1]

    yield begin
    for each in running:
        each.close()


def slow(site: Site, number: int, wait: float) -> dict[str, object]:
    """A source of so many releases in a list of pages, each answered after a while."""
    listing = site.listings("/novita", site.releases(range(number)), 8)
    for page in site.pages.values():
        assert isinstance(page, Answer)
        page.wait = wait
    return {"home": site.url, "listings": [listing]}


def stored(civicpress: Program) -> int:
    """How many documents there are by now."""
    try:
        return int(civicpress.rows("select count(*) as number from documents")[0]["number"])
    except (CorpusError, SQLiteError):  # not made yet, or only half
        return 0


def check(civicpress: Program, sites: list[Site], number: int) -> None:
    """The corpus holds exactly the releases of all sites, and is whole."""
    wanted = {f"{site.url}/novita/{each}" for site in sites for each in range(number)}
    rows = civicpress.rows("select url, title from corpus")
    assert len(rows) == len(wanted)
    assert {row["url"] for row in rows} == wanted
    assert not civicpress.rows("select * from copies")
    with closing(sqlite3.connect(civicpress.db)) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert db.execute("pragma foreign_key_check").fetchall() == []
        db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")


def _has_come(civicpress: Program, site: Site, before: tuple[int, int], more: tuple[int, int]) -> bool:
    return len(site.asked) >= before[0] + more[0] and stored(civicpress) >= before[1] + more[1]


def test_runs_that_are_killed_at_any_moment_lose_nothing_and_store_nothing_twice(
    new_site: Callable[[], Site], civicpress: Program, start: Start
) -> None:
    sites = [new_site() for _ in range(3)]
    for number, site in enumerate(sites):
        site.seed = str(number)
    civicpress.sources(**{f"comune_{number}": slow(site, 40, 0.03) for number, site in enumerate(sites)})
    moments = random.Random(7)
    for kill in range(6):
        running, before = start(), (len(sites[0].asked), stored(civicpress))
        # At the first time while the lists are read, then after some more documents, so that each run gets somewhere.
        more = (moments.randrange(1, 5), 0) if kill == 0 else (0, moments.randrange(1, 8))
        assert wait_until(partial(_has_come, civicpress, sites[0], before, more))
        running.tell(signal.SIGKILL, group=True)
        assert running.process.wait(10) == -signal.SIGKILL
    assert 0 < stored(civicpress) < 120
    done = civicpress.crawl()
    assert done.status == 0
    check(civicpress, sites, 40)
    assert [row["status"] for row in civicpress.rows("select status from runs order by id")][-1] == "done"
    assert {row["status"] for row in civicpress.rows("select status from runs")} == {"done", "interrupted"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_stopped_run_keeps_what_is_in_flight_says_so_and_the_next_one_goes_on(
    number: signal.Signals, site: Site, civicpress: Program, start: Start
) -> None:
    civicpress.sources(prova={**slow(site, 16, 0.05), "delay": 0.4})
    running = start()
    assert wait_until(lambda: stored(civicpress) >= 2)
    workers = running.processes()
    asked = len(site.asked)
    running.tell(number, group=number == signal.SIGINT)
    done = running.ended()
    assert len(workers) > 1
    assert done.status == 1
    assert "Traceback" not in done.err
    line = done.source()
    assert len(site.asked) <= asked + 2, "what waited for its turn is not asked any more"
    assert line["status"] == "failed"
    assert "stopped" in line["error"]
    assert line["problems"] == 0
    assert line["new"] == stored(civicpress) == line["requests"] - 3  # robots.txt and the list's two pages
    assert civicpress.rows("select status from runs") == [{"status": "interrupted"}]
    assert running.leaves_nobody()
    site.forget()
    civicpress.sources(prova={"home": site.url, "listings": [site.url + "/novita"]})
    again = civicpress.crawl()
    assert (again.status, again.source()["new"]) == (0, 16 - line["new"])
    check(civicpress, [site], 16)


def test_a_full_crawl_that_is_killed_goes_on_where_it_was(site: Site, civicpress: Program) -> None:
    items = site.releases(range(16))
    civicpress.sources(prova={"home": site.url, "listings": [site.listings("/novita", items, 4)], "delay": 0.1})
    civicpress.crawl()
    for item in items[:3]:
        site.article(item.path, item.title + " rettifica", item.words)
    site.forget()
    words = ("crawl", "--full", "--only-sources", civicpress.folder / "sources.toml")
    running = civicpress.start(*words)
    try:
        edited = "select url from corpus where title like '% rettifica'"
        assert wait_until(lambda: len(civicpress.rows(edited)) == 3)
        running.tell(signal.SIGKILL, group=True)
        running.process.wait(10)
        assert running.leaves_nobody()
    finally:
        running.close()
    before = site.paths()
    site.forget()
    line = civicpress.crawl("--full").source()
    after = site.paths()
    paths = [item.path for item in items]
    assert set(paths) <= {*before, *after}, "every release is read again"
    assert not set(paths[:3]) & set(after), "what was read again is not read once more"
    assert line["status"] == "ok"
    site.forget()
    civicpress.crawl("--full")
    assert set(paths) <= set(site.paths()), "the next one begins anew"


def test_a_full_crawl_that_was_bounded_goes_on_in_the_next_runs(site: Site, civicpress: Program) -> None:
    items = site.releases(range(7))
    civicpress.crawl(prova={"home": site.url, "listings": [site.listings("/novita", items)]})
    asked = []
    for words in (("--full", "--limit", "4"), ("--full", "--limit", "2"), ()):
        site.forget()
        civicpress.crawl(*words)
        asked.append([path for path in site.paths() if path in [item.path for item in items]])
    assert [len(each) for each in asked] == [4, 2, 1]
    assert len({path for each in asked for path in each}) == 7


def test_a_known_page_that_is_gone_is_not_asked_for_in_every_run_after_a_full_crawl(
    site: Site, civicpress: Program
) -> None:
    items = site.releases(range(3))
    civicpress.crawl(prova={"home": site.url, "listings": [site.listings("/novita", items)]})
    del site.pages[items[1].path]
    civicpress.crawl("--full")
    site.forget()
    civicpress.crawl()
    assert site.paths() == ["/novita"]


def test_a_second_signal_ends_the_run_at_once_and_nobody_stays_behind(
    site: Site, civicpress: Program, start: Start
) -> None:
    civicpress.sources(prova=slow(site, 4, 0.0))
    for number in range(4):
        page = site.pages[f"/novita/{number}"]
        assert isinstance(page, Answer)
        page.drips = True  # the page in flight never ends
    running = start()
    assert wait_until(lambda: any("/novita/" in path for path in site.paths()) and len(running.processes()) > 2)
    running.tell(signal.SIGTERM)
    assert not wait_until(lambda: running.process.poll() is not None, 0.5)
    running.tell(signal.SIGTERM)
    assert running.ended(5).status == 130
    assert running.leaves_nobody()


def test_workers_end_when_their_program_is_killed(site: Site, civicpress: Program, start: Start) -> None:
    civicpress.sources(prova=slow(site, 20, 0.1))
    running = start()
    assert wait_until(lambda: stored(civicpress) >= 1)
    running.tell(signal.SIGKILL)
    running.process.wait(10)
    assert running.leaves_nobody()
