"""The bodies that a public register lists, each with the name that its id is made of.

Known are Indice PA's `amministrazioni` and `enti`, and tables of municipalities or of outlets with their home pages.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spiders.catalogue import MAX_BYTES, CatalogueError

_MOST_BREAKS = 5  # in one cell of a table

Kind = Literal["municipality", "chamber", "other"]

_MUNICIPALITY = re.compile(
    r"(?i)(?:comune(?:\s+d(?P<of>i|e|el|ell|ella|elle|ei)\b)?|citt[aà]['’]?\s+di)\s*['’]?\s*(?P<place>.+)"
)
_ARTICLES = {"ell": "l'", "ella": "la ", "elle": "le ", "ei": "i "}
_CHAMBER = re.compile(
    r"(?i)(?:camera\s+di\s+commercio|cciaa|c\.c\.i\.a\.a\.)"
    r"(?:[\s,.-]+(?:industria|artigianato|agricoltura|i\.?a\.?a\.?|ed?)(?=[\s,.-]))*[\s,.-]*"
    r"(?:d(?:i|el|ella|elle|ei)\s+|dell['’]\s*)?(?P<place>.+)"
)
# A second official name after the Italian one, or an abbreviation in brackets.
_SECOND_NAME = re.compile(r"(?i)\s*[/(].*|\s+-\s+(?:\w*gemeinde|commune|ob[cč]ina)\b.*")
# Official names, and the ones that everybody uses.
_USUAL = {"reggio-nell-emilia": "reggio-emilia", "reggio-di-calabria": "reggio-calabria", "roma-capitale": "roma"}


@dataclass(frozen=True, slots=True)
class Body:
    """A row of a register: `stem` is the body's id, as long as no other body has the same name."""

    row: int
    name: str
    stem: str
    kind: Kind
    site: str
    province: str = ""
    code: str = ""


def read_bodies(path: Path) -> Iterator[tuple[int, Body | str | None]]:
    """The register's rows with their line numbers: a body, or None for a body of another sort, or what is wrong.

    Raises:
        CatalogueError: the file cannot be read, or its columns are those of no known register.
    """
    table = _table(path)
    columns = [column.lower() for column in next(table, (0, [""]))[1]]
    make = next((make for needed, make in _LAYOUTS if needed <= set(columns)), None)
    if not make:
        raise CatalogueError(
            f"{path}: no register that is known, by the names of its columns in the first line"
            " (Indice PA's amministrazioni or enti, or a table with codice_istat, nome and home_url)"
        )
    for row, cells in table:
        if len(cells) == len(columns):
            yield row, make(row, dict(zip(columns, cells, strict=True)))
        elif any(cells):
            yield row, f"{len(cells)} columns instead of {len(columns)}"


def slug(text: str) -> str:
    """The text in small letters without accents, its words joined by hyphens."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def body_named(name: str) -> Body | None:
    """The municipality or chamber that has this name; None where it is no such body's."""
    if _MUNICIPALITY.fullmatch(name):
        return _municipality(0, name, site="")
    return _chamber(0, name, site="") if _CHAMBER.fullmatch(name) else None


def _municipality(row: int, name: str, **facts: str) -> Body:
    match = _MUNICIPALITY.fullmatch(name)
    place = _ARTICLES.get((match["of"] or "").lower(), "") + match["place"] if match else name
    stem = slug(_SECOND_NAME.sub("", place))
    return Body(row, name, f"comune-{_USUAL.get(stem, stem)}", "municipality", **facts)


def _chamber(row: int, name: str, **facts: str) -> Body:
    if match := _CHAMBER.fullmatch(name):
        return Body(row, name, f"camera-{slug(_SECOND_NAME.sub('', match['place']))}", "chamber", **facts)
    return Body(row, name, slug(name), "other", **facts)


def _from_amministrazioni(row: int, cells: Mapping[str, str]) -> Body | None:
    facts = {"site": cells["sito_istituzionale"], "province": cells.get("provincia", ""), "code": cells["cod_amm"]}
    name, category = cells["des_amm"], cells["tipologia_istat"].lower()
    if category.startswith("comuni ") and (
        re.fullmatch(r"(?i)c_\w+", cells["cod_amm"]) or re.match(r"(?i)comune\b|roma capitale", name)
    ):
        return _municipality(row, name, **facts)
    return _chamber(row, name, **facts) if category.startswith("camere di commercio") else None


def _from_enti(row: int, cells: Mapping[str, str]) -> Body | None:
    facts = {"site": cells["sito_istituzionale"], "code": cells["codice_ipa"]}
    make = {"L6": _municipality, "L35": _chamber}.get(cells["codice_categoria"].upper())
    return make(row, cells["denominazione_ente"], **facts) if make else None


def _from_municipalities(row: int, cells: Mapping[str, str]) -> Body:
    name, site = cells["nome"], cells["home_url"] or cells.get("sito_ipa", "")
    name = f"Comune dell'{name[2:]}" if name.startswith("L'") else f"Comune di {name}"
    return _municipality(row, name, site=site, province=cells.get("provincia", ""), code=cells["codice_istat"])


def _from_outlets(row: int, cells: Mapping[str, str]) -> Body:
    name, kind, site = cells["name"], cells["kind"], cells["home_url"]
    if kind == "municipality" and (_MUNICIPALITY.fullmatch(name) or name.lower() == "roma capitale"):
        return _municipality(row, name, site=site)
    stem = re.sub("^cciaa-", "camera-", re.sub("^cm-", "citta-metropolitana-", slug(cells["slug"] or name)))
    known: dict[str, Kind] = {"municipality": "municipality", "chamber": "chamber"}
    return Body(row, name, stem, known.get(kind, "other"), site)


# Which columns make a register, and how a row of it is read.
_LAYOUTS: tuple[tuple[frozenset[str], Callable[[int, Mapping[str, str]], Body | None]], ...] = (
    (frozenset({"cod_amm", "des_amm", "tipologia_istat", "sito_istituzionale"}), _from_amministrazioni),
    (frozenset({"codice_ipa", "denominazione_ente", "codice_categoria", "sito_istituzionale"}), _from_enti),
    (frozenset({"codice_istat", "nome", "home_url"}), _from_municipalities),
    (frozenset({"slug", "name", "kind", "home_url"}), _from_outlets),
)


def _table(path: Path) -> Iterator[tuple[int, list[str]]]:
    """A table's rows with their line numbers, the headings too."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CatalogueError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise CatalogueError(f"{path}: a folder; a register is one file") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise CatalogueError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > MAX_BYTES:
        raise CatalogueError(f"{path}: larger than {MAX_BYTES >> 20} MB, which no register of bodies is")
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise CatalogueError(f"{path}: a workbook; save it as text with tabs or commas")
    if not raw.strip():
        raise CatalogueError(f"{path}: empty")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogueError(f"{path}: not UTF-8 (at line {line})") from error
    head = text.partition("\n")[0]
    tabs = "\t" in head
    delimiter = "\t" if tabs else ";" if head.count(";") > head.count(",") else ","
    # Indice PA's tabbed files do not quote: a quotation mark is part of a name.
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
    )
    try:
        for cells in reader:
            if max(cell.count("\n") for cell in cells or [""]) > _MOST_BREAKS:
                line = reader.line_num - max(cell.count("\n") for cell in cells)
                raise CatalogueError(f"{path}: a quotation mark is opened and not closed (near line {line})")
            yield reader.line_num, [" ".join(cell.split()) for cell in cells]
    except csv.Error as error:
        raise CatalogueError(f"{path}: not a table (at line {reader.line_num}: {error})") from error
