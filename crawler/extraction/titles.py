"""A release's own title, by the vote of everything on the page that names it.

The headline that readers see decides: the heading that agrees best with og:title, the title element, JSON-LD, the list's
link and the address; penalised inside navigation and dialogs, and where it names the site or a section of it. (Such a
vote found the gold's title on .81 to .87 of foreign pages, the first h1 or og:title alone on .61.) Where all those names
are the site's own, as on old templates, the heading that stands next above the text decides.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from crawler.extraction import cardtitles
from crawler.extraction.blocks import (
    ASIDE,
    CARD,
    COOKIE,
    DIALOG,
    FOOTER,
    FORM,
    FURNITURE,
    HEADER,
    HEADINGS,
    HIDDEN,
    NAV,
    RELATED,
    Block,
    Sheet,
)
from crawler.extraction.folding import fold
from crawler.extraction.markup import Head
from crawler.extraction.names import names_of, weighed, with_topic
from crawler.extraction.sitenames import SEPARATOR, Site, is_section
from spiders.dates import days_in

_WORD = re.compile(r"\w+")
_QUOTES = ("«", "“", '"', "‘", "„")
_OUTSIDE = NAV | FOOTER | DIALOG | COOKIE | RELATED | FORM | ASIDE
_OVER_OR_UNDER = re.compile(r"(?i)sub-?_?title|sotto-?_?titolo|occhiello|kicker|sommario|overline|eyebrow|catenaccio")
_TITLED = re.compile(r"(?i)titol[oi]|title|(?<![a-z])tit(?![a-z])|headline")
# What speaks for a heading before any vote; old templates have an h4 or a div there.
_PRIORS = {"h1": 0.5, "h2": 0.15, "h3": 0.0, "h4": -0.05, "h5": -0.05, "h6": -0.05}
_LONGEST, _PROSE, _NEAR = 400, 80, 10
# With votes a heading must win some of them; without, standing where a headline does is enough.
_ENOUGH, _ENOUGH_ALONE = 0.55, 0.3


def title_of(sheet: Sheet, head: Head, url: str, listed: str | None = None) -> str:
    """The title that most of the page's names for itself agree with; empty where it has none.

    `listed` is what the list or feed called the page: lists often cut titles, so it votes like the others, and
    stands where the page has no headline. A page that has no other name than its site's or a section's is called that.
    """
    site = Site(head, sheet.blocks, url)
    listed = cardtitles.of_card(listed)
    named = [name for name in names_of(head, listed, url, site) if name]
    votes = [(_words(name), weight) for name, weight in weighed(head, listed, url, site)]
    votes = [(words, weight) for words, weight in votes if words]
    start, scored = _start(sheet), []
    for block, prior in _headings(sheet.blocks):
        text = cardtitles.without_day(_without_name(block.text, site))
        words = _words(text)
        if not words:
            continue
        score = prior + sum(weight * _likeness(words, vote) for vote, weight in votes)
        if not named:
            score += _standing(sheet, block, start)
        score -= _against(sheet, block, text, site, named)
        scored.append((score, text))
    best_score, best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    if best_score >= (_ENOUGH if named else _ENOUGH_ALONE):
        return _whole(with_topic(_without_kicker(best, named), head, listed, site), named, sheet)
    if named:
        return _whole(named[0], named, sheet)
    if best_score <= 0 and site.names(best) and (line := _over_text(sheet, start, site)):
        return line
    return best or head.metas.get("og:title", "") or head.title


def headline_of(blocks: list[Block], title: str) -> Block | None:
    """The block where the page shows its title, perhaps after a kicker; outside furniture if it can be."""
    wanted = fold(title)
    if not wanted:
        return None
    found: list[tuple[tuple[bool, bool, bool, bool], Block]] = []
    for block in blocks:
        if block.place & (NAV | DIALOG) or len(block.text) > len(title) + 200:
            continue
        own = fold(block.text)
        if own == wanted or own.endswith(wanted) and block.tag in HEADINGS:
            found.append((
                (bool(block.place & (HIDDEN | FOOTER)), own != wanted, block.tag != "h1", block.tag not in HEADINGS), block,
            ))  # fmt: skip
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _headings(blocks: list[Block]) -> Iterator[tuple[Block, float]]:
    """Headings with what speaks for them before any vote: an h1 more than an h2, an early one more than a late one."""
    seen = 0
    for block in blocks:
        if len(block.text) > _LONGEST:
            continue
        tag = _heading(block)
        if tag == "h1":
            yield block, 0.5
        elif tag and seen < 40:
            seen += 1
            yield block, _PRIORS[tag]
        elif not tag and _is_called(_TITLED, block.box.name):
            yield block, 0.0


def _heading(block: Block) -> str:
    box = block.box
    for _ in range(3):
        if box.tag in HEADINGS:
            return box.tag
        if box.parent is None:
            break
        box = box.parent
    return ""


def _start(sheet: Sheet) -> int:
    """Where the running text begins; after the last block where there is none."""
    away = FURNITURE & ~sheet.usual
    for block in sheet.blocks:
        prose = len(block.text) >= _PROSE and block.linked * 3 <= len(block.text)
        if prose and not block.place & away and _heading(block) != "h1":
            return block.index
    return len(sheet.blocks)


def _standing(sheet: Sheet, block: Block, start: int) -> float:
    """What speaks for a heading by where it stands: next above the running text."""
    score = 0.2 if _is_called(_TITLED, block.box.name) and not block.place & CARD & ~sheet.usual else 0.0
    if 0 < start - block.index <= _NEAR:
        score += 0.25 - 0.01 * (start - block.index)
    return score


def _against(sheet: Sheet, block: Block, text: str, site: Site, named: Sequence[str]) -> float:
    """What speaks against a heading: furniture around it, other pages behind it, the site's or a section's name."""
    place = block.place & ~sheet.usual
    score = 0.8 if place & _OUTSIDE else 0.0
    if place & (HEADER | CARD | HIDDEN):
        score += 0.25
    if _is_called(_OVER_OR_UNDER, block.box.name):
        score += 0.4
    if is_section(text) or site.names(text):
        score += 1.0
    elif block.linked > len(block.text) * 0.8:
        score += 0.4 if block.tag == "h1" and not place & HEADER else 1.0
    elif text.count(" ") < 4 and site.has_entry(text) and text not in named:
        score += 0.4
    return score


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


def _likeness(words: frozenset[str], other: frozenset[str]) -> float:
    """How much of each is in the other; a name that goes on with the site's is as good as one that does not."""
    shared = len(words & other)
    return shared / max(1, len(words)) * (0.5 + 0.5 * shared / max(1, len(other)))


