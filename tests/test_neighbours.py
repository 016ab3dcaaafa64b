"""Releases that are nearly the same are one document, the best page's, in whatever order their pages come."""

import random
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.wordings import Press, library
from storage import neighbours
from storage.changes import Problem, Release
from storage.corpus import Corpus
from storage.document import Document
from storage.likeness import differ, nearly_same, numbers_of, pairs_of, words_of
from tests.corpora import HOST, SOURCES, Shelf, page
from tests.site import prose

CAMERA, GIORNALE = "https://www.camera.esempio.it", "https://giornale.esempio.it"
TEXT = prose("comunicato", 16)
SENTENCES = TEXT.split(". ")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "corpus.db")


def changed(text: str, seed: int, rate: float) -> str:
    """A text in which a part of the words is another."""
    pick = random.Random(seed)
    return " ".join(f"diversa{pick.randrange(500):c}" if pick.random() < rate else word for word in text.split())


def alike(text: str, other: str) -> bool:
    """Whether two texts are one release."""
    numbers = [numbers_of([], words_of(each)).placed for each in (text, other)]
    return nearly_same(pairs_of(words_of(text)), pairs_of(words_of(other))) and not differ(*numbers)


def shown(shelf: Shelf) -> list[tuple[object, ...]]:
    """All that readers see of documents and copies, but for what depends on the order of arrival: numbers, times, and
    the id where several pages have the very same text."""
    copies = """select c.url, c.source, c.relation, c.similarity, d.url as main from copies c
                join corpus d on d.id = c.document order by c.url, d.url"""
    rows = [
        *shelf.rows("select url, source, title, body, date, copies from corpus order by url"),
        *shelf.rows(copies),
    ]
    return [tuple(row.values()) for row in rows]


# -- texts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.1, 0.3])
def test_an_edited_text_is_the_same_release(rate: float) -> None:
    assert all(alike(TEXT, changed(TEXT, seed, rate)) for seed in range(20))


def test_a_text_of_which_most_words_are_others_is_another_release() -> None:
    assert not any(alike(TEXT, changed(TEXT, seed, 0.6)) for seed in range(20))


@pytest.mark.parametrize("kept", [0.75, 0.5, 0.25])
def test_a_trimmed_text_is_the_same_release(kept: float) -> None:
    words = TEXT.split()
    assert alike(TEXT, " ".join(words[: int(len(words) * kept)]))
    assert alike(" ".join(words[int(len(words) * (1 - kept)) :]), TEXT)


def test_texts_that_share_how_they_end_are_two_releases() -> None:
    ending = prose("informazioni", 5)
    assert not alike(f"{prose('uno', 5)} {ending}", f"{prose('due', 5)} {ending}")
    assert not alike(f"{ending} {prose('uno', 5)}", f"{ending} {prose('due', 5)}")


@pytest.mark.parametrize(
    ("said", "other"),
    [
        ("giovedì 12 marzo 2026", "giovedì 19 marzo 2026"), ("12 marzo", "12 aprile"), ("giovedì", "venerdì"),
        ("alle ore 9.30", "alle ore 10.30"), ("12.000 euro", "15.000 euro"), ("il 12%", "il 15%"),
        ("dal 3 al 9", "dal 3 al 10"), ("allerta gialla", "allerta arancione"), ("dodici posti", "dieci posti"),
        ("12/03/2026", "12/04/2026"), ("dal 7 alle 9", "dal 9 alle 7"),
    ],
)  # fmt: skip
def test_another_number_or_day_makes_another_release(said: str, other: str) -> None:
    def text(words: str) -> str:
        return f"{SENTENCES[0]} {words} {'. '.join(SENTENCES[1:])}"

    assert not alike(text(said), text(other))
    assert not alike(text(said), changed(text(other), 1, 0.02))


@pytest.mark.parametrize(
    ("said", "other"),
    [
        ("giovedì 12 marzo 2026", "12 marzo"), ("12/03/2026", "12 marzo 2026"), ("12.000 euro", "12000 euro"),
        ("03 aprile", "3 aprile"), ("dodici posti", "12 posti"), ("il 12%", "una parte"),
    ],
)  # fmt: skip
def test_a_number_that_is_said_otherwise_or_left_out_makes_no_other_release(said: str, other: str) -> None:
    assert alike(f"{TEXT} {said} {SENTENCES[0]}", f"{TEXT} {other} {SENTENCES[0]}")


def test_very_short_texts_are_never_nearly_the_same() -> None:
    assert not alike("È online il bando per la mensa.", "È online il bando per la mensa scolastica.")


# -- documents and copies -----------------------------------------------------------------------------------------


