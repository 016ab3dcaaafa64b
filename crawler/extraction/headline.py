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
    HEADER,
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
        return Headline(place=sheet.usual)
    after = (block.index for block in sheet.blocks[shown.index + 1 :] if len(block.text) >= PARAGRAPH)
    boxes: set[Box] = set()
    box: Box | None = shown.box
    while box is not None:
        boxes.add(box)
        box = box.parent
    return Headline(shown.index, shown.place | sheet.usual, next(after, shown.index + 3), frozenset(boxes))
