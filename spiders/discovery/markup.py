"""A page as a tree, and the texts in it as a reader sees them."""

import re
from typing import Any, TypeAlias, cast
from urllib.parse import urljoin

from lxml import etree
from scrapy.http import Response, TextResponse
from w3lib.html import get_base_url

from spiders.discovery.damaged import is_bomb
from spiders.values import Unreadable

Element: TypeAlias = etree._Element

# Real pages are 50 elements deep at most. Of the 2,000 that libxml2 allows, each link would be asked for all.
_too_deep = etree.XPath("/*" * 300)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_UNREAD = ("script", "style", "svg", "noscript", "template", "iframe")
_NO_PAGE = re.compile(r"(?is)[{\[]|<\?xml[^>]*>\s*(?:<!--.*?-->\s*)?<(?!!doctype\s+html|html|!--)")
_HIDDEN = re.compile(r"(?:^|\s)(?:visually-hidden|sr-only|screen-reader-text|invisible|element-invisible)(?:\s|$)")


def parse(response: Response) -> tuple[Element, str]:
    """The page's tree, without scripts and what else nobody reads, and the address that its links start from.

    Raises:
        Unreadable: the answer is no HTML.
    """
    text = characters(response).replace("\x00", "").lstrip("\ufeff \t\r\n")
    if not text or _NO_PAGE.match(text[:1000]):
        raise Unreadable("The answer is not a page of HTML.")
    if is_bomb(text):
        raise Unreadable("The page has a tag with thousands of attributes.")
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    tree = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if tree is None:
        raise Unreadable("The answer is not a page of HTML.")
    for element in cast("list[Any]", _too_deep(tree)):
        element.getparent().remove(element)
    etree.strip_elements(tree, *_UNREAD, with_tail=False)
    return tree, _base(text[:8192], response.url)


def characters(response: Response) -> str:
    """The characters of an answer; none where it is no text."""
    if not isinstance(response, TextResponse):
        return ""
    try:
        return response.text
    except (LookupError, UnicodeError):  # Python knows charset=uu and =idna, but they are no encodings of text
        return response.body.decode("utf-8", "replace")


def _base(start: str, url: str) -> str:
    """Where a page's links start from: what it says, or its address where that is none."""
    try:
        base: str = get_base_url(start, url)
        urljoin(base, "x")
    except ValueError:  # "//["
        return url
    return base


def text_of(element: Element) -> str:
    """The element's text on one line."""
    return " ".join(" ".join(map(str, element.itertext())).split())


def shown_text(element: Element) -> str:
    """The element's text on one line, without what only screen readers say; all of it where nothing else is there."""
    pieces = []
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, node in walker:
        if event == "end":
            pieces.append(node.tail if node is not element else None)
        elif node is not element and hidden(node):
            walker.skip_subtree()
        else:
            pieces.append(node.text)
    return " ".join(" ".join(filter(None, pieces)).split()) or text_of(element)


def hidden(element: Element) -> bool:
    """Whether the element is marked as one for screen readers only."""
    return bool(_HIDDEN.search(element.get("class", "")))
