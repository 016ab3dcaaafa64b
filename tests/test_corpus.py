"""The corpus file: what readers may rely on, and what several processes, or a killed one, leave of it."""

import multiprocessing
import os
import random
import subprocess
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import reading
from storage.changes import Found, Listed, Outcome, Problem, RouteState
from storage.corpus import Corpus
from storage.database import reader
from storage.document import Document, clean_line, render
from storage.memory import known, waiting
from tests.corpora import HOST, SOURCES, Shelf, day, page
from tests.site import prose

LONG, OTHER = prose("uno"), prose("due")
CONTRACT = {
    "corpus": "seq id text title body date month date_origin date_confidence source kind url language first_seen changed "
    "withdrawn revision copies",
    "documents_fts": "title body",
    "sources": "id name kind home language licence",
    "revisions": "document revision title date body seen",
    "copies": "document url source relation similarity first_seen",
    "runs": "id started finished status requests not_modified bytes new revised unchanged duplicates problems",
    "problems": "url source reason detail run seen",
}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "corpus.db")


# -- what readers may rely on -------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", CONTRACT)
def test_every_promised_table_has_every_promised_column(shelf: Shelf, table: str) -> None:
    promised = CONTRACT[table].split()
    shelf.rows(f"select {', '.join(promised)} from {table}")
    there = [row["name"] for row in shelf.rows("select name from pragma_table_info(?)", table)]
    assert set(promised) <= set(there)
    if table == "corpus":
        assert there == promised == list(reading.COLUMNS)


def test_a_row_of_the_corpus_says_what_the_contract_says(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG, title="Città", date="2026-03-01"), page("/novita/2", LONG, title="Città"))
    shelf.put(page("/novita/1", OTHER, title="Città", date="2026-03-01"))
    row = shelf.row()
    assert row == {
        "seq": 2, "id": row["id"], "text": f" date 2026-03 Città\n\n{OTHER}", "title": "Città", "body": OTHER,
        "date": "2026-03-01", "month": "2026-03", "date_origin": "label", "date_confidence": 0.8, "source": "comune",
        "kind": "municipality", "url": f"{HOST}/novita/1", "language": "it", "first_seen": day(1), "changed": day(2),
        "withdrawn": None, "revision": 2, "copies": 1,
    }  # fmt: skip
    assert len(row["id"]) == 16
    assert set(row["id"]) <= set("0123456789abcdef")
    assert shelf.rows("select document, revision, title, date, body, seen from revisions order by revision") == [
        {"document": row["id"], "revision": 1, "title": "Città", "date": "2026-03-01", "body": LONG, "seen": day(1)},
        {"document": row["id"], "revision": 2, "title": "Città", "date": "2026-03-01", "body": OTHER, "seen": day(2)},
    ]


def test_a_date_that_is_unknown_is_null_and_a_month_stays_a_month(shelf: Shelf) -> None:
    shelf.put(page("/novita/1", LONG, date=None), page("/novita/2", OTHER, date="2026-02"))
    unknown, month = shelf.rows()
    assert [unknown[name] for name in ("date", "month", "date_origin", "date_confidence")] == [None] * 4
    assert unknown["text"] == f"Titolo\n\n{LONG}"
    assert (month["date"], month["month"]) == ("2026-02", "2026-02")
    assert month["text"].startswith(" date 2026-02 Titolo\n\n")


