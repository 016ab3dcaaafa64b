"""A release that is a PDF: its title, its text and the witnesses of its date, as they would be of a page.

Nothing in such a file says what is what. The headline is what the list called the release, where the text has it, else
what is set apart at the top; what stands above it is the letterhead, which often has the day.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.extraction.blocks import Block, Box, Sheet
from crawler.extraction.folding import fold
from crawler.extraction.markup import Head
from crawler.extraction.pdf_letterhead import before_day, is_heading_of_letter, is_letterhead, is_of_the_day
from crawler.extraction.pdf_lines import Layout, NotRead, layout_of
from crawler.extraction.pdf_text import Paragraph, body_size, paragraphs_of, without_furniture
from crawler.extraction.values import Rejected, Witness
from crawler.extraction.witnesses import witnesses_of
from spiders.dates import days_in
from spiders.values import Page

_SCANNED = 200  # letters a page; with fewer on pages that pictures cover, the text is a stamp of the protocol
_LONG = 300  # letters of a headline, at most
_TOP = 14  # paragraphs among which a headline is looked for
# Words of which a link's label or a file's name is made that calls no release by its name.
_GENERIC = frozenset(
    "scarica scaricare scaricabile download il lo la i gli le l comunicato comunicati stampa allegato allegati allegata"
    " documento documenti pdf file leggi apri visualizza vedi testo integrale completo completa qui clicca versione"
    " stampabile formato n nr num numero del dell della di in da nota avviso kb mb kbyte press release vai al alla consulta"
    " per e con a untitled senza titolo titolo microsoft word documento1 layout scansione scan presentazione standard"
    " about blank pagina".split()
)
_FILE = re.compile(r"(?i)\.(?:pdf|docx?|odt|rtf|indd|pub|pages|txt)\b|^\S*[_%]\S*$|^(?:microsoft|doc\d)")
_SIZE = re.compile(r"(?i)\s*[\[(–-]*\s*(?:formato\s+)?\.?pdf\b[^)\]]{0,30}[)\]]?\s*$|\s*\(\s*[\d.,]+\s*[km]b\s*\)\s*$")
_CUT = re.compile(r"\s*(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")
_SUBJECT = re.compile(r"(?i)^oggetto\s*:\s*(?=\S)")
_CREATED = re.compile(r"(?:D:)?((?:19|20)\d\d)(\d\d)(\d\d)")
_VOWELS = frozenset("aeiouyàèéìòùäöüâêîôû")


@dataclass(frozen=True, slots=True)
class Found:
    """What a PDF says: the parts of an article."""

    title: str
    paragraphs: list[str]
    witnesses: list[Witness]
    head: Head


def is_pdf(page: Page) -> bool:
    """Whether an answer is a PDF: by how it begins (a few bytes before that are usual), else by its type."""
    start = page.body[:1024]
    at = start.find(b"%PDF-")
    if at >= 0:
        return b"<" not in start[:at]
    return page.content_type.lower().startswith(("application/pdf", "application/x-pdf")) and b"<" not in start


def read(page: Page, *, italian: bool) -> Found | Rejected:
    """The title, text and witnesses of a PDF, or why it has none; `page.link` is what a list or a page said of it."""
    try:
        layout = layout_of(page.body)
    except NotRead as error:
        return Rejected(error.reason, error.detail)
    lines = without_furniture(layout)
    if why := _illegible(layout, "".join(line.text for line in lines)):
        return Rejected("no-text", why)
    paragraphs = paragraphs_of(lines)
    listed = own_title(page.link.title)
    at = _headline(paragraphs, listed, body_size(lines))
    title = _title(paragraphs, at, listed, layout, page.link.title)
    above, below = (paragraphs[:at], paragraphs[at + 1 :]) if at is not None else _parted(paragraphs)
    sheet, shown = _sheet(title, above, below)
    witnesses = witnesses_of(
        sheet, Head(), page.url, title, shown, italian=italian, listed=(page.link.date, page.link.origin or "listing")
    )
    witnesses.extend(_created(layout))
    if not title:
        return Rejected("no-title", "no title was found", tuple(witnesses))
    if at is not None and title == listed and not _is_same(listed, paragraphs[at].text):
        below = [paragraphs[at], *below]  # the text's own headline says something else: it stays as its first line
    kept = [each.text for each in above if _is_text(each)] + [each.text for each in _without_chrome(below)]
    return Found(title, kept, witnesses, Head(language=layout.language))


def own_title(label: str | None) -> str:
    """The title that a link's label gives: without "(PDF, 120 KB)"; empty where it only says what kind of thing it is."""
    label = _SIZE.sub("", " ".join((label or "").split()))
    words = [word for word in fold(label).split() if not word.isdigit()]
    dates = {word for written in days_in(label) for word in fold(label[written.start : written.end]).split()}
    return "" if _FILE.search(label) or all(word in _GENERIC or word in dates for word in words) else label


