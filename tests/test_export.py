"""Exports: the whole selection or nothing, in forms that others can read without harm."""

import contextlib
import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import reading
from storage.database import reader
from storage.document import parse
from storage.errors import CorpusError
from storage.export import EXPORTERS
from storage.reading import COLUMNS, Selection
from tests.corpora import HOST, Shelf, contents, page, public_folder, without_rights
from tests.program import Program
from tests.site import prose

FORMATS = {"txt": "out", "jsonl": "out.jsonl", "csv": "out.csv"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Documents in another order than that of their dates, one without a date, one with a month only."""
    shelf = Shelf(tmp_path / "corpus.db")
    shelf.put(
        page("/marzo", prose("marzo"), title="Perché «sì», l’anno – 2026", date="2026-03-10"),
        page("/mai", prose("mai"), date=None),
        page("/gennaio", prose("gennaio"), date="2026-01-31"),
        page("/febbraio", prose("febbraio"), date="2026-02", source="camera"),
        page("/copia", prose("marzo"), title="Perché «sì», l’anno – 2026", date="2026-03-11"),
    )
    return shelf


def export(shelf: Shelf, format: str, dest: Path, selection: Selection = Selection()) -> int:
    with reader(shelf.path) as db:
        return EXPORTERS[format](reading.documents(db, selection), dest)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def paths(shelf: Shelf, **selection: str) -> list[str]:
    with reader(shelf.path) as db:
        rows = reading.documents(db, Selection(**selection))
        return [row["url"].removeprefix(HOST) for row in rows]


# -- which documents ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, ["/gennaio", "/febbraio", "/marzo", "/mai"]),
        ({"source": "camera"}, ["/febbraio"]),
        ({"kind": "municipality"}, ["/gennaio", "/marzo", "/mai"]),
        ({"kind": "chamber", "source": "comune"}, []),
        ({"since": "2026-02-01"}, ["/febbraio", "/marzo"]),
        ({"since": "2026-02-20"}, ["/febbraio", "/marzo"]),  # a month belongs to each of its days
        ({"since": "2026-02-28", "until": "2026-02-28"}, ["/febbraio"]),
        ({"since": "2026-03-01"}, ["/marzo"]),
        ({"since": "2026-03-10", "until": "2026-03-10"}, ["/marzo"]),
        ({"until": "2026-02-01"}, ["/gennaio", "/febbraio"]),
        ({"until": "2026-01-31"}, ["/gennaio"]),
        ({"until": "2026-01-30"}, []),
    ],
)
def test_a_selection_takes_what_it_says_in_the_order_of_publication(
    shelf: Shelf, selection: dict[str, str], expected: list[str]
) -> None:
    assert paths(shelf, **selection) == expected


def test_a_kind_that_there_is_not_is_an_error_and_no_empty_selection(civicpress: Program) -> None:
    Shelf(civicpress.db).put(page("/1", prose("uno")))
    ended = civicpress("export", "jsonl", "out.jsonl", "--kind", "comune")
    assert (ended.status, ended.err) == (2, "civicpress: --kind: 'comune' is not municipality, chamber or other\n")
    assert not (civicpress.folder / "out.jsonl").exists()


# -- txt ----------------------------------------------------------------------------------------------------------


def test_txt_is_a_file_for_each_document_named_by_its_position_and_id(shelf: Shelf, tmp_path: Path) -> None:
    assert export(shelf, "txt", tmp_path / "a" / "out") == 4
    ids = {row["url"].removeprefix(HOST): row for row in shelf.rows()}
    order = ["/gennaio", "/febbraio", "/marzo", "/mai"]
    assert names(tmp_path / "a" / "out") == [f"{number:03}_{ids[path]['id']}.txt" for number, path in enumerate(order)]
    for number, path in enumerate(order):
        content = (tmp_path / "a" / "out" / f"{number:03}_{ids[path]['id']}.txt").read_bytes()
        assert content.decode() == ids[path]["text"]
        assert parse(content.decode()).title == ids[path]["title"]


def test_a_position_has_as_many_digits_as_it_needs(tmp_path: Path) -> None:
    rows = [{"id": f"{number:016x}", "text": "Titolo"} for number in range(1001)]
    assert EXPORTERS["txt"](rows, tmp_path / "out") == 1001
    assert names(tmp_path / "out")[:2] == [f"000_{0:016x}.txt", f"001_{1:016x}.txt"]
    assert f"1000_{1000:016x}.txt" in names(tmp_path / "out")


def test_an_export_into_the_folder_of_an_earlier_one_leaves_no_stale_file(shelf: Shelf, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(shelf, "txt", out)
    strangers = [
        "note.txt",
        "000_uno.txt",
        "00_0123456789abcdef.txt",
        "000_0123456789ABCDEF.txt",
        "0000_0123456789abcdef.md",
    ]
    for name in strangers:
        (out / name).write_text("mine", encoding="utf-8")
    (out / "000_00000000000000aa.txt").mkdir()
    shelf.put(page("/prima", prose("prima"), date="2020-01-01"))  # now all positions are others
    export(shelf, "txt", out)
    expected = [f"{number:03}_{row['id']}.txt" for number, row in enumerate(dated(shelf))]
    assert names(out) == sorted([*expected, *strangers, "000_00000000000000aa.txt"])
    assert export(shelf, "txt", out, Selection(source="camera")) == 1
    assert len(names(out)) == 1 + len(strangers) + 1


def dated(shelf: Shelf) -> list[dict[str, object]]:
    return shelf.rows("select id from corpus order by date is null, date")


# -- jsonl and csv ------------------------------------------------------------------------------------------------


def test_jsonl_has_every_column_of_every_document(shelf: Shelf, tmp_path: Path) -> None:
    assert export(shelf, "jsonl", tmp_path / "new" / "out.jsonl") == 4
    content = (tmp_path / "new" / "out.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in content.splitlines()]
    assert sorted(rows, key=lambda row: row["seq"]) == shelf.rows()
    assert "Perché «sì», l’anno – 2026" in content  # readable as it is


def test_csv_gives_back_every_column_of_every_document(shelf: Shelf, tmp_path: Path) -> None:
    assert export(shelf, "csv", tmp_path / "out.csv") == 4
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [{name: "" if value is None else str(value) for name, value in row.items()} for row in shelf.rows()]
    assert sorted(rows, key=lambda row: int(row["seq"])) == expected


def test_csv_has_its_header_even_without_documents(shelf: Shelf, tmp_path: Path) -> None:
    assert export(shelf, "csv", tmp_path / "out.csv", Selection(source="nessuno")) == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").strip() == ",".join(COLUMNS)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_finds_no_formula_in_a_csv(tmp_path: Path, start: str) -> None:
    shelf = Shelf(tmp_path / "corpus.db")
    shelf.put(page("/1", f"{start}HYPERLINK(1;2)\nAltro", title=f"{start}1+1"))
    export(shelf, "csv", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    for name, value in row.items():
        assert value[:1] not in tuple("=+-@＝＋－＠"), name
    assert (row["title"], row["body"]) == (f"'{start}1+1", f"'{start}HYPERLINK(1;2)\n\nAltro")
    assert (row["url"], row["copies"]) == (f"{HOST}/1", "0")  # all else is as it was


# -- all or nothing -----------------------------------------------------------------------------------------------


def breaking(shelf: Shelf) -> Iterator[dict[str, object]]:
    yield shelf.rows()[0]
    raise RuntimeError("the disk of the corpus broke")


@pytest.mark.parametrize("format", EXPORTERS)
def test_an_export_that_breaks_leaves_the_one_before(shelf: Shelf, tmp_path: Path, format: str) -> None:
    dest = tmp_path / "made" / FORMATS[format]
    export(shelf, format, dest)
    before = contents(tmp_path / "made")
    with pytest.raises(RuntimeError):
        EXPORTERS[format](breaking(shelf), dest)
    assert contents(tmp_path / "made") == before


@pytest.mark.parametrize("format", EXPORTERS)
def test_a_place_that_cannot_be_written_is_named_and_nothing_changes(civicpress: Program, format: str) -> None:
    Shelf(civicpress.db).put(page("/1", prose("uno")))
    (civicpress.folder / "a-file").write_text("mine", encoding="utf-8")
    (civicpress.folder / "a-folder").mkdir()
    wrong = "a-file" if format == "txt" else "a-folder"
    before = contents(civicpress.folder)
    for dest in (f"a-file/{FORMATS[format]}", wrong, "x" * 300):
        ended = civicpress("export", format, dest)
        assert ended.status == 2
        assert ended.err.startswith(f"civicpress: {dest}: ")
        assert ended.err.count("\n") == 1
    assert contents(civicpress.folder) == before
    assert names(civicpress.folder / "a-folder") == []


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_what_is_no_plain_file_is_written_to_and_not_replaced(shelf: Shelf, tmp_path: Path, format: str) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    target.write_text("before", encoding="utf-8")
    export(shelf, format, link)
    assert link.is_symlink()
    export(shelf, format, tmp_path / FORMATS[format])
    assert target.read_bytes() == (tmp_path / FORMATS[format]).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb") as reading_end:
        export(shelf, format, pipe)
        assert reading_end.read() == target.read_bytes()
    assert pipe.is_fifo()


@pytest.mark.parametrize("format", EXPORTERS)
def test_an_export_without_the_right_to_write_is_refused_and_leaves_the_one_before(shelf: Shelf, format: str) -> None:
    rows = shelf.rows()
    with public_folder() as place:
        dest = place / FORMATS[format]
        EXPORTERS[format](rows[:1], dest)
        before = contents(place)
        closed = dest if format == "txt" else place
        with without_rights(closed), pytest.raises(CorpusError) as refusal:
            EXPORTERS[format](rows, dest)
        assert str(refusal.value) == f"{dest}: the export cannot be written (Permission denied)"
        assert contents(place) == before


def test_an_export_may_run_while_a_crawl_writes(shelf: Shelf, tmp_path: Path) -> None:
    with reader(shelf.path) as db:
        rows = reading.documents(db)
        first = next(rows)
        shelf.put(page("/nuovo", prose("nuovo"), date="2026-03-30"))
        assert [row["url"].removeprefix(HOST) for row in (first, *rows)] == ["/gennaio", "/febbraio", "/marzo", "/mai"]


def test_a_file_is_readable_by_others_as_the_umask_allows(shelf: Shelf, tmp_path: Path) -> None:
    with umask(0o022):
        for format, name in FORMATS.items():
            export(shelf, format, tmp_path / name)
    made = [tmp_path / "out.jsonl", tmp_path / "out.csv", *(tmp_path / "out").iterdir()]
    assert {oct(path.stat().st_mode & 0o777) for path in made} == {"0o644"}


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
