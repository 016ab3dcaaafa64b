"""The document format: whatever a site serves becomes a text that can be read back, without loss and without tricks."""

import os
import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storage.document import Document, FormatError, clean_line, encodable, parse, render

SHARED = Path(os.environ.get("CIVICPRESS_SHARED") or Path(__file__).parents[2] / "shared") / "seed"
OURS = (
    " date 2026-03 Città di Torino: «Più verde», l’assessore – e i 10 €\n"
    "\n"
    "Da lunedì 9 marzo riapre la piscina “Lido”.\n"
    "\n"
    "- orario: 7.30-21\n"
    "\n"
    "Perché? È gratis…"
)
LINE_BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
# Joiners, marks of direction, and what an editor or a word processor leaves behind.
ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffb\U000e0041"
)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SPACES = "\t \u00a0\u1680\u2000\u2001\u2009\u200a\u202f\u205f\u3000"
# Letters in pieces, letters that NFC replaces by others, marks that belong to nothing.
PIECES = "e\u0301i\u0327\u0300\u1100\u1161\u11a8\u212b\u2126\u1e9b\u0323\u0344\u0958\ufb1d\ud83d\ude00\ud800\udfff"
TRICKY = "".join(LINE_BREAKS) + ZERO_WIDTH + BIDI + SPACES + PIECES + "\x00\x07\x1b\x7f\x80\x9f date2025-05"

texts = st.text(st.one_of(st.characters(), st.sampled_from(TRICKY)))
months = st.none() | st.from_regex(r"[0-9]{4}-(0[1-9]|1[0-2])", fullmatch=True)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    title = draw(texts.filter(clean_line))
    return Document.of(title, draw(st.lists(texts, max_size=5)), draw(months))


def assert_in_the_format(text: str) -> None:
    assert unicodedata.is_normalized("NFC", text)
    assert not text.endswith("\n")
    first, *rest = text.split("\n")
    assert first
    for line in rest:
        assert line == line.strip()
        assert "  " not in line
    for above, below in pairwise(rest):
        assert bool(above) != bool(below)  # paragraphs one line each, one empty line between two
    for character in text.replace("\n", ""):
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cs", "Zl", "Zp")
        assert category != "Zs" or character == " "
    assert not set(text) & set(ZERO_WIDTH + BIDI)
    text.encode()


@given(documents())
@settings(max_examples=300, deadline=None)
def test_every_document_can_be_read_back(document: Document) -> None:
    assert parse(render(document)) == document
    assert parse(render(document).encode().decode()) == document


@given(documents())
@settings(max_examples=300, deadline=None)
def test_every_document_is_in_the_format(document: Document) -> None:
    assert_in_the_format(render(document))
    assert not document.title.startswith(" ")
    assert render(document).startswith(" date ") == (document.month is not None)


@given(texts)
@example("e\u200b\u0301")  # what stood between a letter and its accent is gone: they become one letter
@example("a\u0327\u034f\u0301")
@example("\u200b \u200b a")
@example("a \u00ad b")
@example("\ud83d\u200b\ude00")
@example("\udb40\udc41x")  # a tag, invisible, in two halves
@example("\u1100\u115f\u1161")
@settings(max_examples=300, deadline=None)
def test_a_clean_line_stays_as_it_is(text: str) -> None:
    once = clean_line(text)
    assert clean_line(once) == once
    if once:
        assert_in_the_format(once)


@given(texts)
@example("Titolo\n\nTesto\n")
@example("Titolo\n\nTesto\n\n\n\nTesto")
@example(" date 2025-05  Titolo")
@settings(max_examples=300, deadline=None)
def test_a_text_is_read_exactly_or_not_at_all(text: str) -> None:
    try:
        document = parse(text)
    except FormatError:
        return
    assert render(document) == text


def test_a_document_of_our_own_is_read_and_written_byte_for_byte() -> None:
    document = parse(OURS)
    assert (document.month, document.title) == ("2026-03", "Città di Torino: «Più verde», l’assessore – e i 10 €")
    assert document.paragraphs[1] == "- orario: 7.30-21"
    assert len(document.paragraphs) == 3
    assert render(document).encode() == OURS.encode()


@pytest.mark.shared
def test_the_reference_document_is_read_and_written_byte_for_byte() -> None:
    path = SHARED / "000_563574ee34ad843b.txt"
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    content = path.read_bytes()
    document = parse(content.decode())
    assert document.month == "2025-05"
    assert document.title == "Delegazione uzbeka a Torino per collaborazioni economiche"
    assert render(document).encode() == content


