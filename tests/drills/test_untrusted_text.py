"""Texts of strangers, through everything that writes text: 25,000 of them, the same ones in every run."""

import csv
import io
import json
import os
import re
import tomllib
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.text import Text

from crawler.display import diff as display_diff
from crawler.display import results as display
from crawler.display.plain import masked, plain, plain_json
from crawler.display.results import PlainConsole
from crawler.ingest.counts import Counts
from crawler.ingest.report import SourceReport
from spiders.register import to_toml
from spiders.source import Source
from storage import reading
from storage.corpus import Corpus
from storage.database import reader
from storage.document import Document, FormatError, clean_line, encodable, is_clean, parse, render
from storage.errors import CorpusError
from storage.export import EXPORTERS, id_in_name
from storage.reading import COLUMNS
from tests.corpora import page
from tests.drills.conftest import Tell

NASTY = [
    *("\0", "\x07", "\x1b[2J", "\x1b]0;titolo\x07", "\x9b31m", "\r", "\r\n", "\n", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029"),
    *("\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\ud800", "\udfff", "\U000e0041", "\ufdd0", "\uffff", "e\u0301", "\u1100\u1161"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1+1", " date 2024-05 ", "date 2024-05", '"', "'", "''", ",", ";", "\\", "]]>", "</p>"),
    *("<script>alert(1)</script>", "&amp;", "&#0;", "[red]x[/red]", "[link=http://x]y[/link]", "OR", "NEAR(", "*", '"a', "a:b", "^", "-", "../..", "%00"),
]  # fmt: skip
ANY = st.text(st.characters(exclude_categories=()), max_size=10)
# Few choices a text: Hypothesis takes longer to make them than the program to clean them.
TEXT = st.one_of(ANY, st.tuples(ANY, st.sampled_from(NASTY), ANY).map("".join))
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\ud800-\udfff]")
TRIED: dict[str, int] = {}
Function = TypeVar("Function", bound=Callable[..., Any])


def examples(number: int) -> Callable[[Function], Function]:
    """The same examples in every run, and none of an earlier one."""

    def mark(test: Function) -> Function:
        TRIED[test.__name__] = number
        checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
        made: Function = settings(
            max_examples=number, derandomize=True, database=None, deadline=None, suppress_health_check=checks
        )(test)
        return made

    return mark


def test_the_examples_of_all_these_are_25_000(tell: Tell) -> None:
    assert sum(TRIED.values()) >= 25_000
    tell(f"untrusted text: {sum(TRIED.values())} examples over {len(TRIED)} writers of text")


@given(TEXT, TEXT, st.one_of(st.none(), st.dates().map(lambda day: f"{day:%Y-%m}".zfill(7))))
@examples(10000)
def test_a_document_of_any_text_is_read_as_it_was_written(title: str, body: str, month: str | None) -> None:
    try:
        document = Document.of(title, body, month)
    except FormatError:
        assert not clean_line(title)
        return
    text = render(document)
    assert parse(text) == document
    assert not OBEYED.search(text)
    assert text.encode().decode() == text == unicodedata.normalize("NFC", text)
    assert not re.search("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029\t\r]|  |\n\n\n|\n$", text)


@given(TEXT)
@examples(6000)
def test_a_clean_line_is_one_and_stays_so(text: str) -> None:
    line = clean_line(text)
    assert is_clean(line)
    assert clean_line(line) == line
    assert len(line.splitlines()) <= 1


def row(title: str, body: str) -> dict[str, Any] | None:
    """A row of the view `corpus`, as storage makes it of these."""
    try:
        document = Document.of(title, body, "2024-05")
    except FormatError:
        return None
    kept = dict.fromkeys(COLUMNS) | {"id": "0123456789abcdef", "text": render(document), "title": document.title}
    return kept | {"body": document.body, "url": "https://www.x.it/", "seq": 1}


def check_txt(folder: Path, rows: list[dict[str, Any]]) -> None:
    assert [id_in_name(path) for path in folder.iterdir()] == ["0123456789abcdef"] * len(rows)
    assert [path.read_bytes().decode() for path in sorted(folder.iterdir())] == [row["text"] for row in rows]


def check_jsonl(file: Path, rows: list[dict[str, Any]]) -> None:
    assert [json.loads(line) for line in file.read_bytes().decode().split("\n") if line] == rows


def check_csv(file: Path, rows: list[dict[str, Any]]) -> None:
    back = list(csv.DictReader(io.StringIO(file.read_bytes().decode(), newline="")))
    assert len(back) == len(rows)
    for is_, was in zip(back, rows, strict=True):
        for name in ("title", "body", "text"):
            assert is_[name] in (was[name], f"'{was[name]}")
            start = unicodedata.normalize("NFKC", is_[name].lstrip())[:1]
            assert start not in set("=+-@")


