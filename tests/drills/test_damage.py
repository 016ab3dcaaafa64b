"""Files that are not what was written: damaged pages, logs that are cut or gone, corpora of a newer version."""

import random
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import soundness
from storage.corpus import Corpus
from storage.database import reader
from storage.errors import CorpusError
from tests.corpora import HOST, Shelf, contents, page, spoil
from tests.drills.children import complaints
from tests.drills.conftest import Tell
from tests.program import Program, wait_until
from tests.serving import FAST, Service
from tests.site import Site, prose

README = Path(__file__).parents[2] / "README.md"
DOCUMENTS = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A corpus of some documents, in one file."""
    shelf = Shelf(tmp_path / "corpus.db")
    for number in range(0, DOCUMENTS, 20):
        shelf.put(*(page(f"/{each}", prose(f"{each}"), title=f"Avviso {each}") for each in range(number, number + 20)))
    return shelf.path


def test_a_damaged_page_anywhere_is_found_by_the_daily_look_and_no_backup_is_made_of_it(
    path: Path, tmp_path: Path, tell: Tell
) -> None:
    from storage.backup import backup

    whole, dest, found, refused = path.read_bytes(), tmp_path / "backup.db", 0, 0
    backup(path, dest)
    before = dest.read_bytes()
    places = [place / 40 for place in range(40)]
    for place in places:
        path.write_bytes(whole)
        spoil(path, place, seed=round(place * 40))
        for what in (looked_over, lambda path: backup(path, dest)):
            with pytest.raises(CorpusError, match=r"corpus\.db: .*(damaged|not a)"):
                what(path)
        found, refused = found + 1, refused + 1
        assert dest.read_bytes() == before
    tell(
        f"a damaged page, {len(places)} places: {found} found by the daily look, {refused} times the last backup stayed"
    )


def looked_over(path: Path) -> None:
    soundness.ensure(path, "2026-03-09T08:00:00+00:00")
    with reader(path):  # what the first page says, that it is a corpus at all, is looked at by whoever opens it
        pass


def break_table(civicpress: Program, name: str) -> None:
    """Overwrites the beginning of a table's first page."""
    [row] = civicpress.rows("select rootpage from sqlite_master where name = ?", name)
    data = bytearray(civicpress.db.read_bytes())
    start = (row["rootpage"] - 1) * int.from_bytes(data[16:18], "big")
    data[start : start + 100] = bytes(100)
    civicpress.db.write_bytes(data)


def restore(folder: Path, backups: Path) -> None:
    """Does what the README says, in the folder of the corpus."""
    section = README.read_text(encoding="utf-8").partition("To restore,")[2].partition("\n## ")[0]
    lines = re.findall(r"^    (.+)$", section, re.MULTILINE)
    assert len(lines) == 3
    script = "\n".join(lines).replace("/backups/", f"{backups}/")
    subprocess.run(["sh", "-euc", script], cwd=folder, check=True)


def test_a_damaged_corpus_is_refused_by_all_and_restored_as_the_readme_says(
    site: Site, civicpress: Program, tmp_path: Path, tell: Tell
) -> None:
    civicpress.db = tmp_path / "civicpress.db"
    civicpress.environment["CIVICPRESS_DB"] = str(civicpress.db)
    civicpress.set |= FAST
    site.listing("/novita", site.releases(range(12)))
    source = {"home": site.url, "listings": [f"{site.url}/novita"]}
    assert civicpress.crawl(prova=source).source()["new"] == 12
    backups = tmp_path / "backups"
    backups.mkdir()
    made = civicpress("backup", backups / "civicpress.db", "--json")
    assert (made.status, made.json["documents"]) == (0, 12)
    before = (backups / "civicpress.db").read_bytes()
    break_table(civicpress, "revisions")
    site.forget()
    damaged = f"civicpress: {civicpress.db}: the corpus is damaged ("
    for words in (["crawl", "--only-sources", "sources.toml"], ["backup", backups / "civicpress.db"]):
        done = civicpress(*words)
        assert (done.status, done.out, done.err.startswith(damaged)) == (2, "", True), done
        assert "backup in its place" in done.err
    assert civicpress("status", "--check").status == 1
    assert (backups / "civicpress.db").read_bytes() == before
    service = Service(civicpress)
    try:
        assert wait_until(lambda: service.health().get("status") == "waiting"), service.log
        assert service.ask("/healthz")[0] == 503
        assert "the corpus is damaged" in service.health()["trouble"]
        assert site.asked == []
        assert service.stop() == 0
    finally:
        service.close()
    (tmp_path / "civicpress.db-wal").write_bytes(b"of the damaged one")
    restore(tmp_path, backups)
    assert [path.name for path in tmp_path.glob("civicpress.db*")] == ["civicpress.db"], "no old log meets the new file"
    assert civicpress("status", "--check").status == 0
    site.listing("/novita", site.releases(range(15)))
    assert civicpress.crawl().source()["new"] == 3
    assert complaints(civicpress.db) == []
    tell(
        "damaged corpus: crawl, backup, status and service say so; restored as the README says, the next crawl goes on"
    )