def test_what_editors_chose_stays_as_published() -> None:
    line = "«Così» “è” ‘se’ l’Europa – anzi — vi pare… 1 °C, 5 €, ½, naïve, Škofja Loka, Straße, 中文, العربية, ☎\ufe0f"
    assert clean_line(line) == line


@pytest.mark.parametrize("character", [*ZERO_WIDTH, *BIDI])
def test_an_invisible_character_is_dropped_and_parts_no_word(character: str) -> None:
    assert clean_line(f"muni{character}cipio") == "municipio"


@pytest.mark.parametrize("character", [*SPACES, *LINE_BREAKS, "\x00", "\x1b", "\x7f", "\x9f"])
def test_every_space_and_control_becomes_one_space_in_a_line(character: str) -> None:
    assert clean_line(f"{character}Palazzo {character} Civico{character}") == "Palazzo Civico"


@pytest.mark.parametrize("line_break", LINE_BREAKS)
def test_every_kind_of_line_break_ends_a_paragraph_and_never_a_title(line_break: str) -> None:
    document = Document.of(f"Un{line_break}titolo", f"Uno.{line_break}Due.{line_break}{line_break}Tre.")
    assert document.title == "Un titolo"
    assert document.paragraphs == ["Uno.", "Due.", "Tre."]


def test_accents_in_pieces_become_letters() -> None:
    assert clean_line("citta\u0300, perche\u0301, \u212bngstro\u0308m") == "città, perché, Ångström"


def test_halves_of_a_character_find_each_other_and_one_alone_is_marked() -> None:
    assert clean_line("festa \ud83c\udf89!") == "festa 🎉!"
    assert clean_line("rotto \ud83c") == "rotto \ufffd"
    assert encodable("a\udf89\ud83c") == "a\ufffd\ufffd"


@pytest.mark.parametrize("month", [None, "2024-12"])
def test_a_title_that_looks_like_a_first_line_with_a_month_is_not_taken_for_one(month: str | None) -> None:
    document = Document.of(" date 2025-05 Bilancio", "Testo.", month)
    assert document.title == "date 2025-05 Bilancio"
    again = parse(render(document))
    assert (again.month, again.title) == (month, "date 2025-05 Bilancio")


@pytest.mark.parametrize("title", ["", " ", "\u200b", "\u2028\t", "\ufeff\u202e"])
def test_a_document_without_a_title_is_none(title: str) -> None:
    with pytest.raises(FormatError, match="title is empty"):
        Document.of(title, "Testo.")


@pytest.mark.parametrize("month", ["2025", "2025-5", "2025-13", "2025-00", "2025-05-01", "٢٠٢٥-٠٥", "2025-05\n", ""])
def test_a_month_is_four_digits_a_hyphen_and_a_month(month: str) -> None:
    with pytest.raises(FormatError, match="is not YYYY-MM"):
        Document.of("Titolo", "Testo.", month)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (" Titolo", ""),
        ("Titolo\n", ""),
        ("Titolo", "a\nb"),
        ("Titolo", "a\n\n"),
        ("Titolo", "a  b"),
        ("Cittа\u0300\u200b", ""),
    ],
)
def test_what_the_format_cannot_carry_cannot_be_made(title: str, body: str) -> None:
    with pytest.raises(FormatError):
        Document(title, body)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the title is empty"),
        ("\n\nTesto.", "the title is empty"),
        (" Titolo", "the first line"),
        (" date 2025-5 Titolo", "the first line"),
        (" date 2025-05 ", "the first line"),
        (" date 2025-05", "the first line"),
        (" date ٢٠٢٥-05 Titolo", "the first line"),
        ("Titolo ", "line 1 is not clean"),
        ("\ufeffTitolo", "line 1 is not clean"),
        ("Titolo\nTesto.", "line 2 is not empty"),
        ("Titolo\n\nTesto. ", "line 3 is not clean"),
        ("Titolo\n\nUno\tdue.", "line 3 is not clean"),
        ("Titolo\r\n\r\nTesto.", "line 1 is not clean"),
        ("Titolo\n\nperche\u0301", "line 3 is not clean"),
        ("Titolo\n\nUno.\nDue.", "line 4 is not empty"),
        ("Titolo\n\nUno.\n\n\nDue.", "line 5 is one empty line too many"),
        ("Titolo\n\n\nUno.", "line 3 is one empty line too many"),
        ("Titolo\n", "line 2 should not be there"),
        ("Titolo\n\nTesto.\n", "line 4 should not be there"),
    ],
)  # fmt: skip
def test_a_text_that_is_not_in_the_format_is_refused_with_the_line(text: str, complaint: str) -> None:
    with pytest.raises(FormatError, match=re.escape(complaint)):
        parse(text)
