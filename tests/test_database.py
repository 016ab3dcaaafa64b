"""Opening a corpus: strangers' files stay as they are, old corpora are migrated whole, readers leave no trace."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from storage import database
from storage.corpus import Corpus
from storage.database import APPLICATION_ID, open_corpus, reader, sqlite_is_safe
from storage.errors import CorpusError
from storage.migrations import migrations
from tests.corpora import HOST, Shelf, contents, old_corpus, page, public_folder, schema, steps, without_rights
from tests.program import Program
from tests.site import prose

LONG, OTHER = prose("uno"), prose("due")


def stranger(path: Path, *statements: str) -> None:
    """Somebody else's SQLite database."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def place() -> Iterator[Path]:
    with public_folder() as folder:
        yield folder


# -- files that are no corpus -------------------------------------------------------------------------------------


def not_sqlite(path: Path) -> None:
    path.write_bytes("Questo non è un database.\n".encode() * 100)


def one_byte(path: Path) -> None:
    path.write_bytes(b"x")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def with_a_table(path: Path) -> None:
    stranger(path, "create table documents(id, title)", "insert into documents values (1, 'x')")


def with_a_write_ahead_log(path: Path) -> None:
    stranger(path, "pragma journal_mode = wal", "create table x(a)")


def with_a_number_of_its_own(path: Path) -> None:
    stranger(path, "pragma application_id = 7")


def with_a_version_of_its_own(path: Path) -> None:
    stranger(path, "pragma user_version = 3")


def cut_off(path: Path) -> None:
    Shelf(path).put(page("/1", LONG))
    path.write_bytes(path.read_bytes()[:3000])


def of_a_newer_version(path: Path) -> None:
    Shelf(path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "insert into _sqlite_migrations(migration_set, name, applied_at) values ('civicpress', 'm999_future', '2030')"
        )


NO_CORPUS: list[tuple[Callable[[Path], None], str]] = [
    (not_sqlite, "not a SQLite database"),
    (one_byte, "not a SQLite database"),
    (a_folder, "this is a folder; a corpus is one file"),
    (a_pipe, "this is a device or a pipe; a corpus is one file"),
    (with_a_table, "a SQLite database, but not a civicpress corpus"),
    (with_a_write_ahead_log, "a SQLite database, but not a civicpress corpus"),
    (with_a_number_of_its_own, "a SQLite database, but not a civicpress corpus"),
    (with_a_version_of_its_own, "a SQLite database, but not a civicpress corpus"),
    (
        cut_off,
        "the corpus cannot be read (database disk image is malformed); it is damaged: keep it, and put a backup in its place",
    ),
    (of_a_newer_version, "made by a newer civicpress (it has m999_future); update civicpress"),
]


@pytest.mark.parametrize(("make", "complaint"), NO_CORPUS, ids=[make.__name__ for make, _ in NO_CORPUS])
def test_what_is_no_corpus_is_refused_in_a_sentence_and_stays_as_it_was(
    tmp_path: Path, make: Callable[[Path], None], complaint: str
) -> None:
    path = tmp_path / "corpus.db"
    make(path)
    before = contents(tmp_path)
    for open_it in (Corpus, lambda path: reader(path).__enter__()):
        with pytest.raises(CorpusError) as refusal:
            open_it(path)
        assert str(refusal.value) == f"{path}: {complaint}"
        assert contents(tmp_path) == before


def test_the_command_line_refuses_a_strangers_file_with_one_line_and_status_2(
    civicpress: Program, tmp_path: Path
) -> None:
    with_a_table(civicpress.db)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Titolo\n\nTesto.", encoding="utf-8")
    before = civicpress.db.read_bytes()
    for command in (["import", "in"], ["search", "testo"], ["export", "jsonl", "out.jsonl"], ["show", "abcd"]):
        ended = civicpress(*command)
        assert (ended.status, ended.out) == (2, "")
        assert ended.err == f"civicpress: {civicpress.db}: a SQLite database, but not a civicpress corpus\n"
    assert civicpress.db.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.db", "in"]


def test_a_corpus_that_may_not_be_written_is_refused_to_writers(place: Path) -> None:
    path = place / "corpus.db"
    Shelf(path).put(page("/1", LONG))
    before = contents(place)
    for closed in ([path], [place], [path, place]):
        with without_rights(*closed), pytest.raises(CorpusError, match=r"corpus\.db: the corpus is read-only"):
            open_corpus(path)
    assert contents(place) == before