def test_a_page_that_breaks_in_the_middle_of_a_run_ends_it_in_a_sentence(
    site: Site, civicpress: Program, tell: Tell
) -> None:
    items = site.releases(range(40))
    site.listing("/novita", items[:20])
    assert civicpress.crawl(prova={"home": site.url, "listings": [f"{site.url}/novita"]}).status == 0
    site.listing("/novita", items)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    civicpress.change("insert or replace into soundness values (1, ?, null)", now)  # today's look is over
    break_table(civicpress, "revisions")
    done = civicpress("crawl", "--only-sources", "sources.toml")
    assert done.status == 1
    assert done.err.count("\n") == 1, done.err
    assert f"{civicpress.db}: the corpus could not be written (database disk image is malformed)" in done.err
    assert "put a backup in its place" in done.err
    tell("a page breaks in the middle of a run: exit status 1, one sentence")


def killed_writer(path: Path, folder: Path) -> list[str]:
    """The files as a writer that is killed leaves them, with a log; the texts in the order of their saves."""
    texts = [prose(f"nuovo {number}") for number in range(20)]
    with Corpus(path) as corpus:
        run = corpus.start_run("2026-03-20T08:00:00+00:00")
        for number, text in enumerate(texts):
            corpus.save([page(f"/nuovo/{number}", text, title=f"Nuovo {number}")], run, "2026-03-20T08:00:00+00:00")
        folder.mkdir()
        for name in ("corpus.db", "corpus.db-wal"):
            shutil.copy(path.with_name(name), folder / name)
    return texts


def test_a_log_that_is_cut_spoiled_or_gone_costs_the_end_and_nothing_else(
    path: Path, tmp_path: Path, tell: Tell
) -> None:
    left, tried = tmp_path / "left", tmp_path / "tried"
    texts = killed_writer(path, left)
    log = (left / "corpus.db-wal").read_bytes()
    choice, kept = random.Random(5), set[int]()
    for number in range(40):
        shutil.rmtree(tried, ignore_errors=True)
        shutil.copytree(left, tried)
        where = choice.randrange(len(log))
        if number == 0:
            (tried / "corpus.db-wal").unlink()
        elif number % 2:
            (tried / "corpus.db-wal").write_bytes(log[:where])
        else:
            (tried / "corpus.db-wal").write_bytes(log[:where] + bytes([log[where] ^ 0xFF]) + log[where + 1 :])
        Corpus(tried / "corpus.db").close()
        assert complaints(tried / "corpus.db") == []
        with reader(tried / "corpus.db") as db:
            there = [body for (body,) in db.execute("select body from corpus where title like 'Nuovo%' order by seq")]
            before = db.execute("select count(*) from corpus where title like 'Avviso%'").fetchone()[0]
        assert there == texts[: len(there)]
        assert before == DOCUMENTS
        kept.add(len(there))
    assert len(kept) > 5
    tell(
        f"write-ahead log gone, cut or spoiled at 40 places: whole each time, {min(kept)} to {max(kept)} of 20 saves kept"
    )


def test_a_corpus_of_a_newer_version_is_refused_by_every_command(civicpress: Program, path: Path, tell: Tell) -> None:
    civicpress.change(
        "insert into _sqlite_migrations(migration_set, name, applied_at) values ('civicpress', 'm999_later', '')"
    )
    (civicpress.folder / "a.txt").write_text("Titolo\n\nTesto.", encoding="utf-8")
    civicpress.sources(prova={"home": "http://127.0.0.1:9/"})
    before = contents(civicpress.folder)
    commands = (
        ["import", "a.txt"], ["reextract"], ["forget", f"{HOST}/1"], ["status"], ["backup", "backup.db"],
        ["schedule", "--only-sources", "sources.toml"],
    )  # fmt: skip
    for words in commands:
        done = civicpress(*words)
        told = f"civicpress: {path}: made by a newer civicpress (it has m999_later); update civicpress\n"
        assert (done.status, done.out, done.err) == (2, "", told)
    assert contents(civicpress.folder) == before
    tell(f"a corpus of a newer version: refused by {len(commands)} of {len(commands)} commands, untouched")