def _illegible(layout: Layout, text: str) -> str | None:
    """Why a text is none that can be read."""
    letters = [char for char in text.lower() if char.isalpha()]
    if layout.pictured == layout.pages and len(letters) < _SCANNED * layout.pages:
        return "a PDF without text (scanned)"
    if not letters:
        return "a PDF without text"
    private = sum(0xE000 <= ord(char) < 0xF900 or char == "\ufffd" or ord(char) < 32 for char in text)
    # Where fonts do not say which letters they hold, pdfium gives their numbers: "&RPXQH GL" for "Comune di".
    # Of 1,000 letters of Italian prose, 470 are vowels, of German and English ones nearly 400.
    vowels = sum(char in _VOWELS for char in letters)
    if 10 * private > len(text) or 2 * len(letters) < len("".join(text.split())) or (
        len(letters) > 200 and 4 * vowels < len(letters)
    ):  # fmt: skip
        return "a PDF whose text cannot be read (its fonts do not say which letters they hold)"
    return None


def _headline(paragraphs: Sequence[Paragraph], listed: str, usual: float) -> int | None:
    """Which paragraph is the headline: the one that the list names, else the one that is set apart most at the top."""
    top = list(enumerate(paragraphs[:_TOP]))
    for index, paragraph in top:
        if listed and len(paragraph.text) <= 2 * _LONG and _is_same(listed, paragraph.text):
            return index
    best, best_score = None, 0.0
    for index, paragraph in top:
        text = paragraph.text
        if paragraph.lines[0].page or (len(text) > _LONG and paragraph.size < 1.1 * usual):
            break
        if len(text) > 2 * _LONG or len(fold(text).split()) < 2 or is_letterhead(text):
            continue
        subject = 2.0 * bool(_SUBJECT.match(text))
        score = subject + max(0.0, paragraph.size / usual - 1.05) * 4 + 0.5 * paragraph.bold + 0.4 * text.isupper()
        if score > best_score * 1.1:
            best, best_score = index, score
    return best


def _is_same(listed: str, text: str) -> bool:
    wanted, own = fold(_CUT.sub("", listed)), fold(text)
    if own == wanted or (_is_cut(listed) and wanted and own.startswith(wanted)):
        return True
    one, other = set(wanted.split()), set(own.split())
    return len(one) > 3 and len(one & other) >= 0.8 * len(one | other)


def _is_cut(label: str) -> bool:
    return bool(_CUT.search(label))


def _title(paragraphs: Sequence[Paragraph], at: int | None, listed: str, layout: Layout, label: str | None) -> str:
    if listed and not (at is not None and _is_cut(listed) and _is_same(listed, paragraphs[at].text)):
        return listed
    if at is not None:
        return _SUBJECT.sub("", paragraphs[at].text)
    declared = own_title(layout.metadata.get("Title"))
    if len(declared.split()) > 2:
        return declared
    label = _SIZE.sub("", " ".join((label or "").split()))
    return label if "comunicat" in label.lower() and next(days_in(label), None) and not _FILE.search(label) else ""


def _parted(paragraphs: Sequence[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """The letterhead and the text, where no headline stands between them."""
    for index, paragraph in enumerate(paragraphs):
        if not is_letterhead(paragraph.text):
            return list(paragraphs[:index]), list(paragraphs[index:])
    return [], list(paragraphs)


def _is_text(paragraph: Paragraph) -> bool:
    """Whether something above the headline is a lead and no letterhead."""
    return len(paragraph.text) > 120 and not is_letterhead(paragraph.text)


def _without_chrome(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """The text without place and day under the headline or at its end, and without "Comunicato stampa" above it."""
    return [
        each
        for index, each in enumerate(paragraphs)
        if not (index < 3 or index >= len(paragraphs) - 3) or not (
            is_of_the_day(each.text) or index < 3 and is_heading_of_letter(each.text)
        )
    ]  # fmt: skip


def _sheet(title: str, above: list[Paragraph], below: list[Paragraph]) -> tuple[Sheet, Block | None]:
    """The text as blocks of a page, with the headline first: place and day stand above it as well as below."""
    heading, plain = Box("h1", "", 0, None), Box("p", "", 0, None)
    blocks = [Block(title, heading, 0, 0)] if title else []
    for paragraph in (*above, *below):
        for text in before_day(paragraph.text) or (paragraph.text,):
            blocks.append(Block(text, plain, 0, len(blocks)))
    return Sheet(blocks), blocks[0] if title else None


def _created(layout: Layout) -> list[Witness]:
    """The day on which the file was made: of the release, of its scan or of a later move. It never decides."""
    made = layout.metadata.get("CreationDate", "")
    match = _CREATED.match(made)
    try:
        day = datetime.strptime("".join(match.groups()), "%Y%m%d").date() if match else None
    except ValueError:
        return []
    return [Witness(day.isoformat(), "meta-weak", "CreationDate", made[:40])] if day else []
