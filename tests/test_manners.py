"""Manners, as the servers see them: pauses, one connection at a time, robots.txt, who we say we are."""

import itertools
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from tests.program import Program
from tests.site import Answer, Asked, Site

pytestmark = pytest.mark.alone
LATE = 0.15  # seconds that a busy server may notice the first of two requests too late


def once(*answers: Answer) -> Callable[[], Answer]:
    """Answers one after the other; the last one for ever."""
    following: Iterator[Answer] = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda: next(following)


def gap(site: Site, path: str) -> float:
    """The seconds between the first answer at a path and the next request to the site, whatever it asked for."""
    first = next(index for index, asked in enumerate(site.asked) if asked.path == path)
    return site.asked[first + 1].at - site.asked[first].at


def gaps(site: Site) -> list[float]:
    """The seconds between each two requests that follow each other."""
    return [second.at - first.at for first, second in pairwise(site.asked)]


def rules(site: Site, text: str, status: int = 200) -> None:
    """Gives a site a robots.txt."""
    site.pages["/robots.txt"] = Answer(text.encode(), status, {"Content-Type": "text/plain"})


def test_a_host_sees_one_request_at_a_time_and_the_delay_between_any_two_also_of_two_sources(
    site: Site, civicpress: Program
) -> None:
    # The first source names nothing, so that the second one's turn comes at once.
    feeds = [site.feed("/uno.xml", []), site.feed("/due.xml", site.releases([1, 2, 3]))]
    page = site.pages["/novita/3"]
    assert isinstance(page, Answer)
    page.wait = 0.7  # an answer slower than the delay must not let two requests follow each other at once
    done = civicpress.crawl(
        uno={"home": site.url, "feeds": feeds[:1], "delay": 0.5},
        due={"home": site.url, "feeds": feeds[1:], "delay": 0.5},
    )
    assert done.json["totals"]["new"] == 3
    assert len(site.asked) == 6
    assert all(first.done <= second.at for first, second in pairwise(site.asked))
    assert min(gaps(site)) >= 0.5 - LATE


def test_a_host_sees_one_request_at_a_time_also_without_a_delay(site: Site, civicpress: Program) -> None:
    feed = site.feed("/feed.xml", site.releases(range(12)))
    for page in site.pages.values():
        assert isinstance(page, Answer)
        page.wait = 0.02
    assert civicpress.crawl(prova={"home": site.url, "feeds": [feed]}).source()["new"] == 12
    assert all(first.done <= second.at for first, second in pairwise(site.asked))


def test_robots_txt_is_obeyed_and_where_it_cannot_be_had_nothing_is_asked(
    new_site: Callable[[], Site], civicpress: Program
) -> None:
    partly, wholly, open_, broken, slow = (new_site() for _ in range(5))
    rules(partly, "User-agent: *\nDisallow: /novita/2\nUser-agent: civicpress\nDisallow: /novita/1\n")
    rules(wholly, "User-agent: *\nDisallow: /\n")
    rules(open_, "<h1>Pagina non trovata</h1>\nUser-agent: *\nDisallow: /\n", 404)
    rules(broken, "", 500)
    rules(slow, "User-agent: *\nCrawl-delay: 0.5\n")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        sites = {"partly": partly, "wholly": wholly, "open": open_, "broken": broken, "slow": slow}
        sources = {
            name: {"home": each.url, "feeds": [each.feed("/feed.xml", each.releases([1, 2]))]}
            for name, each in sites.items()
        }
        for number, each in enumerate(sites.values()):
            each.seed = str(number)
        done = civicpress.crawl(**sources, down={"home": down, "feeds": [f"{down}/feed.xml"]})
    assert done.status == 1
    lines = {line["source"]: line for line in done.json["sources"]}
    assert {name: line["status"] for name, line in lines.items()} == {
        "partly": "ok", "wholly": "refused", "open": "ok", "broken": "failed", "slow": "ok", "down": "failed",
    }  # fmt: skip
    assert sorted(partly.paths()) == ["/feed.xml", "/novita/2"]
    assert wholly.paths() == broken.paths() == []
    assert len(open_.paths()) == 3
    assert min(gaps(slow)) >= 0.5 - LATE
    reasons = civicpress.rows("select source, reason from problems order by source, reason")
    assert [tuple(row.values()) for row in reasons] == [
        ("broken", "http-error"), ("down", "connection"), ("partly", "robots"), ("wholly", "robots"),
    ]  # fmt: skip
    assert "robots.txt does not allow it" in lines["wholly"]["error"]
    assert "status 500" in lines["broken"]["error"]


