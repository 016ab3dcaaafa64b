"""A release's paragraphs: trafilatura's choice of blocks, mended where it is known to fail on public bodies' pages."""

import re
from copy import deepcopy

from lxml import html

from crawler.extraction.blocks import FURNITURE, HEADINGS, NAV, Block, Sheet
from crawler.extraction.titles import fold

_NOTE = re.compile(
    r"(?i)^(?:ultim[ao] (?:aggiornamento|modifica)|aggiornato (?:il|al)|condividi|vedi azioni|data(?: di pubblicazione)?\s*:"
    r"|pubblicato (?:il|in data)|tempo di lettura|reading time|stampa|scarica|invia|ascolta|torna (?:su|indietro)|"
    r"leggi anche|share|tweet|facebook|twitter|whatsapp|linkedin|telegram|argomenti|tag)\b[^.]{0,60}$"
)


def paragraphs_of(tree: html.HtmlElement, sheet: Sheet, title: str) -> list[str]:
    """The paragraphs of the release whose title is known, in reading order."""
    chosen = _trafilatura(tree)
    wanted = fold(title)
    kept = [line for line in chosen if fold(line) != wanted and not _NOTE.match(line)]
    return _with_lead(kept, sheet.blocks, wanted)


def fragment(sheet: Sheet, title: str) -> list[str]:
    """The paragraphs of a body that a feed or an interface gave: all of them, but for the title said again."""
    wanted = fold(title)
    return [block.text for block in sheet.blocks if fold(block.text) != wanted]


def _trafilatura(tree: html.HtmlElement) -> list[str]:
    from trafilatura import bare_extraction

    try:
        document = bare_extraction(deepcopy(tree), include_comments=False, with_metadata=False)
    except Exception:  # trafilatura promises no errors and has some, on broken markup
        return []
    text = (getattr(document, "text", None) or "") if document else ""
    return [line for line in (" ".join(part.split()).lstrip("- ").strip() for part in text.split("\n")) if line]


def _with_lead(lines: list[str], blocks: list[Block], title: str) -> list[str]:
    """The lines, after the paragraph that stands directly under the headline, which extractors take for furniture."""
    start = next((block.index for block in blocks if block.tag in HEADINGS and fold(block.text) == title), None)
    if start is None:
        return lines
    known = {fold(line) for line in lines}
    for block in blocks[start + 1 : start + 3]:
        if block.place & FURNITURE or block.place & NAV or block.tag in HEADINGS:
            break
        if len(block.text) >= 40 and block.linked < 10 and not _NOTE.match(block.text):
            own = fold(block.text)
            if not any(own in line for line in known):
                return [block.text, *lines]
            break
    return lines
