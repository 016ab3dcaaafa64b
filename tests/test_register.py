"""Public registers: which bodies, with which ids and sites, and what is set apart with a reason."""

import csv
import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from spiders.bodies import slug
from spiders.catalogue import CatalogueError, load, load_file
from spiders.register import Duplicate, Malformed, normalise, read_register, site_of, to_toml
from spiders.source import Source

SHARED = Path(os.environ.get("CIVICPRESS_SHARED") or Path(__file__).parents[2] / "shared") / "domain"
AMMINISTRAZIONI = ("cod_amm", "des_amm", "Comune", "Provincia", "sito_istituzionale", "tipologia_istat", "Cf")
COMUNI = "Comuni e loro Consorzi e Associazioni"
CAMERE = "Camere di Commercio, Industria, Artigianato e Agricoltura e loro Unioni Regionali"
TORINO = "Camera di Commercio, Industria, Artigianato e Agricoltura di Torino"
ENTI = ("Codice_IPA", "Denominazione_ente", "Codice_Categoria", "Codice_comune_ISTAT", "Sito_istituzionale")
ITALIA = ("codice_istat", "nome", "provincia", "regione", "codice_ipa", "sito_ipa", "home_url")
Table = Callable[..., Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    def table(columns: tuple[str, ...], *rows: tuple[str, ...], separator: str = "\t") -> Path:
        path = tmp_path / "register.txt"
        lines = [separator.join(cells) for cells in (columns, *rows)]
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode() + b"\r\n")
        return path

    return table


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    return SHARED


def facts(sources: tuple[Source, ...]) -> list[tuple[str, str, str, str]]:
    return [(source.id, source.kind, source.name, source.home) for source in sources]


def test_indice_pas_old_file_gives_municipalities_and_chambers(table: Table) -> None:
    register = read_register(
        table(
            AMMINISTRAZIONI,
            ("c_l219", "Comune di Torino", "Torino", "TO", "www.comune.torino.it", COMUNI, "1"),
            ("cciaa_to", TORINO, "Torino", "TO", "www.to.camcom.it", CAMERE, "2"),
            ("ucp", "Unioncamere Piemonte", "Torino", "TO", "https://pie.camcom.it", CAMERE, "3"),
            ("054", "ASL Umbria 1", "Perugia", "PG", "www.uslumbria1.gov.it", "Aziende Sanitarie Locali", "4"),
            ("cons", 'Consorzio "Due Rive"', "Asti", "AT", "www.duerive.it", COMUNI, "5"),
        )
    )
    assert facts(register.sources) == [
        (
            "camera-torino",
            "chamber",
            TORINO,
            "https://www.to.camcom.it/",
        ),
        ("comune-torino", "municipality", "Comune di Torino", "https://www.comune.torino.it/"),
        ("unioncamere-piemonte", "other", "Unioncamere Piemonte", "https://pie.camcom.it/"),
    ]
    assert register.counts == {
        "rows": 5,
        "sources": 3,
        "malformed": 0,
        "duplicates": 0,
        "others": 2,
        "shared_hosts": 0,
    }


