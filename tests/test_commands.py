"""The command line, in a process of its own: mistakes are one sentence, results go where they belong."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.corpus import Corpus
from tests.program import Ended, Program
from tests.site import Answer, Site

COMMANDS = ("crawl", "sources", "extract", "search", "show", "diff", "export", "import", "forget", "reextract", "demo")
TITLE = "Più verde perché così cambia la contrada"
GOOD = '[prova]\nhome = "https://www.comune.example.it/"\n'


def is_one_sentence(ended: Ended, *words: str) -> bool:
    """Whether a call was refused in one line that names the place, and nothing was done."""
    assert (ended.status, ended.out) == (2, ""), ended
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    assert ended.err.startswith("civicpress: ")
    assert all(word in ended.err for word in words), ended.err
    return True


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A corpus with four documents; one is found by words with accents."""
    civicpress = Program(tmp_path_factory.mktemp("filled"))
    with contextlib.closing(Site()) as site:
        site.article("/novita/perche", TITLE, "3 marzo 2024")
        urls = [site.url + item.path for item in site.releases(range(3))] + [site.url + "/novita/perche"]
        source = {"home": site.url, "kind": "municipality", "sitemaps": [site.sitemap("/s.xml", urls)]}
        assert civicpress.crawl(prova=source).source()["new"] == 4
    return civicpress


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('[prova]\nhome = "https://a.it/"\nlistngs = ["https://a.it/x"]\n', ["[prova]", "listngs", '"listings"']),
        ("[prova\n", ["not valid TOML", "line 1"]),
        ('[prova]\nhome = "htp:/a.it"\n', ["[prova]", '"home"', "htp:/a.it"]),
        ('[prova]\nname = "Prova"\n', ["[prova]", '"home"']),
        (GOOD + GOOD, ["[prova]", "twice"]),
        (b'[prova]\nhome = "https://a.it/\xff"\n', ["UTF-8", "line 2"]),
    ],
    ids=["unknown-key", "malformed", "bad-url", "no-home", "twice", "not-utf-8"],
)
def test_a_wrong_sources_file_is_named_with_source_and_key(
    toml: str | bytes, words: list[str], civicpress: Program
) -> None:
    path = civicpress.folder / "fonti.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    assert is_one_sentence(civicpress("crawl", "--sources", path), str(path), *words)
    assert not civicpress.db.exists()


def test_two_files_with_one_id_and_names_that_are_unknown_are_said(civicpress: Program) -> None:
    folder = civicpress.folder / "fonti"
    folder.mkdir()
    for name in ("a.toml", "b.toml"):
        (folder / name).write_text(GOOD)
    assert is_one_sentence(civicpress("crawl", "--sources", folder), "a.toml", "b.toml", "[prova]")
    assert is_one_sentence(civicpress("crawl", "comune-torin"), "comune-torin", "did you mean", "comune-torino")
    assert is_one_sentence(civicpress("crawl", "--only-sources", "nessuno.toml"), "nessuno.toml", "no such file")
    assert not civicpress.db.exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CIVICPRESS_ALLOW_NETWORKS", "127.0.0.0/33"),
        ("CIVICPRESS_ALLOW_NETWORKS", "localhost"),
        ("CIVICPRESS_CONTACT", "a\nX-Header: b"),
        ("CIVICPRESS_CONTACT", "società@example.org"),
    ],
)
def test_a_wrong_variable_is_named_and_nothing_is_done(variable: str, value: str, civicpress: Program) -> None:
    sources = civicpress.sources(prova={"home": "http://127.0.0.1:9/"})
    assert is_one_sentence(civicpress("crawl", "--only-sources", sources, **{variable: value}), variable)
    assert not civicpress.db.exists()
    assert civicpress("--help", **{variable: value}).status == 0


@pytest.mark.parametrize("words", [["--since", "ieri"], ["--since", "2024-13-01"], ["--limit", "0"], ["--limit", "-3"]])
def test_a_wrong_option_is_named(words: list[str], civicpress: Program) -> None:
    ended = civicpress("crawl", *words)
    assert (ended.status, ended.out) == (2, "")
    assert words[0] in ended.err
    assert "Traceback" not in ended.err
    assert not civicpress.db.exists()


def _not_sqlite(path: Path) -> None:
    path.write_bytes(b"Questo non e' un database.\n" * 100)


def _a_stranger(path: Path) -> None:
    with database(path) as db:
        db.execute("create table ricette (nome text)")


def _newer(path: Path) -> None:
    Corpus(path).close()
    with database(path) as db:
        db.execute(
            "insert into _sqlite_migrations(migration_set, name, applied_at) values ('civicpress', 'm999_later', '')"
        )


def database(path: Path) -> "contextlib.AbstractContextManager[sqlite3.Connection]":
    return contextlib.closing(sqlite3.connect(path, isolation_level=None))


