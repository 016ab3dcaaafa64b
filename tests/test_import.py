"""Imports: documents of the format are taken in exactly, and what is not in it is refused with its place."""

import os
from pathlib import Path

import pytest

from crawler.survey.importing import import_documents
from storage import reading
from storage.database import reader
from storage.document import Document, render
from storage.errors import CorpusError
from storage.export import EXPORTERS
from tests.corpora import Shelf, contents, page
from tests.program import Program
from tests.site import prose

SHARED = Path(os.environ.get("CIVICPRESS_SHARED") or Path(__file__).parents[2] / "shared") / "seed"
OURS = (
    " date 2025-11 Piscina «Lido»: dal 3 novembre l’orario è nuovo – e più lungo\n"
    "\n"
    "La piscina comunale apre alle 7. Perché? Lo hanno chiesto in 300.\n"
    "\n"
    "Il biglietto costa 5 €."
)


def written(folder: Path, **files: str | bytes) -> Path:
    """A folder with some files; `_` in a name stands as it is, `.txt` is added."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def taken(*paths: Path, into: Path, source: str = "import", kind: str = "other") -> list[int]:
    """Imports; the counts of new, revised, unchanged documents and duplicates."""
    return list(import_documents(paths, into, source, kind).values())


def exported(db: Path, folder: Path) -> dict[str, bytes]:
    with reader(db) as corpus:
        EXPORTERS["txt"](reading.documents(corpus), folder)
    return contents(folder)


def test_a_document_of_our_own_comes_back_byte_for_byte_under_its_name(civicpress: Program) -> None:
    folder = written(civicpress.folder / "in", **{"000_00112233445566ff": OURS})
    ended = civicpress("import", "in", "--kind", "municipality", "--json")
    assert (ended.status, ended.json) == (0, {"new": 1, "revised": 0, "unchanged": 0, "duplicates": 0})
    assert civicpress("export", "txt", "out").status == 0
    assert contents(civicpress.folder / "out") == contents(folder)
    [row] = civicpress.rows("select id, date, month, date_origin, source, kind, url, language, revision from corpus")
    assert row == {
        "id": "00112233445566ff", "date": "2025-11", "month": "2025-11", "date_origin": "import", "source": "import",
        "kind": "municipality", "url": None, "language": "it", "revision": 1,
    }  # fmt: skip


@pytest.mark.shared
def test_the_reference_document_comes_back_byte_for_byte_under_its_name(civicpress: Program) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    assert civicpress("import", SHARED).status == 0
    assert civicpress("export", "txt", "out").status == 0
    assert contents(civicpress.folder / "out") == contents(SHARED)
    assert contents(SHARED).keys() == {"000_563574ee34ad843b.txt"}


def test_an_export_taken_into_another_corpus_has_the_same_ids_and_texts_and_twice_adds_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "one.db")
    shelf.put(
        page("/1", prose("uno"), title="Città"), page("/2", prose("due"), date=None), page("/3", "", title="Chiuso"),
        page("/4", prose("quattro"), date="2026-02"), page("/copia", prose("uno"), title="Città"),
    )  # fmt: skip
    files = exported(shelf.path, tmp_path / "out")
    assert len(files) == 4
    assert taken(tmp_path / "out", into=tmp_path / "two.db") == [4, 0, 0, 0]
    assert exported(tmp_path / "two.db", tmp_path / "again") == files
    before = Shelf(tmp_path / "two.db").rows()
    assert taken(tmp_path / "out", into=tmp_path / "two.db") == [0, 0, 4, 0]
    assert taken(tmp_path / "out", into=shelf.path) == [0, 0, 4, 0]
    assert Shelf(tmp_path / "two.db").rows() == before
    shelf.put(page("/1", prose("uno e mezzo")))
    assert taken(tmp_path / "out", into=shelf.path) == [0, 0, 4, 0]  # an old export changes no newer wording
    assert prose("uno e mezzo") in {row["body"] for row in shelf.rows()}


def test_files_and_folders_of_any_name_are_taken_in_and_equal_texts_once(tmp_path: Path) -> None:
    folder = written(tmp_path / "in", uno=OURS, due=OURS.replace("2025-11", "2024-01"), tre="Solo un titolo")
    alone = written(tmp_path / "alone", nota=render(Document.of("Titolo", prose("nota"))))
    (folder / "leggimi.md").write_text("# Non un documento\n", encoding="utf-8")
    assert taken(folder, alone / "nota.txt", into=tmp_path / "corpus.db") == [3, 0, 0, 1]
    ids = [row["id"] for row in Shelf(tmp_path / "corpus.db").rows()]
    assert len(set(ids)) == 3
    assert taken(folder, alone, into=tmp_path / "corpus.db") == [0, 0, 0, 4]


WRONG: dict[str, tuple[str | bytes, str]] = {
    "latin-1": ("Perché\n\nUno.\n\nCittà".encode("latin-1"), "not UTF-8 (line 1, byte 6 of the file)"),
    "one-byte": (OURS.encode().replace("€".encode(), b"\x80"), "not UTF-8 (line 5, byte "),
    "utf-16": (OURS.encode("utf-16"), "not UTF-8 (line 1, byte 1 of the file)"),
    "surrogate": (b"Titolo\n\n\xed\xa0\x80", "not UTF-8 (line 3, byte 9 of the file)"),
    "empty": (b"", "not in the document format: the title is empty"),
    "byte-order-mark": ("\ufeffTitolo", "not in the document format: line 1 is not clean"),
    "windows": (OURS.replace("\n", "\r\n"), "not in the document format: line 1 is not clean"),
    "newline-at-the-end": (OURS + "\n", "not in the document format: line 6 should not be there"),
    "decomposed": ("Titolo\n\nperche\u0301", "not in the document format: line 3 is not clean"),
    "no-empty-line": ("Titolo\n\nUno.\nDue.", "not in the document format: line 4 is not empty"),
    "a-day": (" date 2025-11-03 Titolo", "not in the document format: the first line is neither"),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_file_that_is_wrong_keeps_all_out_and_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    content, complaint = WRONG[name]
    folder = written(tmp_path / "in", a=OURS, b=content, c="Altro")
    db = tmp_path / "corpus.db"
    with pytest.raises(CorpusError) as refusal:
        taken(folder, into=db)
    assert str(refusal.value).startswith(f"{folder / 'b.txt'}: {complaint}")
    assert "\n" not in str(refusal.value)
    assert not db.exists()
    taken(folder / "a.txt", into=db)
    before = contents(tmp_path)
    with pytest.raises(CorpusError):
        taken(folder, into=db)
    assert contents(tmp_path) == before


def test_the_command_refuses_what_is_wrong_with_one_line_and_status_2(civicpress: Program) -> None:
    written(civicpress.folder / "in", a=OURS, b=b"Perch\xe9")
    (civicpress.folder / "empty").mkdir()
    before = contents(civicpress.folder)
    for words, complaint in (
        (["in"], "in/b.txt: not UTF-8 (line 1, byte 6 of the file)"),
        (["empty"], "empty: no .txt file is in this folder"),
        (["in/a.txt", "none.txt"], "none.txt: there is no such file"),
        (["in/a.txt", "--kind", "comune"], "--kind: 'comune' is not municipality, chamber or other"),
        (["in/a.txt", "--source", "Città"], "--source: 'Città' is not an id (lower-case letters, digits and hyphens)"),
    ):
        ended = civicpress("import", *words)
        assert (ended.status, ended.out, ended.err) == (2, "", f"civicpress: {complaint}\n")
    assert contents(civicpress.folder) == before


def test_a_source_keeps_its_kind_and_another_one_is_refused(tmp_path: Path) -> None:
    folder, db = written(tmp_path / "in", a=OURS), tmp_path / "corpus.db"
    assert taken(folder, into=db, source="archivio", kind="chamber") == [1, 0, 0, 0]
    before = db.read_bytes()
    with pytest.raises(
        CorpusError, match="--kind: the source 'archivio' is a chamber here; name another with --source"
    ):
        taken(folder, into=db, source="archivio", kind="municipality")
    assert db.read_bytes() == before
    assert taken(written(tmp_path / "more", b="Altro"), into=db, source="archivio") == [1, 0, 0, 0]
    assert {(row["source"], row["kind"]) for row in Shelf(db).rows()} == {("archivio", "chamber")}


def test_an_import_is_a_run_with_its_counts(tmp_path: Path) -> None:
    taken(written(tmp_path / "in", a=OURS, b=OURS), into=tmp_path / "corpus.db")
    run = Shelf(tmp_path / "corpus.db").row("select status, new, duplicates, finished is not null as ended from runs")
    assert run == {"status": "done", "new": 1, "duplicates": 1, "ended": 1}
