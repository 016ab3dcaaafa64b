"""Known pages are looked at again: edits become revisions, what templates count does not, and what is gone is withdrawn."""

from collections.abc import Callable
from datetime import date

import pytest

from storage import looking
from storage.corpus import Corpus
from storage.duplicates import wording
from storage.looking import GONE, PAUSES
from tests.corpora import HOST, Shelf, page
from tests.program import Program
from tests.site import Answer, Item, Site, prose

TEXT = (
    "La biblioteca di via Roma riapre lunedì alle 9. I posti per lo studio sono quaranta, il prestito resta gratuito."
)
RECENT = "update looks set next = '2000-01-01T00:00:00+00:00'"


@pytest.fixture
def shelf(tmp_path: object) -> Shelf:
    return Shelf(tmp_path / "corpus.db")  # type: ignore[operator]


@pytest.fixture
def due(site: Site, civicpress: Program) -> Callable[[], dict[str, int]]:
    """A crawled source of one release; each call crawls again, at a time at which its page is due."""
    site.article("/novita/1", "Riapre la biblioteca", None)
    civicpress.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/s.xml", [site.url + "/novita/1"])]})
    # An undated page of a first crawl has no look; from here on it is as if it had been found later.
    civicpress.crawl("--full")

    def crawl() -> dict[str, int]:
        civicpress.change(RECENT)
        site.forget()
        return civicpress.crawl().source()

    return crawl


def edit(site: Site, old: str, new: str) -> None:
    answer = site.pages["/novita/1"]
    assert isinstance(answer, Answer)
    assert old.encode() in answer.body
    answer.body = answer.body.replace(old.encode(), new.encode())