def test_a_reprint_is_a_near_copy_of_the_document(shelf: Shelf) -> None:
    reprint = page(f"{CAMERA}/9", changed(TEXT, 1, 0.05), source="camera", title="Altro", date="2026-03-09")
    assert shelf.put(page("/novita/1", TEXT), reprint) == ["new", "duplicate"]
    row = shelf.row()
    assert (row["url"], row["body"], row["copies"], row["revision"]) == (f"{HOST}/novita/1", TEXT, 1, 1)
    copy = shelf.row("select * from copies")
    assert (copy["document"], copy["url"], copy["source"], copy["relation"]) == (
        row["id"],
        f"{CAMERA}/9",
        "camera",
        "near",
    )
    assert 0.6 < copy["similarity"] < 1
    before = (
        shelf.rows("select * from documents"),
        shelf.rows("select * from copies"),
        shelf.rows("select * from revisions"),
    )
    assert shelf.put(reprint, page("/novita/1", TEXT)) == ["duplicate", "unchanged"]
    assert before == (
        shelf.rows("select * from documents"), shelf.rows("select * from copies"), shelf.rows("select * from revisions"),
    )  # fmt: skip


def test_the_search_and_the_selections_leave_near_copies_out(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", f"{TEXT} Introvabile."), page("/novita/2", f"{TEXT} Introvabile! Sul serio."))
    sql = "select c.url from documents_fts f join documents d on d.number = f.rowid join corpus c on c.id = d.id where documents_fts match 'introvabile'"
    assert len(shelf.rows(sql)) == 1


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (page("/1", TEXT, date="2026-03-02"), page(f"{CAMERA}/9", TEXT + " Fine.", source="camera", date="2026-03-03")),
        (page("/1", TEXT, date=None), page(f"{GIORNALE}/", TEXT + " Fine.", source="import", date="2026-03-01")),
        (page("/1", TEXT, date="2026-03-02"), page("/0", SENTENCES[0] * 9, date="2026-03-02")),
        (page("/1", TEXT, date="2026-03-02"), page("/0", TEXT + " Fine.", date="2026-03")),
    ],
    ids=["earlier", "official", "alone", "day"],
)  # fmt: skip
def test_the_better_page_of_a_release_is_its_document_whichever_came_first(
    tmp_path: Path, better: Release, worse: Release
) -> None:
    first, second = Shelf(tmp_path / "first.db"), Shelf(tmp_path / "second.db")
    first.put(better, worse)
    second.put(worse, better)
    assert shown(first) == shown(second)
    assert better.url in {row["url"] for row in second.rows()}


def test_a_document_that_turns_out_to_be_a_copy_is_named_beside_the_one_that_stands_for_it(shelf: Shelf) -> None:
    shelf.put(
        page(f"{CAMERA}/9", TEXT + " Fine.", source="camera", date="2026-03-09"),
        page(f"{CAMERA}/10", TEXT + " Fine.", date="2026-03-10"),
    )
    before = shelf.row()
    assert shelf.put(page("/novita/1", TEXT)) == ["new"]
    row = shelf.row()
    assert (row["url"], row["copies"], row["seq"] > before["seq"]) == (f"{HOST}/novita/1", 2, True)
    copies = shelf.rows("select document, url, relation, copy from copies order by copy is null")
    assert [(each["document"], each["relation"]) for each in copies] == [(row["id"], "near")] * 2
    assert [each["copy"] for each in copies] == [before["id"], None]
    assert shelf.rows("select body from revisions where document = ?", before["id"]) == [{"body": TEXT + " Fine."}]