def test_a_corpus_is_not_made_where_nothing_may_be_written(place: Path) -> None:
    for path in (place / "corpus.db", place / "new" / "corpus.db"):
        with without_rights(place), pytest.raises(CorpusError, match=r"corpus\.db: the corpus cannot be written"):
            open_corpus(path)
    with pytest.raises(CorpusError, match=r"corpus\.db: .*test_database\.py is not a folder"):
        open_corpus(Path(__file__) / "corpus.db")
    assert contents(place) == {}


def test_a_corpus_in_a_closed_folder_is_refused_in_a_sentence(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir()
    Shelf(closed / "corpus.db")
    closed.chmod(0)
    with without_rights():
        for open_it in (Corpus, lambda path: reader(path).__enter__()):
            with pytest.raises(CorpusError, match=r"corpus\.db: the corpus cannot be read \(Permission denied\)"):
                open_it(closed / "corpus.db")
    closed.chmod(0o755)


# -- files that become a corpus -----------------------------------------------------------------------------------


def test_an_empty_file_becomes_a_corpus_and_holds_none_before(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    path.touch()
    with pytest.raises(CorpusError, match="there is no corpus here yet"), reader(path):
        pass
    assert path.read_bytes() == b""
    Shelf(path).put(page("/1", LONG))
    assert Shelf(path).row()["body"] == LONG


def test_a_corpus_is_made_with_its_folders_wherever_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a folder" / "à?b#c%20d" / "my corpus.db"
    Shelf(path).put(page("/1", LONG))
    assert Shelf(path).row()["body"] == LONG
    assert [file.name for file in path.parent.iterdir()] == ["my corpus.db"]


def test_there_is_nothing_to_read_where_there_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.db: there is no corpus here yet"), reader(tmp_path / "none.db"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_corpus_says_in_its_header_that_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    Shelf(path)
    assert int.from_bytes(path.read_bytes()[68:72], "big") == APPLICATION_ID


def test_a_sqlite_with_the_write_ahead_log_bug_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = {}
    for version in ((3, 40, 1), (3, 44, 6), (3, 45, 0), (3, 50, 6), (3, 50, 7), (3, 51, 2), (3, 51, 3), (3, 53, 4)):
        monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
        verdicts[version] = sqlite_is_safe()
    assert [version for version, safe in verdicts.items() if not safe] == [
        (3, 40, 1),
        (3, 45, 0),
        (3, 50, 6),
        (3, 51, 2),
    ]
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(CorpusError, match="install pysqlite3"):
        open_corpus(tmp_path / "corpus.db")
    assert list(tmp_path.iterdir()) == []


# -- readers ------------------------------------------------------------------------------------------------------


def test_a_reader_leaves_no_trace_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    Shelf(path).put(page("/1", LONG))
    before = contents(tmp_path)
    with reader(path) as db:
        assert db.execute("select body from corpus").fetchall() == [(LONG,)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("delete from outlets")
    assert contents(tmp_path) == before


def test_readers_and_a_writer_see_the_corpus_each_as_it_was_when_they_asked(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    shelf = Shelf(path)
    shelf.put(page("/1", LONG))
    with Corpus(path) as corpus, reader(path) as db:
        rows = db.query("select url from corpus")
        assert next(iter(rows))["url"] == f"{HOST}/1"  # the reader is in the middle of its answer
        with database.transaction(corpus.db):
            corpus.db.execute("update documents set language = 'de'")
            assert db.execute("select language from corpus").fetchall() == [("it",)]
        assert path.with_name("corpus.db-wal").stat().st_size > 0
        assert shelf.row()["language"] == "de"


@pytest.mark.parametrize("all_of_it", [False, True])
def test_the_write_ahead_log_that_a_killed_writer_left_is_read_and_then_folded_in(
    tmp_path: Path, all_of_it: bool
) -> None:
    living, left = tmp_path / "living", tmp_path / "left"
    living.mkdir()
    with Corpus(
        living / "corpus.db"
    ) as corpus:  # until the first checkpoint even what kind of file it is is in the log
        Shelf(living / "corpus.db").put(page("/1", LONG))
        if not all_of_it:
            assert corpus.db.execute("pragma wal_checkpoint(passive)").fetchone()[0] == 0
        Shelf(living / "corpus.db").put(page("/2", OTHER))  # in the log only
        left.mkdir()
        for name, content in contents(living).items():
            if not name.endswith("-shm"):
                (left / name).write_bytes(content)
    assert (left / "corpus.db-wal").stat().st_size > 0
    with reader(left / "corpus.db") as db:
        assert [body for (body,) in db.execute("select body from corpus order by seq")] == [LONG, OTHER]
    assert [path.name for path in left.iterdir()] == ["corpus.db"]
    assert [row["body"] for row in Shelf(left / "corpus.db").rows()] == [LONG, OTHER]


def test_a_corpus_is_read_where_nothing_may_be_written(place: Path) -> None:
    path = place / "corpus.db"
    Shelf(path).put(page("/1", LONG))
    before = contents(place)
    for closed in ([path], [place], [path, place]):
        with without_rights(*closed), reader(path) as db:
            assert db.execute("select body from corpus").fetchall() == [(LONG,)]
    assert contents(place) == before


def test_a_corpus_that_another_user_is_writing_is_read_with_what_is_new(place: Path) -> None:
    path = place / "corpus.db"
    with Corpus(path):
        Shelf(path).put(page("/1", LONG))
        with without_rights(path, place), reader(path) as db:
            assert db.execute("select body from corpus").fetchall() == [(LONG,)]


def test_a_write_ahead_log_that_cannot_be_read_is_not_passed_over(place: Path) -> None:
    path = place / "corpus.db"
    with Corpus(path):
        Shelf(path).put(page("/1", LONG))
        files = contents(place)
    path.write_bytes(files["corpus.db"])
    (place / "corpus.db-wal").write_bytes(files["corpus.db-wal"])
    with without_rights(path, place), pytest.raises(CorpusError, match=r"its write-ahead log corpus\.db-wal can only"):
        reader(path).__enter__()


# -- migrations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", steps()[2:])
def test_an_old_corpus_is_brought_up_to_date_with_all_that_is_in_it(tmp_path: Path, before: str) -> None:
    path, new = tmp_path / "old.db", tmp_path / "new.db"
    old_corpus(path, before)
    with pytest.raises(CorpusError, match=r"old\.db: made by an older civicpress"), reader(path):
        pass
    Shelf(path).put(page("/1", LONG))
    Shelf(new)
    assert schema(path) == schema(new)
    assert [row["title"] for row in Shelf(path).rows()] == ["Perché", "Titolo"]
    assert Shelf(path).row("select title from documents_fts where documents_fts match 'perche'")["title"] == "Perché"


def test_a_migration_that_fails_leaves_the_corpus_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "corpus.db"
    old_corpus(path, steps()[3])
    before = schema(path), contents(tmp_path)
    broken = Migrations(migrations.name)
    for step in migrations.pending(Database(memory=True)):
        broken(name=step.name)(step.fn)

    @broken(name="m998_half")
    def half(db: Database) -> None:
        db.execute("create table half(a)")
        db.execute("update documents set title = 'lost'")
        db.execute("select a from nowhere")

    monkeypatch.setattr(database, "migrations", broken)
    with pytest.raises(CorpusError, match=r"corpus\.db: the corpus cannot be written \(no such table: nowhere\)"):
        Corpus(path)
    assert (schema(path), contents(tmp_path)) == before
    monkeypatch.undo()
    assert Shelf(path).row()["title"] == "Perché"


def test_a_corpus_that_is_up_to_date_is_not_written_to_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "corpus.db"
    Shelf(path)
    before = contents(tmp_path)
    Corpus(path).close()
    assert contents(tmp_path) == before


def test_every_connection_is_of_a_sqlite_without_that_bug_and_no_room_uses_python_s_own(tmp_path: Path) -> None:
    with Corpus(tmp_path / "corpus.db") as corpus, reader(tmp_path / "corpus.db") as db:
        for each in (corpus.db, db):
            (version,) = each.execute("select sqlite_version()").fetchone()
            assert tuple(map(int, version.split("."))) >= (3, 51, 3)
    for room in ("crawler", "spiders", "storage"):
        for path in (Path(__file__).parents[1] / room).rglob("*.py"):
            assert not re.search(r"^\s*(import|from) sqlite3\b", path.read_text(), re.MULTILINE), path