def _without_name(title: str, site: Site) -> str:
    """A headline without the site's own name after a bar."""
    parts = SEPARATOR.split(title)
    return site.without(title) or title if len(parts) > 1 and site.names(parts[-1]) else title


def _without_kicker(headline: str, names: Sequence[str]) -> str:
    """A headline without the words over it ("Ambiente – ", a day) that templates put inside the heading.

    They are there where another of the page's names for itself is the rest of the headline, and none all of it.
    """
    folded = fold(headline)
    others = [(name, fold(name)) for name in names]
    if any(other.startswith(folded) for _, other in others):
        return headline
    for name, other in others:
        if headline[0] in ":–—-" and other.endswith(folded):
            return name
        if len(other) * 2 >= len(folded) and len(other.split()) > 2 and folded.endswith(" " + other):
            starts = (match.start() for match in _WORD.finditer(headline))
            at = next((start for start in starts if fold(headline[start:]) == other), 0)
            return headline[at - 1 if headline[at - 1 : at] in _QUOTES else at :]
    return headline


def _whole(title: str, named: Sequence[str], sheet: Sheet) -> str:
    """A title; where it is cut, as another of the page's names for itself or some block of the page has it whole."""
    if not cardtitles.is_cut(title):
        return title
    return cardtitles.whole(title, (*named, *(block.text for block in sheet.blocks if not block.place & (NAV | CARD))))


def _over_text(sheet: Sheet, start: int, site: Site) -> str:
    """The line next above the running text of a page without headings (a `<strong>`), if it may be a title."""
    for block in reversed(sheet.blocks[max(0, start - 3) : start]):
        text = block.text
        if block.place & FURNITURE & ~sheet.usual or block.linked or not 3 <= len(text.split()) <= 30:
            continue
        if text[-1] not in ".,;:" and not next(iter(days_in(text)), None) and not site.names(text):
            return text
    return ""


@lru_cache(maxsize=1 << 13)
def _is_called(pattern: re.Pattern[str], name: str) -> bool:
    return bool(name) and bool(pattern.search(name))
