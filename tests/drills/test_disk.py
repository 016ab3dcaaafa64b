"""A full disk and a read-only one: each command says so in a sentence, and what was stored is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.children import complaints
from tests.drills.conftest import Tell
from tests.drills.disks import Disk
from tests.program import Ended, Program, wait_until
from tests.serving import FAST, Service
from tests.site import Site

MB = 1 << 20
STORED, MORE = 5, 60  # releases


@pytest.fixture
def disk(civicpress: Program) -> Iterator[Disk]:
    """A disk of 8 MB; the program's corpus is on it."""
    disk = Disk(civicpress.folder / "disk", 8 * MB)
    civicpress.db = disk.folder / "corpus.db"
    civicpress.environment["CIVICPRESS_DB"] = str(civicpress.db)
    yield disk
    disk.close()


@pytest.fixture
def filled(civicpress: Program, disk: Disk, site: Site) -> Program:
    """A corpus of some releases, of which a backup was made, with documents to be imported beside it."""
    publish(site, STORED)
    assert civicpress.crawl(prova={"home": site.url, "listings": [f"{site.url}/novita"]}).source()["new"] == STORED
    assert civicpress("backup", disk.folder / "backup.db").status == 0
    (civicpress.folder / "in").mkdir()
    for number in range(200):
        text = f" date 2026-01 Avviso {number}\n\n" + " ".join([f"Testo numero {number} del comune."] * 100)
        (civicpress.folder / "in" / f"{number}.txt").write_text(text, encoding="utf-8")
    return civicpress


def publish(site: Site, number: int) -> None:
    site.listing("/novita", site.releases(range(number)))


def stored(civicpress: Program) -> int:
    return int(civicpress.rows("select count(*) as number from documents")[0]["number"])


def is_one_sentence(ended: Ended, status: int, *words: str) -> bool:
    """Whether a command ended with a status and one line that names the file and holds some words."""
    assert ended.status == status, ended
    assert ended.out == ""
    assert ended.err.count("\n") == 1, ended.err
    assert ended.err.startswith("civicpress: "), ended.err
    assert all(word in ended.err for word in words), ended.err
    return True


def test_on_a_full_disk_each_command_says_so_and_what_was_stored_is_there(
    filled: Program, disk: Disk, site: Site, tell: Tell
) -> None:
    publish(site, STORED + MORE)
    before = (disk.folder / "backup.db").read_bytes()
    filled.change("update documents set title = 'Un titolo che nessuno ha scritto'")
    seen = 0
    for left in (0, 160_000):  # nothing can be begun; and: what is begun cannot be ended
        disk.fill(left)
        begun = 2 if not left else 1
        for words in (["crawl", "--only-sources", "sources.toml"], ["import", "in"], ["reextract"]):
            ended = filled(*words)
            assert ended.status in (begun, 1), ended
            seen += is_one_sentence(ended, ended.status, f"{filled.db}: the corpus c", "disk", "full")
        seen += is_one_sentence(
            filled("backup", disk.folder / "backup.db"), 2, "backup.db: the backup cannot be", "full"
        )
        assert (disk.folder / "backup.db").read_bytes() == before
        assert sorted(path.name for path in disk.folder.iterdir() if "part" in path.name) == []
        assert filled("search", "comune").status == 0
        assert filled("status").status == 0
        assert STORED <= stored(filled) < STORED + MORE
        disk.empty()
        assert complaints(filled.db) == []
    done = filled.crawl()
    assert (done.status, stored(filled)) == (0, STORED + MORE)
    assert filled("reextract", "--json").status == 0
    assert not filled.rows("select 1 from documents where title like 'Un titolo che%'")
    assert filled("backup", disk.folder / "backup.db").status == 0
    assert complaints(filled.db) == complaints(disk.folder / "backup.db") == []
    tell(
        f"full disk: crawl, import, reextract and backup said so {seen} of 8 times; all is there, and went on with room"
    )


def test_the_service_waits_while_the_disk_is_full_and_then_goes_on(
    filled: Program, disk: Disk, site: Site, tell: Tell
) -> None:
    filled.set |= FAST
    filled.change("update run_sources set finished = '2026-01-01T00:00:00+00:00'")
    publish(site, STORED + MORE)
    disk.fill(160_000)
    service = Service(filled)
    try:
        assert wait_until(lambda: service.health().get("status") == "waiting", 60), service.log
        assert service.ask("/healthz")[0] == 503
        assert f"{filled.db}: the corpus" in service.health()["trouble"]
        assert "full" in service.health()["trouble"]
        assert stored(filled) >= STORED
        disk.empty()
        assert wait_until(lambda: stored(filled) == STORED + MORE, 90), service.log
        assert wait_until(lambda: service.health().get("status") == "ok"), service.log
        assert service.stop() == 0
    finally:
        service.close()
    assert complaints(filled.db) == []
    tell("full disk under the service: 503 at /healthz while it is full, all pages once there is room")


def test_on_a_read_only_disk_readers_read_and_writers_say_so(filled: Program, disk: Disk, tell: Tell) -> None:
    writers = (
        ["crawl", "--only-sources", "sources.toml"], ["import", "in"], ["reextract"],
        ["forget", "https://www.comune.esempio.it/x"], ["schedule", "--only-sources", "sources.toml"],
    )  # fmt: skip
    with disk.read_only():
        for words in writers:
            is_one_sentence(filled(*words), 2, f"{filled.db}: the corpus", "ead-only")
        is_one_sentence(filled("backup", disk.folder / "backup.db"), 2, "backup.db: the backup cannot be", "ead-only")
        assert filled("backup", filled.folder / "copy.db").status == 0
        for reading in (["search", "comune"], ["status"], ["export", "jsonl", "out.jsonl"], ["reextract", "--dry-run"]):
            assert filled(*reading).status == 0
    assert complaints(filled.folder / "copy.db") == []
    assert len((filled.folder / "out.jsonl").read_text().splitlines()) == STORED
    tell(
        f"read-only disk: {len(writers) + 1} of {len(writers) + 1} writers say so, readers and a backup elsewhere work"
    )


def test_the_disk_is_what_it_is_taken_for(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "disk", MB)
    try:
        disk.fill()
        with pytest.raises(OSError, match="No space left"):
            (disk.folder / "x").write_bytes(b"x")
    finally:
        disk.close()
