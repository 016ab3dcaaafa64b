"""A page as a list of leaf blocks: one walk over the tree, whose result every reader shares."""

import re
from dataclasses import dataclass, field

from lxml import html

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody"
    " td tfoot th thead tr ul".split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_UNREAD = frozenset(
    "script style svg noscript template iframe object canvas math select textarea button input head title video audio"
    " map embed progress datalist".split()
)

# Where a block stands, as bits that a container hands down to everything inside it.
NAV, HEADER, FOOTER, ASIDE, FORM, DIALOG, MAIN, ARTICLE, RELATED, SOCIAL, COMMENTS, COOKIE, HIDDEN, BODY, CARD = (
    1 << bit for bit in range(15)
)
FURNITURE = NAV | FOOTER | ASIDE | FORM | DIALOG | RELATED | SOCIAL | COMMENTS | COOKIE | HIDDEN | CARD
_BY_TAG = {
    "nav": NAV, "header": HEADER, "footer": FOOTER, "aside": ASIDE, "form": FORM, "dialog": DIALOG, "main": MAIN,
    "article": ARTICLE, "menu": NAV,
}  # fmt: skip
_BY_ROLE = {
    "navigation": NAV, "menu": NAV, "menubar": NAV, "search": FORM, "banner": HEADER, "contentinfo": FOOTER,
    "complementary": ASIDE, "dialog": DIALOG, "alertdialog": DIALOG, "main": MAIN, "article": ARTICLE,
}  # fmt: skip
_BY_NAME = (
    (NAV, re.compile(r"(?<![a-z])(?:nav|navbar|navigation|menu|submenu|breadcrumbs?|briciole|skiplinks?|pager|pagination)(?![a-z])")),
    (FOOTER, re.compile(r"(?<![a-z])(?:site|page|global|main)?-?_?footer(?![a-z])|colophon")),
    (ASIDE, re.compile(r"sidebar|side-bar|(?<![a-z])aside(?![a-z])|widget|colonna-destra")),
    (DIALOG, re.compile(r"(?<![a-z])modal(?![a-z])|popup|overlay|offcanvas|lightbox")),
    (RELATED, re.compile(r"related|correlat|recommend|read-?more|leggi-anche|potrebbe|more-(?:news|stories|from)|altre-notizie|teaser|trending|most-?read|popular")),
    (SOCIAL, re.compile(r"(?<![a-z])shar(?:e|ing|er)|social|condividi|addtoany|sharedaddy")),
    (COMMENTS, re.compile(r"(?<![a-z])comments?(?![a-z])|commenti|disqus|respond(?![a-z])")),
    (COOKIE, re.compile(r"cookie|consent|gdpr|iubenda")),
    (HIDDEN, re.compile(r"visually-?hidden|sr-only|screen-reader|(?<![a-z])(?:d-none|hidden|invisible)(?![a-z-])")),
    (CARD, re.compile(r"(?<![a-z])card(?![a-z])|(?<![a-z])cards(?![a-z])")),
    (BODY, re.compile(
        r"(?:entry|article|post|story|news|page|node|main)[-_]?(?:content|body|text)|articlebody|richtext|field-name-body"
        r"|field--name-body|documentfirstheading|content-core|testo"
    )),
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Box:
    """A block-level element: how it is called, where it stands, and what is inside it."""

    tag: str
    name: str
    place: int
    parent: "Box | None"
    depth: int
    chars: int = 0
    linked: int = 0
    leaves: int = 0


@dataclass(slots=True, eq=False)
class Block:
    """A run of text that no block-level element interrupts; `linked` counts its characters inside links."""

    text: str
    box: Box
    linked: int
    index: int
    inline: str = ""

    @property
    def tag(self) -> str:
        """The tag of the block-level element around the text."""
        return self.box.tag

    @property
    def place(self) -> int:
        """Where the block stands, as bits."""
        return self.box.place


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment in the markup: a `<time>` or an element marked as the publication's, before the block `index`."""

    moment: str
    text: str
    mark: str
    box: Box
    index: int


@dataclass(slots=True)
class Sheet:
    """A page's blocks in reading order, and the moments that its markup states."""

    blocks: list[Block] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)


def walk(tree: html.HtmlElement) -> Sheet:
    """The blocks of a page."""
    walker = _Walker()
    body = tree.find("body")
    walker.enter(tree if body is None else body, Box("html", "", 0, None, 0))
    return walker.sheet