def test_indice_pas_present_file_is_read_by_categories(table: Table) -> None:
    register = read_register(
        table(
            ENTI,
            ("c_f952", "Comune di Novara", "L6", "003106", "www.comune.novara.it"),
            ("cciaa_cn", "Camera di commercio di Cuneo", "L35", "004078", "www.cn.camcom.it"),
            ("p_no", "Provincia di Novara", "L5", "003106", "www.provincia.novara.it"),
        )
    )
    assert [source.id for source in register.sources] == ["camera-cuneo", "comune-novara"]
    assert register.others == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Comune dell'Aquila", "comune-l-aquila"),
        ("Comune di L'Aquila", "comune-l-aquila"),
        ("Comune della Spezia", "comune-la-spezia"),
        ("Comune di La Spezia", "comune-la-spezia"),
        ("COMUNE DI AGLIE'", "comune-aglie"),
        ("Comune di Agliè", "comune-aglie"),
        ("Comune di Sant’Antonino di Susa", "comune-sant-antonino-di-susa"),
        ("Comune di Città di Castello", "comune-citta-di-castello"),
        ("Citta' di Torino", "comune-torino"),
        ("Roma Capitale", "comune-roma"),
        ("Comune di Reggio nell'Emilia", "comune-reggio-emilia"),
        ("Comune di Reggio di Calabria", "comune-reggio-calabria"),
        ("Comune di Bolzano - Stadtgemeinde Bozen", "comune-bolzano"),
        ("Comune di Bolzano/Bozen", "comune-bolzano"),
        ("Comune di Presicce - Acquarica", "comune-presicce-acquarica"),
        ("Comune di Dego", "comune-dego"),
        ("Comune di Hône", "comune-hone"),
    ],
)
def test_one_municipality_has_one_id_however_it_is_written(table: Table, name: str, expected: str) -> None:
    register = read_register(table(ENTI, ("c_x", name, "L6", "", "www.x.it")))
    assert [source.id for source in register.sources] == [expected]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Camera di Commercio Industria Artigianato e Agricoltura di Bari", "camera-bari"),
        ("CAMERA DI COMMERCIO, INDUSTRIA, ARTIGIANATO ED AGRICOLTURA DI BARI", "camera-bari"),
        ("Camera di Commercio I.A.A. dell'Emilia", "camera-emilia"),
        ("Camera di Commercio dell'Umbria", "camera-umbria"),
        ("Camera di commercio della Romagna (FC-RN)", "camera-romagna"),
        ("C.C.I.A.A. di Bari", "camera-bari"),
    ],
)
def test_a_chambers_id_is_its_place(table: Table, name: str, expected: str) -> None:
    register = read_register(table(ENTI, ("x", name, "L35", "", "www.x.it")))
    assert [(source.id, source.kind) for source in register.sources] == [(expected, "chamber")]


def test_namesakes_are_told_apart_by_province_or_code_whatever_the_order(table: Table) -> None:
    rows = [
        ("013130", "Livo", "CO", "", "", "", "https://www.livo.co.it"),
        ("022106", "Livo", "TN", "", "", "", "https://www.livo.tn.it"),
        ("001001", "Agliè", "TO", "", "", "", "https://www.aglie.it"),
    ]
    for order in (rows, rows[::-1]):
        register = read_register(table(ITALIA, *order, separator=","))
        assert [source.id for source in register.sources] == ["comune-aglie", "comune-livo-co", "comune-livo-tn"]
    enti = [("c_e638", "Comune di Livo", "L6", "", "www.a.it"), ("c_e639", "Comune di Livo", "L6", "", "www.b.it")]
    register = read_register(table(ENTI, *enti))
    assert [source.id for source in register.sources] == ["comune-livo-c-e638", "comune-livo-c-e639"]


def test_a_namesake_without_a_site_keeps_the_others_id_as_it_will_be(table: Table) -> None:
    rows = [("1", "Livo", "CO", "", "", "", "https://a.it"), ("2", "Livo", "TN", "", "", "", "")]
    register = read_register(table(ITALIA, *rows, separator=","))
    assert [source.id for source in register.sources] == ["comune-livo-co"]
    assert register.malformed == (Malformed(3, "Comune di Livo", "", "no site"),)


def test_a_site_that_another_body_has_is_a_duplicate_and_shared_hosts_are_told(table: Table) -> None:
    rows = [
        ("1", "Masate", "MI", "", "", "", "http://unione.mi.it/"),
        ("2", "Basiano", "MI", "", "", "", "https://www.unione.mi.it"),
        ("3", "Aquino", "FR", "", "", "", "https://www.halleyweb.com/c03/"),
        ("4", "Valva", "SA", "", "", "", "https://halleyweb.com/c04/"),
    ]
    expected = (Duplicate(2, "Comune di Masate", "http://unione.mi.it/", "comune-basiano"),)
    register = read_register(table(ITALIA, *rows, separator=","))
    assert register.duplicates == expected
    assert register.shared_hosts == {"halleyweb.com": ("comune-aquino", "comune-valva")}
    assert [source.id for source in register.sources] == ["comune-aquino", "comune-basiano", "comune-valva"]


