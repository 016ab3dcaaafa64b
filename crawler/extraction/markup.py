"""A page's bytes as text, as one tree that every reader shares, and what its head declares."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree, html

from spiders.discovery.damaged import is_bomb

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_ASCII = bytes(range(0x80))
# Browsers read these names as Windows-1252, whose printable characters ISO 8859-1 and ASCII lack.
_AS_CP1252 = {"iso8859-1", "ascii"}
_UNREAD = ("script", "style", "svg", "noscript", "template", "iframe", "object", "canvas", "math", "select")
_HOOK = re.compile(r"""data-element\s*=\s*["']([\w-]+)""")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")


# Every element is an HtmlElement, as trafilatura wants it. lxml.html's own parser asks a Python function for the class
# of each, at each access: a tenth of all time.
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))


@dataclass(slots=True)
class Head:
    """What a page declares about itself.

    `metas` by lower-case name or property, `links` by relation, `things` its JSON-LD objects, `hooks` the
    `data-element` values by which the national model marks what a page is made of.
    """

    title: str = ""
    metas: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    things: list[dict[str, Any]] = field(default_factory=list)
    language: str = ""
    hooks: frozenset[str] = frozenset()


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page: by its byte order mark, as UTF-8, by the header's charset, by the meta tag's, as CP1252.

    UTF-8 goes before what is declared, since no other encoding passes for it by accident and declarations lie.
    """
    for mark, of_mark in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(of_mark, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        lenient = body.decode("utf-8", "replace")
    # A page that is almost UTF-8 was cut or joined somewhere; a page in another encoding fails at once and often.
    if lenient.count("\ufffd") * 20 <= len(body.translate(None, _ASCII)):
        return lenient
    for match in (_CHARSET.search(content_type.encode("utf-8", "replace")), _META_CHARSET.search(body[:4096])):
        if encoding := _known(match):
            try:
                return body.decode(encoding)
            except (UnicodeDecodeError, LookupError):
                continue
    return body.decode("cp1252", "replace")


def parse(text: str) -> tuple[html.HtmlElement, Head] | None:
    """The page as one tree without scripts, styles and comments, with its head.

    None where there is no markup, or none that a browser would show.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if is_bomb(text):
        return None
    try:
        tree = etree.fromstring(text.encode("utf-8", "surrogatepass"), _PARSER)
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        return None
    except (etree.ParserError, ValueError, AssertionError):
        return None
    if tree is None:
        return None
    head = _head(tree)
    if "data-element" in text:
        head.hooks = frozenset(_HOOK.findall(text))
    for wrapper in list(tree.iter("noscript", "template", "object")):
        size = sum(1 for _ in wrapper.iter())
        if size > 5 and 2 * size > sum(1 for _ in tree.iter()):
            wrapper.tag = "div"  # it is not closed, or hides all of the page from browsers without JavaScript
    etree.strip_elements(tree, *_UNREAD, with_tail=False)
    return tree, head


def _known(match: re.Match[bytes] | None) -> str | None:
    if not match:
        return None
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except (LookupError, UnicodeDecodeError):
        return None
    return "cp1252" if name in _AS_CP1252 else None if name == "utf-8" else name


def _head(tree: html.HtmlElement) -> Head:
    head = Head(language=(tree.get("lang") or tree.get("xml:lang") or "").strip())
    for element in tree.iter("title", "meta", "link", "script"):
        match element.tag:
            case "title":
                if not head.title and (element.getparent() is None or element.getparent().tag != "svg"):
                    head.title = " ".join((element.text or "").split())
            case "meta":
                name = element.get("property") or element.get("name") or element.get("itemprop")
                content = element.get("content")
                if name and content:
                    head.metas.setdefault(name.strip().lower(), " ".join(content.split()))
            case "link":
                if (relation := element.get("rel")) and (address := element.get("href")):
                    head.links.setdefault(relation.strip().lower(), address.strip())
            case _:
                if "ld+json" in (element.get("type") or "") and element.text:
                    head.things.extend(_things(element.text))
    return head


def _things(source: str) -> Iterator[dict[str, Any]]:
    source = source.strip().removeprefix("<![CDATA[").removesuffix("]]>").rstrip("; \n")
    for attempt in (source, _TRAILING_COMMA.sub(r"\1", source)):
        try:
            yield from _objects(json.loads(attempt, strict=False), 0)
        except (ValueError, RecursionError):
            continue
        return


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth)
    elif isinstance(value, dict):
        yield value
        if depth < 2:
            for key in ("@graph", "mainEntity", "mainEntityOfPage"):
                yield from _objects(value.get(key), depth + 1)
