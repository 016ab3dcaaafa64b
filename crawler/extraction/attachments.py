"""Whether a page's release is the PDF that it links to: a title, a line such as "In allegato il comunicato", and the file.

Most attachments are forms, acts and programmes beside a release that stands on the page, and stay where they are. So a
PDF is asked for only where the page says next to nothing itself, and leads to one PDF, or to one that its label or its
name calls a press release.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urlsplit

from lxml import html

from crawler.extraction.blocks import CARD, FURNITURE, Sheet
from crawler.extraction.folding import fold
from crawler.extraction.pdf import own_title
from spiders.dates import days_in
from spiders.discovery.addresses import domain_of, resolve

_PDF = re.compile(r"(?i)\.pdf(?:$|[?#/&])")
_SAID = re.compile(r"(?i)(?<![a-z])\.?pdf(?![a-z])")
_NAMED = re.compile(
    r"\b(?:comunicat[oi]|nota stampa|cs ?\d+|press ?release|pressemitteilung|medienmitteilung|communique)(?![a-z])"
)
# What a page says of its file instead of saying something itself.
_POINTS = re.compile(
    r"(?i)\b(?:allegat[oiae]|scaric(?:a|are|abile)|download|clicca|consulta(?:re|bile)?|disponibile|visualizza|leggi|apri|pdf|qui"
    r"|in allegato|di seguito|testo (?:integrale|completo)|documento|comunicat[oi]|herunterladen|anhang|télécharger)\b"
)
_POINTING = 160  # letters of such a line
_BESIDE = 250  # letters that a page may say itself, such as a summary, where its PDF is called a release; else none


def attachments_of(tree: html.HtmlElement, sheet: Sheet, url: str) -> dict[str, str]:
    """The PDFs of the same body's sites that a page links to outside navigation and footers: labels by address.

    Empty, without a look at the links, where the page's own text is plainly longer than what may stand beside a file.
    """
    away = FURNITURE & ~CARD & ~sheet.usual
    running = (
        block for block in sheet.blocks if not block.place & (away | CARD) and block.linked * 2 < len(block.text)
    )
    if sum(len(block.text) for block in running if len(block.text) > _POINTING) > 4 * _BESIDE:
        return {}
    # The text of a link costs more than all else here: only those are looked at whose address or page says "PDF".
    said = any(_SAID.search(block.text) for block in sheet.blocks if block.linked)
    outside = [block.text for block in sheet.blocks if block.linked and block.place & away]
    found: dict[str, str] = {}
    for link in tree.iter("a"):
        href = link.get("href") or ""
        called = bool(_PDF.search(unquote(href) if "%" in href else href)) or "pdf" in (link.get("type") or "")
        if not (called or said):
            continue
        shown = " ".join(link.text_content().split())
        label = f"{shown} {link.get('title') or ''}".strip()[:300]
        if not (called or _SAID.search(label)) or shown and any(shown in text for text in outside):
            continue
        address = resolve(url, href)
        if address and _site(address) == _site(url):
            found.setdefault(address, label)
    return found


def release_among(attachments: dict[str, str], paragraphs: Sequence[str], title: str) -> tuple[str | None, bool]:
    """The address of the PDF that is the page's release, or None where its own text is or there is no telling; and
    whether the page says anything itself, beside its title and what it says of its files."""
    if not attachments:
        return None, True
    labels = {fold(label) for label in attachments.values()} | {fold(_file(address)) for address in attachments}
    besides = sum(len(text) for text in paragraphs if not _says_nothing(text, labels, title))
    named = [address for address, label in attachments.items() if _is_named(address, label, title)]
    if len(named) == 1 and besides <= _BESIDE:
        return named[0], besides > 0
    return next(iter(attachments)) if len(attachments) == 1 and not besides else None, besides > 0


def _says_nothing(text: str, labels: Iterable[str], title: str) -> bool:
    folded = fold(text)
    if not folded or folded == fold(title) or any(f" {label} " in f" {folded} " for label in labels if len(label) > 4):
        return True
    if len(text) <= _POINTING and _POINTS.search(text):
        return True
    return len(text) < 60 and next(days_in(text), None) is not None or not own_title(text)


def _is_named(address: str, label: str, title: str) -> bool:
    """Whether a label or a file's name calls the file a press release, or gives the page's own title."""
    if any(_NAMED.search(fold(name).replace("_", " ")) for name in (label, _file(address))):
        return True
    own, wanted = set(fold(own_title(label)).split()), set(fold(title).split())
    return len(wanted) > 3 and len(own & wanted) >= 0.8 * len(wanted)


def _file(address: str) -> str:
    return re.sub(r"(?i)\.pdf.*$", "", unquote(urlsplit(address).path).rpartition("/")[2]).replace("_", " ")


def _site(url: str) -> str:
    """What tells one body's sites from another's: the registered domain, or a numbered host with its port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.netloc if host.replace(".", "").isdigit() or ":" in host else domain_of(host)
