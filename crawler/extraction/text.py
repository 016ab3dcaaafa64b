"""A release's paragraphs: the text that its template names, or that the model chooses, or trafilatura where that doubts.

Whoever chose them, lines are found again among the page's blocks, and where they stand decides then: what is in comments,
dialogs, captions or another article goes; a body that the template names is taken as it is named; what was left out
between chosen blocks, and the lead under the headline, come back. On 333 labelled pages, none of whose sites the model
was trained on (word 4-grams): trafilatura without comments .951, with these rules .957, all together .967; on 180 pages
of WordPress and Plone .965 and .946 against 1.000.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree, html

from crawler.extraction import templates
from crawler.extraction.blocks import BODY, CARD, FOOTER, FURNITURE, HEADINGS, HIDDEN, NAV, Block, Box, Sheet
from crawler.extraction.body import SURE, body_of
from crawler.extraction.features import layout
from crawler.extraction.folding import fold
from crawler.extraction.lines import Line, lines_of
from crawler.extraction.votes import Memory

_NOTE = re.compile(
    r"(?i)^\W*(?:ultim[ao] (?:aggiornamento|modifica)|aggiornato (?:il|al)|condividi|vedi azioni|creato da|scritto da"
    r"|data(?: di pubblicazione)?\s*:|pubblicat[oa]|inserit[oa] (?:il|da)|tempo di lettura|reading time|posted|published"
    r"|stampa|scarica|invia|ascolta|torna (?:su|indietro)|leggi anche|share|tweet|facebook|twitter|whatsapp|linkedin"
    r"|telegram|argomenti|tag)\b[^.]{0,80}$"
)
_LONG = 60  # letters of a paragraph that cannot be a label
_NOTICE = 400  # letters; a body this short is all taken, because trafilatura gives the whole page instead


@dataclass(frozen=True, slots=True)
class Text:
    """A release's paragraphs, in reading order, and what the page says of its template (see `templates`)."""

    paragraphs: list[str]
    votes: dict[str, list[float]] = field(default_factory=dict)


def text_of(
    tree: html.HtmlElement,
    sheet: Sheet,
    title: str,
    headline: Block | None,
    memory: Memory | None = None,
    learn: bool = True,
) -> Text:
    """The text of the release whose title is known. The tree is not usable afterwards.

    `memory` is what other pages of the source said of its template; with `learn` this one is to add to it.
    """
    body = _body(sheet.blocks)
    if _is_clean(body, sheet.blocks):
        votes = _votes(sheet.blocks, body, headline) if learn else {}
        return Text(_ordered(_lines(body), sheet.blocks, body, title, headline), votes)
    weighed = body_of(sheet, title, headline, memory, learn)
    sure = weighed.blocks and weighed.sure >= SURE
    found = _lines(weighed.blocks) if sure else _by_trafilatura(tree, sheet)
    return Text(_ordered(found, sheet.blocks, body, title, headline), weighed.votes)


def _ordered(
    found: list[Line], blocks: list[Block], body: list[Block], title: str, headline: Block | None
) -> list[str]:
    """The chosen lines with what was left out among them, without what cannot be the release's."""
    wanted, start = fold(title), headline.index if headline else -1
    lines = [line for line in found if fold(line.text) != wanted and (start < 0 or line.index != start)]
    lines = _first_article(_out_of_furniture(lines))
    lines = _within(body, lines, start, wanted)
    if not any(line.blocks for line in lines):
        lines = _below(blocks, start) or lines
    lines = _without_teasers(_without_captions(_completed(lines, blocks)))
    lines = _without_last_headings([line for line in lines if not _NOTE.match(line.text)])
    return [line.text for line in _with_lead(lines, blocks, start)]


def _votes(blocks: list[Block], body: list[Block], headline: Block | None) -> dict[str, list[float]]:
    """What a page says of its template that names the body itself: that needs no model."""
    laid, chosen = layout(blocks, headline), {block.index for block in body}
    return templates.votes_of(laid, [float(block.index in chosen) for block in laid.blocks])


