"""Where the headline stands, and what stands near it or apart from the release."""

from dataclasses import dataclass

from crawler.extraction.blocks import (
    ARTICLE,
    ASIDE,
    CARD,
    COMMENTS,
    COOKIE,
    DIALOG,
    FOOTER,
    FORM,
    FURNITURE,
    HEADER,
    HEADINGS,
    MAIN,
    NAV,
    RELATED,
    Block,
    Box,
    Sheet,
)  # fmt: skip

_AWAY = NAV | FOOTER | ASIDE | FORM | DIALOG | RELATED | COMMENTS | COOKIE | CARD
_FAR_AWAY = NAV | RELATED | COMMENTS | COOKIE | DIALOG
PARAGRAPH = 80  # letters


@dataclass(frozen=True, slots=True)
class Headline:
    """Where the headline stands, -1 without one, and where the text after it starts.

    `place` is where all of the release stands, or all of the page, so it tells nothing. `boxes` are around the headline.
    """

    index: int = -1
    place: int = 0
    text: int = -1
    boxes: frozenset[Box] = frozenset()

    def is_near(self, index: int, before: int = 4, after: int = 8) -> bool:
        """Whether a block is at most so many blocks above or below the headline."""
        return self.index >= 0 and -before <= index - self.index <= after

    def is_between(self, index: int) -> bool:
        """Whether a block stands between the headline and the text."""
        return self.index < index < self.text

    def is_away(self, place: int, index: int) -> bool:
        """Whether something stands apart from the release: in navigation, cards, comments, the site's header or footer."""
        if place & FOOTER and place & (MAIN | ARTICLE):
            place &= ~FOOTER  # an article's own
        if place & HEADER and not (place & (MAIN | ARTICLE) or self.place & HEADER):
            return True  # the site's, which shows today's date
        # Between headline and text templates put the date into all kinds of elements (`<aside class="post-meta">`).
        between = self.index >= 0 and self.index - 3 <= index < self.text
        return bool(place & ~self.place & (_FAR_AWAY if between else _AWAY))


def locate(sheet: Sheet, shown: Block | None) -> Headline:
    """Where the block of the headline stands on its page."""
    if shown is None:
        return _above_the_text(sheet)
    below = sheet.blocks[shown.index + 1 :]
    after = (block.index for block in below if len(block.text) >= PARAGRAPH and block.tag not in HEADINGS)
    boxes: set[Box] = set()
    box: Box | None = shown.box
    while box is not None:
        boxes.add(box)
        box = box.parent
    return Headline(shown.index, shown.place | sheet.usual, next(after, shown.index + 3), frozenset(boxes))


def _above_the_text(sheet: Sheet) -> Headline:
    """Where the headline would be that the page does not show in its title's words: three blocks above the text."""
    away = ~sheet.usual & (FURNITURE | HEADER)
    for block in sheet.blocks:
        if len(block.text) >= PARAGRAPH and block.linked * 3 <= len(block.text) and not block.place & away:
            return Headline(max(0, block.index - 3), block.place | sheet.usual, block.index)
    return Headline(place=sheet.usual)
