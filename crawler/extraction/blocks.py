"""A page as a list of leaf blocks: one walk over the tree, whose result every reader shares."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

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

_NAMES = 300  # letters of a class attribute that are read
_STAMPED = frozenset(("datePublished", "dateModified"))

BITS = 15
# Where a block stands, as bits that a container hands down to everything inside it.
NAV, HEADER, FOOTER, ASIDE, FORM, DIALOG, MAIN, ARTICLE, RELATED, SOCIAL, COMMENTS, COOKIE, HIDDEN, BODY, CARD = (
    1 << bit for bit in range(BITS)
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
    (HIDDEN, re.compile(
        r"(?<![\w-])(?:visually-?hidden(?:-focusable)?|sr-only(?:-focusable)?|screen-reader-text|hiddenstructure|d-none"
        r"|hidden|invisible)(?![\w-])"
    )),
    (CARD, re.compile(r"(?<![a-z])card(?![a-z])|(?<![a-z])cards(?![a-z])")),
    (BODY, re.compile(
        r"(?<![\w-])(?:entry-content|wp-block-post-content|post-content|articlebody|field--name-body|field-name-body"
        r"|richtext-wrapper|parent-fieldname-text|content-core|post-body|entry-body)(?![\w-])"
    )),
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Box:
    """A block-level element: how it is called (`name`: its classes), and where it stands."""

    tag: str
    name: str
    place: int
    parent: "Box | None"
    identity: str = ""  # its id attribute


@dataclass(slots=True, eq=False)
class Block:
    """A run of text that no block-level element interrupts; `linked` counts its characters inside links."""

    text: str
    box: Box
    linked: int
    index: int

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
    """A page's blocks in reading order, and the moments that its markup states.

    `usual` are the places where most of the page's running text stands: a template that calls the whole page a sidebar
    or a dialog tells nothing by it.
    """

    blocks: list[Block] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)
    usual: int = 0


def walk(tree: html.HtmlElement) -> Sheet:
    """The blocks of a page."""
    walker = _Walker()
    body = tree.find("body")
    walker.enter(tree if body is None else body, Box("html", "", 0, None))
    walker.sheet.usual = _usual(walker.sheet.blocks)
    return walker.sheet


def _usual(blocks: list[Block]) -> int:
    sizes: dict[int, int] = {}
    for block in blocks:
        if len(block.text) >= 80 and block.linked * 3 <= len(block.text):
            sizes[block.place] = sizes.get(block.place, 0) + len(block.text)
    whole = sum(sizes.values())
    usual = 0
    for bit in range(BITS):
        if 2 * sum(size for place, size in sizes.items() if place >> bit & 1) > whole:
            usual |= 1 << bit
    return usual


class _Walker:
    def __init__(self) -> None:
        self.sheet = Sheet()
        self._text: list[str] = []
        self._linked = 0
        self._lines: list[tuple[str, int]] = []  # what a `<br>` ended, with its linked characters

    def enter(self, element: html.HtmlElement, outer: Box) -> None:
        """Read one block-level element."""
        tag = element.tag
        attributes = dict(element.items())
        if attributes:
            name = attributes.get("class", "")[:_NAMES]
            role = attributes.get("role", "")[:_NAMES]
            identity = attributes.get("id", "")[:_NAMES]
            place = outer.place | _place(tag, name, identity, role)
            if _is_hidden(attributes):
                place |= HIDDEN
            if attributes.get("itemprop") == "articleBody":
                place |= BODY
        else:
            name, identity, place = "", "", outer.place | _BY_TAG.get(tag, 0)
        box = Box(tag, name, place, outer, identity)
        if self._text or self._lines:
            self._flush(outer)
        if attributes.get("itemprop") in _STAMPED:
            self._stamp(element, attributes["itemprop"], box)
        if (text := element.text) and not text.isspace():
            self._text.append(text)
        self._children(element, box, False)
        if self._text or self._lines:
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
                if box.tag in HEADINGS:  # a headline on two lines is one
                    text.append(" ")
                else:
                    self._break()
            elif tag not in _UNREAD and isinstance(tag, str):
                self._inline(child, tag, box, in_link)
            # White space between two blocks is nothing; between two words it counts.
            if (tail := child.tail) and (text or not tail.isspace()):
                text.append(tail)
                if in_link:
                    self._linked += len(tail.strip())

    def _inline(self, element: html.HtmlElement, tag: str, box: Box, in_link: bool) -> None:
        attributes = dict(element.items())
        mark = ""
        if attributes:
            if _is_undisplayed(attributes.get("style", "")):
                return
            mark = attributes.get("itemprop", "")
        if tag == "time" or mark in _STAMPED:
            self._stamp(element, mark, box)
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

    def _break(self) -> None:
        self._lines.append((" ".join("".join(self._text).split()), self._linked))
        self._text.clear()
        self._linked = 0

    def _flush(self, box: Box) -> None:
        self._break()
        blocks = self.sheet.blocks
        for text, linked in _paragraphs(self._lines) if len(self._lines) > 1 else self._lines:
            if text:
                blocks.append(Block(text, box, min(linked, len(text)), len(blocks)))
        self._lines.clear()


@lru_cache(maxsize=1 << 14)
def _place(tag: str, name: str, identity: str, role: str) -> int:
    """The bits for a tag with these names, remembered since a site's pages repeat them."""
    place = _BY_TAG.get(tag, 0) | _BY_ROLE.get(role, 0)
    # A body or main element is named after what the page has ("has-sidebar"), not after what it is.
    if tag not in ("body", "main", "html") and (name or identity):
        for each in f"{name} {identity}".lower().split():
            place |= _named(each)
    return place


@lru_cache(maxsize=1 << 14)
def _named(name: str) -> int:
    """The bits for one class or id: lists of them differ from element to element, and repeat the same few."""
    return sum(bit for bit, pattern in _BY_NAME if pattern.search(name))


def _is_hidden(attributes: dict[str, str]) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or "style" in attributes
        and _is_undisplayed(attributes["style"])
    )


def _is_undisplayed(style: str) -> bool:
    return "display" in style and "display:none" in style.replace(" ", "").lower()


_ENDED = re.compile(r"[.:;!?…»”\")\]]$")
_OPENS = re.compile(r"[-–—•·*▪►✓]\s|\(?\d{1,2}[.)]\s|\w\)\s")


def _paragraphs(lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The paragraphs of lines that a `<br>` each ends.

    Two of them always part paragraphs; one does where the line before is a whole sentence or the next an item.
    """
    found: list[tuple[str, int]] = []
    joins = False
    for text, linked in lines:
        if text and joins and not _ENDED.search(found[-1][0]) and not _OPENS.match(text):
            found[-1] = (f"{found[-1][0]} {text}", found[-1][1] + linked)
        elif text:
            found.append((text, linked))
        joins = bool(text)
    return found
