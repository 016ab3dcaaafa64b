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
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_INVISIBLE = re.compile(f"[{_HIDDEN}]")
_UNPRINTABLE = re.compile(f"[{_CONTROLS}]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_UNCLEAN = re.compile(rf"[{_HIDDEN}{_CONTROLS}\ud800-\udfff]|[^\S ]|  |^ | $")
# Anything but ASCII, the letters of Western and Central Europe, their quotes and dashes.
_UNUSUAL = re.compile("[^ -~À-ſ€–—‘’“”«»…°]")
_LINE_BREAKS = re.compile(r"\r\n?|[\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_FIRST_LINE = re.compile(rf" date ({_MONTH.pattern}) (\S.*)")


class FormatError(ValueError):
    """A text is not in the document format; the message says what is wrong, in one sentence."""


@dataclass(frozen=True, slots=True)
class Document:
    """One release in the document format.

    `title` and each paragraph are single clean lines (see `clean_line`), `body` is paragraphs joined by an
    empty line, `month` is `YYYY-MM` or None. Build one from untrusted text with `Document.of`; anything else than
    clean lines raises FormatError, so that there is no document that the format cannot carry.
    """

    title: str
    body: str
    month: str | None = None

    def __post_init__(self) -> None:
        if not self.title:
            raise FormatError("the title is empty")
        if self.month is not None and not _MONTH.fullmatch(self.month):
            raise FormatError(f"the month {self.month!r} is not YYYY-MM")
        if not all(line and is_clean(line) for line in (self.title, *self.paragraphs)):
            raise FormatError("the title or a paragraph is not a clean line")

    @classmethod
    def of(cls, title: str, paragraphs: str | Iterable[str], month: str | None = None) -> "Document":
        """A document from any text; every line break in `paragraphs` ends a paragraph.

        Raises FormatError where nothing of the title is left, or the month is not `YYYY-MM`.
        """
        if isinstance(paragraphs, str):
            paragraphs = (paragraphs,)
        lines = (clean_line(line) for part in paragraphs for line in _LINE_BREAKS.split(part))
        return cls(clean_line(title), "\n\n".join(line for line in lines if line), month)

    @property
    def paragraphs(self) -> list[str]:
        """The body's paragraphs, one line each."""
        return self.body.split("\n\n") if self.body else []


def clean_line(text: str) -> str:
    """One line as the format allows it: NFC, one space between words, nothing invisible; quotes and dashes stay.

    >>> clean_line(" Città\\u200b  di\\tTorino ")
    'Città di Torino'
    """
    if is_clean(text):
        return text
    text = _UNPRINTABLE.sub(" ", _INVISIBLE.sub("", encodable(text)))
    return unicodedata.normalize("NFC", _SPACES.sub(" ", text).strip())


def encodable(text: str) -> str:
    """A text that UTF-8 can carry: halves of a character find each other, one alone becomes U+FFFD."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_clean(line: str) -> bool:
    """Whether `clean_line` would leave a line as it is."""
    if not _UNUSUAL.search(line):  # nearly every line: nothing in it can be unclean but its spaces
        return "  " not in line and line == line.strip(" ")
    return not _UNCLEAN.search(line) and unicodedata.is_normalized("NFC", line)


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
    if not is_clean(title):
        raise FormatError(_not_clean(1))
    if rest and not rest.startswith("\n"):
        raise FormatError("line 2 is not empty")
    document = Document.of(title, rest, month)
    if render(document) != text:
        raise FormatError(_what_differs(text, render(document)))
    return document


def _what_differs(text: str, rendered: str) -> str:
    for number, (is_, ought) in enumerate(zip(text.split("\n"), rendered.split("\n"), strict=False), 1):
        if is_ != ought:
            if not ought:
                return f"line {number} is not empty: a paragraph is one line, with an empty line after it"
            if not is_:
                return f"line {number} is one empty line too many"
            return _not_clean(number)
    return f"line {rendered.count(chr(10)) + 2} should not be there: the text ends without a newline"


def _not_clean(number: int) -> str:
    return f"line {number} is not clean: spaces, control or invisible characters, or not NFC"
