"""A backup is checked before it replaces the last one, and replaces nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import backup as module
from storage.backup import backup
from storage.corpus import Corpus
from storage.database import reader
from storage.errors import CorpusError
from tests.corpora import Shelf, contents, old_corpus, page
from tests.program import Program
from tests.site import prose


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "corpus.db")
    shelf.put(page("/1", prose("uno")))
    return shelf


def test_a_backup_is_the_corpus_as_it_was_while_a_writer_has_it_open(shelf: Shelf, tmp_path: Path) -> None:
    dest = tmp_path / "new" / "backup.db"
    with pytest.raises(CorpusError, match="No such file"):
        backup(shelf.path, dest)  # a disk that is not mounted must not fill another one
    dest.parent.mkdir()
    with Corpus(shelf.path):
        shelf.put(page("/2", prose("due")))  # in the log only
        made = backup(shelf.path, dest)
        shelf.put(page("/3", prose("tre")))
    assert (made.documents, made.seq, made.bytes) == (2, 2, dest.stat().st_size)
    with reader(dest) as db:
        assert [body for (body,) in db.execute("select body from corpus order by seq")] == [prose("uno"), prose("due")]
    assert [path.name for path in dest.parent.iterdir()] == ["backup.db"]
    assert backup(shelf.path, dest).documents == 3


def test_a_corpus_of_an_older_version_is_backed_up_as_it_is(tmp_path: Path) -> None:
    old_corpus(tmp_path / "old.db", "m009_health", 3)
    assert backup(tmp_path / "old.db", tmp_path / "backup.db").documents == 3
    with pytest.raises(CorpusError, match=r"backup\.db: made by an older civicpress"), reader(tmp_path / "backup.db"):
        pass


def a_letter(path: Path, corpus: Path) -> None:
    path.write_text("a letter")


def a_folder(path: Path, corpus: Path) -> None:
    path.mkdir()


def the_corpus(path: Path, corpus: Path) -> None:
    path.symlink_to(corpus)


def a_corpus_in_use(path: Path, corpus: Path) -> None:
    path.write_bytes(corpus.read_bytes())
    path.with_name(f"{path.name}-wal").write_bytes(b"a log")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_letter, "this is no backup of a corpus, and is not replaced"),
        (a_folder, "this is a folder; a backup is one file"),
        (the_corpus, "this is the corpus itself"),
        (a_corpus_in_use, r"this is a corpus in use \(it has a log, dest\.db-wal\)"),
    ],
)
def test_what_is_no_backup_is_not_replaced(
    make: Callable[[Path, Path], None], why: str, shelf: Shelf, tmp_path: Path
) -> None:
    make(tmp_path / "dest.db", shelf.path)
    before = contents(tmp_path)
    with pytest.raises(CorpusError, match=rf"dest\.db: {why}"):
        backup(shelf.path, tmp_path / "dest.db")
    assert contents(tmp_path) == before


def test_a_copy_that_lacks_something_or_is_damaged_does_not_replace_the_last_one(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dest = tmp_path / "backup.db"
    backup(shelf.path, dest)
    before = contents(tmp_path)
    copy = module._copy

    def lacking(corpus: object, part: Path) -> dict[str, int]:
        return {**copy(corpus, part), "pages": 7}  # type: ignore[arg-type]

    def cut(corpus: object, part: Path) -> dict[str, int]:
        counted = copy(corpus, part)  # type: ignore[arg-type]
        os.truncate(part, part.stat().st_size // 2)
        return counted

    for broken, why in ((lacking, "the copy has 0 rows in pages instead of 7"), (cut, "is damaged")):
        monkeypatch.setattr(module, "_copy", broken)
        with pytest.raises(CorpusError, match=why):
            backup(shelf.path, dest)
        assert contents(tmp_path) == before


def test_two_backups_to_one_file_do_not_mix_and_a_killed_one_is_in_nobodys_way(shelf: Shelf, tmp_path: Path) -> None:
    dest = tmp_path / "backup.db"
    (tmp_path / ".backup.db.part").write_bytes(b"of one that was killed" * 1000)
    with module._part(dest, dest), pytest.raises(CorpusError, match="another backup to this file is being made"):
        backup(shelf.path, dest)
    assert backup(shelf.path, dest).documents == 1
    assert not (tmp_path / ".backup.db.part").exists()


def test_the_command_says_what_it_copied(civicpress: Program, tmp_path: Path) -> None:
    none = civicpress("backup", "copy.db")
    assert (none.status, none.err.count("\n")) == (2, 1)
    Shelf(civicpress.db).put(page("/1", prose("uno")))
    done = civicpress("backup", "copy.db")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("1 document, ")
    assert civicpress("search", "comune", "--db", "copy.db").status == 0
    assert civicpress("backup", "copy.db", "--json").json["documents"] == 1
