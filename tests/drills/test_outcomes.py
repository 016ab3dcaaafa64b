"""Every page that is asked for ends in exactly one outcome, and an answer that is an error is never taken for news."""

from collections import Counter
from collections.abc import Callable

from tests.drills.conftest import Tell
from tests.program import Program
from tests.site import Answer, Site

PAGE = b"<html><h1>Avviso agli utenti</h1><p>testo</p></html>"


def raw(head: str, body: bytes = b"") -> Answer:
    return Answer(raw=head.replace("\n", "\r\n").encode() + b"\r\n" + body)


def to(address: str, status: int = 302) -> Answer:
    return Answer(b"", status, {"Location": address})


BAD: dict[str, Answer] = {
    "hangs up": raw(""),
    "half a status": Answer(raw=b"HTTP/1.1 2"),
    "half the headers": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "half the body": Answer(PAGE, breaks=True),
    "half a chunk": raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n", b"ff\r\nabc"),
    "bad chunk": raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n", b"zz\r\nabc\r\n0\r\n\r\n"),
    "two lengths": raw("HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 9\n", b"abcdefghi"),
    "no length": raw("HTTP/1.1 200 OK\nContent-Length: many\n", b"abc"),
    "not http": Answer(raw=b"SSH-2.0-OpenSSH_9.2\r\n" * 3),
    "http 0.9": Answer(raw=PAGE),
    "zeros": Answer(raw=bytes(2000)),
    "status 999": raw("HTTP/1.1 999 Request denied\nContent-Length: 0\n"),
    "status 42": raw("HTTP/1.1 42 What\nContent-Length: 0\n"),
    "no content": Answer(b"", 204),
    "unasked 304": raw("HTTP/1.1 304 Not Modified\n"),
    "partial": Answer(PAGE[:20], 206),
    "upgrade": raw("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n"),
    "self redirect": to("self redirect"),
    "circle": to("circle?2"),
    "nowhere": Answer(b"", 302),
    "empty location": to(""),
    "many choices": Answer(PAGE, 300),
    "to a mailbox": to("mailto:sindaco@comune.example"),
    "to a wrong port": to("http://127.1.0.1:99999/"),
    "to half a bracket": to("http://[::1/"),
    "offsite": to("http://127.1.0.9:9/"),
    "longer and longer": to("longer and longer/x" * 3),
    "503 for ever": Answer(b"", 503, {"Retry-After": "0"}),
    "500 for ever": Answer(PAGE, 500),
    "broken gzip": Answer(b"\x1f\x8bxx", headers={"Content-Encoding": "gzip"}),
    "empty": Answer(b""),
    "text that is none": Answer(bytes(range(256)) * 20),
    "picture": Answer(b"\x89PNG" + bytes(500), headers={"Content-Type": "image/png"}),
    "slow": Answer(b"<html>", drips=True),
}
COPIES = 3


