"""What a page has of a list: teasers, and links one under the other, with the running text beside them."""

from crawler.extraction.blocks import CARD, COOKIE, DIALOG, FOOTER, FURNITURE, HEADINGS, NAV, Block, Box, Sheet
from crawler.extraction.folding import fold


def parts(sheet: Sheet) -> tuple[int, list[int]]:
    """The letters of running text that stand in no teaser, and in each teaser: a card, or what follows a linked heading."""
    plain, teasers = 0, []
    card: Box | None = None
    linked = False
    for block in sheet.blocks:
        if block.place & (FURNITURE & ~CARD & ~sheet.usual):
            continue
        outer = _card(block)
        heading = block.tag in HEADINGS
        if outer is not card or heading and outer is None:
            linked = heading and block.linked * 5 > len(block.text) * 4
            if outer is not None or linked:
                teasers.append(0)
            card = outer
        if len(block.text) < 60 or block.linked * 2 >= len(block.text):
            continue
        if outer is not None or linked:
            teasers[-1] += len(block.text)
        else:
            plain += len(block.text)
    return plain, teasers


def _card(block: Block) -> Box | None:
    """The outermost card around a block."""
    if not block.place & CARD:
        return None
    box = block.box
    while box.parent is not None and box.parent.place & CARD:
        box = box.parent
    return box


def entries(sheet: Sheet, title: str) -> list[Block]:
    """The links of the longest list under the page's title: blocks of the same tag and class, mostly a link each."""
    wanted = fold(title)
    top = next(
        (block.index for block in sheet.blocks if block.tag in HEADINGS and fold(block.text) == wanted),
        len(sheet.blocks),
    )
    away, found = FURNITURE & ~sheet.usual, dict[tuple[str, str], list[Block]]()
    for block in sheet.blocks[top:]:
        if block.linked >= 20 and block.linked * 2 >= len(block.text) and not block.place & away:
            found.setdefault((block.tag, block.box.name), []).append(block)
    return max(found.values(), key=len, default=[])


def between(sheet: Sheet, entries: list[Block]) -> int:
    """The letters of the longest running text above, between and under the links of a list."""
    places = {entry.index for entry in entries}
    longest = letters = 0
    for block in sheet.blocks:
        if block.index in places:
            letters = 0
        elif len(block.text) >= 40 and block.tag not in HEADINGS and block.linked * 2 < len(block.text):
            letters += 0 if block.place & (NAV | FOOTER | DIALOG | COOKIE) else len(block.text)
            longest = max(longest, letters)
    return longest