@given(st.text().filter(clean_line), st.lists(st.text(), max_size=3), st.sampled_from([None, "2026-02", "2026-02-03"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_text_of_a_row_is_the_document_in_its_format(
    tmp_path: Path, title: str, body: list[str], date: str | None
) -> None:
    document = Document.of(title, body, date[:7] if date else None)
    path = tmp_path / "corpus.db"
    with Corpus(path) as corpus:
        corpus.put_source("comune", "Comune", "municipality", HOST, "it", None)
        release = page("/novita/1", "\n".join(document.paragraphs), title=document.title, date=date, confidence=1.0)
        for table in ("addresses", "documents", "revisions"):
            corpus.db.execute(f"delete from {table}")
        corpus.save([release], corpus.start_run(day(1)), day(1))
        [row] = reading.documents(corpus.db)
    assert row["text"] == render(document)
    assert (row["title"], row["body"], row["month"]) == (document.title, document.body, document.month)


def test_an_id_is_the_same_in_every_corpus_and_for_life(tmp_path: Path) -> None:
    shelves = [Shelf(tmp_path / "one.db"), Shelf(tmp_path / "two.db")]
    shelves[0].put(page("/novita/9", OTHER), page("/novita/1", LONG))
    shelves[1].put(page("/novita/1?utm_source=feed", prose("tre"), title="Altro"))
    ids = [shelf.row("select id from corpus where url like '%/novita/1'")["id"] for shelf in shelves]
    assert ids[0] == ids[1]


def test_a_reader_that_remembers_the_highest_seq_sees_what_is_new_or_revised_and_nothing_else(shelf: Shelf) -> None:
    seen = 0

    def news() -> list[str]:
        nonlocal seen
        rows = shelf.rows("select seq, url from corpus where seq > ? order by seq", seen)
        seen = max([seen, *(row["seq"] for row in rows)])
        return [row["url"].removeprefix(HOST) for row in rows]

    shelf.put(page("/1", LONG), page("/2", OTHER))
    assert news() == ["/1", "/2"]
    shelf.put(page("/1", LONG), page("/copia", LONG), Problem("comune", f"{HOST}/x", "timeout"))
    assert news() == []
    shelf.put(page("/1", prose("tre")), page("/3", prose("quattro")), page("/1", prose("cinque")))
    assert news() == ["/3", "/1"]
    shelf.put(page("/2", OTHER, date="2026-03-02", confidence=1.0))
    assert news() == ["/2"]
    assert news() == []


def test_a_number_is_not_given_again_when_its_document_was_taken_down(shelf: Shelf) -> None:
    shelf.put(page("/1", LONG), page("/2", OTHER))
    with Corpus(shelf.path) as corpus:
        for sql in (
            "delete from addresses",
            "delete from documents where seq = 2",
            "delete from revisions where seq = 2",
        ):
            corpus.db.execute(sql)
    shelf.put(page("/3", prose("tre")))
    assert [row["seq"] for row in shelf.rows()] == [1, 3]


def test_all_of_a_batch_is_kept_or_nothing(shelf: Shelf) -> None:
    with Corpus(shelf.path) as corpus:
        run = corpus.start_run(day(1))
        with pytest.raises(Exception, match="FOREIGN KEY"):
            corpus.save([page("/1", LONG), page("/2", OTHER, source="nessuno")], run, day(1))
        assert corpus.save([page("/3", OTHER)], run, day(1)) == ["new"]
    assert shelf.row()["url"] == f"{HOST}/3"
    assert shelf.rows("select * from revisions where document not in (select id from corpus)") == []


# -- full-text search ---------------------------------------------------------------------------------------------


def found(shelf: Shelf, words: str) -> list[str]:
    """The paths that a full-text query finds, in the table that the contract names."""
    sql = """select c.url from documents_fts f join documents d on d.number = f.rowid join corpus c on c.id = d.id
             where documents_fts match ? order by c.url"""
    return [row["url"].removeprefix(HOST) for row in shelf.rows(sql, words)]


def test_search_takes_words_without_their_accents_and_with_them(shelf: Shelf) -> None:
    shelf.put(
        page("/1", "Riapre l'università, perché è più comoda.", title="Mobilità"), page("/2", "Škofja Loka, Kočevje.")
    )
    for words in ("universita", "UNIVERSITÀ", "universita\u0300", "perche", "mobilita", "mobilità", "piu comoda"):
        assert found(shelf, words) == ["/1"], words
    assert found(shelf, "kocevje") == ["/2"]
    assert found(shelf, "title: universita") == []


def test_search_follows_every_insertion_revision_and_deletion(shelf: Shelf) -> None:
    shelf.put(page("/1", "Apre la biblioteca."), page("/2", "Apre la piscina."))
    assert found(shelf, "apre") == ["/1", "/2"]
    shelf.put(page("/1", "Chiude il museo.", title="Cambio"))
    assert (found(shelf, "biblioteca"), found(shelf, "museo"), found(shelf, "cambio")) == ([], ["/1"], ["/1"])
    with Corpus(shelf.path) as corpus:
        corpus.db.execute("delete from addresses")
        corpus.db.execute("delete from documents where url like '%/1'")
        corpus.db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")
    assert found(shelf, "museo") == []
    assert found(shelf, "piscina") == ["/2"]


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_make_a_search(tmp_path: Path, query: str) -> None:
    with Corpus(tmp_path / "corpus.db") as corpus:
        assert reading.search(corpus.db, query + " introvabile", 5) == []


def test_a_search_ranks_marks_and_selects(shelf: Shelf) -> None:
    shelf.put(
        page("/1", "La piscina comunale riapre.", title="Orari"), page("/2", "Riapre.", title="Piscina comunale"),
        page("/3", "La piscina della camera.", source="camera"),
    )  # fmt: skip
    with reader(shelf.path) as db:
        rows = reading.search(db, "PISCINA comunale", 5)
        chambers = reading.search(db, "piscina", 5, reading.Selection(kind="chamber"))
    assert [row["url"] for row in rows] == [f"{HOST}/2", f"{HOST}/1"]
    assert "[piscina] [comunale]" in rows[1]["snippet"]
    assert [row["url"] for row in chambers] == [f"{HOST}/3"]


# -- what a crawl remembers ---------------------------------------------------------------------------------------


def listed(*found: Found) -> Listed:
    return Listed("comune", RouteState(f"{HOST}/feed", "feed", f"{HOST}/feed"), found)


def test_a_problem_is_told_with_its_page_even_if_its_words_are_broken(shelf: Shelf) -> None:
    shelf.put(Problem("comune", f"{HOST}/1", "no-text", "half \ud83d of it" + "x" * 2000))
    row = shelf.row("select * from problems")
    assert (row["url"], row["source"], row["reason"], row["run"], row["seen"]) == (
        f"{HOST}/1",
        "comune",
        "no-text",
        1,
        day(1),
    )
    assert row["detail"].startswith("half \ufffd of it")
    assert len(row["detail"]) == 1000


def test_what_a_list_named_waits_until_it_was_read(shelf: Shelf) -> None:
    shelf.put(listed(Found(f"{HOST}/1", '{"title": "\ud83d"}'), Found(f"{HOST}/2", "{}")))
    shelf.put(page("/1", LONG))
    with reader(shelf.path) as db:
        assert [each.url for each in waiting(db, "comune")] == [f"{HOST}/2"]
        assert known(db, [f"{HOST}/1?utm_source=x", f"{HOST}/2", f"{HOST}/3"], 2).keys() == {
            "comune.esempio.it/1", "comune.esempio.it/2",
        }  # fmt: skip


def test_a_text_that_changed_in_a_feed_waits_too_until_it_was_kept(shelf: Shelf) -> None:
    shelf.put(listed(Found(f"{HOST}/1", content="aaa")), page("/1", LONG))
    shelf.put(listed(Found(f"{HOST}/1", content="aaa")))
    with reader(shelf.path) as db:
        assert waiting(db, "comune") == []
    shelf.put(listed(Found(f"{HOST}/1", content="bbb")))  # and the process dies here
    with reader(shelf.path) as db:
        assert [(each.url, each.content) for each in waiting(db, "comune")] == [(f"{HOST}/1", "bbb")]
    shelf.put(page("/1", OTHER))
    with reader(shelf.path) as db:
        assert waiting(db, "comune") == []


def test_a_run_whose_process_is_gone_is_marked_by_the_next_one(shelf: Shelf) -> None:
    code = "import sys; from pathlib import Path; from storage.corpus import Corpus; Corpus(Path(sys.argv[1])).start_run('x')"
    subprocess.run([sys.executable, "-c", code, str(shelf.path)], check=True, cwd=Path(__file__).parents[1])
    with Corpus(shelf.path) as corpus:
        corpus.start_run(day(1))  # another process of the same number, in another container
        corpus.db.execute("insert into runs(started, status, pid) values ('x', 'running', ?)", [os.getppid()])
    shelf.put()
    statuses = [row["status"] for row in shelf.rows("select status from runs order by id")]
    assert statuses == ["interrupted", "interrupted", "running", "done"]


# -- several processes --------------------------------------------------------------------------------------------


def write(path: Path, name: int, batches: int, start: Barrier) -> int:
    """Saves batches of its own releases, of releases that all writers have, and of changes; says how many are new."""
    new = 0
    start.wait(60)
    with Corpus(path) as corpus:
        run = corpus.start_run(day(1))
        for batch in range(batches):
            own = page(f"/{name}/{batch}", prose(f"{name} {batch}"), title=f"Atto {name} {batch}")
            shared = page(f"/comune/{batch}", prose(f"comune {batch}"))
            changed = page(f"/{name}/sempre", prose(f"{name} versione {batch}"))
            new += corpus.save([own, shared, changed], run, day(1)).count(Outcome.NEW)
        corpus.finish_run(run, day(1), "done", {}, [])
    return new


def follow(path: Path, start: Barrier, stop: Event) -> tuple[list[int], int]:
    """Reads what is new again and again, as a reader with a memory does: the numbers seen, and how often it looked."""
    seqs: list[int] = []
    looked = 0
    start.wait(60)
    while True:
        last = stop.is_set()
        with reader(path) as db:
            rows = db.execute(
                "select seq, text, id from corpus where seq > ? order by seq", [max([0, *seqs])]
            ).fetchall()
            seqs += [seq for seq, _, _ in rows]
            assert all(text and reading.document(db, id) for _, text, id in rows)
        looked += 1
        if last:
            return seqs, looked


def test_several_processes_write_and_read_at_once_and_nothing_is_lost(shelf: Shelf) -> None:
    writers, batches = 3, 40
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager, spawn.Pool(writers + 2) as pool:
        start: Any = manager.Barrier(writers + 2)
        stop: Any = manager.Event()
        readers = [pool.apply_async(follow, (shelf.path, start, stop)) for _ in range(2)]
        done = [pool.apply_async(write, (shelf.path, name, batches, start)) for name in range(writers)]
        new = sum(each.get(timeout=120) for each in done)
        stop.set()
        seen = [each.get(timeout=120) for each in readers]
    rows = shelf.rows("select seq, url from corpus")
    assert new == len(rows) == writers * (batches + 1) + batches
    assert len(shelf.rows("select * from revisions")) == len(rows) + writers * (batches - 1)
    for seqs, looked in seen:
        assert looked > 1
        assert seqs == sorted(set(seqs))  # numbers became visible in their order …
        assert {row["seq"] for row in rows} <= set(seqs)  # … so none was passed by
    with Corpus(shelf.path) as corpus:
        assert corpus.db.execute("pragma integrity_check").fetchone() == ("ok",)
        corpus.db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")


def make(path: Path, start: Barrier) -> int:
    start.wait(60)
    with Corpus(path) as corpus:
        return int(corpus.db.execute("select count(*) from _sqlite_migrations").fetchone()[0])


def test_several_processes_may_make_the_same_corpus_at_once(tmp_path: Path) -> None:
    processes = 4
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager, spawn.Pool(processes) as pool:
        start: Any = manager.Barrier(processes)
        for round_ in range(12):
            made = [pool.apply_async(make, (tmp_path / f"{round_}.db", start)) for _ in range(processes)]
            assert len({each.get(timeout=120) for each in made}) == 1


ENDLESS = """
import sys
from pathlib import Path
from storage.corpus import Corpus
from tests.corpora import day, page
from tests.site import prose

path, start = Path(sys.argv[1]), int(sys.argv[2])
with Corpus(path) as corpus:
    run = corpus.start_run(day(1))
    for number in range(start, start + 100_000):
        urls = [f"/{number}/{part}" for part in range(5)]
        corpus.save([page(url, prose(url), title=url) for url in urls], run, day(1))
        print(*urls, flush=True)
"""


def test_a_writer_that_is_killed_loses_nothing_that_it_had_acknowledged(shelf: Shelf) -> None:
    pick = random.Random(7)
    acknowledged: set[str] = set()
    for round_ in range(10):
        command = [sys.executable, "-c", ENDLESS, str(shelf.path), str(round_ * 100_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as writer:
            assert writer.stdout
            lines = [writer.stdout.readline()]  # it is at work now
            time.sleep(pick.uniform(0, 0.03))
            os.kill(writer.pid, 9)
            lines += writer.stdout.readlines()
        assert writer.returncode == -9
        acknowledged |= {url for line in lines if line.endswith("\n") for url in line.split()}
    assert len(acknowledged) >= 50
    with Corpus(shelf.path) as corpus:
        assert corpus.db.execute("pragma integrity_check").fetchone() == ("ok",)
        assert corpus.db.execute("pragma foreign_key_check").fetchall() == []
        corpus.db.execute("insert into documents_fts(documents_fts, rank) values ('integrity-check', 1)")
    kept = {row["url"].removeprefix(HOST) for row in shelf.rows("select url from corpus")}
    assert acknowledged <= kept
    assert len(kept) % 5 == 0  # batches are whole
    assert {
        row["url"].removeprefix(HOST) for row in shelf.rows("select url from addresses where state = 'stored'")
    } == kept


def test_an_acknowledged_document_is_on_the_disk(shelf: Shelf) -> None:
    with Corpus(shelf.path) as corpus:
        assert corpus.db.execute("pragma synchronous").fetchone() == (2,)  # FULL: safe from a power cut too
        assert corpus.db.execute("pragma journal_mode").fetchone() == ("wal",)


def test_the_sources_of_a_corpus_are_kept_up_to_date(shelf: Shelf) -> None:
    with Corpus(shelf.path) as corpus:
        corpus.put_source("comune", "Città di Prova", "municipality", HOST, "de", "CC BY 4.0")
        assert [corpus.kind_of(id) for id in ("camera", "nessuno")] == ["chamber", None]
    rows = {row["id"]: row for row in shelf.rows("select * from sources")}
    assert rows.keys() == SOURCES.keys()
    assert rows["comune"] == {
        "id": "comune", "name": "Città di Prova", "kind": "municipality", "home": HOST, "language": "de",
        "licence": "CC BY 4.0",
    }  # fmt: skip
