"""What strangers serve, parsed whatever is wrong with it: feeds by feedparser, sitemaps by lxml; and markup that is a bomb."""

import codecs
import io
import re
from typing import Any

from lxml import etree
from w3lib.encoding import html_to_unicode

from spiders.values import Unreadable

_ROOT = re.compile(rb"<[a-zA-Z_]")
_DECLARATION = re.compile(rb"\s*<\?xml\b[^<>]*\?>")
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")

# A tag longer than any honest one, but for images in data addresses; and attributes that none has.
_LONG, _ATTRIBUTES = 32_000, 3_000
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{_LONG},}}")


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
        return feedparser.parse(
            io.BytesIO(_without_document_type(_mended(body))), sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as error:  # a parser that promises nothing: UnicodeError, KeyError and ValueError were seen
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


def is_bomb(text: str) -> bool:
    """Whether one tag has thousands of attributes, which libxml2 compares each with each: 100,000 take it a minute."""
    if len(text) < _LONG or max(map(len, text.split("<"))) < _LONG:  # a tenth of what the pattern takes to see it
        return False
    return any(tag[0].count("=") > _ATTRIBUTES for tag in _LONG_TAG.finditer(text))


def _without_document_type(body: bytes) -> bytes:
    """The same without what stands between the declaration and the root: entities that grow or ask for other files.

    expat limits the first since 2.4 and does not do the second; neither is to depend on which expat there is. What HTML
    calls `&egrave;` feedparser knows without.
    """
    root = _ROOT.search(body)
    declaration = _DECLARATION.match(body.removeprefix(codecs.BOM_UTF8))
    if root is None or b"<!DOCTYPE" not in body[: root.start()]:
        return body
    return (declaration[0] if declaration else b"") + body[root.start() :]


def _mended(body: bytes) -> bytes:
    """The same, with U+FFFD for references to characters that there are not: parsers end there, or make half ones."""
    return _REFERENCE.sub(_to_a_character, body)


def _to_a_character(reference: re.Match[bytes]) -> bytes:
    digits = reference[1] or reference[2]
    number = int(digits, 16 if reference[1] else 10) if len(digits) < 12 else 0
    return reference[0] if 0 < number < 0xD800 or 0xE000 <= number <= 0x10FFFF else b"&#65533;"


def _nothing(*_: Any, **__: Any) -> None:
    pass