def test_a_near_copy_that_goes_its_own_way_becomes_a_document_and_may_come_back(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", TEXT), page("/novita/2", TEXT + " Fine.", date="2026-03-02"))
    last = max(row["seq"] for row in shelf.rows())
    assert shelf.put(page("/novita/2", prose("altro"))) == ["new"]
    first, second = shelf.rows()
    assert (second["url"], second["copies"], second["seq"] > last) == (f"{HOST}/novita/2", 0, True)
    assert first["copies"] == 0
    assert shelf.put(page("/novita/2", TEXT + " Fine.", date="2026-03-02")) == ["duplicate"]
    assert (shelf.row()["url"], shelf.row()["copies"]) == (f"{HOST}/novita/1", 1)


def test_copies_of_a_document_that_changes_find_their_next_best(shelf: Shelf) -> None:
    shelf.put(
        page("/1", TEXT), page("/2", TEXT + " Fine.", date="2026-03-02"), page("/3", TEXT + " Ciao.", date="2026-03-03")
    )
    last = shelf.row()["seq"]
    assert shelf.put(page("/1", prose("altro"))) == ["revised"]
    rows = {row["url"].removeprefix(HOST): row for row in shelf.rows()}
    assert {path: row["copies"] for path, row in rows.items()} == {"/1": 0, "/2": 1}
    assert rows["/2"]["seq"] > last  # a reader who remembers the highest number sees that it is a document now
    assert (rows["/2"]["revision"], shelf.rows("select * from revisions where revision < 1")) == (1, [])


def test_a_page_whose_day_becomes_known_may_become_the_document(shelf: Shelf) -> None:
    shelf.put(page("/1", TEXT, date=None), page("/2", TEXT + " Fine.", date="2026-03-02"))
    assert shelf.row()["url"] == f"{HOST}/2"
    assert shelf.put(page("/1", TEXT, date="2026-03-01")) == ["new"]
    assert shelf.row()["url"] == f"{HOST}/1"


def test_what_is_like_a_copy_but_not_like_its_document_is_a_document(tmp_path: Path) -> None:
    """Chains of small differences would join texts that have nothing in common."""
    parts = [prose(str(number), 6) for number in range(3)]
    pages = [
        page("/a", f"{parts[0]} {parts[1]}"), page("/b", parts[1], date="2026-03-02"),
        page("/c", f"{parts[1]} {parts[2]}", date="2026-03-03"),
    ]  # fmt: skip
    for number, order in enumerate(permutations(pages)):
        shelf = Shelf(tmp_path / f"{number}.db")
        shelf.put(*order)
        assert [row["url"] for row in shelf.rows("select url from corpus order by url")] == [f"{HOST}/a", f"{HOST}/c"]
        assert shelf.row("select c.url, d.url as main from copies c join corpus d on d.id = c.document") == {
            "url": f"{HOST}/b", "main": f"{HOST}/a",
        }  # fmt: skip


def test_a_release_that_is_imported_is_a_copy_of_the_page_that_carries_it(shelf: Shelf) -> None:
    def imported() -> Release:
        document = Document.of("Titolo", TEXT + " Fine.", "2026-02")
        return Release("import", None, document, (), "2026-02", "import", 1.0, id="0" * 16)

    assert shelf.put(imported()) == ["new"]
    assert shelf.put(page("/novita/1", TEXT)) == ["new"]
    assert shelf.put(imported()) == ["duplicate"]
    assert (shelf.row()["url"], shelf.row()["copies"]) == (f"{HOST}/novita/1", 1)
    assert shelf.row("select url, copy from copies") == {"url": None, "copy": "0" * 16}


def test_a_page_of_a_near_copy_that_is_gone_and_one_that_is_a_copy_of_it_are_told_as_such(shelf: Shelf) -> None:
    shelf.put(
        page("/1", TEXT),
        page("/2", TEXT + " Fine.", date="2026-03-02"),
        page("/33", TEXT + " Fine.", date="2026-03-02"),
    )
    assert {row["url"]: row["relation"] for row in shelf.rows("select * from copies")} == {
        f"{HOST}/2": "near", f"{HOST}/33": "near",
    }  # fmt: skip
    url = f"{HOST}/2"
    shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
    assert (shelf.row()["withdrawn"], shelf.row()["copies"]) == (None, 2)


def test_the_copies_of_a_row_that_is_removed_find_their_next_best(shelf: Shelf) -> None:
    shelf.put(
        page("/1", TEXT), page("/2", TEXT + " Fine.", date="2026-03-02"), page("/3", TEXT + " Ciao.", date="2026-03-03")
    )
    with Corpus(shelf.path) as corpus:
        [(number,)] = corpus.db.execute("select number from documents where url like '%/1'").fetchall()
        neighbours.remove(corpus.db, number)
        corpus.db.execute("delete from addresses")
        corpus.db.execute("delete from documents where number = ?", [number])
    assert (shelf.row()["url"], shelf.row()["copies"]) == (f"{HOST}/2", 1)
    assert shelf.rows("select * from neighbour_keys where document = ?", number) == []


def test_the_copies_of_an_older_corpus_are_found_when_it_is_brought_up_to_date(shelf: Shelf) -> None:
    shelf.put(page("/1", TEXT), page("/2", TEXT + " Fine.", date="2026-03-02"), page("/3", prose("altro")))
    before = shown(shelf)
    with Corpus(shelf.path) as corpus:  # the rows as they were, and as another version of the algorithm left them
        corpus.db.execute("update documents set copy_of = null, similarity = null")
        corpus.db.execute("update likenesses set version = 1 where document = 1")
        corpus.db.execute("delete from likenesses where document > 1")
        neighbours.place_all(corpus.db)
    assert shown(shelf) == before


PRESS = Press(3)
FIRST = [PRESS.release() for _ in range(3)]
WORDINGS = [
    piece
    for first in FIRST
    for piece in (
        first, PRESS.edited(first, 0.02), PRESS.edited(first, 0.3), PRESS.edited(first, 0.3), PRESS.trimmed(first, 0.5),
        PRESS.trimmed(first, 0.3), PRESS.twin(first) or first, PRESS.edited(PRESS.trimmed(first, 0.5), 0.2),
    )
]  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(WORDINGS) - 1), st.sampled_from(list(SOURCES)),
            st.sampled_from([None, "2026-03", "2026-03-01", "2026-03-02"]),
        ),
        min_size=2, max_size=10,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_the_same_pages_in_any_order_are_the_same_documents_with_the_same_copies(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[tuple[int, str, str | None]], pick: random.Random
) -> None:
    pages = [
        page(f"/{number}", WORDINGS[which].body, title=WORDINGS[which].title, source=source, date=date)
        for number, (which, source, date) in enumerate(chosen)
    ]
    folder = tmp_path_factory.mktemp("orders")
    one, other = Shelf(folder / "one.db"), Shelf(folder / "other.db")
    one.put(*pages)
    pick.shuffle(pages)
    for start in range(0, len(pages), 3):
        other.put(*pages[start : start + 3])
    assert shown(one) == shown(other)


