"""Releases that are PDF files: what is read of one, and of one whose text is only a picture."""

import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from crawler.extraction.values import Article, Rejected
from crawler.extraction.workers import Workers
from spiders.values import Link
from tests.pages import FIRST, SECOND, outcome, release
from tests.pdfs import HEIGHT, MARGIN, WIDTH, Sheet, pdf
from tests.program import Program
from tests.test_workers import read

URL = "https://www.comune.prova.it/allegati/comunicato-17.pdf"
TITLE = "Riapre il ponte di via Roma dopo sei mesi di lavori"
THIRD = (
    "«Ringraziamo i residenti per la pazienza», dice il sindaco: il cantiere è costato 480.000 euro, per metà coperti "
    "dalla Regione, e ha dato lavoro a undici imprese della zona."
)
LINKED = Link(URL, TITLE, "2024-03-05")
UNNAMED = Link(URL, "Scarica il comunicato (PDF, 120 KB)")


def letter(*paragraphs: str, day: str = "Prova, 5 marzo 2024") -> Sheet:
    """A press office's letter: letterhead, place and day, headline, text."""
    sheet = Sheet()
    sheet.centred("COMUNE DI PROVA", size=20, bold=True)
    sheet.centred("Ufficio stampa")
    sheet.centred("Piazza Garibaldi 1 - tel. 0123 456789 - stampa@comune.prova.it", size=9)
    sheet.y -= 20
    if day:
        sheet.line(day, WIDTH - MARGIN - 6.6 * len(day))
    sheet.y -= 10
    sheet.centred("COMUNICATO STAMPA", bold=True)
    sheet.y -= 10
    sheet.centred(TITLE[:27], size=15, bold=True)
    sheet.centred(TITLE[28:], size=15, bold=True)
    sheet.y -= 15
    for text in paragraphs or (FIRST, SECOND, THIRD):
        sheet.paragraph(text)
    return sheet


def article(body: bytes, link: Link = UNNAMED, kind: str = "application/pdf") -> Article:
    found = outcome(body, URL, link, kind=kind)
    assert isinstance(found, Article), found
    return found


def rejected(body: bytes, link: Link = LINKED) -> tuple[str, str]:
    found = outcome(body, URL, link, kind="application/pdf")
    assert isinstance(found, Rejected), found
    return found.reason, found.detail


def test_a_letter_becomes_a_document_without_its_letterhead() -> None:
    found = article(pdf(letter()))
    assert (found.title, found.paragraphs) == (TITLE, (FIRST, SECOND, THIRD))
    assert (found.date, found.date_origin, found.language) == ("2024-03-05", "dateline", "it")


def test_a_file_is_a_pdf_by_how_it_begins_whatever_the_server_calls_it() -> None:
    for kind in ("application/octet-stream", "application/x-pdf", "text/html", ""):
        assert article(b"\r\n" + pdf(letter()), kind=kind).title == TITLE


@pytest.mark.parametrize(
    ("label", "title"),
    [
        ("Il ponte riapre", "Il ponte riapre"),
        ("Il ponte riapre (pdf - 89,5 KB)", "Il ponte riapre"),
        ("Riapre il ponte di via Roma…", TITLE),
        ("Riapre il ponte di via Roma dopo 6 mesi di lavori", "Riapre il ponte di via Roma dopo 6 mesi di lavori"),
        ("Comunicato stampa n. 17 del 5 marzo 2024", TITLE),
        ("comunicato_ponte_def.pdf", TITLE),
        ("Scarica il testo integrale", TITLE),
    ],
)
def test_the_list_names_the_release_where_its_label_is_a_name(label: str, title: str) -> None:
    found = article(pdf(letter()), Link(URL, label))
    assert found.title == title
    # A headline of the text's own that says something else is kept as its first line.
    assert (found.paragraphs[0] == TITLE) == (title == "Il ponte riapre")