@pytest.mark.parametrize(
    ("make", "words"),
    [(_not_sqlite, "not a SQLite database"), (_a_stranger, "not a civicpress corpus"), (_newer, "newer")],
)
@pytest.mark.parametrize("command", [["crawl"], ["search", "x"], ["show", "0000"], ["export", "jsonl", "out.jsonl"]])
def test_a_file_that_is_no_corpus_of_ours_is_refused_and_left_as_it_is(
    make: Callable[[Path], None], words: str, command: list[str], civicpress: Program
) -> None:
    make(civicpress.db)
    before = civicpress.db.read_bytes()
    assert is_one_sentence(civicpress(*command), str(civicpress.db), words)
    assert civicpress.db.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_corpus_is_refused_by_a_crawl(civicpress: Program) -> None:
    Corpus(civicpress.db).close()
    civicpress.db.chmod(0o444)
    assert is_one_sentence(civicpress("crawl"), str(civicpress.db), "read-only")


@pytest.mark.parametrize("words", [["search", "mercato"], ["show", "563574ee34ad843b"], ["export", "txt", "out"]])
def test_without_a_corpus_readers_say_how_to_make_one(words: list[str], civicpress: Program) -> None:
    assert is_one_sentence(civicpress(*words), str(civicpress.db), "civicpress crawl")
    assert not civicpress.db.exists()


def test_a_search_takes_any_words_and_no_accents(filled: Program) -> None:
    for query in ("perche", "PERCHÉ", "piu verde", "così"):
        [row] = filled("search", query, "--json").json
        assert row["title"] == TITLE
    for query in ("NEAR(", "a OR", "col:x", "'; drop table documents; --", "verde AND"):
        ended = filled("search", "--json", "--", query)
        assert (ended.status, ended.err) == (0, "")
        assert isinstance(ended.json, list)
    assert TITLE in filled("search", "perche").out
    assert "Nothing" in filled("search", "zzzz").out


def test_a_search_takes_several_words_and_accents_that_stand_apart(filled: Program) -> None:
    for words in (["perche", "contrada"], ["perche contrada", "verde"], [unicodedata.normalize("NFD", "perché così")]):
        [row] = filled("search", *words, "--json").json
        assert row["title"] == TITLE
    assert filled("search", "perche", "zzzz", "--json").json == []


def test_every_word_of_a_long_search_counts_or_it_is_refused(filled: Program) -> None:
    many = [f"parola{number}" for number in range(101)]
    assert filled("search", *["perche"] * 101, "--json").json
    assert filled("search", *["perche"] * 30, "zzzz", "--json").json == []
    assert is_one_sentence(filled("search", *many), "101 words")
    assert filled("search", *many[:100], "--json").json == []


@pytest.mark.parametrize("query", ["", "  ", '"', "*", "-", "--", "\\", "%", "_"])
def test_a_search_without_a_word_is_refused(query: str, filled: Program) -> None:
    assert is_one_sentence(filled("search", "--", query), "no word")


@pytest.mark.parametrize("command", [["search", "perche"], ["export", "txt", "nuovo/out"], ["export", "csv", "-"]])
def test_a_source_that_the_corpus_does_not_know_is_named_with_the_nearest(command: list[str], filled: Program) -> None:
    assert is_one_sentence(filled(*command, "--source", "provva"), "'provva'", "nearest: prova")
    assert is_one_sentence(filled(*command, "--source", "xyz"), "'xyz'")
    assert not (filled.folder / "nuovo").exists()


def test_a_document_is_shown_by_how_its_id_begins(filled: Program) -> None:
    [row] = filled("search", "perche", "--json").json
    for id in (row["id"], row["id"][:6]):
        assert filled("show", id, "--json").json["title"] == row["title"]
    assert row["title"] in filled("show", row["id"]).out
    assert is_one_sentence(filled("show", "ffff"), "ffff")
    assert is_one_sentence(filled("show", "../etc"), "../etc")


def test_a_document_is_shown_with_its_revision_and_when_it_was_withdrawn(site: Site, civicpress: Program) -> None:
    url = site.article("/novita/perche", TITLE)
    civicpress.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/s.xml", [url])]})
    [row] = civicpress.rows("select * from corpus")
    shown = civicpress("show", row["id"]).out
    assert f"revision 1, first seen {row['first_seen'][:10]}" in shown
    assert "withdrawn" not in shown
    civicpress.change(
        "update documents set revision = 3, changed = '2026-02-03T04:05:06Z', withdrawn = '2026-03-04T05'"
    )
    shown = civicpress("show", row["id"]).out
    assert "revision 3, changed 2026-02-03" in shown
    assert "withdrawn since 2026-03-04" in shown


