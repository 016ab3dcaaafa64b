"""Retry-After in all its forms, refusals, and cookies, as the servers see them."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.drills.conftest import Tell
from tests.program import Program
from tests.site import Answer, Asked, Site

SECONDS = 2
FIRST_PAUSE = 0.7  # of the program, where a header says nothing


def in_seconds(seconds: float, form: str = "") -> Callable[[], str]:
    """A moment from when it is asked for, as a header says it."""

    def moment() -> str:
        when = datetime.now(UTC) + timedelta(seconds=seconds)
        return f"{when:{form}}" if form else format_datetime(when, usegmt=True)

    return moment


# What the header says, and for how long the host is to be left in peace at least. A date has whole seconds: one that is
# three seconds ahead may be two.
FORMS: dict[str, tuple[Callable[[], str] | str | None, float]] = {
    "seconds": (str(SECONDS), SECONDS),
    "seconds with spaces": (f"  {SECONDS} ", SECONDS),
    "date": (in_seconds(SECONDS + 1), SECONDS),
    "date of RFC 850": (in_seconds(SECONDS + 1, "%A, %d-%b-%y %H:%M:%S GMT"), SECONDS),
    "date of asctime": (in_seconds(SECONDS + 1, "%a %b %e %H:%M:%S %Y"), SECONDS),
    "date in the past": ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    "nothing": (None, FIRST_PAUSE),
    "empty": ("", FIRST_PAUSE),
    "junk": ("più tardi", FIRST_PAUSE),
    "negative": ("-5", FIRST_PAUSE),
    "float": ("1e3", FIRST_PAUSE),
    "no date": ("Thu, 99 Foo 2026 99:99:99 GMT", FIRST_PAUSE),
    "zero": ("0", 0),
}
LONG: dict[str, str | Callable[[], str]] = {  # the host is left alone for this run and for later ones
    "a day": "86400",
    "a date of tomorrow": in_seconds(86400),
    "a number beyond all dates": "9" * 40,
    "a date beyond all reason": "Fri, 31 Dec 9999 23:59:59 GMT",
}


def answered(page: Answer, status: int, header: str | Callable[[], str] | None) -> Callable[[], Answer]:
    """A status with a Retry-After, then the page."""
    first = iter([None])

    def answer() -> Answer:
        for _ in first:
            told = header() if callable(header) else header
            return Answer(b"", status, {} if told is None else {"Retry-After": told.encode().decode("latin-1")})
        return page

    return answer


def after(asked: list[Asked], statuses: tuple[int, ...] = (429, 503)) -> float:
    """The seconds from the first such answer to the next request, whatever that asks for."""
    first = next(index for index, each in enumerate(asked) if each.status in statuses)
    return asked[first + 1].at - asked[first].done


def test_retry_after_holds_back_the_whole_host(
    new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    sites, sources = {}, {}
    for number, ((name, (header, _)), status) in enumerate(itertools.product(FORMS.items(), (429, 503))):
        site = sites[name, status] = new_site("127.1.0.1")
        site.seed = f"{name} {status}"
        feed = site.feed("/feed.xml", site.releases([1, 2]))
        for path in list(site.pages):
            page = site.pages[path]
            if path != "/robots.txt" and number % 3 == 0 or path == "/novita/2":  # a list's, and each page's
                assert isinstance(page, Answer)
                site.pages[path] = answered(page, status, header)
        sources[f"s{number}"] = {"home": site.url, "feeds": [feed]}
    far = {}
    for number, header in enumerate(LONG.values()):
        site = far[f"lungo-{number}"] = new_site("127.1.0.1")
        feed = site.feed("/feed.xml", site.releases([1, 2, 3]))
        site.pages["/feed.xml"] = answered(site.pages["/feed.xml"], 503, header)  # type: ignore[arg-type]
        sources[f"lungo_{number}"] = {"home": site.url, "feeds": [feed]}
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    civicpress.set = {"FIRST_PAUSE": FIRST_PAUSE}
    done = civicpress.crawl(**sources, timeout=300)
    lines = {line["source"]: line for line in done.json["sources"]}
    shortest = {}
    for number, (name, status) in enumerate(sites):
        assert (lines[f"s{number}"]["status"], lines[f"s{number}"]["new"]) == ("ok", 2), (name, lines[f"s{number}"])
        gap = after(sites[name, status].asked)
        shortest[name] = min(shortest.get(name, gap), gap)
        assert gap >= FORMS[name][1], (name, status, gap)
    for name, site in far.items():
        assert site.paths() == ["/feed.xml"], name
        assert lines[name]["status"] in ("refused", "failed")
        assert "503" in lines[name]["error"]
    # The next run does not ask either.
    again = civicpress.crawl(*far)
    assert all(len(site.paths()) == 1 for site in far.values())
    assert all(line["requests"] == 0 for line in again.json["sources"])
    waited = ", ".join(f"{shortest[name]:.1f} s of {FORMS[name][1]}" for name in ("seconds", "date", "junk"))
    tell(f"Retry-After in {len(FORMS) + len(LONG)} forms after 429 and 503: seconds, date, junk held for {waited}")


def test_a_host_that_refuses_again_and_again_is_left_alone_and_its_refusals_are_on_record(
    new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    sites, sources = {}, {}
    for status in (401, 403, 429):
        site = sites[status] = new_site("127.1.0.1")
        site.seed = str(status)
        items = site.releases(range(30))
        feed = site.feed("/feed.xml", items)
        site.pages |= {item.path: Answer(b"", status, {"Retry-After": "0"}) for item in items}
        sources[f"s{status}"] = {"home": site.url, "feeds": [feed]}
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    done = civicpress.crawl(**sources)
    for status, site in sites.items():
        refused = [asked for asked in site.asked if asked.status == status]
        assert 3 <= len(refused) <= 10, (status, len(refused))
        line = done.source(f"s{status}")
        assert line["status"] in ("refused", "failed"), line
        assert "left alone" in line["error"], line
        rows = civicpress.rows("select url, reason from problems where source = ?", f"s{status}")
        assert {row["reason"] for row in rows} == {"refused"}
        on_record, asked_for = {row["url"] for row in rows}, {site.url + asked.path for asked in refused}
        # What was to be tried once more waits for the next run.
        assert on_record == asked_for if status != 429 else on_record <= asked_for, status
        assert f"status {status}" in line["error"], line
    most = max(sum(asked.status == status for asked in site.asked) for status, site in sites.items())
    tell(f"hosts that answer 401, 403 and 429 for ever: left alone after {most} of 30 pages, refusals on record")


def test_no_cookie_ever_comes_back(new_site: Callable[[str], Site], civicpress: Program, tell: Tell) -> None:
    site = new_site("127.1.0.1")
    feed = site.feed("/feed.xml", site.releases([1, 2, 3, 4]))
    cookie = "sessione=1; Path=/; Domain=127.1.0.1; Max-Age=99999"
    for page in site.pages.values():
        assert isinstance(page, Answer)
        page.headers["Set-Cookie"] = cookie
    moved = site.pages["/novita/1"]
    jumps: Iterator[Answer] = iter([Answer(b"", 302, {"Location": "/novita/1", "Set-Cookie": cookie})])
    site.pages["/novita/1"] = lambda: next(jumps, moved)  # type: ignore[assignment,return-value]
    site.pages["/novita/2"] = answered(site.pages["/novita/2"], 503, "0")  # type: ignore[arg-type]
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    for _ in range(2):
        civicpress.crawl("--full", prova={"home": site.url, "feeds": [feed]})
    assert len(site.asked) > 8
    sent = [asked.path for asked in site.asked if any(name.lower() == "cookie" for name in asked.headers)]
    assert sent == []
    tell(f"cookies: set {len(site.asked)} times, sent 0 times")