class _Walker:
    def __init__(self) -> None:
        self.sheet = Sheet()
        self._text: list[str] = []
        self._linked = 0
        self._places: dict[tuple[str, str], int] = {}

    def enter(self, element: html.HtmlElement, outer: Box) -> None:
        """Read one block-level element."""
        get = element.get
        tag = element.tag
        name = get("class") or ""
        place = outer.place | self._place(tag, name, get("id") or "", get("role") or "")
        if get("hidden") is not None or get("aria-hidden") == "true" or "display:none" in (get("style") or "").replace(" ", ""):
            place |= HIDDEN
        box = Box(tag, name, place, outer, outer.depth + 1)
        self._flush(outer)
        if get("itemprop") in ("datePublished", "dateModified"):
            self._stamp(element, get("itemprop"), box)
        if element.text:
            self._text.append(element.text)
        self._children(element, box, False)
        self._flush(box)

    def _children(self, element: html.HtmlElement, box: Box, in_link: bool) -> None:
        text = self._text
        for child in element:
            tag = child.tag
            if tag in BLOCKS:
                if tag == "hr":
                    self._flush(box)
                else:
                    self.enter(child, box)
            elif tag == "br":
                text.append("\v")
            elif tag not in _UNREAD and isinstance(tag, str):
                self._inline(child, tag, box, in_link)
            if tail := child.tail:
                text.append(tail)
                if in_link:
                    self._linked += len(tail.strip())

    def _inline(self, element: html.HtmlElement, tag: str, box: Box, in_link: bool) -> None:
        get = element.get
        if tag == "time" or get("itemprop") in ("datePublished", "dateModified"):
            self._stamp(element, get("itemprop") or "", box)
        elif tag == "a":
            in_link = True
        if own := element.text:
            self._text.append(own)
            if in_link:
                self._linked += len(own.strip())
        self._children(element, box, in_link)

    def _stamp(self, element: html.HtmlElement, mark: str, box: Box) -> None:
        get = element.get
        text = " ".join("".join(element.itertext()).split())[:80]
        moment = get("datetime") or get("content") or ""
        mark = f"{mark} {get('class') or ''} {'pubdate' if get('pubdate') is not None else ''}".lower()
        self.sheet.stamps.append(Stamp(moment, text, mark, box, len(self.sheet.blocks)))

    def _flush(self, box: Box) -> None:
        if not self._text:
            return
        parts = paragraphs("".join(self._text))
        linked = self._linked
        self._text.clear()
        self._linked = 0
        blocks = self.sheet.blocks
        for part in parts:
            blocks.append(Block(part, box, min(linked, len(part)), len(blocks)))
            outer: Box | None = box
            while outer is not None:
                outer.chars += len(part)
                outer.linked += min(linked, len(part))
                outer.leaves += 1
                outer = outer.parent

    def _place(self, tag: str, name: str, identity: str, role: str) -> int:
        """The bits for a tag with these names, remembered since a page repeats them."""
        key = (tag, name + " " + identity + " " + role) if name or identity or role else (tag, "")
        place = self._places.get(key)
        if place is None:
            place = _BY_TAG.get(tag, 0) | _BY_ROLE.get(role, 0)
            # A body or main element is named after what the page has ("has-sidebar"), not after what it is.
            if tag not in ("body", "main", "html") and (name or identity):
                names = f"{name} {identity}".lower()
                for bit, pattern in _BY_NAME:
                    if pattern.search(names):
                        place |= bit
            self._places[key] = place
        return place


_ENDED = re.compile(r"[.:;!?…»”\")\]]$")
_OPENS = re.compile(r"[-–—•·*▪►✓]\s|\(?\d{1,2}[.)]\s|\w\)\s")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a run of text in which each `<br>` is a vertical tab.

    Two of them always part paragraphs; one does where the line before is a whole sentence or the next an item.
    """
    if "\v" not in text:
        line = " ".join(text.split())
        return [line] if line else []
    found: list[str] = []
    joins = False
    for part in text.split("\v"):
        line = " ".join(part.split())
        if line and joins and not _ENDED.search(found[-1]) and not _OPENS.match(line):
            found[-1] += " " + line
        elif line:
            found.append(line)
        joins = bool(line)
    return found