def test_robots_txt_is_kept_between_runs_for_a_day(site: Site, civicpress: Program) -> None:
    civicpress.crawl(prova={"home": site.url, "feeds": [site.feed("/feed.xml", site.releases([1]))]})
    site.forget()
    civicpress.crawl()
    assert [asked.path for asked in site.asked] == ["/feed.xml"]
    yesterday = (datetime.now(UTC) - timedelta(hours=25)).isoformat(timespec="seconds")
    civicpress.change("update robots set fetched = ?", yesterday)
    site.forget()
    rules(site, "User-agent: *\nDisallow: /\n")
    assert civicpress.crawl().source()["status"] == "refused"
    assert [asked.path for asked in site.asked] == ["/robots.txt"]


def test_retry_after_in_seconds_or_as_a_date_holds_back_the_whole_host(
    new_site: Callable[[], Site], civicpress: Program
) -> None:
    seconds, moment, long = new_site(), new_site(), new_site()
    sources = {}
    for name, each in {"secondi": seconds, "data": moment, "lungo": long}.items():
        each.seed = name
        sources[name] = {"home": each.url, "feeds": [each.feed("/feed.xml", each.releases([1, 2, 3, 4]))]}

    def later() -> Answer:
        when = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
        return Answer(b"", 503, {"Retry-After": when})

    page = seconds.pages["/novita/4"], moment.pages["/novita/4"]
    seconds.pages["/novita/4"] = once(Answer(b"", 429, {"Retry-After": "2"}), page[0])  # type: ignore[arg-type]
    answers = iter([later])
    moment.pages["/novita/4"] = lambda: next(answers, lambda: page[1])()  # type: ignore[return-value]
    for number in range(1, 5):
        long.pages[f"/novita/{number}"] = Answer(b"", 503, {"Retry-After": "86400"})
    done = civicpress.crawl(**sources)
    assert (done.source("secondi")["new"], done.source("data")["new"]) == (4, 4)
    assert gap(seconds, "/novita/4") >= 2 - LATE
    assert gap(moment, "/novita/4") >= 2 - LATE  # a date has whole seconds
    assert len(long.paths()) == 2
    assert done.source("lungo")["status"] in ("failed", "refused")
    assert "Retry-After" in done.source("lungo")["error"] or "503" in done.source("lungo")["error"]


def test_requests_say_who_asks_and_carry_no_cookie_and_no_referer(site: Site, civicpress: Program) -> None:
    feed = site.feed("/feed.xml", site.releases([1, 2]))
    for page in site.pages.values():
        assert isinstance(page, Answer)
        page.headers["Set-Cookie"] = "sessione=1; Path=/"
    site.pages["/novita/1"] = Answer(b"", 302, {"Location": "/novita/2", "Set-Cookie": "b=2"})
    sources = civicpress.sources(prova={"home": site.url, "feeds": [feed]})
    civicpress("crawl", "--only-sources", sources, CIVICPRESS_CONTACT="redazione@example.org")
    assert len(site.asked) >= 4

    def header(asked: Asked, name: str) -> str | None:
        return {key.lower(): value for key, value in asked.headers.items()}.get(name)

    for asked in site.asked:
        assert (header(asked, "user-agent") or "").startswith("civicpress/")
        assert "https://" in (header(asked, "user-agent") or "")
        assert "redazione@example.org" in (header(asked, "user-agent") or "")
        assert header(asked, "cookie") is None
        assert header(asked, "referer") is None
