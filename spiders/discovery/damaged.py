"""XML that strangers serve, parsed whatever is wrong with it: feeds by feedparser, sitemaps by lxml."""

import io
import re
from typing import Any

from lxml import etree
from w3lib.encoding import html_to_unicode

from spiders.values import Unreadable

_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")


def parse_feed(body: bytes) -> Any:
    """What feedparser makes of a feed's bytes.

    Raises:
        Unreadable: the feed breaks feedparser.
    """
    import feedparser  # costs 50 ms, and a crawl may not need it
    from feedparser.mixin import _FeedParserMixin

    # It takes the square of a long word to look for an address of an author, whom we do not need: 70 kB take it 6 s.
    _FeedParserMixin._sync_author_detail = _nothing
    try:
        # Never the body itself: feedparser opens the file that a text or bytes name, and fetches an address.
        return feedparser.parse(io.BytesIO(_mended(body)), sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:
        raise
    except (
        Exception
    ) as error:  # a parser that promises nothing: UnicodeError, AssertionError and RecursionError were seen
        raise Unreadable(f"The feed is broken ({type(error).__name__}).") from error


def parse_sitemap(body: bytes) -> etree._Element | None:
    """The root of an XML document, as much of it as can be read. No entity is replaced and nothing else is loaded."""
    # As text first: of broken bytes, recovery would make texts that nobody can read.
    mended = _mended(body)
    try:
        text = html_to_unicode(None, mended, default_encoding="utf-8")[1]
    except (LookupError, UnicodeError):  # what is declared is known to Python, but is no encoding of text
        text = mended.decode("utf-8", "replace")
    parser = etree.XMLParser(encoding="utf-8", recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(text.encode("utf-8", "replace"), parser)


def name_of(element: etree._Element) -> tuple[str, str]:
    """An element's namespace and its name in it. (QName raises ValueError for what recovery lets pass, `urlp:`.)"""
    space, _, name = str(element.tag).rpartition("}")
    return space, name


def text_or_nothing(thing: Any) -> str:
    """A text of feedparser's, which gives None or bytes where a feed is damaged."""
    return thing if isinstance(thing, str) else ""


def _mended(body: bytes) -> bytes:
    """The same, with U+FFFD for references to characters that there are not: parsers end there, or make half ones."""
    return _REFERENCE.sub(_to_a_character, body)


def _to_a_character(reference: re.Match[bytes]) -> bytes:
    digits = reference[1] or reference[2]
    number = int(digits, 16 if reference[1] else 10) if len(digits) < 12 else 0
    return reference[0] if 0 < number < 0xD800 or 0xE000 <= number <= 0x10FFFF else b"&#65533;"


def _nothing(*_: Any, **__: Any) -> None:
    pass
