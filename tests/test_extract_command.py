"""The command `extract`: one row a page, and calls that are wrong."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pages import FIRST, SECOND, TITLE, document, release
from tests.program import Program
from tests.site import Site

KEYS = {"file", "url", "status", "title", "date", "date_origin", "date_confidence", "text", "language", "witnesses"}
PAGE = release("<p>Pubblicato il 5 marzo 2024</p>")
ADDRESS = "https://www.comune.prova.it/novita/orari"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A saved page."""
    path = tmp_path / "orari.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_saved_page_is_one_line_with_the_keys_of_the_contract(civicpress: Program, saved: Path) -> None:
    done = civicpress("extract", saved, "--url", ADDRESS, "--json")
    assert (done.status, done.err) == (0, "")
    [row] = rows(done.out)
    assert set(row) == KEYS
    assert {key: row[key] for key in KEYS - {"witnesses"}} == {
        "file": str(saved), "url": ADDRESS, "status": "ok", "title": TITLE, "date": "2024-03-05", "date_origin": "label",
        "date_confidence": 0.97, "text": f"{FIRST}\n\n{SECOND}", "language": "it",
    }  # fmt: skip
    assert row["witnesses"] == [
        {"day": "2024-03-05", "origin": "label", "place": "Pubblicato il", "excerpt": "Pubblicato il 5 marzo 2024"}
    ]


def test_a_packed_page_without_an_address_is_read_too(civicpress: Program, tmp_path: Path) -> None:
    path = tmp_path / "orari.html.gz"
    path.write_bytes(gzip.compress(PAGE.encode("latin-1", "xmlcharrefreplace")))
    [row] = rows(civicpress("extract", path, "--json").out)
    assert (row["status"], row["url"], row["title"], row["date"]) == ("ok", None, TITLE, "2024-03-05")


def test_a_manifest_gives_one_line_a_row_in_its_order(civicpress: Program, tmp_path: Path) -> None:
    folder = tmp_path / "pagine"
    folder.mkdir()
    pages = {
        "orari.html": PAGE,
        "vuota.html": "",
        "novita.html": document("<h1>Novità</h1><p>Le notizie dal municipio.</p>", title="Novità"),
        "muro.html": "<title>Just a moment...</title><h1>Just a moment...</h1>",
        "errore.html": document("<h1>Pagina non trovata</h1>", title="Pagina non trovata"),
    }
    for name, page in pages.items():
        (folder / name).write_text(page, encoding="utf-8")
    manifest = folder / "righe.jsonl"
    lines = [json.dumps({"file": name, "url": f"https://www.comune.prova.it/{name}"}) for name in pages]
    manifest.write_text("\n".join([*lines, ""]), encoding="utf-8")
    done = civicpress("extract", "--manifest", manifest, "--json")
    found = rows(done.out)
    assert [row["file"] for row in found] == list(pages)
    assert [row["url"] for row in found] == [f"https://www.comune.prova.it/{name}" for name in pages]
    assert [row["status"] for row in found] == ["ok", "empty", "not-a-release", "refused", "error-page"]
    for row in found:
        assert set(row) == KEYS | (set() if row["status"] == "ok" else {"detail"})
    assert all(row["title"] is None and row["text"] is None and row["detail"] for row in found[1:])


def test_an_address_is_fetched_with_the_manners_of_a_crawl(civicpress: Program, site: Site) -> None:
    url = site.article("/novita/orari", TITLE, "5 marzo 2024")
    gone = f"{site.url}/novita/niente"
    found = rows(civicpress("extract", url, gone, "--json").out)
    assert [(row["url"], row["status"]) for row in found] == [(url, "ok"), (gone, "gone")]
    assert found[0]["date"] == "2024-03-05"
    assert "/robots.txt" in [asked.path for asked in site.asked]


def test_without_json_the_page_and_every_witness_are_shown(civicpress: Program, saved: Path) -> None:
    done = civicpress("extract", saved)
    assert done.status == 0
    for shown in (TITLE, "2024-03-05", "label", "Pubblicato il", FIRST[:40]):
        assert shown in " ".join(done.out.split()), shown
    lines = [line.strip() for line in done.out.splitlines()]
    heading = next(number for number, line in enumerate(lines) if line.startswith("day "))
    assert lines[heading - 1] == ""


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "--manifest"),
        (["manca.html"], "manca.html"),
        (["orari.html", "altra.html", "--url", ADDRESS], "--url"),
        (["orari.html", "--url", "ftp://www.comune.prova.it/"], "--url"),
        (["orari.txt"], "orari.txt"),
        (["rotta.html.gz"], "rotta.html.gz"),
        (["--manifest", "manca.jsonl"], "manca.jsonl"),
        (["--manifest", "righe.jsonl"], "righe.jsonl, line 2"),
        (["--manifest", "senza.jsonl"], "senza.jsonl, line 1"),
        (["--manifest", "indirizzo.jsonl"], "indirizzo.jsonl, line 1"),
        (["http://[comune/"], "http://[comune/"),
        (["orari"], "orari: not a saved page"),
        (["cartella"], "cartella: not a saved page"),
        (["cartella.html"], "cartella.html: cannot be read"),
        ([".gz"], ".gz: not a saved page"),
        (["--manifest", "numero.jsonl"], "numero.jsonl, line 1"),
        (["--manifest", "cifra.jsonl"], "cifra.jsonl, line 1"),
        (["--manifest", "nullo.jsonl"], "cannot be read"),
    ],
)
def test_a_wrong_call_exits_2_with_one_sentence_that_names_what_is_wrong(
    civicpress: Program, saved: Path, words: list[str], named: str
) -> None:
    folder = saved.parent
    (folder / "altra.html").write_text(PAGE, encoding="utf-8")
    (folder / "orari.txt").write_text(PAGE, encoding="utf-8")
    (folder / "rotta.html.gz").write_bytes(gzip.compress(PAGE.encode())[:40])
    good = json.dumps({"file": "orari.html", "url": ADDRESS})
    (folder / "righe.jsonl").write_text(f"{good}\n{{not json\n", encoding="utf-8")
    (folder / "senza.jsonl").write_text('{"url": "https://www.comune.prova.it/"}\n', encoding="utf-8")
    (folder / "indirizzo.jsonl").write_text('{"file": "orari.html", "url": "mailto:x"}\n', encoding="utf-8")
    (folder / "numero.jsonl").write_text('{"file": 5}\n', encoding="utf-8")
    (folder / "cifra.jsonl").write_text('{"file": "orari.html", "url": 5}\n', encoding="utf-8")
    (folder / "nullo.jsonl").write_text('{"file": "orari\\u0000.html"}\n', encoding="utf-8")
    (folder / "orari").write_text(PAGE, encoding="utf-8")
    for name in ("cartella", "cartella.html"):
        (folder / name).mkdir()
    done = civicpress("extract", *words, "--json")
    assert done.status == 2
    assert done.out == ""
    assert named in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 1, done.err


def test_a_module_of_the_same_name_in_the_current_folder_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "crawler.py").write_text("raise SystemExit('not ours')")
    (tmp_path / "page.html").write_text(release("<p>Pubblicato il 5 marzo 2024</p>"))
    command = [Path(sys.executable).with_name("civicpress"), "extract", "page.html", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert "not ours" not in done.stderr
    assert json.loads(done.stdout)["title"] == TITLE
