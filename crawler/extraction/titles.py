"""A release's own title, by the vote of everything on the page that names it.

The headline that readers see decides: the h1 that agrees best with og:title, the title element, JSON-LD, the list's
link and the address; penalised inside navigation and dialogs, and where it is the site's name. (Such a vote found the
gold's title on .81 to .87 of foreign pages, the first h1 or og:title alone on .61.)
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from crawler.extraction.blocks import (
    ASIDE,
    CARD,
    COOKIE,
    DIALOG,
    FOOTER,
    FORM,
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

_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"\s+(?:[|–—•·»«:›/]|-|::)\s+|\s*\|\s*|\s+[»›]\s*")
_QUOTES = ("«", "“", '"', "‘", "„")
_OUTSIDE = NAV | FOOTER | DIALOG | COOKIE | RELATED | FORM | ASIDE
_ARTICLES = ("article", "news", "posting", "webpage", "report", "event")
# Headings of a site's parts that stand where a title could.
_SECTIONS = frozenset(
    "news|notizie|novità|comunicati|comunicati stampa|comunicato stampa|avvisi|avviso|home|homepage|menu|cerca|ricerca|"
    "ultime notizie|in primo piano|archivio|notizia|eventi|dettaglio notizia|dettaglio news|primo piano|sala stampa|"
    "ufficio stampa|press|press release|press releases|cookie|privacy|search|blog|article|articolo|calendar|calendario|dettaglio evento".split(
        "|"
    )
)


def title_of(sheet: Sheet, head: Head, url: str, listed: str | None = None) -> str:
    """The title that most of the page's names for itself agree with; empty where it has none.

    `listed` is what the list or feed called the page: lists often cut titles, so it votes like the others, and
    stands where the page has no headline.
    """
    site = fold(head.metas.get("og:site_name", ""))
    names = [name for name in _names(head, listed) if name]
    votes = [(_words(name), weight) for name, weight in _weighed(head, listed, url)]
    best, best_score = "", 0.0
    for block, prior in _headings(sheet.blocks):
        text = _without_name(block.text, site)
        folded = fold(text)
        if not folded or len(text) > 400:
            continue
        words = frozenset(folded.split())
        score = prior + sum(weight * _likeness(words, vote) for vote, weight in votes if vote)
        place = block.place & ~sheet.usual
        if place & _OUTSIDE:
            score -= 0.8
        if place & (HEADER | CARD | HIDDEN):
            score -= 0.25
        if folded in _SECTIONS or (site and folded == site) or block.linked > len(block.text) * 0.8:
            score -= 1.0
        if score > best_score:
            best, best_score = text, score
    if best_score >= 0.55:
        return _whole(_without_kicker(best, names), listed)
    fallback = listed or _without_site(head.metas.get("og:title", "") or head.title, head, url)
    return fallback or best or (names[0] if names else "")


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
        tag = _heading(block)
        if tag == "h1":
            yield block, 0.5
        elif tag in ("h2", "h3") and seen < 40:
            seen += 1
            yield block, 0.15 if tag == "h2" else 0.0
        elif "title" in block.box.name.lower() or "titolo" in block.box.name.lower():
            yield block, 0.0


def _heading(block: Block) -> str:
    box = block.box
    for _ in range(3):
        if box.tag in ("h1", "h2", "h3"):
            return box.tag
        if box.parent is None:
            break
        box = box.parent
    return ""


def _weighed(head: Head, listed: str | None, url: str) -> Iterator[tuple[str, float]]:
    if listed:
        yield listed, 1.0
    yield head.metas.get("og:title", ""), 0.6
    yield head.title, 0.5
    yield next(_headlines(head), ""), 0.3
    yield _slug(url), 0.4


def _names(head: Head, listed: str | None) -> Iterator[str]:
    yield listed or ""
    yield head.metas.get("og:title", "")
    yield head.title
    yield from _headlines(head)


def _headlines(head: Head) -> Iterator[str]:
    for thing in head.things:
        kind = str(thing.get("@type", "")).lower()
        headline = thing.get("headline") or (thing.get("name") if "webpage" in kind else None)
        if isinstance(headline, str) and any(word in kind for word in _ARTICLES):
            yield headline


def _slug(url: str) -> str:
    parts = [part for part in unquote(urlsplit(url).path).split("/") if part]
    return re.sub(r"\.\w{2,5}$|\d{5,}", "", parts[-1]).replace("-", " ").replace("_", " ") if parts else ""


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


def _likeness(words: frozenset[str], other: frozenset[str]) -> float:
    """How much of each is in the other; a name that goes on with the site's is as good as one that does not."""
    shared = len(words & other)
    return shared / max(1, len(words)) * (0.5 + 0.5 * shared / max(1, len(other)))


def _without_site(title: str, head: Head, url: str) -> str:
    """A title element's text without the site's name before or after it."""
    parts = [part.strip() for part in _SEPARATOR.split(title) if part and part.strip()]
    if len(parts) < 2:
        return title
    site = _words(head.metas.get("og:site_name", "")) | _words((urlsplit(url).hostname or "").replace(".", " "))
    own = [part for part in parts if not _is_site(part, site)]
    if not own or len(own) == len(parts):
        # The site's name comes last nearly always; an own title is no shorter than a word.
        return title[: title.rindex(parts[-1])].rstrip(" |–—•·»:›/-") if len(parts[0]) > 3 else max(parts, key=len)
    start = title.index(own[0])
    return title[start : title.rindex(own[-1]) + len(own[-1])]


def _without_name(title: str, site: str) -> str:
    """A headline without the site's own name after a bar."""
    parts = _SEPARATOR.split(title) if site else ()
    if len(parts) > 1 and fold(parts[-1]) == site:
        return title[: title.rindex(parts[-1])].rstrip(" |–—•·»:›/-")
    return title


def _without_kicker(headline: str, names: list[str]) -> str:
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


def _is_site(part: str, site: frozenset[str]) -> bool:
    words = _words(part)
    return bool(words) and (words <= site or "".join(fold(part).split()) in site)


def _whole(title: str, listed: str | None) -> str:
    """The page's title; a list's stands for it only where the page's is cut ("…")."""
    if listed and title.rstrip().endswith(("…", "...")) and len(listed) > len(title):
        return listed
    return title