def test_a_body_listed_twice_is_a_duplicate(table: Table) -> None:
    row = ("c_l219", "Comune di Torino", "L6", "", "www.comune.torino.it")
    register = read_register(table(ENTI, row, row))
    assert register.counts["duplicates"] == 1
    assert len(register.sources) == 1


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("www.comune.x.it", "https://www.comune.x.it/"),
        ("  HTTP://WWW.Comune.X.it/Sito/  ", "http://www.comune.x.it/Sito/"),
        ("www.comune.x.it.", "https://www.comune.x.it/"),
        ("https://comune.x.it:443/it#top", "https://comune.x.it/it"),
        ("comune.x.it:8080/hh/index.php?jvs=0&acc=1", "https://comune.x.it:8080/hh/index.php?jvs=0&acc=1"),
        ("\u200bwww.comune.x.it\u00a0", "https://www.comune.x.it/"),
        ("www.città.it", "https://www.xn--citt-3na.it/"),
    ],
)
def test_a_site_is_brought_into_one_form(site: str, expected: str) -> None:
    assert normalise(site) == expected
    assert normalise(expected) == expected


@pytest.mark.parametrize(
    ("site", "reason"),
    [
        ("", "no site"),
        ("null", "no site"),
        ("segreteria@comune.x.it", "an e-mail address, not a site"),
        ("http//:www.comune.x.it", "the address does not start with http:// or https://"),
        ("htt://www.comune.x.it", "the address does not start with http:// or https://"),
        ("www://comune.x.it", "the address does not start with http:// or https://"),
        ("htt:/www.comune.x.it", "the address does not start with http:// or https://"),
        ("www.a.it www.b.it", "blanks inside of the address"),
        ("www,comune,it", "no valid host name"),
        ("https://https://www.comune.x.it", "no valid host name"),
        ("in allestimento", "blanks inside of the address"),
        ("allestimento", "no valid host name"),
        ("http://192.168.1.1/", "no valid host name"),
        ("http://a.it:99999/", "no valid host name"),
        ("http://" + "a" * 64 + ".it", "no valid host name"),
        ('http://a.it/"x"', "not an http or https address"),
    ],
)
def test_what_can_be_no_site_is_set_apart_with_the_reason(table: Table, site: str, reason: str) -> None:
    register = read_register(table(ENTI, ("c_x", "Comune di X", "L6", "", site)))
    assert register.sources == ()
    assert register.malformed == (Malformed(2, "Comune di X", site.strip(), reason),)


def test_a_row_without_a_name_is_set_apart(table: Table) -> None:
    for category in ("L6", "L35"):
        register = read_register(table(ENTI, ("c_x", "?", category, "", "www.x.it")))
        assert register.malformed == (Malformed(2, "?", "www.x.it", "no name"),)


def test_a_row_with_columns_missing_is_set_apart(table: Table) -> None:
    register = read_register(table(ENTI, ("c_x", "Comune di X"), ("c_y", "Comune di Y", "L6", "", "www.y.it")))
    assert register.malformed == (Malformed(2, "", "", "2 columns instead of 5"),)
    assert len(register.sources) == 1


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"a,b,c\n1,2,3\n", "no register that is known, by the names of its columns in the first line"),
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"codice_istat,nome,home_url\n1,Forl\xec,x\n", "not UTF-8 (at line 2)"),
        (b"PK\x03\x04\xff\xff", "a workbook; save it as text with tabs or commas"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook; save it as text with tabs or commas"),
        (b'codice_istat,nome,home_url\n"' + b"x" * 200_000, "not a table (at line 2: "),
    ],
)
def test_a_file_that_is_no_register_is_named(tmp_path: Path, raw: bytes, expected: str) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(raw)
    with pytest.raises(CatalogueError) as caught:
        read_register(path)
    assert str(caught.value).startswith(f"{path}: {expected}")