def test_an_edit_that_no_list_tells_becomes_a_revision(
    due: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    assert (due()["not_modified"], site.paths()[-1]) == (2, "/novita/1")
    edit(site, "<div class=testo>", "<div class=testo><p>Il martedì pomeriggio resta chiusa per lavori.</p>")

    assert due()["revised"] == 1
    assert [row["revision"] for row in civicpress.rows("select revision from revisions order by seq")] == [1, 2]


def test_a_page_whose_time_has_not_come_is_not_asked_for(
    due: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    due()
    site.forget()
    civicpress.crawl()
    assert site.paths() == ["/s.xml"]


def test_counters_and_notes_of_updates_are_no_revision(
    due: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    edit(
        site,
        "</div></article>",
        "<p>Letto 312 volte</p><p>Ultimo aggiornamento: 3 maggio 2026, 10:12</p></div></article>",
    )
    assert (due()["revised"], due()["revised"]) == (0, 0)
    edit(site, "312", "313")
    assert due()["revised"] == 0
    assert len(civicpress.rows("select 1 from revisions")) == 1


def test_a_page_that_its_site_says_is_as_before_costs_no_reading(
    due: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    line = due()

    assert "If-None-Match" in site.asked[-1].headers
    assert (line["not_modified"], line["unchanged"], line["problems"], line["status"]) == (
        2,
        0,
        0,
        "ok",
    )  # the list too


def test_a_page_that_is_gone_twice_is_withdrawn_and_comes_back(
    due: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    there, withdrawn = site.pages["/novita/1"], "select withdrawn is not null as w from corpus"
    site.pages["/novita/1"] = Answer(b"", 404)
    due()
    assert civicpress.rows(withdrawn) == [{"w": 0}]
    civicpress.change("update looks set gone = '2026-01-01T00:00:00+00:00'")
    due()
    assert civicpress.rows(withdrawn) == [{"w": 1}]
    site.pages["/novita/1"] = there
    due()
    assert civicpress.rows(withdrawn) == [{"w": 0}]


def test_a_better_reading_of_the_same_page_is_no_revision(
    due: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    [right] = civicpress.rows("select title, body from corpus")
    civicpress.change("update documents set title = 'Home', body = 'Un testo letto male da regole di allora.'")
    edit(site, "© 2025 Comune", "© 2026 Comune")  # so that the page is read, although nothing of its text changed
    line = due()

    assert (line["revised"], line["unchanged"]) == (0, 1)
    assert civicpress.rows("select title, body from corpus") == [right]
    assert [row["revision"] for row in civicpress.rows("select revision from revisions")] == [1]


def test_looks_become_rarer_and_end(shelf: Shelf) -> None:
    for _ in PAUSES:
        shelf.put(page("/novita/1", TEXT, look=f"{HOST}/novita/1"))
        [row] = shelf.rows("select next, times from looks")
    assert row["times"] == len(PAUSES)
    shelf.put(page("/novita/1", TEXT, look=f"{HOST}/novita/1"))
    assert shelf.rows("select 1 from looks") == []


def test_releases_of_long_ago_are_left_alone(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", TEXT, date="2025-12-01", look=f"{HOST}/novita/1"))
    assert shelf.rows("select 1 from looks") == []


def test_what_never_comes_back_is_asked_for_no_more(shelf: Shelf) -> None:
    from storage.changes import Problem

    url = f"{HOST}/novita/1"
    shelf.put(page("/novita/1", TEXT, look=url))
    for _ in GONE:
        shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
        assert shelf.rows("select 1 from looks")
    shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
    assert shelf.rows("select 1 from looks") == []
    assert shelf.row()["withdrawn"] is not None


@pytest.mark.parametrize(
    "note",
    [
        "Letto 312 volte", "Questa pagina è stata visualizzata 1.204 volte", "Visite: 88", "1.204 visualizzazioni",
        "Ultimo aggiornamento: 12/03/2026, 10:15", "Ultima modifica 3 marzo 2026", "Aggiornato il 3 marzo 2026",
        "Tempo di lettura: 3 minuti",
    ],
)  # fmt: skip
def test_what_templates_count_and_date_is_no_wording(note: str) -> None:
    assert wording("Titolo", f"{TEXT}\n\n{note}") == wording("Titolo", TEXT)


@pytest.mark.parametrize(
    "edited",
    [
        TEXT.replace("alle 9", "alle 10"), TEXT + "\n\nAggiornamento del piano del traffico: il ponte resta chiuso.",
        TEXT + "\n\nIl sito ha avuto 312 visite in più dell’anno scorso, dice l’assessora.",
    ],
)  # fmt: skip
def test_what_a_publisher_writes_is_its_wording(edited: str) -> None:
    assert wording("Titolo", edited) != wording("Titolo", TEXT)


def test_white_space_entities_and_case_are_no_wording() -> None:
    assert wording("Titolo", TEXT.upper().replace(". ", ".\u2009 ")) == wording("TITOLO", TEXT)


def sitemap(site: Site, changed: dict[str, str]) -> str:
    urls = "".join(f"<url><loc>{site.url}{path}</loc><lastmod>{at}</lastmod></url>" for path, at in changed.items())
    xml = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    site.pages["/s.xml"] = Answer(xml.encode(), headers={"Content-Type": "application/xml"})
    return site.url + "/s.xml"


def test_a_page_that_a_sitemap_calls_changed_is_looked_at_however_old_it_is(site: Site, civicpress: Program) -> None:
    paths = [item.path for item in site.releases(range(1, 6))]
    then = dict.fromkeys(paths, "2024-11-01T10:00:00Z")
    civicpress.crawl(prova={"home": site.url, "sitemaps": [sitemap(site, then)]})
    edit(site, "<div class=testo>", "<div class=testo><p>Il martedì pomeriggio resta chiusa per lavori.</p>")
    sitemap(site, {**then, paths[0]: "2026-11-02T10:00:00Z"})
    site.forget()
    line = civicpress.crawl().source()

    assert (line["revised"], site.paths()) == (1, ["/s.xml", "/novita/1"])
    site.forget()
    civicpress.crawl()
    assert site.paths() == ["/s.xml"]


def test_a_sitemap_that_calls_everything_changed_is_not_believed(site: Site, civicpress: Program) -> None:
    paths = [item.path for item in site.releases(range(1, 31))]
    source = {"home": site.url, "sitemaps": [sitemap(site, dict.fromkeys(paths, "2024-11-01T10:00:00Z"))]}
    civicpress.crawl(prova=source)
    sitemap(site, dict.fromkeys(paths, "2026-11-02T10:00:00Z"))
    site.forget()
    civicpress.crawl()

    assert site.paths() == ["/s.xml"]


def test_a_better_reading_of_a_day_is_no_revision(
    due: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    edit(site, "<div class=testo>", "<p class=data>Data: 3 marzo 2024</p><div class=testo>")
    assert due()["revised"] == 1  # the publisher dates it
    civicpress.change("update documents set date = null, date_origin = null, date_confidence = null")
    edit(site, "© 2025 Comune", "© 2026 Comune")
    civicpress.crawl("--full")

    assert civicpress.rows("select date, revision from corpus") == [{"date": "2024-03-03", "revision": 2}]


def test_the_day_that_a_list_gave_outlives_a_list_that_gives_none(site: Site, civicpress: Program) -> None:
    [item] = site.releases([1])
    site.article(item.path, item.title, None)
    civicpress.crawl(prova={"home": site.url, "feeds": [site.feed("/feed.xml", [item])]})
    edit(site, "<div class=testo>", "<div class=testo><p>Il martedì pomeriggio resta chiusa per lavori.</p>")
    civicpress.crawl("--full", prova={"home": site.url, "sitemaps": [site.sitemap("/s.xml", [site.url + item.path])]})
    civicpress("reextract")

    assert civicpress.rows("select date, revision from corpus") == [{"date": item.day.isoformat(), "revision": 2}]


@pytest.fixture
def whole(site: Site, civicpress: Program) -> Callable[[], dict[str, int]]:
    """A crawled source whose feed has the text of its one release; each call crawls again when its page is due."""
    text = "".join(f"<p>{prose(f'biblioteca {number}')}</p>" for number in range(4))
    item = Item("/novita/1", "Riapre la biblioteca di via Roma", date.today(), text)
    site.article("/novita/1", item.title, item.words)  # the page reads otherwise than the feed
    civicpress.crawl(prova={"home": site.url, "feeds": [site.feed("/feed.xml", [item])]})
    assert "/novita/1" not in site.paths()

    def crawl() -> dict[str, int]:
        civicpress.change(RECENT)
        site.forget()
        return civicpress.crawl().source()

    return crawl


def test_a_release_whose_text_came_with_a_list_is_withdrawn_when_its_page_is_gone(
    whole: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    site.pages["/novita/1"] = Answer(b"", 410)
    whole()
    civicpress.change("update looks set gone = '2026-01-01T00:00:00+00:00'")
    whole()
    assert civicpress.rows("select withdrawn is not null as w from corpus") == [{"w": 1}]


def test_the_page_of_a_release_whose_text_came_with_a_list_is_no_revision_of_it(
    whole: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    [before] = civicpress.rows("select title, body, seq from corpus")
    line = whole()
    assert (site.paths()[-1], line["revised"], line["problems"]) == ("/novita/1", 0, 0)
    assert civicpress.rows("select title, body, seq from corpus") == [before]
    assert [row["times"] for row in civicpress.rows("select times from looks")] == [2]


def test_an_edit_that_a_list_brings_is_kept_while_its_page_is_looked_at(
    whole: Callable[[], dict[str, int]], site: Site, civicpress: Program
) -> None:
    feed = site.pages["/feed.xml"]
    assert isinstance(feed, Answer)
    feed.body = feed.body.replace(b"<p>", b"<p>La sala grande resta chiusa fino a maggio.</p><p>", 1)
    assert whole()["revised"] == 1
    assert "/novita/1" in site.paths()
    [row] = civicpress.rows("select body from corpus")
    assert "resta chiusa fino a maggio" in row["body"]
    assert civicpress.rows("select state from addresses") == [{"state": "stored"}]


def test_a_page_that_a_sitemap_calls_changed_is_asked_for_without_a_condition(shelf: Shelf) -> None:
    url = f"{HOST}/novita/1"
    shelf.put(page("/novita/1", TEXT, look=url, last_modified="Sun, 01 Mar 2026 08:00:00 GMT"))
    with Corpus(shelf.path) as corpus:
        looking.look_now(
            corpus.db, shelf.row("select key from looks")["key"], url, "comune", "2026-03-02T08:00:00+00:00"
        )
        [look] = looking.due(corpus.db, "comune", "2026-03-02T08:00:00+00:00", 9)
    assert (look.etag, look.last_modified, look.times) == (None, None, 1)


def test_pages_that_a_source_excludes_from_now_on_do_not_keep_the_others_from_their_looks(
    site: Site, civicpress: Program
) -> None:
    civicpress.set["LOOKS_A_RUN"] = 2
    items = [
        Item(f"/{folder}/{n}", f"Avviso {folder} {n}", date.today()) for folder in ("eventi", "novita") for n in (1, 2)
    ]
    for item in items:
        site.article(item.path, item.title, item.words)
    keys = {"home": site.url, "feeds": [site.feed("/feed.xml", items)]}
    civicpress.crawl(prova=keys)
    civicpress.change(RECENT)
    site.forget()
    civicpress.crawl(prova={**keys, "exclude": ["/eventi/"]})
    assert {path for path in site.paths() if path != "/feed.xml"} == {"/novita/1", "/novita/2"}


def test_an_old_page_that_a_list_calls_changed_is_tried_for_some_days(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", TEXT, date="2020-01-01"))
    with Corpus(shelf.path) as corpus:
        key, now = f"{HOST}/novita/1".removeprefix("https://"), "2026-03-01T08:00:00+00:00"
        looking.look_now(corpus.db, key, f"{HOST}/novita/1", "comune", now)
        tries = 0
        while looking.due(corpus.db, "comune", "2027-01-01T00:00:00+00:00", 9):
            [[now]] = corpus.db.execute("select next from looks").fetchall()
            looking.in_vain(corpus.db, key, "2020-01-01", now, passing=True)
            tries += 1
        assert tries == looking.VAIN_TRIES + 1