CHECKS = {"txt": check_txt, "jsonl": check_jsonl, "csv": check_csv}


@given(st.lists(st.tuples(TEXT, TEXT), max_size=4))
@examples(800)
def test_an_export_of_any_text_gives_it_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]
) -> None:
    folder = FOLDER.setdefault("it", tmp_path_factory.mktemp("exports"))
    rows = [made for title, body in texts if (made := row(title, body))]
    for name, export in EXPORTERS.items():
        if name in CHECKS:
            export(rows, folder / name)
            CHECKS[name](folder / name, rows)  # type: ignore[operator]


FOLDER: dict[str, Path] = {}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.db"
    with Corpus(path) as made:
        made.put_source("prova", "Prova", "other", "https://www.x.it/", None, None)
        run = made.start_run(datetime(2026, 1, 1, tzinfo=UTC).isoformat())
        made.save(
            [page("/uno", source="prova", text="Il mercato di piazza torna domani mattina.")],
            run,
            datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        )
    return path


@given(TEXT)
@examples(1500)
def test_any_text_is_a_query_or_gets_one_sentence(corpus: Path, query: str) -> None:
    with reader(corpus) as db:
        said = ""
        try:
            reading.search(db, query, 5)
        except CorpusError as error:
            said = str(error)
        assert len(said.splitlines()) <= 1


@given(TEXT, TEXT, TEXT)
@examples(1500)
def test_a_source_of_any_text_is_read_from_its_toml_as_it_was_written(name: str, licence: str, pattern: str) -> None:
    try:
        source = Source(id="prova", home="https://www.x.it/", name=name, licence=licence, exclude=(re.escape(pattern),))
    except ValidationError:
        return
    back = tomllib.loads(to_toml([source]))
    assert set(back) == {"prova"}
    assert Source.model_validate({"id": "prova", **back["prova"]}) == source


def on_a_terminal(show: Callable[[], None], width: int = 70) -> str:
    """What a terminal gets, without what rich itself says to it: colours, and lines that are links."""
    out = io.StringIO()
    before = display.console, display_diff.console
    display.console = display_diff.console = PlainConsole(
        file=out, force_terminal=True, width=width, highlight=False, legacy_windows=False
    )
    try:
        show()
    finally:
        display.console, display_diff.console = before
    return re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())


def found(text: str) -> dict[str, Any]:
    """A row as commands show it, all of whose texts are a stranger's."""
    kept = dict.fromkeys((*COLUMNS, "snippet", "relation"), text)
    return kept | {"revision": 2, "similarity": 0.9, "date_confidence": 0.9, "seen": text, "reason": text}


@given(TEXT)
@examples(1200)
def test_a_terminal_obeys_no_text(text: str) -> None:
    kept, other = found(text), found(text[::-1])
    shown = on_a_terminal(lambda: display.found([kept], text))
    shown += on_a_terminal(lambda: display.document(kept, [other]))
    shown += on_a_terminal(lambda: display_diff.difference(kept, other, kept))
    shown += on_a_terminal(lambda: display.console.print(Text(text)))
    assert not OBEYED.search(shown), ascii(shown)
    shown.encode()


JSON = st.recursive(
    TEXT, lambda inner: st.dictionaries(TEXT, inner, max_size=2) | st.lists(inner, max_size=2), max_leaves=4
)


@given(JSON)
@examples(2500)
def test_json_on_a_terminal_is_the_same_value_and_obeyed_by_none(value: Any) -> None:
    written = plain_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert whole(json.loads(written)) == whole(value)
    assert not OBEYED.search(written)
    written.encode()


def whole(value: Any) -> Any:
    """The value with pairs of half characters put together, which JSON does not tell from whole ones."""
    return json.loads(json.dumps(value))


@given(TEXT, TEXT)
@examples(1500)
def test_a_report_has_one_line_of_any_error_and_no_password(before: str, after: str) -> None:
    address = "http://utente:s3greto@www.x.it/feed?token=s3greto2&page=1"
    error = SourceReport("prova", "failed", Counts(), 1.0, f"{before} {address} {after}").error or ""
    assert "s3greto" not in error
    assert "page=1" in error
    assert not OBEYED.search(error)
    assert plain(masked(error)) == error


def test_a_file_s_name_that_is_no_text_is_said_and_breaks_nothing(civicpress: Any) -> None:
    ended = civicpress("extract", os.fsdecode(b"non\xff-c'\x1b[31me.html"))
    assert ended.status in (1, 2)
    assert "Traceback" not in ended.err
    assert not OBEYED.search(ended.err + ended.out)
    assert encodable(ended.err) == ended.err