def _by_trafilatura(tree: html.HtmlElement, sheet: Sheet) -> list[Line]:
    if not sheet.usual & (NAV | FOOTER):  # trafilatura leaves them out too, after going through them many times
        etree.strip_elements(tree, "nav", "footer", with_tail=False)
    return lines_of(tree, sheet.blocks)


def _lines(blocks: Sequence[Block]) -> list[Line]:
    return [Line(block.text, (block,)) for block in blocks]


def fragment(sheet: Sheet, title: str) -> list[str]:
    """The paragraphs of a body that a feed or an interface gave: all of them, but for the title said again."""
    wanted = fold(title)
    return [block.text for block in sheet.blocks if fold(block.text) != wanted]


def _size(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _out_of_furniture(lines: list[Line]) -> list[Line]:
    """The lines that are not in furniture, unless the template calls most of the text so. Cards may hold bodies."""
    kept = [line for line in lines if not line.blocks or not line.blocks[0].place & (FURNITURE & ~CARD)]
    return kept if _size(kept) * 2 > _size(lines) else lines


def _first_article(lines: list[Line]) -> list[Line]:
    """The lines without those of further articles, which endless pages append to the first."""
    of = {id(line): _outermost(line.blocks[0].box, "article") if line.blocks else None for line in lines}
    sizes: dict[Box, int] = {}
    for line in lines:
        if (article := of[id(line)]) is not None:
            sizes[article] = sizes.get(article, 0) + len(line.text)
    whole = _size(lines)
    seen = list(sizes)
    first = next((seen.index(article) for article in seen if sizes[article] * 4 >= whole), len(seen))
    later = set(seen[first + 1 :])
    return [line for line in lines if of[id(line)] not in later]


def _outermost(box: Box | None, tag: str) -> Box | None:
    found = None
    while box is not None:
        if box.tag == tag:
            found = box
        box = box.parent
    return found


def _body(blocks: list[Block]) -> list[Block]:
    """The blocks of the element that the template names as the body; of the longest, where it names several."""
    bodies: dict[Box, list[Block]] = {}
    for block in blocks:
        if block.place & BODY:
            box = block.box
            while box.parent is not None and box.parent.place & BODY:
                box = box.parent
            if not box.place & (FURNITURE & ~CARD):
                bodies.setdefault(box, []).append(block)
    return max(bodies.values(), key=_letters, default=[])


def _letters(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _is_clean(body: list[Block], blocks: list[Block]) -> bool:
    """Whether a named body holds the page's text and nothing else: then trafilatura, the dearest step, is not needed."""
    if not body or any(
        block.place & FURNITURE or len(block.text) < 80 and (block.tag == "div" or _is_caption(block)) for block in body
    ):
        return False
    letters = _letters(body)
    text = _letters([block for block in blocks if not block.place & FURNITURE and block.linked * 2 < len(block.text)])
    return letters > 150 and sum(block.linked for block in body) * 10 < letters and letters > 0.7 * text


def _within(body: list[Block], lines: list[Line], start: int, title: str) -> list[Line]:
    """The lines in the named body, with the lead before it; all, where none is named or it holds too little."""
    body = [block for block in body if not block.place & (FURNITURE & ~CARD)]
    letters = _letters(body)
    if letters < 20 or sum(block.linked for block in body) * 2 > letters:
        return lines
    first, last = body[0].index, body[-1].index
    inside = [line for line in lines if first <= line.index <= last]
    own = {fold(block.text) for block in body}
    outside = [line for line in lines if line.blocks and not first <= line.index <= last and fold(line.text) not in own]
    if letters <= _NOTICE and all(len(line.text) < 3 * _LONG for line in outside):
        return _lines([block for block in body if fold(block.text) != title])
    if _size(inside) * 2 < _size(lines):
        return lines
    leads = [
        line
        for line in lines
        if -1 < start < line.index < first and first - line.index < 12 and len(line.text) >= _LONG
    ]
    return leads + inside


def _below(blocks: list[Block], start: int) -> list[Line]:
    """What stands under the headline: trafilatura finds nothing on pages of a sentence or two."""
    found: list[Line] = []
    for block in blocks[start + 1 :] if start >= 0 else ():
        if block.place & FURNITURE and found:
            break
        if not block.place & FURNITURE and block.linked * 2 <= len(block.text):
            found.append(Line(block.text, (block,)))
    return found


def _completed(lines: list[Line], blocks: list[Block]) -> list[Line]:
    """The lines with what was left out among them: the rest of a run of text, paragraphs just like those chosen."""
    chosen = {block.index for line in lines for block in line.blocks}
    if not chosen:
        return lines
    alike = Counter(_likeness(line.blocks[0]) for line in lines if line.blocks and len(line.text) >= _LONG)
    runs = {id(blocks[index].box) for index in chosen if blocks[index].tag not in HEADINGS}
    added = [
        Line(block.text, (block,))
        for block in blocks[max(0, min(chosen) - 1) : max(chosen) + 2]
        if block.index not in chosen
        and not block.place & (FURNITURE | HIDDEN)
        and block.linked * 3 <= len(block.text)
        and (len(block.text) >= _LONG and alike[_likeness(block)] > 1 or id(block.box) in runs)
    ]
    return _merged(lines, added)


def _merged(lines: list[Line], added: list[Line]) -> list[Line]:
    merged = list(lines)
    for line in added:
        at = next((i for i, other in enumerate(merged) if other.index > line.index), len(merged))
        merged.insert(at, line)
    return merged


def _likeness(block: Block) -> tuple[str, ...]:
    box, outer = block.box, block.box.parent
    return (box.tag, box.name, outer.tag, outer.name) if outer else (box.tag, box.name)


def _without_captions(lines: list[Line]) -> list[Line]:
    return [line for line in lines if not line.blocks or not _is_caption(line.blocks[0])] or lines


def _is_caption(block: Block) -> bool:
    box: Box | None = block.box
    for _ in range(3):
        if box is None:
            return False
        if box.tag in ("figcaption", "figure", "caption") or "caption" in box.name.lower():
            return True
        box = box.parent
    return False


def _without_teasers(lines: list[Line]) -> list[Line]:
    """The lines without paragraphs that are one link ("Leggi anche: …"), where those are few: some texts are links."""
    kept = [
        line
        for line in lines
        if not line.blocks
        or line.blocks[0].tag in ("li", "td", "dd")
        or sum(block.linked for block in line.blocks) <= 0.8 * len(line.text)
    ]
    return kept if _size(kept) > 0.85 * _size(lines) else lines


def _without_last_headings(lines: list[Line]) -> list[Line]:
    """The lines without headings at the end, whose text was furniture."""
    for _ in range(2):
        if len(lines) > 3 and lines[-1].blocks and lines[-1].blocks[0].tag in HEADINGS and len(lines[-1].text) < 100:
            lines = lines[:-1]
    return lines


def _with_lead(lines: list[Line], blocks: list[Block], start: int) -> list[Line]:
    """The lines, after the paragraph that stands directly under the headline, which extractors take for furniture."""
    if start < 0:
        return lines
    chosen = {block.index for line in lines for block in line.blocks}
    # The national model hides a heading between the two, and shows an event's days as a second one beside the headline.
    below = [each for each in blocks[start + 1 : start + 6] if not each.place & HIDDEN]
    if len(below) > 1 and below[0].tag in HEADINGS and below[1].box.parent is blocks[start].box.parent:
        below = below[1:]
    for block in below[:2]:
        if block.place & FURNITURE or block.tag in HEADINGS or block.index in chosen:
            break
        if len(block.text) >= 40 and block.linked < 10 and not _NOTE.match(block.text):
            return [Line(block.text, (block,)), *lines]
    return lines
