"""The commands `sources …`, run as users run them: what they write, what they say, and what they refuse."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.program import Ended, Program

SHARED = Path(os.environ.get("CIVICPRESS_SHARED") or Path(__file__).parents[2] / "shared") / "domain"
COLUMNS = ("cod_amm", "des_amm", "Comune", "Provincia", "sito_istituzionale", "tipologia_istat")
TOWNS = "Comuni e loro Consorzi e Associazioni"
ROWS = (
    ("c_x001", "Comune di Prova", "Prova", "TO", "www.comune.prova.example.it", TOWNS),
    ("c_x002", "Comune di Saggio", "Saggio", "CN", "http://Comune.Saggio.example.it/it/", TOWNS),
    ("c_l219", "Comune di Torino", "Torino", "TO", "http://comune.torino.it", TOWNS),
    ("c_x003", "Comune di Quarto", "Quarto", "CN", "segreteria@example.it", TOWNS),
    ("c_x004", "Comune di Quinto", "Quinto", "CN", "https://www.comune.prova.example.it/", TOWNS),
    ("054", "ASL Prova", "Prova", "TO", "www.asl.example.it", "Aziende Sanitarie Locali"),
)


def is_refused(ended: Ended, *words: str) -> bool:
    """Whether a call was refused in one line that names the place."""
    assert (ended.status, ended.out) == (2, ""), ended
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    assert all(word in ended.err for word in words), ended.err
    return True


def register(folder: Path, *rows: tuple[str, ...], name: str = "amministrazioni.txt") -> Path:
    """A register as Indice PA writes it."""
    path = folder / name
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join("\t".join(cells) for cells in (COLUMNS, *rows)).encode())
    return path


def declared(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_a_group_without_a_command_lists_the_catalogue_and_names_its_commands(civicpress: Program) -> None:
    assert "comune-torino" in civicpress("sources").out
    assert "import" in civicpress("sources", "--help").out
    assert is_refused(civicpress("sources", "--json", "import", "x.txt"), "sources import")


def test_a_register_becomes_a_file_of_sources_that_a_crawl_can_use(civicpress: Program) -> None:
    register(civicpress.folder, *ROWS)
    ended = civicpress("sources", "import", "amministrazioni.txt")
    assert (ended.status, ended.err) == (0, "")
    written = civicpress.folder / "amministrazioni.toml"
    assert declared(written) == {
        "comune-prova": {
            "name": "Comune di Prova", "kind": "municipality", "home": "https://www.comune.prova.example.it/",
        },
        "comune-saggio": {
            "name": "Comune di Saggio", "kind": "municipality", "home": "http://comune.saggio.example.it/it/",
        },
    }  # fmt: skip
    listed = civicpress("sources", "--json", "--sources", "amministrazioni.toml").json
    assert len(listed) == len(civicpress("sources", "--json").json) + 2
    assert "civicpress crawl comune-prova --sources amministrazioni.toml" in ended.out


def test_the_summary_fits_a_terminal_and_names_what_is_wrong(civicpress: Program) -> None:
    long = ("c_x009", "Comune di " + "Castelnuovo " * 12, "X", "TO", "a b" * 80, TOWNS)
    register(civicpress.folder, *ROWS, long)
    lines = civicpress("sources", "import", "amministrazioni.txt").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:2] == ["7", "rows"] for line in lines)
    assert any(line.split()[:3] == ["2", "sources", "written"] for line in lines)
    assert "1 × an e-mail address, not a site" in lines
    assert any(line.startswith("line 5  Comune di Quarto") and "segreteria@example.it" in line for line in lines)
    assert "line 6: Comune di Quinto has the site of comune-prova" in lines


def test_what_the_catalogue_has_keeps_its_id_and_is_not_written_again(civicpress: Program) -> None:
    """By id, or by site: the town hall of Prova is in the user's own file under another name."""
    register(civicpress.folder, *ROWS)
    own = civicpress.folder / "own.toml"
    own.write_text('[prova-di-mano]\nhome = "http://comune.prova.example.it"\n')
    ended = civicpress("sources", "import", "amministrazioni.txt", "--json", "--sources", own)
    assert ended.json["known"] == {"comune-prova": "prova-di-mano", "comune-torino": "comune-torino"}
    assert list(declared(civicpress.folder / "amministrazioni.toml")) == ["comune-saggio"]


def test_the_counts_of_an_import_add_up_and_every_row_apart_has_its_reason(civicpress: Program) -> None:
    register(civicpress.folder, *ROWS)
    report = civicpress("sources", "import", "amministrazioni.txt", "--json", "--province", "to").json
    counts = report["counts"]
    assert counts == {
        "rows": 6, "sources": 1, "known": 1, "left_out": 1, "malformed": 1, "duplicates": 1, "others": 1,
        "shared_hosts": 0,
    }  # fmt: skip
    assert counts["rows"] == sum(number for name, number in counts.items() if name not in ("rows", "shared_hosts"))
    assert report["malformed"] == [
        {
            "row": 5, "name": "Comune di Quarto", "site": "segreteria@example.it",
            "reason": "an e-mail address, not a site",
        }
    ]  # fmt: skip
    assert [row["first"] for row in report["duplicates"]] == ["comune-prova"]
    assert report["into"] == "amministrazioni.toml"


