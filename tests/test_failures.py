"""Servers that misbehave: the run goes on, and every failure is on record with its reason."""

import gzip
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.changes import REASONS
from tests.program import Program
from tests.site import Answer, Site

GIGANTIC = b"<p>" + b"Comune di Prova. " * 700_000
HTML = {"Content-Type": "text/html; charset=utf-8"}
# Tens of thousands of paragraphs: far longer to read than the limit allows.
POISON = (
    b"<html><body><h1>Avviso agli utenti del sito</h1>" + b"<p>a <a href=x>b</a> c</p>" * 60_000 + b"</body></html>"
)


def redirect(to: str, status: int = 302) -> Answer:
    """A redirect."""
    return Answer(b"", status, {"Location": to})


# What a server may answer, and the reason under which it is recorded.
ANSWERS: dict[str, tuple[Answer, str]] = {
    "breaks": (Answer(b"<html><h1>Avviso", breaks=True), "connection"),
    "hangs-up": (Answer(raw=b""), "connection"),
    "garbage": (Answer(raw=b"\x00\xff\xfe\x00" * 100 + b"\r\n\r\n"), "connection"),
    "headers": (Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Header: %s\r\n" % (b"x" * 8000) * 100), "connection"),
    "404": (Answer(b"", 404), "gone"),
    "410": (Answer(b"", 410), "gone"),
    "403": (Answer(b"", 403), "refused"),
    "400": (Answer(b"", 400), "http-error"),
    "500": (Answer(b"", 500), "http-error"),
    "503": (Answer(b"", 503, {"Retry-After": "0"}), "http-error"),
    "gigantic": (Answer(GIGANTIC), "too-large"),
    "bomb": (Answer(gzip.compress(GIGANTIC), headers={**HTML, "Content-Encoding": "gzip"}), "too-large"),
    "bad-gzip": (Answer(b"\x1f\x8b\x08 nothing", headers={**HTML, "Content-Encoding": "gzip"}), "unreadable"),
    "slow": (Answer(b"<html>", drips=True), "timeout"),
    "elsewhere": (redirect("https://www.example.com/"), "offsite"),
    "self": (redirect("self"), "redirects"),
    "circle": (redirect("circle?2"), "redirects"),
    "scheme": (redirect("ftp://127.0.0.1/x"), "http-error"),
}
PAGES = {
    **ANSWERS,
    "empty": (Answer(b""), "empty"),
    "image": (Answer(b"\x89PNG\r\n\x1a\n" + bytes(2000), headers={"Content-Type": "image/png"}), "not-html"),
    "no-text": (
        Answer(b"<html><head><title>Avviso agli utenti del sito</title></head><body></body></html>"),
        "no-text",
    ),
    "poison": (Answer(POISON), "extraction-timeout"),
}
LISTS = {
    **ANSWERS,
    "no-feed": (Answer(b"<html><body><h1>Benvenuti</h1></body></html>"), "unreadable"),
    "nothing": (Answer(b""), "unreadable"),
}


@pytest.fixture
def hasty(civicpress: Program) -> Program:
    """The program with short limits, and without losing patience with a host."""
    civicpress.set = {"DOWNLOAD_TIMEOUT": 1.5, "MOST_IN_A_ROW": 1000, "EXTRACTION_SECONDS": 4.0}
    return civicpress


def test_a_page_that_fails_costs_itself_only_and_is_recorded_once_with_its_reason(site: Site, hasty: Program) -> None:
    good = site.releases(range(4))
    latin, pdf = site.releases([8, 9])
    wrong = site.pages[latin.path]
    assert isinstance(wrong, Answer)
    wrong.body = wrong.body.decode().encode("cp1252")  # and the header says UTF-8
    for name, (answer, _) in PAGES.items():
        site.pages[f"/novita/{name}"] = answer
    site.pages["/novita/circle?2"] = redirect("circle")
    urls = [f"{site.url}/novita/{name}" for name in PAGES]
    names = [
        *(site.url + item.path for item in good[:2]),
        *urls,
        *(site.url + item.path for item in (*good[2:], latin)),
    ]
    done = hasty.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", names)]})
    line = done.source()
    assert (done.status, line["status"], line["new"], line["problems"]) == (0, "ok", 5, len(PAGES))
    found = {row["url"]: row["reason"] for row in hasty.rows("select url, reason from problems")}
    assert {url.rpartition("/")[2]: reason for url, reason in found.items()} == {
        name: reason for name, (_, reason) in PAGES.items()
    }
    assert set(found.values()) <= REASONS.keys()
    states = hasty.rows("select state, count(*) as number from addresses group by state order by state")
    assert sum(row["number"] for row in states) == len(names)
    assert not [row for row in states if row["state"] == "pending"]
    [row] = hasty.rows("select title from corpus where url = ?", site.url + latin.path)
    assert row["title"] == latin.title
    assert pdf.path not in site.paths()
    assert "Traceback" not in done.err


def test_a_source_whose_list_fails_is_never_a_success(new_site: Callable[[], Site], hasty: Program) -> None:
    sources = {}
    for name, (answer, _) in LISTS.items():
        site = new_site()
        site.pages["/novita"] = answer
        site.pages["/circle?2"] = redirect("novita")
        if name in ("self", "circle"):
            site.pages["/novita"] = redirect("novita" if name == "self" else "circle?2")
        sources[f"lista_{name}"] = {"home": site.url, "feeds": [site.url + "/novita"]}
    empty, unnamed, good = new_site(), new_site(), new_site()
    sources["vuota"] = {"home": empty.url, "feeds": [empty.feed("/feed.xml", [])]}
    unnamed.pages["/"] = Answer(b"<html><body><h1>Benvenuti</h1></body></html>")
    sources["muta"] = {"home": unnamed.url + "/"}
    sources["buona"] = {"home": good.url, "feeds": [good.feed("/feed.xml", good.releases([1]))]}
    sources["ignota"] = {"home": "http://nessuno.invalid:8080/", "feeds": ["http://nessuno.invalid:8080/feed"]}
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        sources["giu"] = {"home": down}
        done = hasty.crawl(**sources)
    assert done.status == 1
    lines = {line["source"]: line for line in done.json["sources"]}
    assert len(lines) == len(sources)
    for name, (_, reason) in LISTS.items():
        line = lines[f"lista-{name}"]
        assert line["status"] == ("refused" if reason == "refused" else "failed"), line
        assert line["error"].startswith(f"{reason}: "), line
        assert "/novita" in line["error"]
        assert "\n" not in line["error"]
    statuses = {name: lines[name]["status"] for name in ("vuota", "muta", "buona", "ignota", "giu")}
    assert statuses == {"vuota": "empty", "muta": "empty", "buona": "ok", "ignota": "failed", "giu": "failed"}
    assert lines["ignota"]["error"].startswith("dns: ")
    assert lines["giu"]["error"].startswith("connection: ")
    assert [row["status"] for row in hasty.rows("select status from runs")] == ["failed"]
    again = hasty.crawl("vuota", "muta")
    assert [line["status"] for line in again.json["sources"]] == ["empty", "empty"], (
        "a list that stays empty is no news"
    )


def test_a_source_none_of_whose_pages_can_be_kept_failed(new_site: Callable[[], Site], civicpress: Program) -> None:
    refused, broken, late = new_site(), new_site(), new_site()
    sources = {}
    for name, site, answer in (
        ("chiusa", refused, Answer(b"", 403)),
        ("rotta", broken, Answer(b"", 500)),
        ("tarda", late, None),
    ):
        site.seed = name
        sources[name] = {"home": site.url, "feeds": [site.feed("/feed.xml", site.releases([1, 2]))]}
        if answer:
            site.pages |= {path: answer for path in site.pages if path.startswith("/novita")}
    done = civicpress.crawl(**sources)
    assert [done.source(name)["status"] for name in sources] == ["refused", "failed", "ok"]
    assert "none of 2 pages" in done.source("rotta")["error"]
    late.feed("/feed.xml", [*late.releases([1, 2]), *late.releases([3])])
    late.pages["/novita/3"] = Answer(b"", 404)
    assert civicpress.crawl("tarda").source("tarda")["status"] == "ok", "one new page that is gone is no failure"


def test_a_host_that_fails_many_times_in_a_row_is_left_alone_and_its_pages_wait(
    site: Site, civicpress: Program
) -> None:
    items = site.releases(range(30))
    pages = {item.path: site.pages[item.path] for item in items[:28]}
    site.pages |= dict.fromkeys(pages, Answer(raw=b""))
    civicpress.sources(prova={"home": site.url, "feeds": [site.feed("/feed.xml", items)]})
    done = civicpress.crawl()
    assert done.source()["status"] == "failed"
    assert "wait for the next run" in done.source()["error"]
    assert len(site.asked) < 28  # with Twisted's own second tries on a connection that was open already
    site.pages |= pages
    assert civicpress.crawl().source()["new"] == 30 - done.source()["new"]


def test_the_process_of_the_event_loop_does_not_even_import_what_reads_pages(tmp_path: Path) -> None:
    code = "import sys, crawler.ingest.run, crawler.cli, crawler.display.results; print('trafilatura' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == "False"