@pytest.mark.parametrize("crowd", [5, 100])
def test_order_means_nothing_either_where_many_texts_share_their_phrases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crowd: int
) -> None:
    monkeypatch.setattr(neighbours, "CROWD", crowd)
    pages = library(5, 160)
    pick = random.Random(1)
    seen = []
    for number in range(3):
        shelf = Shelf(tmp_path / f"{number}.db")
        with Corpus(shelf.path) as corpus:
            for office in {each.source for each in pages}:
                corpus.put_source(office, office, "municipality", HOST, "it", None)
        pick.shuffle(pages)
        shelf.put(*(each.page() for each in pages))
        seen.append(shown(shelf))
        assert bool(shelf.rows("select * from neighbour_keys where document = 0")) == (crowd == 5)
    assert seen[0] == seen[1] == seen[2]
    assert 40 < len([row for row in seen[0] if len(row) == 5]) < 100


def test_most_copies_are_found_and_hardly_anything_else(tmp_path: Path) -> None:
    pieces = library(2, 600)
    shelf = Shelf(tmp_path / "corpus.db")
    with Corpus(shelf.path) as corpus:
        for office in {piece.source for piece in pieces}:
            corpus.put_source(office, office, "municipality", HOST, "it", None)
    shelf.put(*(piece.page() for piece in pieces))
    known = {piece.page().url: piece for piece in pieces}
    documents = {known[row["url"]].release for row in shelf.rows()}
    linked = shelf.rows("select c.url, d.url as main from copies c join corpus d on d.id = c.document")
    right = [row for row in linked if known[row["url"]].release == known[row["main"]].release]
    assert len(right) >= 0.97 * (len(pieces) - len(documents))
    assert len(right) >= 0.99 * len(linked)


STREET = (
    "Si avvisa la cittadinanza che, per un guasto alla rete idrica, l’erogazione dell’acqua in {} è sospesa fino alla "
    "conclusione dei lavori di riparazione, affidati con urgenza alla ditta incaricata. Un’autobotte è a disposizione "
    "dei residenti presso il piazzale del municipio; chi ha bisogno di assistenza può rivolgersi alla polizia locale."
)


def test_notices_that_differ_in_a_street_only_stay_apart(shelf: Shelf) -> None:
    one, other = "via Vecchia Fornace", "viale Kennedy"
    shelf.put(
        page("/novita/1", STREET.format(one), title=f"Interruzione idrica in {one}"),
        page("/novita/2", STREET.format(other), title=f"Interruzione idrica in {other}"),
    )
    assert [row["copies"] for row in shelf.rows()] == [0, 0]


def test_a_reprint_that_names_the_same_in_other_words_is_a_copy(shelf: Shelf) -> None:
    text = STREET.format("viale Kennedy")
    shelf.put(
        page("/novita/1", text, title="Interruzione idrica in viale Kennedy"),
        page(
            "/novita/2",
            f"{text} Ci scusiamo per il disagio.",
            title="Manca l’acqua in viale Kennedy",
            date="2026-03-02",
        ),
    )
    assert [row["copies"] for row in shelf.rows()] == [1]


def test_two_releases_of_one_publisher_after_one_pattern_are_two_documents(shelf: Shelf) -> None:
    def release(of: str, day: str, source: str, at: str = HOST) -> Release:
        text = f"{TEXT} Il campo da {of} comunale riapre lunedì, le chiavi del campo da {of} si ritirano in municipio."
        return page(f"{at}/campo-{of}", text, title=f"Riapre il campo da {of}", date=day, source=source)

    shelf.put(release("tennis", "2026-03-01", "comune"))
    shelf.put(release("calcio", "2026-03-20", "comune"))
    assert len(shelf.rows("select 1 from corpus")) == 2
    shelf.put(release("padel", "2026-03-21", "import", "https://giornale.esempio.it"))
    assert len(shelf.rows("select 1 from corpus")) == 2, "of another publisher it may be a reprint"
