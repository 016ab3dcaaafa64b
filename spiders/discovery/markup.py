"""A page as a tree, and the texts in it as a reader sees them."""

import re

from lxml import etree, html
from scrapy.http import Response, TextResponse
from w3lib.html import get_base_url

from spiders.values import Unreadable

Element = html.HtmlElement

_UNSEEN = ("script", "style", "svg", "noscript", "template", etree.Comment, etree.ProcessingInstruction)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HIDDEN = re.compile(r"(?:^|\s)(?:visually-hidden|sr-only|screen-reader-text|d-none)(?:\s|$)")


def parse(response: Response) -> Element:
    """The page's tree, without scripts and other things that nobody reads.

    Raises:
        Unreadable: the answer is no HTML.
    """
    if not isinstance(response, TextResponse):
        raise Unreadable("The answer is not a page of HTML.")
    text = response.text.replace("\x00", "").lstrip()
    if not text or text[0] in "{[" or re.match(r"<\?xml[^>]*>\s*<(?!!doctype html|html)", text[:500], re.IGNORECASE):
        raise Unreadable("The answer is not a page of HTML.")
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        raise Unreadable("The answer is not a page of HTML.") from error
    etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    return tree


def base_of(response: TextResponse) -> str:
    """The address that the page's relative links start from."""
    return get_base_url(response.text[:8192], response.url, response.encoding)


def text_of(element: Element) -> str:
    """The element's text on one line."""
    return " ".join(" ".join(element.itertext()).split())


def hidden(element: Element) -> bool:
    """Whether the element is marked as one for screen readers only."""
    return bool(_HIDDEN.search(element.get("class", "")))
