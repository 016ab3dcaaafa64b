"""`civicpress forget`: a document goes with all that is known of it, and stays out."""

from datetime import date

import pytest

from tests.program import Program
from tests.site import Item, Site

SECRET = "Parolachenonsitrovaaltrove"


@pytest.fixture
def crawled(site: Site, civicpress: Program) -> Program:
    """Three documents; the first has two wordings, and its text is at a second address, too."""
    site.article("/novita/1", f"{SECRET} in piazza", "3 marzo 2024")
    urls = [site.url + "/novita/1", *(site.url + item.path for item in site.releases([2, 3]))]
    source = {"home": site.url, "sitemaps": [site.sitemap("/s.xml", urls)]}
    civicpress.crawl(prova=source)
    page = site.pages["/novita/1"]
    page.body = page.body.replace(b"<div class=testo>", f"<div class=testo><p>{SECRET} chiude.</p>".encode())
    assert civicpress.crawl("--full").source()["revised"] == 1
    site.pages["/novita/ristampa"] = page
    site.sitemap("/s.xml", [*urls, site.url + "/novita/ristampa"])
    line = civicpress.crawl().source()
    assert line["duplicates"] == 1, line
    return civicpress


def test_a_document_goes_with_its_wordings_its_page_and_its_other_addresses(crawled: Program, site: Site) -> None:
    done = crawled("forget", site.url + "/novita/1", "--json")

    [gone] = done.json
    assert done.status == 0
    assert gone["addresses"] == [site.url + "/novita/1", site.url + "/novita/ristampa"]
    assert len(crawled.rows("select 1 from corpus")) == 2
    for table in ("revisions", "pages", "outlets"):
        assert crawled.rows(f"select 1 from {table} where document = ?", gone["document"]) == []
    assert crawled("search", SECRET, "--json").json == []
    files = [crawled.db.read_bytes(), *(path.read_bytes() for path in crawled.folder.glob("corpus.db-*"))]
    assert not any(SECRET.encode() in file or SECRET.lower().encode() in file for file in files)
    assert crawled.rows("pragma foreign_key_check") == []


def test_what_was_taken_down_is_not_asked_for_again_even_by_a_full_crawl(crawled: Program, site: Site) -> None:
    crawled("forget", site.url + "/novita/1")
    site.forget()
    line = crawled.crawl("--full").source()

    assert not {"/novita/1", "/novita/ristampa"} & set(site.paths())
    assert (line["status"], line["new"], line["unchanged"]) == ("ok", 0, 2)


def test_a_page_that_leads_to_what_was_taken_down_is_a_problem_and_no_document(crawled: Program, site: Site) -> None:
    crawled("forget", site.url + "/novita/1")
    page = site.pages["/novita/1"]
    canonical = f'<link rel=canonical href="{site.url}/novita/1"></head>'.encode()
    page.body = page.body.replace(b"</head>", canonical)
    site.pages["/novita/altrove"] = page
    site.sitemap("/s.xml", [site.url + "/novita/altrove"])
    line = crawled.crawl().source()

    assert (line["new"], line["problems"]) == (0, 1)
    [problem] = crawled.rows("select reason, url from problems order by number desc limit 1")
    assert problem == {"reason": "forgotten", "url": site.url + "/novita/1"}


def test_an_address_that_was_never_read_is_kept_out_too(crawled: Program, site: Site) -> None:
    site.article("/novita/9", "Un avviso nuovo")
    done = crawled("forget", site.url + "/novita/9")
    site.sitemap("/s.xml", [site.url + "/novita/9"])

    assert (done.status, "no document was here" in done.out) == (0, True)
    assert crawled.crawl().source()["new"] == 0


def test_a_bad_address_is_an_error_and_takes_nothing_down(crawled: Program, site: Site) -> None:
    wrong = crawled("forget", site.url + "/novita/1", "novita/1")

    assert (wrong.status, wrong.out) == (2, "")
    assert wrong.err.startswith("civicpress: novita/1: ")
    assert len(crawled.rows("select 1 from corpus")) == 3


def test_there_is_nothing_to_take_down_without_a_corpus(civicpress: Program) -> None:
    wrong = civicpress("forget", "https://www.comune.prova.it/novita/1")

    assert wrong.status == 2
    assert not civicpress.db.exists()


def test_a_list_that_still_names_what_was_taken_down_brings_none_of_its_words_back(
    site: Site, civicpress: Program
) -> None:
    item = Item("/novita/1", f"{SECRET} in piazza", date.today())
    other = Item("/novita/2", "Riapre la biblioteca", date.today())
    for each in (item, other):
        site.article(each.path, each.title, each.words)
    never = Item("/novita/3", f"{SECRET} in biblioteca", date.today())
    feed = site.feed("/feed.xml", [item, other])
    civicpress.crawl(prova={"home": site.url, "feeds": [feed]})
    civicpress("forget", site.url + item.path, site.url + never.path)
    site.feed("/feed.xml", [item, other, never])
    assert civicpress.crawl("--full").source()["problems"] == 0
    assert civicpress.rows("select 1 from addresses where hints like ?", f"%{SECRET}%") == []
    assert civicpress.rows("select 1 from addresses where state = 'pending'") == []