def test_a_crawl_names_its_problems_and_fits_a_terminal(site: Site, civicpress: Program) -> None:
    id = "citta-metropolitana-torino-archivio"
    kept = [site.url + item.path for item in site.releases(range(2))]
    gone = [f"{site.url}/novita/{number}-{'non-piu-qui-' * 8}" for number in range(11)]
    lists = [site.sitemap("/s.xml", kept + gone)]
    path = civicpress.sources(**{id: {"home": site.url, "sitemaps": lists}})
    ended = civicpress("crawl", "--only-sources", path)
    *lines, last = ended.out.splitlines()
    assert last.endswith(str(civicpress.db))  # never broken
    assert max(map(len, lines)) <= 80
    assert any(line.split() == [id, "ok", "2", "·", "·", "·", "11"] for line in lines), ended.out
    assert sum(line.startswith("gone  http://") for line in lines) == 8, ended.out
    assert "Not kept (11 problems):" in ended.out
    assert "… and 3 more: select * from problems where run = 1" in ended.out
    assert " kB in " in ended.out
    again = civicpress("crawl", "--only-sources", path)
    assert " problem" not in again.out, again.out
    assert any(line.split() == [id, "ok", *"·····"] for line in again.out.splitlines()), again.out


def test_a_source_is_listed_with_its_whole_id(civicpress: Program) -> None:
    ids = {row["id"] for row in civicpress("sources", "--json").json}
    ended = civicpress("sources")
    lines = ended.out.splitlines()
    assert ids <= {line.split()[0] for line in lines if line.strip()}
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", [["crawl"], ["search", "x"], ["export", "csv", "out.csv"]])
def test_a_corpus_whose_name_is_too_long_is_refused(command: list[str], civicpress: Program) -> None:
    assert is_one_sentence(civicpress(*command, "--db", "x" * 300), "x" * 300, "File name too long")


def test_an_export_writes_what_is_chosen_and_says_how_much(filled: Program) -> None:
    ended = filled("export", "jsonl", "out.jsonl", "--since", "2024-03-01", "--until", "2024-03-31")
    assert (ended.status, ended.out) == (0, "")
    assert ended.err == "1 document written to out.jsonl\n"
    [row] = map(json.loads, (filled.folder / "out.jsonl").read_text(encoding="utf-8").splitlines())
    assert row["date"] == "2024-03-03"
    assert filled("export", "txt", "out").status == 0
    assert sorted(path.name[:3] for path in (filled.folder / "out").iterdir()) == ["000", "001", "002", "003"]
    (filled.folder / "taken").write_text("")
    failed = filled("export", "txt", "taken/out")
    assert failed.status in (1, 2)
    assert "taken" in failed.err
    assert "Traceback" not in failed.err


def test_an_export_goes_to_standard_output_where_it_is_one_file(filled: Program) -> None:
    ended = filled("export", "jsonl", "-")
    assert len([json.loads(line) for line in ended.out.splitlines()]) == 4
    assert (ended.status, ended.err) == (0, "4 documents written to standard output\n")
    assert filled("export", "csv", "-").out.startswith("seq,id,text,")
    assert is_one_sentence(filled("export", "txt", "-"), "folder")
    assert not (filled.folder / "-").exists()


def test_a_format_that_there_is_not_is_said_in_plain_words(filled: Program) -> None:
    ended = filled("export", "xml", "x")
    assert (ended.status, ended.out) == (2, "")
    assert "'xml' is not a format; there are txt, jsonl, csv" in ended.err
    assert "Value error" not in ended.err
    assert not (filled.folder / "x").exists()


def test_an_address_is_looked_at_with_the_manners_of_a_crawl(site: Site, civicpress: Program) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /novita/2\n", headers={"Content-Type": "text/plain"})
    [item, _] = site.releases([1, 2])
    ended = civicpress("extract", "--json", *(f"{site.url}/novita/{name}" for name in (1, 2, 3)))
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row["status"] for row in rows] == ["ok", "robots", "gone"]
    assert (rows[0]["title"], rows[0]["date"]) == (item.title, item.day.isoformat())
    assert (ended.status, ended.err) == (1, "")
    assert "/novita/2" not in site.paths()
    assert not civicpress.db.exists()


def test_a_reader_that_hangs_up_is_no_error(filled: Program) -> None:
    command = filled.command("search", "comune", "--json")
    for _ in range(3):
        process = subprocess.Popen(
            command, env=filled.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=filled.folder
        )
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        process.wait(30)
        assert errors == b""


def test_every_command_explains_itself_with_an_example(civicpress: Program) -> None:
    alone = civicpress()
    for command in COMMANDS:
        assert re.search(rf"\b{command}\b", alone.out + alone.err)
        ended = civicpress(command, "--help")
        assert ended.status == 0
        assert f"Example: civicpress {command}" in " ".join(ended.out.split())
    assert civicpress("--version").out.startswith("civicpress ")
    assert civicpress("nonsense").status == 2