def test_every_page_that_is_asked_for_has_exactly_one_outcome(
    new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    site = new_site("127.1.0.1")
    good = site.releases(range(12))
    named = [item.path for item in good]
    for copy in range(COPIES):
        for name, answer in BAD.items():
            path = f"/novita/{copy}/{name.replace(' ', '-')}"
            site.pages[path] = (
                answer if "Location" not in answer.headers else to(answer.headers["Location"].replace(" ", "-"))
            )
            named.append(path)
        site.pages[f"/novita/{copy}/circle?2"] = to("circle")
        # Good in the end, but one way or another a second time.
        for name, item in zip(("moved", "moved-again", "late"), good, strict=False):
            path = f"/novita/{copy}/{name}"
            page = site.pages[item.path]
            assert isinstance(page, Answer)
            answers = iter([Answer(raw=b""), Answer(b"", 503, {"Retry-After": "0"})])
            site.pages[path] = (
                (lambda answers=answers, page=page: next(answers, page)) if name == "late" else to(item.path)
            )  # type: ignore[misc]
            named.append(path)
    urls = [site.url + path for path in named]
    maps = [
        site.sitemap("/uno.xml", urls),
        site.sitemap("/due.xml", urls[::-1]),
        site.sitemap("/tre.xml", urls[::2] * 2),
    ]
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    civicpress.set = {"DOWNLOAD_TIMEOUT": 2, "MOST_IN_A_ROW": 10_000, "FIRST_PAUSE": 0.0}
    done = civicpress.crawl(prova={"home": site.url, "sitemaps": maps, "include": ["/novita/"]}, timeout=300)
    line = done.source()
    problems = Counter(row["url"] for row in civicpress.rows("select url from problems"))
    kept = {row["url"] for row in civicpress.rows("select url from corpus")}
    assert kept == {site.url + item.path for item in good}
    waiting = [row["url"] for row in civicpress.rows("select url from addresses where state = 'pending'")]
    assert not waiting, waiting
    assert set(problems.values()) == {1}, problems.most_common(3)
    bad = {site.url + f"/novita/{copy}/{name.replace(' ', '-')}" for copy in range(COPIES) for name in BAD}
    found = (
        line["new"] + line["duplicates"] + line["unchanged"] + line["revised"] + line["not_modified"] + line["problems"]
    )
    assert found == len(urls), line
    assert not set(problems) - bad, set(problems) - bad
    assert "Traceback" not in done.err
    tell(
        f"outcomes: {len(urls)} pages, {len(BAD)} ways to fail, {line['requests']} requests: "
        f"{len(urls) - line['problems']} kept or known, {line['problems']} problems, one each"
    )


# Scrapy drops a redirect to what was asked for already, and calls nobody: as it would without our `dont_filter`.
_LOSES = """
import spiders.press
_follow = spiders.press.PressSpider.follow
spiders.press.PressSpider.follow = lambda self, link: _follow(self, link).replace(dont_filter=False)
"""


def test_a_request_that_scrapy_loses_has_an_outcome_too(
    new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    site = new_site("127.1.0.1")
    good = site.releases(range(3))
    lost = [f"{site.url}/novita/perso-{number}" for number in range(5)]
    for url in lost:
        site.pages[url.removeprefix(site.url)] = to(url)
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    civicpress.first = _LOSES
    urls = [*lost, *(site.url + item.path for item in good)]
    line = civicpress.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/s.xml", urls)]}).source()
    found = sorted((row["url"], row["reason"]) for row in civicpress.rows("select url, reason from problems"))
    assert found == [(url, "no-answer") for url in lost]
    assert (line["new"], line["problems"]) == (len(good), len(lost))
    tell(f"requests that Scrapy loses: {len(lost)} of {len(lost)} on record")


def test_an_answer_of_500_is_never_fresh(new_site: Callable[[str], Site], civicpress: Program, tell: Tell) -> None:
    site = new_site("127.1.0.1")
    site.honest = False  # its validators are ours
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    civicpress.set = {"FIRST_PAUSE": 0.0, "RETRY_TIMES": 0}
    keys = {"home": site.url, "feeds": [site.feed("/feed.xml", site.releases([1]))]}
    good = site.pages["/feed.xml"]
    assert isinstance(good, Answer)
    good.headers["ETag"] = '"good"'
    assert civicpress.crawl(prova=keys).source()["new"] == 1
    # The list fails, with validators and a body that would be a good list; its page, too.
    site.feed("/feed.xml", site.releases([3, 2, 1]))
    fresh = site.pages["/feed.xml"]
    assert isinstance(fresh, Answer)
    fresh.headers["ETag"] = '"good again"'
    for status in (500, 502, 503, 403, 404):
        site.pages["/feed.xml"] = Answer(
            fresh.body, status, {**fresh.headers, "ETag": '"bad"', "Cache-Control": "max-age=9999"}
        )
        site.forget()
        line = civicpress.crawl().source()
        assert (line["status"], line["new"]) in {("failed", 0), ("refused", 0)}, (status, line)
        assert [asked.headers.get("If-None-Match") for asked in site.asked] == ['"good"'], status
    # Who has the bad answer's validator is told that nothing changed; who is told so without asking learns nothing.
    site.pages["/feed.xml"] = fresh
    site.pages["/novita/2"], page = Answer(b"", 500), site.pages["/novita/2"]
    site.forget()
    line = civicpress.crawl().source()
    assert line["new"] == 1
    assert site.asked[0].headers.get("If-None-Match") == '"good"'
    site.pages["/feed.xml"] = Answer(b"", 304)
    site.pages["/novita/2"] = page
    site.forget()
    assert civicpress.crawl().source()["new"] == 1, (
        "the page that answered 500 is asked again, though its list is the same"
    )
    # A robots.txt that answered 500 is asked again by the next run.
    civicpress.change("delete from robots")
    site.pages["/robots.txt"] = Answer(b"", 500)
    assert civicpress.crawl().source()["status"] == "failed"
    site.pages["/robots.txt"] = Answer(b"")
    site.feed("/feed.xml", site.releases([4, 3, 2, 1]))
    assert civicpress.crawl().source()["new"] == 1
    tell("500, 502, 503, 403, 404 on lists, pages and robots.txt: never fresh, validators of errors never sent back")