def test_the_file_s_declared_title_stands_in_where_the_text_has_no_headline() -> None:
    sheet = Sheet()
    sheet.paragraph(FIRST)
    sheet.paragraph(SECOND)
    assert article(pdf(sheet, title=TITLE)).title == TITLE
    for name in ("Microsoft Word - com_ponte_17.doc", "comunicato stampa", "ponte.indd", ""):
        assert rejected(pdf(sheet, title=name), UNNAMED) == ("no-title", "no title was found")


def test_the_day_of_the_list_goes_before_that_of_the_text() -> None:
    found = article(pdf(letter(day="Prova, 4 marzo 2024")), LINKED)
    assert (found.date, found.date_origin) == ("2024-03-05", "listing")


def test_the_day_on_which_the_file_was_made_is_shown_and_never_decides() -> None:
    found = article(pdf(letter(day=""), created="D:20240306101500+01'00'"))
    assert found.date is None
    assert [(each.day, each.place) for each in found.witnesses] == [("2024-03-06", "CreationDate")]
    agreed = article(pdf(letter(), created="D:20240306101500+01'00'"))
    assert (agreed.date, agreed.date_origin) == ("2024-03-05", "dateline")


def test_a_day_at_the_end_of_the_letter_counts_and_is_no_text() -> None:
    sheet = letter(day="")
    sheet.line("Prova, 5 marzo 2024")
    found = article(pdf(sheet))
    assert (found.date, found.paragraphs[-1]) == ("2024-03-05", THIRD)


@pytest.mark.parametrize("line", ["Comunicato stampa n. 34/2024 - 5 marzo 2024", "Comunicato stampa del 5 marzo 2024"])
def test_the_letterhead_s_number_and_day_are_a_witness_and_no_text(line: str) -> None:
    sheet = Sheet()
    for text in ("C O M U N I C A T O S T A M P A", line):
        sheet.line(text)
    sheet.y -= 20
    sheet.line("OGGETTO: " + TITLE)
    sheet.y -= 20
    for text in (FIRST, SECOND):
        sheet.paragraph(text)
    found = article(pdf(sheet))
    assert (found.title, found.date, found.paragraphs) == (TITLE, "2024-03-05", (FIRST, SECOND))


@pytest.mark.parametrize(
    "title",
    [
        "Comune di Prova assume dieci vigili",
        "Consiglio comunale convocato per martedì 5 marzo 2024",
        "Avviso ai cittadini",
    ],
)
def test_a_headline_that_begins_as_a_letterhead_is_one(title: str) -> None:
    sheet = Sheet()
    sheet.line("Comune di Prova (TO)", size=18, bold=True)
    sheet.y -= 20
    sheet.line(title, size=14, bold=True)
    sheet.y -= 20
    sheet.paragraph(FIRST)
    assert article(pdf(sheet)).title == title


def test_a_headline_is_whole_wherever_its_lines_are_broken() -> None:
    for size, bold in ((15.0, False), (11.0, True)):
        sheet = Sheet()
        sheet.line("COMUNICATO STAMPA", size=size, bold=bold)
        for part in ("Riapre il ponte", "di via Roma dopo sei mesi", "di lavori"):
            sheet.line(part, size=size, bold=bold)
        sheet.y -= 10
        sheet.paragraph(FIRST)
        found = article(pdf(sheet))
        assert (found.title, found.paragraphs) == (TITLE, (FIRST,))


def test_what_stands_on_every_page_is_no_text() -> None:
    sheets = []
    for number, text in enumerate((FIRST, SECOND, THIRD), 1):
        sheet = letter(text) if number == 1 else Sheet(y=HEIGHT - 130)
        if number > 1:
            sheet.paragraph(text)
        sheet.line("Comune di Prova - C.F. 01234567890", y=40, size=8)
        sheet.line(f"Pagina {number} di 3", 480, y=28, size=8)
        sheets.append(sheet)
    assert article(pdf(*sheets)).paragraphs == (FIRST, SECOND, THIRD)


