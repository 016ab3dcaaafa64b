"""Releases that are files: linked straight from a list, or attached to a page that says next to nothing."""

import json
import signal
import time
from datetime import date
from typing import Any

import pytest

from crawler.extraction.values import Article, Attachment
from spiders.values import Link
from storage.archive import decompress
from tests.pages import FIRST, SECOND, document, outcome
from tests.pdfs import Sheet, pdf
from tests.program import Program, wait_until
from tests.site import Answer, Item, Site
from tests.test_pdf import THIRD, TITLE, letter

URL = "https://www.comune.prova.it/comunicati/ponte"
FILE = "/allegati/2024/comunicato_17.pdf"
LABEL = "Comunicato stampa.pdf"
PDF = {"Content-Type": "application/pdf"}
DATED = "<p>Pubblicato il 5 marzo 2024</p>"


def attached(*, below: str = DATED, file: str = FILE, label: str = LABEL, more: str = "") -> str:
    """A page that shows a release's title and day, and the release as a file."""
    links = f'<h2>Allegati</h2><ul><li><a href="{file}">{label}</a> (120 KB)</li>{more}</ul>'
    return document(f"<article><h1>{TITLE}</h1>{below}{links}</article>", title=TITLE)


def release_on(html: str) -> Attachment | None:
    return outcome(html, URL, Link(URL, TITLE)).attachment


@pytest.mark.parametrize(
    "page",
    [
        attached(),
        attached(label="Scarica il comunicato"),
        attached(below=DATED + "<p>In allegato il testo integrale del comunicato stampa.</p>"),
        attached(file="/documenti/17.pdf?t=1709", label="Documento allegato"),
        attached(label=TITLE, more='<li><a href="/allegati/planimetria.pdf">Planimetria (PDF)</a></li>'),
        attached(more='<li><a href="/allegati/foto.pdf">Foto del ponte (PDF)</a></li>'),
        attached(file="/download?id=17", label="Comunicato stampa (PDF, 120 KB)"),
    ],
)
def test_a_page_without_a_text_of_its_own_is_for_the_one_file_that_it_names(page: str) -> None:
    found = release_on(page)
    assert found is not None
    assert found.url.startswith("https://www.comune.prova.it/")
    assert "planimetria" not in found.url
    assert (found.title, found.date) == (TITLE, "2024-03-05")


@pytest.mark.parametrize(
    "page",
    [
        attached(below=f"{DATED}<p>{FIRST}</p><p>{SECOND}</p>"),
        attached(below="<p>Il ponte riapre lunedì 11 marzo alle 7.</p>", file="/o.pdf", label="Ordinanza n. 4"),
        attached(file="/a.pdf", label="Planimetria", more='<li><a href="/b.pdf">Relazione tecnica</a></li>'),
        attached(file="https://www.altrocomune.it/comunicato.pdf"),
        document(f"<article><h1>{TITLE}</h1>{DATED}</article>").replace(
            "<footer>", '<footer><a href="/comunicato.pdf">Comunicato stampa</a>'
        ),
    ],
)
def test_a_file_beside_a_text_or_among_others_or_elsewhere_is_not_the_release(page: str) -> None:
    assert release_on(page) is None


def crawl(civicpress: Program, site: Site, *paths: str, label: str = TITLE) -> dict[str, Any]:
    """Crawls a list of some pages; the source's line of the report."""
    cards = "".join(
        f'<div class="card"><span class=data>5 marzo 2024</span><h3><a href="{path}">{label} {number}</a></h3></div>'
        for number, path in enumerate(paths)
    )
    site.pages["/comunicati"] = Answer(f"<html lang=it><main><h1>Comunicati</h1>{cards}</main></html>".encode())
    done = civicpress.crawl(prova={"home": site.url, "listings": [site.url + "/comunicati"]})
    assert "Traceback" not in done.err
    return done.source()


def test_a_file_that_a_list_links_to_becomes_a_document_and_stays_in_the_archive(
    civicpress: Program, site: Site
) -> None:
    body = pdf(letter())
    site.pages[FILE] = Answer(body, headers={"Content-Type": "application/x-pdf"})
    assert crawl(civicpress, site, FILE, label="Riapre il ponte di via Roma")["new"] == 1
    [row] = civicpress.rows("select title, body, date, date_origin, url, language, copies from corpus")
    assert row == {
        "title": "Riapre il ponte di via Roma 0", "body": "\n\n".join((TITLE, FIRST, SECOND, THIRD)), "date": "2024-03-05",
        "date_origin": "listing", "url": site.url + FILE, "language": "it", "copies": 0,
    }  # fmt: skip
    [page] = civicpress.rows("select body, content_type from pages")
    assert (decompress(page["body"]), page["content_type"]) == (body, "application/x-pdf")


def test_a_page_s_file_becomes_its_document_with_one_outcome_for_both(civicpress: Program, site: Site) -> None:
    site.pages["/ponte"], site.pages[FILE] = Answer(attached().encode()), Answer(pdf(letter()), headers=PDF)
    line = crawl(civicpress, site, "/ponte")
    assert (line["status"], line["new"], line["problems"]) == ("ok", 1, 0)
    assert site.paths() == ["/comunicati", "/ponte", FILE]
    assert line["requests"] == len(site.asked)
    [row] = civicpress.rows("select title, body, date, url from corpus")
    assert (row["title"], row["url"], row["date"]) == (TITLE, site.url + "/ponte", "2024-03-05")
    assert row["body"] == "\n\n".join((FIRST, SECOND, THIRD))
    [copy] = civicpress.rows("select url, relation from copies")
    assert copy == {"url": site.url + FILE, "relation": "exact"}
    [page] = civicpress.rows("select url, content_type, hints from pages")
    hints = json.loads(page["hints"])
    assert (page["url"], page["content_type"]) == (site.url + FILE, "application/pdf")
    assert (hints["title"], hints["date"]) == (TITLE, "2024-03-05")
    site.forget()
    line = civicpress.crawl().source()
    assert (line["new"], line["revised"], site.paths()) == (0, 0, ["/comunicati"])
    assert civicpress.crawl("--full").source()["unchanged"] == 1


