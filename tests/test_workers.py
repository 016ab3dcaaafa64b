"""Worker processes: a page that hangs, eats memory or kills its reader costs itself only. Real processes, real poison."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest

from crawler.extraction.values import Article, Rejected
from crawler.extraction.workers import Extracted, Workers
from spiders.source import Source
from spiders.values import Link, Page, Route, Unreadable
from storage.archive import decompress
from tests.pages import TITLE, TODAY, URL, release

SECONDS = 6.0  # for a page; generous, since other programs may use the machine
MEMORY = 192 << 20


@pytest.fixture(scope="module")
def one() -> Iterator[Workers]:
    """One worker, so that what happens to it happens to the next page."""
    workers = Workers(1, seconds=SECONDS, memory=MEMORY)
    yield workers
    workers.close()


def page(body: bytes | None = None) -> Page:
    return Page(
        URL, release("<p>Pubblicato il 5 marzo 2024</p>").encode() if body is None else body, "text/html", Link(URL)
    )


def run(*tasks: Callable[[], Any]) -> list[Any]:
    """What each of the tasks brings; all of them wait for the worker at the same time."""

    async def together() -> list[Any]:
        return await asyncio.gather(*(task() for task in tasks))

    return asyncio.run(together())


def read(workers: Workers, *bodies: bytes | None) -> list[Article | Rejected]:
    found: list[Extracted] = run(*(lambda body=body: workers.read(page(body), "it", TODAY) for body in bodies))
    return [each.found for each in found]


def sleep_for_ever() -> None:
    time.sleep(3600)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    os._exit(3)


def fail() -> None:
    raise RecursionError("maximum recursion depth exceeded")


async def poisoned(workers: Workers, poison: Callable[[], None]) -> Rejected:
    """What becomes of a page whose reader runs into the poison."""
    from crawler.extraction.workers import _rejected

    try:
        await workers._run(poison)
    except BaseException as error:
        return _rejected(error, workers.seconds)
    raise AssertionError("nothing happened")


def test_a_page_is_read_in_a_worker_and_packed_for_the_archive(one: Workers) -> None:
    [extracted] = run(lambda: one.read(page(), "it", TODAY))
    assert extracted.found.title == TITLE
    assert extracted.found.date == "2024-03-05"
    assert decompress(extracted.frame) == page().body


def test_a_page_that_hangs_is_stopped_and_the_next_one_is_read() -> None:
    workers = Workers(1, seconds=2.0)
    try:
        stopped, found = run(lambda: poisoned(workers, sleep_for_ever), lambda: workers.read(page(), "it", TODAY))
    finally:
        workers.close()
    assert stopped == Rejected("extraction-timeout", "stopped after 2 s")
    assert found.found.title == TITLE


def test_a_page_that_needs_too_much_memory_is_rejected_and_the_next_one_is_read(one: Workers) -> None:
    greedy = b"<html><body><h1>Titolo della pagina</h1>" + b"<b>a</b>" * 1_500_000
    rejected, found = read(one, greedy, None)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "extraction-memory"
    assert isinstance(found, Article)


def test_a_page_that_kills_its_worker_is_rejected_and_the_next_one_is_read(one: Workers) -> None:
    for poison, status in ((die, -9), (leave, 3)):
        [rejected, found] = run(lambda poison=poison: poisoned(one, poison), lambda: one.read(page(), "it", TODAY))
        assert rejected.reason == "extraction-crash"
        assert str(status) in rejected.detail
        assert isinstance(found.found, Article)


def test_an_error_in_a_reader_is_a_reason_too(one: Workers) -> None:
    [rejected] = run(lambda: poisoned(one, fail))
    assert rejected == Rejected("extraction-error", "RecursionError: maximum recursion depth exceeded")


def test_a_pool_that_breaks_is_replaced(one: Workers) -> None:
    one.warm_up()
    assert one._starting is not None
    pool = one._starting.result()
    pool.stop()  # as pebble does itself where no worker can be started
    pool.join()
    [found] = read(one, None)
    assert isinstance(found, Article)


def test_pages_are_read_though_the_process_that_workers_are_forked_from_was_killed() -> None:
    """As by a system that is out of memory: seen when processes of the service were killed at random."""
    for before in (True, False):
        workers = Workers(2, seconds=SECONDS, memory=MEMORY)
        try:
            if before:
                assert isinstance(read(workers, None)[0], Article)
            else:
                forkserver.ensure_running()
            os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)  # type: ignore[attr-defined]
            found = read(workers, *[None] * 6)
            assert all(isinstance(each, Article) for each in found if not _lost(each)), found
            assert isinstance(read(workers, None)[0], Article)
        finally:
            workers.close()


def _lost(found: Article | Rejected) -> bool:
    """Whether a page's worker died: it is tried again by the next run."""
    return isinstance(found, Rejected) and found.reason == "extraction-crash"


def test_a_page_is_not_to_blame_where_no_worker_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Workers) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr(Workers, "_start", broken)
    workers = Workers(1)
    [rejected] = read(workers, None)
    workers.close()
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "extraction-crash", "which the next run tries again"


def test_a_tag_with_a_hundred_thousand_attributes_does_not_hold_a_worker(one: Workers) -> None:
    body = b"<html><body><h1>Titolo</h1><p " + b" ".join(b"a%d=1" % number for number in range(100_000)) + b">Testo</p>"
    rejected, found = read(one, body, None)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "unreadable"
    assert isinstance(found, Article)


def test_many_pages_at_once_each_have_their_own_outcome(one: Workers) -> None:
    bodies = [release(title=f"Avviso numero {number} del servizio strade").encode() for number in range(20)]
    found = read(one, *bodies)
    assert [each.title for each in found if isinstance(each, Article)] == [
        f"Avviso numero {number} del servizio strade" for number in range(20)
    ]


def test_a_list_is_read_in_a_worker_and_an_unreadable_one_says_why(one: Workers) -> None:
    from scrapy.http import HtmlResponse, TextResponse

    source = Source(id="prova", home="https://www.comune.prova.it/")
    cards = "".join(
        f'<div class="card"><span>{day} marzo 2024</span><h3><a href="/novita/{day}">Notizia del giorno {day}</a></h3></div>'
        for day in range(10, 20)
    )
    url = "https://www.comune.prova.it/novita"
    response = HtmlResponse(url, body=f"<html><body><main>{cards}</main></body></html>".encode())
    [reading] = run(lambda: one.read_list(response, Route(url, "listing"), source))
    assert len(reading.links) == 10
    with pytest.raises(Unreadable):
        run(lambda: one.read_list(TextResponse(url, body=b"\x00\x01"), Route(url, "feed"), source))


def test_the_limit_of_memory_does_not_count_what_libraries_reserve(one: Workers) -> None:
    [limits] = run(lambda: one._run(limits_of_this_process))
    assert limits["soft"] == limits["hard"]  # between pages
    if Path("/proc/self/statm").exists():
        assert limits["while reading"] > MEMORY


def limits_of_this_process() -> dict[str, int]:
    import resource

    from crawler.extraction.workers import _Limit

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with _Limit():
        inside, _ = resource.getrlimit(resource.RLIMIT_AS)
    return {"soft": soft, "hard": hard, "while reading": inside}


def test_an_article_bounds_its_date_by_the_day_it_is_given(one: Workers) -> None:
    future = release("<p>Pubblicato il 5 marzo 2024</p>").encode()
    [extracted] = run(lambda: one.read(page(future), "it", date(2024, 3, 1)))
    assert isinstance(extracted.found, Article)
    assert extracted.found.date is None
