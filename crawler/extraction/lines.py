"""What trafilatura takes for a release's text, line by line, with the blocks of the page where each line stands."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from lxml import html

from crawler.extraction.blocks import Block

_CELLS = frozenset(("td", "th"))
_BETWEEN_WORDS = re.compile(r"\W+")
_SHORT = 30  # letters; a shorter line may stand in many places of a page, so it is looked for near the last one only
_NEAR = 2000  # letters


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of the release, and the blocks that it was found in, if it was found."""

    text: str
    blocks: tuple[Block, ...] = ()

    @property
    def index(self) -> int:
        """The place of the first of them on the page, -1 without any."""
        return self.blocks[0].index if self.blocks else -1


def lines_of(tree: html.HtmlElement, blocks: list[Block]) -> list[Line]:
    """Trafilatura's text of the tree, found again among the blocks. The tree is not usable afterwards."""
    return _joined(_found(_trafilatura(tree), blocks))


def _trafilatura(tree: html.HtmlElement) -> list[str]:
    from trafilatura import bare_extraction

    # Its further attempts (`fast=False`) cost as much again: F1 of all pages .9673 with them, .9679 without.
    try:
        document = bare_extraction(tree, include_comments=False, with_metadata=False, fast=True)
    except Exception:  # trafilatura promises no errors and has some, on broken markup
        return []
    text = (getattr(document, "text", None) or "") if document else ""
    return [line for line in (" ".join(part.split()).lstrip("- ").strip() for part in text.split("\n")) if line]


def _found(lines: list[str], blocks: list[Block]) -> Iterator[Line]:
    """The lines with their blocks, by the letters that they share: tables' rows and inline markup join blocks."""
    letters = [_BETWEEN_WORDS.sub("", block.text) for block in blocks]
    page = "".join(letters)
    starts = list(accumulate(map(len, letters), initial=0))
    cursor = 0
    taken: set[int] = set()
    for line in lines:
        own = _BETWEEN_WORDS.sub("", line)
        if not own:
            continue
        at = page.find(own, cursor)
        if len(own) < _SHORT:
            at = -1 if at - cursor > _NEAR else at
        elif at < 0:
            at = page.find(own)
            while at in taken and (again := page.find(own, at + 1)) >= 0:
                at = again
            if at < 0 and len(own) >= 50:  # something was left out of the middle
                at = page.find(own[:40])
        if at < 0:
            yield Line(line)
            continue
        taken.add(at)
        first, last = bisect_right(starts, at) - 1, bisect_right(starts, min(at + len(own), len(page)) - 1) - 1
        if first == last or blocks[first].tag in _CELLS:
            yield Line(line.strip("| "), tuple(blocks[first : last + 1]))
        else:  # what trafilatura gives as the last resort is one line
            yield from (Line(block.text, (block,)) for block in blocks[first : last + 1])
        if at - cursor < 10 * _NEAR:
            cursor = max(cursor, at + len(own))


def _joined(lines: Iterator[Line]) -> list[Line]:
    """The lines, those of the same block in one: a template's line breaks come through as if they were the text's."""
    found: list[Line] = []
    for line in lines:
        if found and len(line.blocks) == 1 and line.blocks == found[-1].blocks:
            if line.text in found[-1].text:
                continue
            found[-1] = Line(f"{found[-1].text} {line.text}", line.blocks)
        else:
            found.append(line)
    return found
