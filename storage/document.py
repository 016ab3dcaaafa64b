"""The document format: one press release as one UTF-8 text.

    ␠date␠2025-05␠Title
    <empty line>
    First paragraph, on one line.
    <empty line>
    Second paragraph.

Without a known month the first line is the title alone. A title never starts with a space, so the two
cannot be confused, and `parse(render(document)) == document` holds for every document.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Characters that show nothing, or that turn the reading direction round, and so can hide or forge text.
# ZWNJ and ZWJ are among them: the format promises no zero-width character at all.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_LINE_BREAKS = re.compile(r"\r\n?|[\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_FIRST_LINE = re.compile(r" date (\d{4}-(?:0[1-9]|1[0-2])) (\S.*)")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


class FormatError(ValueError):
    """A text is not in the document format; the message says what is wrong, in one sentence."""


@dataclass(frozen=True, slots=True)
class Document:
    """One release in the document format.

    `title` and each paragraph are single clean lines (see `clean_line`), `body` is paragraphs joined by an
    empty line, `month` is `YYYY-MM` or None. Build one from untrusted text with `Document.of`.
    """

    title: str
    body: str
    month: str | None = None

    @classmethod
    def of(cls, title: str, paragraphs: str | Iterable[str], month: str | None = None) -> "Document":
        """A document from any text; every line break in `paragraphs` ends a paragraph.

        Raises FormatError where nothing of the title is left, or the month is not `YYYY-MM`.
        """
        if isinstance(paragraphs, str):
            paragraphs = (paragraphs,)
        lines = (clean_line(line) for part in paragraphs for line in _LINE_BREAKS.split(part))
        title = clean_line(title)
        if not title:
            raise FormatError("the title is empty")
        if month is not None and not _MONTH.fullmatch(month):
            raise FormatError(f"the month {month!r} is not YYYY-MM")
        return cls(title, "\n\n".join(line for line in lines if line), month)

    @property
    def paragraphs(self) -> list[str]:
        """The body's paragraphs, one line each."""
        return self.body.split("\n\n") if self.body else []


def clean_line(text: str) -> str:
    """One line as the format allows it: NFC, one space between words, nothing invisible; quotes and dashes stay.

    >>> clean_line(" Città\\u200b  di\\tTorino ")
    'Città di Torino'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _INVISIBLE.sub("", _SURROGATES.sub("\ufffd", text))
    text = _SPACES.sub(" ", _UNPRINTABLE.sub(" ", text)).strip()
    return unicodedata.normalize("NFC", text)


def render(document: Document) -> str:
    """The document as text, without a newline at its end."""
    first = document.title if document.month is None else f" date {document.month} {document.title}"
    return f"{first}\n\n{document.body}" if document.body else first


def parse(text: str) -> Document:
    """The document that `text` renders.

    Raises FormatError where the text is not exactly in the format; nothing is mended on the way in.
    """
    first, _, rest = text.partition("\n")
    if first.startswith(" "):
        match = _FIRST_LINE.fullmatch(first)
        if not match:
            raise FormatError("the first line is neither a title nor ' date YYYY-MM Title'")
        month, title = match[1], match[2]
    else:
        month, title = None, first
    if rest and not rest.startswith("\n"):
        raise FormatError("line 2 is not empty")
    document = Document.of(title, rest, month)
    if render(document) != text:
        raise FormatError(_what_differs(text, render(document)))
    return document


def _what_differs(text: str, rendered: str) -> str:
    for number, (is_, ought) in enumerate(zip(text.split("\n"), rendered.split("\n"), strict=False), 1):
        if is_ != ought:
            return f"line {number} is not clean: white space, control characters, or a missing empty line"
    return "there are empty lines at the end"
