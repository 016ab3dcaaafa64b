"""What changed between the revisions of a document, as `civicpress diff` shows it."""

import pytest

from storage.differences import words_changed
from tests.program import Program
from tests.site import Site

OLD = "La biblioteca apre alle 9 e chiude alle 18.\n\nL’ingresso è gratuito."
NEW = "La biblioteca apre alle 8 e chiude alle 19.\n\nL’ingresso è gratuito.\n\nIl bar resta chiuso."


def told(old: str, new: str) -> str:
    marks = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return " ".join(marks[piece.kind].format(piece.text) for piece in words_changed(old, new))


def test_only_the_words_that_differ_are_marked() -> None:
    assert told("Apre alle 9 di sabato", "Apre alle 8 di sabato") == "Apre alle [-9-] [+8+] di sabato"


def test_equal_texts_are_one_piece() -> None:
    assert told(OLD, OLD) == OLD


def test_an_added_paragraph_leaves_the_others_as_they_are() -> None:
    pieces = words_changed(OLD, NEW)
    assert [piece.text for piece in pieces if piece.kind == "removed"] == ["9", "18."]
    assert " ".join(piece.text for piece in pieces if piece.kind == "added").endswith("Il bar resta chiuso.")


@pytest.fixture
def edited(site: Site, civicpress: Program) -> str:
    """A document with two revisions; its id."""
    site.article("/novita/1", "Nuovi orari", "3 marzo 2024")
    source = {"home": site.url, "sitemaps": [site.sitemap("/s.xml", [site.url + "/novita/1"])]}
    civicpress.crawl(prova=source)
    page = site.pages["/novita/1"]
    page.body = page.body.replace(
        b"<div class=testo>", b"<div class=testo><p>Il martedi gli uffici restano chiusi.</p>"
    )
    assert civicpress.crawl("--full").source()["revised"] == 1
    [row] = civicpress.rows("select id from corpus")
    return str(row["id"])


def test_an_edit_is_shown_by_words_between_brackets_where_there_is_no_terminal(
    edited: str, civicpress: Program
) -> None:
    done = civicpress("diff", edited[:8])
    assert done.status == 0
    assert "{+Il martedi gli uffici restano chiusi." in done.out
    assert "[-" not in done.out
    assert "revision 1" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_programs_get_both_wordings(edited: str, civicpress: Program) -> None:
    found = civicpress("diff", edited, "--json").json
    assert (found["id"], found["from"]["revision"], found["to"]["revision"]) == (edited, 1, 2)


@pytest.mark.parametrize("words", [["--to", "3"], ["--to", "1"], ["--from", "4"]])
def test_a_revision_that_is_not_there_is_an_error(edited: str, civicpress: Program, words: list[str]) -> None:
    wrong = civicpress("diff", edited, *words)
    assert (wrong.status, wrong.out) == (2, "")
    assert wrong.err.startswith("civicpress: ")


def test_a_document_of_one_wording_has_no_difference(site: Site, civicpress: Program) -> None:
    site.article("/novita/1", "Nuovi orari", "3 marzo 2024")
    civicpress.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/s.xml", [site.url + "/novita/1"])]})
    [row] = civicpress.rows("select id from corpus")
    wrong = civicpress("diff", row["id"])
    assert (wrong.status, wrong.err) == (2, f"civicpress: document {row['id']} has one wording only\n")