def test_a_paragraph_goes_on_over_the_end_of_a_page() -> None:
    above, below = (
        "Il ponte è rimasto chiuso per sei mesi, durante i quali i tecnici hanno sostituito",
        "tutte le travi.",
    )
    first, second = letter(FIRST, above), Sheet()
    first.line("1", 290, y=30)
    second.paragraph(below)
    second.line("2", 290, y=30)
    assert article(pdf(first, second)).paragraphs == (FIRST, f"{above} {below}")


def test_paragraphs_are_told_by_their_gaps_their_indents_or_their_short_last_lines() -> None:
    for style in ({"gap": 8}, {"gap": 0, "indent": 33}, {"gap": 0}):
        sheet = letter(FIRST)
        sheet.y += 8
        for text in (SECOND, THIRD, FIRST + " Fine."):
            sheet.paragraph(text, **style)
        assert article(pdf(sheet)).paragraphs == (FIRST, SECOND, THIRD, FIRST + " Fine."), style


def test_two_columns_are_read_one_after_the_other() -> None:
    sheet = letter(FIRST)
    top = sheet.y
    for left, text in ((MARGIN, SECOND), (310.0, THIRD)):
        sheet.y = top
        sheet.paragraph(text, size=9, left=left, right=left + 215)
    assert article(pdf(sheet)).paragraphs == (FIRST, SECOND, THIRD)


def test_lines_that_the_file_draws_out_of_order_are_read_from_top_to_bottom() -> None:
    sheet = letter()
    sheet.drawn.reverse()
    assert article(pdf(sheet)).paragraphs == (FIRST, SECOND, THIRD)


def test_items_of_a_list_stay_apart() -> None:
    items = ("• la carreggiata verso il centro", "• la pista ciclabile, con un parapetto più alto di quello che c’era e un"
             " fondo che non gela d’inverno", "• i due marciapiedi")  # fmt: skip
    sheet = letter(FIRST, "Da lunedì sono aperti:", *items)
    texts = article(pdf(sheet)).paragraphs
    assert texts == (FIRST, "Da lunedì sono aperti:", *(item[2:] for item in items))


def test_words_that_the_end_of_a_line_parts_are_whole_again() -> None:
    sheet = letter(FIRST)
    sheet.lines(
        "Il cantiere ha occupato per sei mesi la carrega-",  # as a program parts words, every few lines
        "giata verso il centro, e i tecnici hanno sosti-",
        "tuito le travi, il parapetto, tutto l’asfalto e i giun-",
        "ti. Il servizio socio-sanitario di via Roma, socio-",
        "sanitario da sempre, non ha mai chiuso.",
    )
    assert article(pdf(sheet)).paragraphs[1] == (
        "Il cantiere ha occupato per sei mesi la carreggiata verso il centro, e i tecnici hanno sostituito le travi, il "
        "parapetto, tutto l’asfalto e i giunti. Il servizio socio-sanitario di via Roma, socio-sanitario da sempre, non ha "
        "mai chiuso."
    ).replace("carreggiata", "carregagiata")


def test_a_text_that_parts_no_words_keeps_the_hyphens_at_the_ends_of_its_lines() -> None:
    sheet = letter(FIRST)
    sheet.lines("Dopo la pausa torna a crescere il settore turistico-", "ricettivo, spiega la Camera di commercio.")
    assert article(pdf(sheet)).paragraphs[1] == (
        "Dopo la pausa torna a crescere il settore turistico-ricettivo, spiega la Camera di commercio."
    )


