"""One text is one document, wherever it is found; a page that changes is a new wording of its own document."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.addresses import address_key, canonical_url, host_of
from storage.changes import Problem, RawPage, Release
from storage.database import reader
from storage.document import Document
from storage.duplicates import fingerprint, is_variant
from tests.corpora import HOST, Shelf, page
from tests.site import prose

LONG, OTHER = prose("uno"), prose("due")
CAMERA = "https://www.camera.esempio.it"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "corpus.db")


# -- addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        "http://www.comune.esempio.it/novita/1",
        "https://comune.esempio.it/novita/1",
        "HTTPS://WWW.Comune.Esempio.IT/novita/1",
        "https://www.comune.esempio.it:443/novita/1",
        "http://comune.esempio.it:80/novita/1",
        "https://www.comune.esempio.it./novita/1",
        "https://www.comune.esempio.it/novita/1/",
        "https://www.comune.esempio.it/novita/1#contenuto",
        "https://www.comune.esempio.it/novita/1?",
        "https://www.comune.esempio.it/novita/1?utm_source=rss&utm_medium=feed",
        "https://www.comune.esempio.it/novita/1?fbclid=IwAR0&PHPSESSID=a1b2",
        "https://www.comune.esempio.it/novita/1?utm%5Fsource=rss",
        "https://www.comune.esempio.it/novita/1;jsessionid=0A1B2C.nodo1",
        "https://www.comune.esempio.it/novita/1;JSESSIONID=0A1B?utm_campaign=x#top",
        "https://redazione:segreto@www.comune.esempio.it/novita/1",
        "https://www.comune.esempio.it/novita/%31",
        " https://www.comune.esempio.it/novita/1\n",
    ],
)
def test_these_are_one_address(other: str) -> None:
    assert address_key(other) == address_key("https://www.comune.esempio.it/novita/1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h.it/news.php?IDNews=5", "https://h.it/news.php?IDNews=6"),
        ("https://h.it/news.php?IDNews=5", "https://h.it/news.php"),
        ("https://h.it/?p=5", "https://h.it/"),
        ("https://h.it/a?page=1", "https://h.it/a?page=2"),
        ("https://h.it/Avviso", "https://h.it/avviso"),
        ("https://h.it/a%2Fb", "https://h.it/a/b"),
        ("https://h.it:8443/a", "https://h.it/a"),
        ("https://h.it/a", "https://news.h.it/a"),
        ("https://h.it/www.", "https://h.it/"),
        ("https://h.it/a?ref=5", "https://h.it/a?ref=6"),
    ],
)
def test_these_are_two_addresses(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://città.esempio.it/a", "https://xn--citt-3na.esempio.it/a"),
        ("https://h.it/novità e più", "https://h.it/novit%C3%A0%20e%20pi%C3%B9"),
        ("https://h.it/novit%c3%a0", "https://h.it/novit%C3%A0"),
        ("https://h.it/a?b=2&a=1", "https://h.it/a?a=1&b=2"),
        ("https://h.it/a?q=uno+due", "https://h.it/a?q=uno%20due"),
        ("https://h.it", "https://h.it/"),
    ],
)
def test_an_address_has_one_spelling(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@given(
    st.builds(
        "{}://{}{}/{}?{}#{}".format,
        st.sampled_from(["http", "https", "HTTP"]),
        st.sampled_from(["h.it", "www.h.it", "CITTÀ.it", "[::1]", "1.2.3.4", "h.it."]),
        st.sampled_from(["", ":80", ":443", ":8080"]),
        st.text(max_size=12),
        st.text(st.sampled_from("abutm_source=&;%2651 +àÀ\u200b/?#"), max_size=20),
        st.text(max_size=4),
    )
)
@example("http://h.it/x?utm%5Fsource=3")
@example("http://h.it/;jsessionid=1;jsessionid=2/x")
@settings(max_examples=300, deadline=None)
def test_a_canonical_address_is_its_own_canonical_address(url: str) -> None:
    try:
        once = canonical_url(url)
    except ValueError:
        return
    assert canonical_url(once) == once
    assert address_key(once) == address_key(url)
    assert once.isascii()


@pytest.mark.parametrize(
    "url", ["", "h.it/a", "ftp://h.it/a", "mailto:a@h.it", "http://", "http://h.it:porta/", "http://[::1/"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical_url(url)


def test_the_host_of_a_broken_address_is_empty() -> None:
    assert host_of("https://www.H.it:8080/a") == "h.it"
    assert host_of("http://[h.it/") == host_of("/novita") == ""


# -- texts --------------------------------------------------------------------------------------------------------


def test_case_punctuation_and_white_space_do_not_make_another_text() -> None:
    one = fingerprint("Città di Torino: nuovi orari", "L'ufficio apre alle 9. Chiude alle 12.\n\nGrazie!")
    assert one == fingerprint("CITTÀ DI TORINO – nuovi orari", "L’ufficio apre alle 9 – chiude alle 12: «grazie»…")
    assert one != fingerprint("Città di Torino: nuovi orari", "L'ufficio apre alle 8. Chiude alle 12.\n\nGrazie!")


def test_a_long_text_under_another_headline_is_the_same_text() -> None:
    assert fingerprint("Nasce il distretto", LONG) == fingerprint("Commercio, accordo firmato", LONG)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Allerta del 12 marzo", "Allerta del 15 marzo"), ("Allerta di lunedì", "Allerta di martedì"),
     ("Bilancio di marzo", "Bilancio di aprile")],
)  # fmt: skip
def test_the_same_words_for_another_day_are_another_text(one: str, other: str) -> None:
    assert fingerprint(one, LONG) != fingerprint(other, LONG)


def test_a_notice_that_says_little_is_told_apart_by_its_title() -> None:
    body = "È online il bando. La domanda va presentata all'ufficio protocollo entro la scadenza indicata nell'avviso."
    assert fingerprint("Asilo nido", body) != fingerprint("Mensa scolastica", body)
    assert fingerprint("!!!", "") != fingerprint("???", "")


def test_a_variant_holds_most_of_the_text() -> None:
    assert is_variant(LONG, f"Versione stampabile. {LONG} Condividi.")
    assert not is_variant(LONG, OTHER)


# -- documents ----------------------------------------------------------------------------------------------------


def test_a_page_reached_by_many_spellings_of_its_address_is_one_document_without_copies(shelf: Shelf) -> None:
    spellings = (
        "/novita/1",
        "/novita/1/",
        "/novita/1?utm_source=feed",
        "/novita/1#top",
        "http://comune.esempio.it/novita/1",
    )
    outcomes = shelf.put(*(page(each, LONG) for each in spellings))
    assert outcomes == ["new", "unchanged", "unchanged", "unchanged", "unchanged"]
    assert shelf.row()["url"] == f"{HOST}/novita/1"
    assert shelf.copies() == {}


def test_the_same_text_at_two_addresses_is_one_document_and_a_copy(shelf: Shelf) -> None:
    assert shelf.put(page("/novita/1", LONG), page("/archivio/77?IDNews=5&utm_source=x", LONG)) == ["new", "duplicate"]
    row = shelf.row()
    assert (row["url"], row["copies"], row["revision"]) == (f"{HOST}/novita/1", 1, 1)
    copy = shelf.row("select * from copies")
    assert (copy["document"], copy["url"]) == (row["id"], f"{HOST}/archivio/77?IDNews=5")
    assert (copy["relation"], copy["similarity"], copy["source"]) == ("exact", 1.0, "comune")


def shown(shelf: Shelf) -> list[tuple[object, ...]]:
    """What readers see, but for what depends on the order of arrival: ids, numbers and times."""
    sql = "select url, source, title, body, date, copies from corpus order by url"
    copies = """select c.url, c.source, c.relation, c.similarity, d.url as main from copies c
                join corpus d on d.id = c.document order by c.url, d.url"""
    return [tuple(row.values()) for row in [*shelf.rows(sql), *shelf.rows(copies)]]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (page("/novita/1", LONG, date="2026-03-02"), page(f"{CAMERA}/9", LONG, source="camera", date="2026-03-03")),
        (page("/novita/1", LONG, date="2026-03-02"), page("/archivio", LONG, date=None)),
        (page("/novita/1", LONG, date="2026-03-31"), page("/archivio", LONG, date="2026-03")),
        (page("/novita/1", LONG, date="2026-03-02"), page("/novita/1?vista=stampa", LONG, date="2026-03-02")),
        (page("/novita/1", LONG, date=None), page("https://giornale.it/", LONG, source="import", date="2026-03-01")),
    ],
    ids=["earlier", "dated", "day", "shorter", "official"],
)  # fmt: skip
def test_the_better_page_of_a_text_is_its_document_whichever_came_first(
    tmp_path: Path, better: Release, worse: Release, together: bool
) -> None:
    first, second = Shelf(tmp_path / "first.db"), Shelf(tmp_path / "second.db")
    for shelf, pages in ((first, [better, worse]), (second, [worse, better])):
        if together:
            shelf.put(*pages)
        else:
            assert [shelf.put(each) for each in pages] == [["new"], ["duplicate"]]
        assert (shelf.row()["url"], shelf.row()["date"], shelf.row()["copies"]) == (better.url, better.date, 1)
        before = shelf.rows(), shelf.rows("select * from copies"), shelf.rows("select * from revisions")
        assert shelf.put(better, worse) == ["unchanged", "duplicate"]
        assert before == (shelf.rows(), shelf.rows("select * from copies"), shelf.rows("select * from revisions"))
    assert shown(first) == shown(second)


def test_a_document_that_passes_to_a_better_page_keeps_its_id_and_is_told_again(shelf: Shelf) -> None:
    shelf.put(page(f"{CAMERA}/9", LONG.upper(), source="camera", title="Altro", date="2026-03-09"))
    before = shelf.row()
    assert shelf.put(page("/novita/1", LONG)) == ["duplicate"]
    after = shelf.row()
    assert (after["id"], after["first_seen"], after["revision"]) == (before["id"], before["first_seen"], 1)
    assert [row["body"] for row in shelf.rows("select body from revisions")] == [LONG]  # nobody edited anything
    assert (after["source"], after["title"], after["body"], after["date"]) == ("comune", "Titolo", LONG, "2026-03-01")
    assert after["seq"] > before["seq"]
    assert shelf.put(page(f"{CAMERA}/9", OTHER, source="camera")) == ["new"]  # and the other may still go its own way
    assert [row["copies"] for row in shelf.rows()] == [0, 0]


def test_a_copy_seen_again_changes_nothing(shelf: Shelf) -> None:
    shelf.put(
        page("/novita/1", LONG), page(f"{CAMERA}/9", LONG.upper(), source="camera", date="2026-03-09", confidence=1.0)
    )
    before = shelf.rows(), shelf.rows("select * from copies"), shelf.rows("select * from revisions")
    assert shelf.put(page(f"{CAMERA}/9", LONG.upper(), source="camera", title="TITOLO", date="2026-03-09")) == [
        "duplicate"
    ]
    assert shelf.put(page("/novita/1", LONG)) == ["unchanged"]
    assert before == (shelf.rows(), shelf.rows("select * from copies"), shelf.rows("select * from revisions"))


def test_a_changed_page_is_a_new_revision_and_not_a_new_document(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG))
    before = shelf.row()
    assert shelf.put(page("/novita/1/?utm_source=x", OTHER, title="Nuovo")) == ["revised"]
    after = shelf.row()
    assert (after["id"], after["first_seen"]) == (before["id"], before["first_seen"])
    assert (after["title"], after["body"], after["revision"]) == ("Nuovo", OTHER, 2)
    assert after["seq"] > before["seq"]
    assert after["changed"] > before["changed"]


def test_an_old_wording_found_elsewhere_is_a_document_of_its_own(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG))
    shelf.put(page("/novita/1", OTHER))
    assert shelf.put(page("/novita/2", LONG)) == ["new"]
    assert [row["body"] for row in shelf.rows()] == [OTHER, LONG]


def test_a_copy_that_goes_its_own_way_becomes_a_document_of_its_own(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG), page("/novita/2", LONG), page("/novita/3", LONG))
    assert shelf.put(page("/novita/2", OTHER)) == ["new"]
    first, second = shelf.rows()
    assert (first["url"], first["body"], first["copies"]) == (f"{HOST}/novita/1", LONG, 1)
    assert (second["url"], second["body"], second["copies"]) == (f"{HOST}/novita/2", OTHER, 0)
    assert shelf.copies() == {"/novita/3": first["id"]}
    assert shelf.put(page("/novita/2", prose("tre"))) == ["revised"]  # from now on its changes are its own


def test_a_copy_stays_one_when_both_pages_change_alike(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG), page("/novita/2", LONG))
    assert shelf.put(page("/novita/1", OTHER), page("/novita/2", OTHER)) == ["revised", "duplicate"]
    assert shelf.row()["copies"] == 1


def test_a_copy_may_pass_to_another_document(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG), page("/novita/2", OTHER), page("/novita/3", LONG))
    first, second = (row["id"] for row in shelf.rows())
    assert shelf.copies() == {"/novita/3": first}
    assert shelf.put(page("/novita/3", OTHER)) == ["duplicate"]
    assert shelf.copies() == {"/novita/3": second}


def test_a_page_that_takes_over_anothers_text_leaves_its_document_as_withdrawn(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG), page("/novita/2", OTHER))
    assert shelf.put(page("/novita/2", LONG)) == ["duplicate"]
    first, second = shelf.rows()
    assert (first["body"], first["withdrawn"], first["copies"]) == (LONG, None, 1)
    assert (second["body"], second["revision"]) == (OTHER, 1)  # nothing is lost, and no text is there twice
    assert second["withdrawn"] is not None
    assert shelf.copies() == {"/novita/2": first["id"]}
    assert shelf.put(page("/novita/2", OTHER)) == ["unchanged"]  # and back again
    assert [row["withdrawn"] for row in shelf.rows()] == [None, None]
    assert shelf.copies() == {}


def test_pages_that_all_show_the_same_for_a_while_keep_their_documents(shelf: Shelf) -> None:
    pages = [page(f"/novita/{number}", prose(str(number))) for number in range(5)]
    shelf.put(*pages)
    before = {row["id"]: row["body"] for row in shelf.rows()}
    shelf.put(*(page(f"/novita/{number}", "Sito in manutenzione.", title="Avviso") for number in range(5)))
    assert len(shelf.rows()) == 5
    assert len({row["text"] for row in shelf.rows()}) == 5
    shelf.put(*pages)
    assert {row["id"]: row["body"] for row in shelf.rows()} == before
    assert {row["withdrawn"] for row in shelf.rows()} == {None}


def test_a_redirect_leads_to_one_document_and_the_old_address_is_a_copy(shelf: Shelf) -> None:
    shelf.put(page("/nuovo/1", LONG, through=("/vecchio/1", "http://comune.esempio.it/nuovo/1")))
    assert shelf.row()["url"] == f"{HOST}/nuovo/1"
    assert shelf.copies() == {"/vecchio/1": shelf.row()["id"]}


def test_a_page_that_moved_keeps_its_document_and_its_changes(shelf: Shelf) -> None:
    shelf.put(page("/vecchio/1", LONG))
    id = shelf.row()["id"]
    assert shelf.put(page("/nuovo/1", LONG, through=("/vecchio/1",))) == ["unchanged"]
    assert shelf.put(page("/nuovo/1", OTHER)) == ["revised"]
    row = shelf.row()
    assert (row["id"], row["body"], row["revision"]) == (id, OTHER, 2)


def test_pages_that_now_lead_to_something_else_keep_their_texts_and_are_withdrawn(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG), page("/novita/2", OTHER))
    general = prose("tutte le novità")
    moved = [page("/novita", general, title="Novità", through=(f"/novita/{number}",)) for number in (1, 2)]
    assert shelf.put(*moved) == ["new", "unchanged"]
    first, second, third = shelf.rows()
    assert [row["body"] for row in (first, second, third)] == [LONG, OTHER, general]
    assert [row["withdrawn"] is None for row in (first, second, third)] == [False, False, True]
    assert shelf.copies() == {"/novita/1": third["id"], "/novita/2": third["id"]}


def test_a_page_that_now_leads_to_another_document_is_withdrawn(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG), page("/novita/2", OTHER))
    assert shelf.put(page("/novita/1", LONG, through=("/novita/2",))) == ["unchanged"]
    first, second = shelf.rows()
    assert (first["withdrawn"], second["withdrawn"] is not None, second["body"]) == (None, True, OTHER)
    assert shelf.copies() == {"/novita/2": first["id"]}


# -- rel=canonical ------------------------------------------------------------------------------------------------


def test_a_document_goes_by_the_address_that_its_page_names(shelf: Shelf) -> None:
    shelf.put(page("/index.php?id=7", LONG, canonical="/novita/1"))
    row = shelf.row()
    assert row["url"] == f"{HOST}/novita/1"
    assert shelf.copies() == {"/index.php?id=7": row["id"]}
    assert shelf.put(page("/novita/1", LONG)) == ["unchanged"]
    assert shelf.put(page("/index.php?id=7", LONG, canonical="/novita/1")) == ["duplicate"]


@pytest.mark.parametrize("reverse", [False, True])
def test_a_variant_of_a_page_is_one_document_with_it_in_either_order(shelf: Shelf, reverse: bool) -> None:
    printed = page("/novita/1?stampa=1", f"Versione stampabile. {LONG}", canonical="/novita/1")
    pages = [page("/novita/1", LONG), printed]
    shelf.put(*(reversed(pages) if reverse else pages))
    row = shelf.row()
    assert (row["url"], row["body"]) == (f"{HOST}/novita/1", LONG)  # the page itself has the last word
    assert shelf.copies() == {"/novita/1?stampa=1": row["id"]}
    before = shelf.rows()
    assert shelf.put(*pages) == ["unchanged", "duplicate"]  # and they do not overwrite each other
    assert shelf.rows() == before
    with reader(shelf.path) as db:
        [copy] = db.query("select relation, similarity from copies")
    assert (copy["relation"], 0.8 < copy["similarity"] < 1) == ("near", True)


def test_a_page_that_is_only_known_by_a_variant_changes_with_it(shelf: Shelf) -> None:
    shelf.put(page("/novita/1?stampa=1", LONG, canonical="/novita/1"))
    assert shelf.put(page("/novita/1?stampa=1", OTHER, canonical="/novita/1")) == ["revised"]
    assert (shelf.row()["body"], shelf.row()["url"]) == (OTHER, f"{HOST}/novita/1")


def test_a_site_that_names_one_address_on_all_its_pages_loses_none(shelf: Shelf) -> None:
    pages = [page(f"/novita/{number}", prose(str(number)), canonical="/novita/0") for number in (3, 1, 2, 0)]
    assert shelf.put(*pages) == ["new"] * 4
    assert {row["url"]: row["body"] for row in shelf.rows()} == {
        f"{HOST}/novita/{number}": prose(str(number)) for number in range(4)
    }
    assert shelf.copies() == {}
    assert shelf.put(*pages) == ["unchanged"] * 4


# -- documents that came without an address ---------------------------------------------------------------------


def imported(text: str, id: str | None = None, title: str = "Titolo", date: str | None = "2026-03") -> Release:
    origin, confidence = ("import", 1.0) if date else (None, None)
    return Release("import", None, Document.of(title, text, date), (), date, origin, confidence, id=id)


def test_an_imported_document_takes_the_address_and_the_day_of_the_page_that_carries_it(shelf: Shelf) -> None:
    shelf.put(imported(LONG, "563574ee34ad843b"))
    seq = shelf.row()["seq"]
    assert shelf.put(page("/novita/1", LONG, date="2026-03-14")) == ["revised"]
    row = shelf.row()
    assert (row["id"], row["url"], row["date"]) == ("563574ee34ad843b", f"{HOST}/novita/1", "2026-03-14")
    assert (row["source"], row["kind"], row["language"]) == ("comune", "municipality", "it")
    assert row["seq"] > seq
    assert shelf.put(page("/novita/1", OTHER)) == ["revised"]
    assert (shelf.row()["id"], shelf.copies()) == ("563574ee34ad843b", {})


def test_an_export_of_a_crawled_corpus_and_a_crawl_after_it_know_each_other(tmp_path: Path) -> None:
    before, after = Shelf(tmp_path / "before.db"), Shelf(tmp_path / "after.db")
    before.put(page("/novita/1", LONG))
    after.put(imported(LONG, before.row()["id"]))
    assert after.put(page("/novita/1", OTHER)) == ["revised"]  # the page was edited in between
    assert (after.row()["id"], after.row()["body"]) == (before.row()["id"], OTHER)


def test_an_import_of_what_is_known_adds_nothing(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG, date="2026-03-14"))
    shelf.put(page("/novita/1", OTHER, date="2026-03-14"))
    id, before = shelf.row()["id"], shelf.rows()
    assert shelf.put(imported(OTHER, id), imported(LONG, id), imported(OTHER), imported(OTHER, "0" * 16)) == [
        "unchanged", "unchanged", "duplicate", "duplicate",
    ]  # fmt: skip
    assert shelf.rows() == before


def test_an_import_of_another_wording_is_a_revision(shelf: Shelf) -> None:
    shelf.put(imported(LONG, "0" * 16))
    assert shelf.put(imported(OTHER, "0" * 16)) == ["revised"]
    assert (shelf.row()["id"], shelf.row()["body"], shelf.row()["revision"]) == ("0" * 16, OTHER, 2)


def test_a_text_that_is_imported_and_the_page_of_another_document_stay_apart(shelf: Shelf) -> None:
    shelf.put(imported(LONG), page("/novita/1", OTHER))
    assert shelf.put(page("/novita/1", LONG)) == ["duplicate"]
    free, crawled = shelf.rows()
    assert (free["url"], free["copies"]) == (None, 1)
    assert (crawled["body"], crawled["withdrawn"] is not None) == (OTHER, True)


# -- dates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((None, None), ("2026-03-05", 0.2), "2026-03-05"),
        (("2026-03", 1.0), ("2026-03-05", 0.4), "2026-03-05"),  # finer, and it agrees
        (("2026-03-05", 0.4), ("2026-03", 1.0), "2026-03-05"),  # a month does not replace its day
        (("2026-03-05", 0.4), ("2026-03-06", 0.9), "2026-03-06"),
        (("2026-03-05", 0.9), ("2026-03-06", 0.4), "2026-03-05"),
        (("2026-03-05", 0.4), ("2025-11", 0.9), "2025-11"),
        (("2026-03-05", 0.4), (None, None), "2026-03-05"),
    ],
)
def test_a_date_only_gets_finer_or_surer(
    shelf: Shelf, before: tuple[str | None, float | None], now: tuple[str | None, float | None], expected: str
) -> None:
    shelf.put(page("/novita/1", LONG, date=before[0], confidence=before[1]))
    changes = before[0] != expected
    assert shelf.put(page("/novita/1", LONG, date=now[0], confidence=now[1])) == ["revised" if changes else "unchanged"]
    row = shelf.row()
    assert (row["date"], row["month"], row["revision"]) == (expected, expected[:7], 2 if changes else 1)
    assert row["text"].startswith(f" date {expected[:7]} Titolo")
    assert shelf.row("select date from revisions order by seq desc limit 1")["date"] == expected


def test_the_best_witness_of_a_date_is_remembered(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG, date="2026-03-05", confidence=0.4))
    assert shelf.put(page("/novita/1", LONG, date="2026-03-05", confidence=0.9)) == ["unchanged"]
    assert shelf.put(page("/novita/1", LONG, date="2026-03-06", confidence=0.7)) == ["unchanged"]
    assert (shelf.row()["date"], shelf.row()["date_confidence"], shelf.row()["date_origin"]) == (
        "2026-03-05",
        0.9,
        "label",
    )


# -- pages that are gone ------------------------------------------------------------------------------------------


def test_a_page_that_is_gone_twice_a_day_apart_is_withdrawn_until_it_is_back(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG), page("/novita/2", OTHER))
    url = f"{HOST}/novita/1/?utm_source=feed"
    shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
    assert [row["withdrawn"] for row in shelf.rows()] == [None, None]  # the site may be out of order
    shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
    assert [row["withdrawn"] is None for row in shelf.rows()] == [False, True]
    gone = shelf.rows()[0]["withdrawn"]
    shelf.put(Problem("comune", url, "gone", "status 410", addresses=(url,)))
    assert shelf.rows()[0]["withdrawn"] == gone  # since it was known
    shelf.put(Problem("comune", f"{HOST}/novita/2", "timeout", again=True, addresses=(f"{HOST}/novita/2",)))
    shelf.put(page("/novita/1", LONG))
    assert [row["withdrawn"] for row in shelf.rows()] == [None, None]


# -- raw pages ----------------------------------------------------------------------------------------------------


def test_the_raw_page_is_that_of_the_wording_and_never_a_copys(shelf: Shelf) -> None:
    def raw(path: str) -> RawPage:
        return RawPage(HOST + path, "text/html", '{"title": "\ud83d"}', path.encode())

    shelf.put(page("/novita/1", LONG, raw=raw("/novita/1")), page("/novita/2", LONG, raw=raw("/novita/2")))
    assert shelf.row("select body from pages")["body"] == b"/novita/1"
    shelf.put(page("/novita/1?v=2", LONG, raw=raw("/x")), page("/novita/1", OTHER, raw=raw("/nuovo")))
    assert shelf.row("select body from pages")["body"] == b"/nuovo"