SCAN = pdf(Sheet(scanned=True))
FAILURES: dict[str, tuple[Answer, str]] = {
    "gone": (Answer(b"", 404), "gone"),
    "refused": (Answer(b"", 403), "refused"),
    "scanned": (Answer(SCAN, headers=PDF), "no-text"),
    "locked": (Answer(pdf(letter(), password="segreto"), headers=PDF), "unreadable"),
    "html": (Answer(b"<html><h1>Accedi</h1></html>"), "unreadable"),
    "elsewhere": (Answer(b"", 302, {"Location": "https://www.example.com/x.pdf"}), "offsite"),
    "forbidden": (Answer(pdf(letter()), headers=PDF), "robots"),
}


def test_a_file_that_brings_no_text_is_one_problem_of_its_page(civicpress: Program, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(
        b"User-agent: *\nDisallow: /allegati/forbidden", headers={"Content-Type": "text/plain"}
    )
    for name, (answer, _) in FAILURES.items():
        site.pages[f"/comunicati/{name}"] = Answer(attached(file=f"/allegati/{name}.pdf").encode())
        site.pages[f"/allegati/{name}.pdf"] = answer
    site.pages["/comunicati/scan.pdf"] = Answer(SCAN, headers=PDF)
    line = crawl(civicpress, site, *(f"/comunicati/{name}" for name in FAILURES), "/comunicati/scan.pdf")
    assert (line["new"], line["problems"]) == (0, len(FAILURES) + 1)
    problems = civicpress.rows("select url, reason, detail from problems")
    assert {each["url"].rpartition("/")[2]: each["reason"] for each in problems} == {
        **{name: reason for name, (_, reason) in FAILURES.items()}, "scan.pdf": "no-text",
    }  # fmt: skip
    details = {each["url"].rpartition("/")[2]: each["detail"] for each in problems}
    assert details["scan.pdf"] == "a PDF without text (scanned)"
    assert details["scanned"] == f"a PDF without text (scanned) (the page's release, {site.url}/allegati/scanned.pdf)"
    assert "/allegati/forbidden.pdf" not in site.paths()
    assert not civicpress.rows("select * from addresses where state = 'pending'")


def test_a_page_that_says_a_little_is_kept_where_its_file_brings_no_text(civicpress: Program, site: Site) -> None:
    notice = "Il ponte di via Roma riapre lunedì 11 marzo alle 7, a senso unico alternato fino a venerdì."
    page = attached(below=f"{DATED}<p>{notice}</p>")
    assert isinstance(outcome(page, URL, Link(URL, TITLE)), Article)
    for path, answer in (("whole", pdf(letter())), ("scan", SCAN)):
        site.pages[f"/comunicati/{path}"] = Answer(page.replace(FILE, f"/{path}.pdf").encode())
        site.pages[f"/{path}.pdf"] = Answer(answer, headers=PDF)
    assert crawl(civicpress, site, "/comunicati/whole", "/comunicati/scan")["new"] == 2
    bodies = {row["url"].rpartition("/")[2]: row["body"] for row in civicpress.rows("select url, body from corpus")}
    assert bodies["whole"] == "\n\n".join((FIRST, SECOND, THIRD))
    assert notice in bodies["scan"]


def test_a_page_whose_file_was_not_asked_for_yet_waits_for_the_next_run(civicpress: Program, site: Site) -> None:
    site.pages["/comunicati/ponte"], site.pages[FILE] = Answer(attached().encode()), Answer(pdf(letter()), headers=PDF)
    listing = site.listing("/comunicati", [Item("/comunicati/ponte", TITLE, date(2024, 3, 5))])
    sources = civicpress.sources(prova={"home": site.url, "listings": [listing], "delay": 4})
    running = civicpress.start("crawl", "--only-sources", sources, "--json")
    try:
        assert wait_until(lambda: "/comunicati/ponte" in site.paths(), 60)
        time.sleep(1.5)  # the page is read, and the host's pause before the next request goes on
        running.tell(signal.SIGINT)
        running.ended()
    finally:
        running.close()
    assert FILE not in site.paths()
    assert civicpress.rows("select state from addresses") == [{"state": "pending"}]
    assert civicpress.rows("select * from problems") == []
    assert civicpress.crawl(prova={"home": site.url, "listings": [listing]}).source()["new"] == 1


def test_extract_shows_the_file_that_an_address_leads_to(civicpress: Program, site: Site) -> None:
    site.pages["/ponte"], site.pages[FILE] = Answer(attached().encode()), Answer(pdf(letter()), headers=PDF)
    done = civicpress("extract", site.url + "/ponte", "--json")
    assert (done.status, done.json["file"], done.json["url"]) == (0, site.url + "/ponte", site.url + FILE)
    assert done.json["text"] == "\n\n".join((FIRST, SECOND, THIRD))
    site.pages[FILE] = Answer(SCAN, headers=PDF)
    assert civicpress("extract", site.url + "/ponte", "--json").json["status"] == "no-text"