def test_an_import_twice_writes_the_same_bytes_also_where_the_file_is_part_of_the_catalogue(
    civicpress: Program,
) -> None:
    register(civicpress.folder, *ROWS)
    into = civicpress.folder / "italia.toml"
    assert civicpress("sources", "import", "amministrazioni.txt", "--into", into).status == 0
    before = into.read_bytes()
    register(civicpress.folder, *reversed(ROWS))
    ended = civicpress(
        "sources", "import", "amministrazioni.txt", "--into", into, CIVICPRESS_SOURCES=str(into)
    )  # fmt: skip
    assert (ended.status, into.read_bytes()) == (0, before)
    register(civicpress.folder, *ROWS[:1])
    assert civicpress("sources", "import", "amministrazioni.txt", "--into", into).status == 0
    assert list(declared(into)) == ["comune-prova"]
    assert sorted(path.name for path in civicpress.folder.iterdir()) == ["amministrazioni.txt", "italia.toml"]


def test_a_file_that_no_import_wrote_or_that_was_changed_since_is_left_alone(civicpress: Program) -> None:
    register(civicpress.folder, *ROWS)
    into = civicpress.folder / "amministrazioni.toml"
    into.write_text("# mine\n")
    assert is_refused(civicpress("sources", "import", "amministrazioni.txt"), "amministrazioni.toml", "--force")
    assert into.read_text() == "# mine\n"
    assert civicpress("sources", "import", "amministrazioni.txt", "--force").status == 0
    changed = into.read_text() + 'listings = ["https://comune.saggio.example.it/novita"]\n'
    into.write_text(changed)
    assert is_refused(civicpress("sources", "import", "amministrazioni.txt"), "changed since")
    assert into.read_text() == changed
    assert is_refused(
        civicpress("sources", "import", "amministrazioni.txt", "--force", "--into", "amministrazioni.txt"), "register"
    )
    assert is_refused(civicpress("sources", "import", "amministrazioni.txt", "--into", "."), "a folder")


def test_sources_are_printed_where_that_is_asked_for(civicpress: Program) -> None:
    register(civicpress.folder, *ROWS)
    ended = civicpress("sources", "import", "amministrazioni.txt", "--into", "-", "--province", "CN")
    assert list(tomllib.loads(ended.out)) == ["comune-saggio"]
    assert "sources written" in ended.err
    assert [path.name for path in civicpress.folder.iterdir()] == ["amministrazioni.txt"]
    assert is_refused(civicpress("sources", "import", "amministrazioni.txt", "--into", "-", "--json"), "--json")


def test_where_nothing_is_left_nothing_is_written(civicpress: Program) -> None:
    register(civicpress.folder, ROWS[2])
    ended = civicpress("sources", "import", "amministrazioni.txt")
    assert ended.status == 0
    assert "Nothing to write" in ended.out
    assert [path.name for path in civicpress.folder.iterdir()] == ["amministrazioni.txt"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"PK\x03\x04\x14\x00", "a workbook"),
        (b"nome,cognome\nA,B\n", "no register that is known"),
        ("\t".join(COLUMNS).encode(), "no rows"),
        ("\t".join(COLUMNS).encode() + b"\nx\tForl\xec\n", "not UTF-8 (at line 2)"),
    ],
)
def test_a_file_that_is_no_register_is_refused_and_nothing_is_written(
    raw: bytes | None, words: str, civicpress: Program
) -> None:
    if raw is not None:
        (civicpress.folder / "register.txt").write_bytes(raw)
    assert is_refused(civicpress("sources", "import", "register.txt"), "register.txt", words)
    assert not (civicpress.folder / "register.toml").exists()


def test_a_folder_and_a_choice_that_cannot_be_made_are_refused(civicpress: Program) -> None:
    assert is_refused(civicpress("sources", "import", "."), "a folder")
    path = civicpress.folder / "enti.txt"
    path.write_text(
        "Codice_IPA\tDenominazione_ente\tCodice_Categoria\tSito_istituzionale\nc_x\tComune di X\tL6\twww.x.example.it\n"
    )
    assert is_refused(civicpress("sources", "import", path, "--province", "TO"), "--province", "enti.txt")
    ended = civicpress("sources", "import", path, "--kind", "town")
    assert ended.status == 2
    assert "'town' is not a kind" in ended.err
    assert not (civicpress.folder / "enti.toml").exists()


@pytest.mark.shared
def test_the_whole_country_is_imported_and_read_back(civicpress: Program) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    report = civicpress("sources", "import", SHARED / "comuni_italia.csv", "--json").json
    assert report["counts"]["rows"] == 7896
    assert len(report["malformed"]) == report["counts"]["malformed"] == 35
    listed = civicpress("sources", "--json", "--sources", "comuni_italia.toml").json
    assert len(listed) == len({source["id"] for source in listed}) > 7900
