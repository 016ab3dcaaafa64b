"""A PDF's lines of text with where they stand, as pdfium finds them.

pdfium is not thread-safe and may die of what it reads: it is loaded in worker processes only, and only for a PDF.
"""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

# Releases have a page or two. What has more is a budget, a plan or a magazine; and text beyond that is a bomb's.
PAGES, LETTERS = 60, 400_000
_FEW = 200  # letters; a page with fewer may be a scan with a stamp of the protocol, so its pictures are looked at
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_BOLD = re.compile(r"(?i)bold|black|heavy|grassetto|[-,]bd\b")
# pdfium joins what a hyphen at the end of a line parts, and leaves this in the hyphen's place.
HYPHEN = "\ufffe"
_LINES = re.compile(rf"(\r\n|[\r\n])|(?<={HYPHEN})")
# Letters that are drawn as one; the text is to have the letters.
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_SAMPLES = 6  # characters of a line whose size and weight are asked for


class NotRead(Exception):
    """Why a PDF cannot be read: a key of `storage.changes.REASONS`, and a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(slots=True)
class Line:
    """A line of text; distances in points (1/72 inch) from the page's lower left corner.

    `size` is the height of its letters' box, about the font's size; `edge` tells that it stands where headers and
    footers do, -1 at the bottom of the page and 1 at its top.
    """

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool = False
    edge: int = 0


@dataclass(slots=True)
class Layout:
    """What a PDF shows and says of itself: `pictured` counts the pages that a picture covers and few letters stand on."""

    pages: int
    lines: list[Line] = field(default_factory=list)
    pictured: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    language: str = ""


def layout_of(body: bytes) -> Layout:
    """The lines of a PDF, page by page in reading order. Raises NotRead, with the reason."""
    import pypdfium2  # 30 ms and 8 MB, for few pages of few sites

    try:
        with closing(pypdfium2.PdfDocument(body)) as document:
            layout = Layout(len(document))
            if not 0 < layout.pages <= PAGES:
                why = "a PDF without pages" if not layout.pages else f"a PDF of {layout.pages} pages"
                raise NotRead("not-a-release" if layout.pages else "unreadable", why)
            layout.metadata = document.get_metadata_dict()
            letters = 0
            for number in range(layout.pages):
                with closing(document[number]) as page:
                    lines = list(_read(page, number))
                    found = sum(len(line.text) for line in lines)
                    layout.pictured += found < _FEW and _is_pictured(page)
                letters += found
                if letters > LETTERS:
                    raise NotRead("not-a-release", f"a PDF of more than {LETTERS} letters")
                layout.lines.extend(_in_order(lines))
            return layout
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
            raise NotRead("unreadable", "a PDF that asks for a password") from error
        raise NotRead("unreadable", f"a PDF that is broken ({' '.join(str(error).split())[:100]})") from error


def _read(page: Any, number: int) -> Iterator[Line]:
    """The lines of a page in the order in which the file draws them."""
    with closing(page.get_textpage()) as text:
        if text.count_chars() > LETTERS:
            raise NotRead("not-a-release", f"a PDF of more than {LETTERS} letters")
        drawn = [line for line in _drawn(text, number) if line is not None]
    if not drawn:
        return
    # Watermarks and protocol stamps run across the text; where all of a page is turned, its text is.
    [(upright, _)] = Counter(angle for _, angle in drawn).most_common(1)
    box = page.get_bbox()
    for line, angle in drawn:
        if angle == upright:
            if angle:
                box = _turn(line, angle, page.get_bbox())
            _place(line, box[1], box[3])
            yield line


def _drawn(text: Any, number: int) -> Iterator[tuple[Line, int]]:
    """The lines that pdfium ends where the baseline changes, each with its angle in quarter turns."""
    import pypdfium2.raw as pdfium

    whole = text.get_text_range()
    start = 0
    for part in _LINES.split(whole):
        end = start + len(part or "")
        shown = [index for index in range(start, end) if not whole[index].isspace()]
        start = end
        if not shown:
            continue
        indices = [pdfium.FPDFText_GetCharIndexFromTextIndex(text, index) for index in shown]
        first, last = _box(text, indices[0]), _box(text, indices[-1])
        step = max(1, len(indices) // _SAMPLES)
        boxes = [_box(text, index) for index in indices[::step]]
        bold = [bool(_BOLD.search(_font(text, index))) for index in indices[::step]]
        angle = round(pdfium.FPDFText_GetCharAngle(text, indices[0]) * 2 / 3.141592653589793) % 4
        size = median(abs(box.top - box.bottom) if angle % 2 == 0 else abs(box.right - box.left) for box in boxes)
        yield (
            Line(
                part.strip().translate(_LIGATURES), number,
                left=min(first.left, last.left), right=max(first.right, last.right),
                top=max(box.top for box in boxes), bottom=min(box.bottom for box in boxes),
                size=round(size, 1) or 1.0, bold=2 * sum(bold) > len(bold),
            ),
            angle,
        )  # fmt: skip


def _box(text: Any, index: int) -> Any:
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text, index, box)
    return box


def _font(text: Any, index: int) -> str:
    import pypdfium2.raw as pdfium

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    return name.value.decode("latin-1") if 0 < length <= len(name) else ""


def _turn(line: Line, angle: int, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Turns a line of a page that is turned as a whole upright; returns the page's box as it then is."""
    left, bottom, right, top = box
    corners = [(line.left, line.bottom), (line.right, line.top)]
    for _ in range(angle):
        corners = [(y, -x) for x, y in corners]
        left, bottom, right, top = bottom, -right, top, -left
    (x1, y1), (x2, y2) = corners
    line.left, line.right, line.bottom, line.top = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return left, bottom, right, top


def _place(line: Line, bottom: float, top: float) -> None:
    part = ((line.top + line.bottom) / 2 - bottom) / max(top - bottom, 1.0)
    line.edge = -1 if part < 0.12 else 1 if part > 0.88 else 0


def _in_order(lines: list[Line]) -> list[Line]:
    """The lines from top to bottom; those of columns as the file draws them, which is one column after the other."""
    sorted_ = sorted(lines, key=lambda line: (-line.top, line.left))
    # Side by side, though their base lines may differ: lines of a single column never are, however tight it is set.
    beside = sum(
        min(one.top, other.top) - max(one.bottom, other.bottom) > 0.1 * min(one.size, other.size)
        and (one.right <= other.left or other.right <= one.left)
        for one, other in pairwise(sorted_)
    )
    rises = sum(other.top > one.top + one.size for one, other in pairwise(lines))
    return lines if beside > max(2, len(lines) // 10) or beside and rises < 3 else sorted_


def _is_pictured(page: Any) -> bool:
    """Whether a picture covers most of a page, as where paper was scanned."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = page.get_bbox()
    whole = max((right - left) * (top - bottom), 1.0)
    covered = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        x1, y1, x2, y2 = picture.get_bounds()
        covered += max(0.0, min(x2, right) - max(x1, left)) * max(0.0, min(y2, top) - max(y1, bottom))
    return bool(covered > 0.5 * whole)