def test_a_missing_register_is_named(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "none.txt", "no such file"),
        (tmp_path, "a folder"),
        (Path("a\0b"), "cannot be read"),
    ):
        with pytest.raises(CatalogueError, match=f": {why}"):
            read_register(path)


def test_sources_written_as_toml_are_read_back_equal(tmp_path: Path) -> None:
    sources = (
        Source(id="a", home="https://a.it/", name='Comune di "Ö" \\ \x7f\t'),
        Source(
            id="b",
            home="https://b.it/",
            kind="chamber",
            listings=("https://b.it/x", "https://b.it/y"),
            every="6h",  # type: ignore[arg-type]
            delay=2.5,
            language="it",
            include=(r"/\d+$",),
        ),
        Source(id="c", home="https://c.it/", every="90m"),  # type: ignore[arg-type]
    )
    path = tmp_path / "sources.toml"
    path.write_text(to_toml(sources), encoding="utf-8")
    assert tuple(load_file(path).values()) == sources
    assert sources[2].every == timedelta(minutes=90)


def test_a_slug_has_neither_accents_nor_doubled_hyphens() -> None:
    assert slug("  Forlì–Cesena, l’Ö ") == "forli-cesena-l-o"


@pytest.mark.shared
def test_the_whole_country_is_read_and_every_row_accounted_for(shared: Path, tmp_path: Path) -> None:
    register = read_register(shared / "comuni_italia.csv")
    assert register.counts["rows"] == 7896
    assert register.counts["sources"] > 7850
    assert register.counts["duplicates"] == 2
    assert {problem.reason for problem in register.malformed} <= {
        "no site",
        "an e-mail address, not a site",
        "the address does not start with http:// or https://",
    }
    with (shared / "comuni_italia.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    random.Random(5).shuffle(rows)
    shuffled = tmp_path / "shuffled.csv"
    with shuffled.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    assert read_register(shuffled).sources == register.sources


@pytest.mark.shared
def test_the_packaged_catalogue_has_the_ids_that_the_registers_give(shared: Path) -> None:
    packaged = load()
    for name in ("chambers.csv", "comuni_major.csv"):
        for source in read_register(shared / name).sources:
            assert packaged[source.id].home == source.home, source.id
            assert packaged[source.id].kind == source.kind


def bodies(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "rows"), [("chambers.csv", 72), ("comuni_major.csv", 110), ("torino.csv", 16)])
def test_the_packaged_catalogue_has_every_outlet_that_the_project_promises_and_each_once(
    name: str, rows: int, shared: Path
) -> None:
    packaged = load()
    listed = bodies(shared / name)
    assert len(listed) == rows
    by_site: dict[str, list[str]] = {}
    for source in packaged.values():
        by_site.setdefault(site_of(source.home), []).append(source.id)
    # The former site of the metropolitan city has the host of the present one, and its releases only.
    assert [ids for ids in by_site.values() if len(ids) > 1] == [
        ["citta-metropolitana-torino", "citta-metropolitana-torino-archivio"]
    ]
    missing = {row["home_url"] for row in listed if site_of(row["home_url"]) not in by_site}
    assert not missing, f"of {name}"


@pytest.mark.shared
def test_the_packaged_catalogue_counts_the_chambers_and_their_unions(shared: Path) -> None:
    """62 chambers and 10 unions, by their homes: both kinds are in one table of the register's."""
    kinds = {site_of(source.home): source for source in load().values()}
    found = [kinds[site_of(row["home_url"])] for row in bodies(shared / "chambers.csv")]
    assert sum(source.kind == "chamber" for source in found) == 62
    assert sum(source.id.startswith("unioncamere") for source in found) == 10
    assert len({source.id for source in found}) == 72


@pytest.mark.shared
def test_the_lists_of_torinos_outlets_are_written_down(shared: Path) -> None:
    lists = {url for source in load().values() for url in source.listings}
    # The month's page of a periodical is no list; the periodical has not been seen alive since.
    named = {row["news_url"] for row in bodies(shared / "torino.csv") if row["slug"] != "torino-cittagora"} - {""}
    assert len(named) == 10
    assert named <= lists