def test_a_scanned_letter_is_a_problem_and_never_an_empty_document() -> None:
    scan, stamped = Sheet(scanned=True), Sheet(scanned=True)
    stamped.line("Comune di Prova - Protocollo n. 0012345/2024 del 05/03/2024", y=820, size=7)
    assert rejected(pdf(scan, scan)) == ("no-text", "a PDF without text (scanned)")
    assert rejected(pdf(stamped)) == ("no-text", "a PDF without text (scanned)")
    assert rejected(pdf(Sheet())) == ("no-text", "a PDF without text")


def test_a_scan_with_recognised_text_and_a_letter_on_a_picture_are_read() -> None:
    sheet = letter()
    sheet.scanned = True
    assert article(pdf(sheet)).paragraphs == (FIRST, SECOND, THIRD)


def test_text_whose_letters_are_unknown_is_no_text() -> None:
    # As pdfium reads fonts that do not say which letters their glyphs are: each is its number in the font.
    strange = "".join(chr(ord(char) - 29) if 62 < ord(char) < 127 else char for char in (FIRST + SECOND + THIRD))
    sheet = Sheet()
    sheet.paragraph(strange)
    assert rejected(pdf(sheet))[0] == "no-text"


def test_encrypted_and_broken_files_are_unreadable() -> None:
    whole = pdf(letter())
    assert rejected(pdf(letter(), password="segreto")) == ("unreadable", "a PDF that asks for a password")
    for broken in (whole[:200], b"%PDF-1.7\n" + bytes(range(256)) * 20, whole.replace(b"/Pages", b"/Pogos")):
        reason, detail = rejected(broken)
        assert (reason, detail[:5]) == ("unreadable", "a PDF")
    assert outcome(b"not a file", URL, kind="application/pdf") == Rejected(
        "unreadable", "a PDF that is broken (Failed to load document (PDFium: Data format error).)"
    )


def test_a_file_of_many_pages_is_no_release() -> None:
    assert rejected(pdf(*[letter()] * 61)) == ("not-a-release", "a PDF of 61 pages")


def test_a_bomb_costs_itself_only() -> None:
    packer = zlib.compressobj()
    packed = (
        b"".join([packer.compress(b"BT /F1 9 Tf 9 9 Td (a) Tj ET\n" * 100_000) for _ in range(60)]) + packer.flush()
    )
    sheet = letter()
    whole = pdf(sheet)
    start, end = whole.index(b"/Filter /FlateDecode"), whole.index(b"endstream", whole.index(b"/Filter /FlateDecode"))
    head = whole[:start].rpartition(b"<<")[0]
    bomb = head + b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\n" + whole[end:]
    workers = Workers(1, seconds=3.0, memory=256 << 20)
    try:
        first, second = read(workers, bomb, whole)
    finally:
        workers.close()
    assert isinstance(first, Rejected)
    assert first.reason in ("extraction-timeout", "extraction-memory", "extraction-crash", "not-a-release")
    assert isinstance(second, Article)


def test_pdfium_is_loaded_only_where_a_pdf_comes() -> None:
    check = "import sys, crawler.extraction.loaded; sys.exit('pypdfium2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=Path(__file__).parents[1]).returncode == 0


def test_extract_shows_a_saved_pdf_with_its_witnesses(civicpress: Program, tmp_path: Path) -> None:
    (tmp_path / "ponte.pdf").write_bytes(pdf(letter()))
    done = civicpress("extract", tmp_path / "ponte.pdf", "--url", URL, "--json")
    row: dict[str, Any] = done.json
    assert (done.status, row["status"], row["title"], row["date"]) == (0, "ok", TITLE, "2024-03-05")
    assert row["text"] == "\n\n".join((FIRST, SECOND, THIRD))
    assert [(each["day"], each["origin"]) for each in row["witnesses"]] == [("2024-03-05", "dateline")]


def test_a_page_that_is_sent_as_a_pdf_is_read_as_the_page_that_it_is() -> None:
    page = release("<p>Pubblicato il 5 marzo 2024</p>").encode()
    assert article(page, kind="application/pdf").paragraphs == (FIRST, SECOND)
