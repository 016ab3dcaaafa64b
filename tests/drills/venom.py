"""Poison: pages, lists and files made to hang, fill or confuse what reads them."""

import zlib
from collections.abc import Callable

from tests.pdfs import Sheet, pdf
from tests.site import prose

MB = 1_000_000
HEAD = "<!doctype html><html lang=it><head><meta charset=utf-8><title>Nuovi orari degli uffici</title></head><body><main><h1>Nuovi orari degli uffici</h1>"
TEXT = f"<p>{prose('veleno')}</p>"
KEPT, EITHER, NOT_KEPT = "kept", "either", "not kept"


def page(inside: str, text: str = TEXT) -> bytes:
    """A release with something in it."""
    return f"{HEAD}{text}{inside}".encode()


def _flate_bomb() -> bytes:
    """A PDF whose one page unpacks to 300 MB of operators."""
    bomb = zlib.compress(b"BT (a) Tj ET " * (300 * MB // 13), 9)
    whole = pdf(Sheet())
    start = whole.index(b"stream\n") + 7
    end = whole.index(b"\nendstream")
    keys = whole.rindex(b"<<", 0, start)
    return whole[:keys] + b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(bomb) + bomb + whole[end:]


def _page_tree_loop() -> bytes:
    """A PDF whose page tree is its own branch, and which says that it has two thousand million pages."""
    parts = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000000 >>"]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, part) for number, part in enumerate(parts, 1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R /Size 3 >>\n%%EOF"


Made = Callable[[], bytes]
# Each with what is to become of it: its words are kept where a reader would see them.
PAGES: dict[str, tuple[Made, str]] = {
    "nest-of-100000": (lambda: page("<div>" * 100_000), EITHER),
    "100000-attributes": (lambda: page("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">"), NOT_KEPT),
    "word-of-5-MB": (lambda: page(f"<p>{'a' * 5 * MB}</p>"), EITHER),
    "line-of-9-MB": (lambda: page(f"<p>{'parola ' * (9 * MB // 7)}</p>"), EITHER),
    "title-of-5-MB": (lambda: f"<html><title>{'titolo ' * 700_000}</title><body>{TEXT}".encode(), EITHER),
    "million-links": (lambda: page("<a href=1>" * 1_000_000), EITHER),
    "million-brackets": (lambda: page("<" * 1_000_000 + "<p" * 500_000), EITHER),
    "broken-bytes": (lambda: page("<p>").replace(b" ", bytes(range(128, 256)), 20), EITHER),
    "lying-charset": (lambda: page("").replace(b"utf-8", b"utf-16"), KEPT),
    "utf-16-without-bom": (lambda: page("").decode().encode("utf-16-le"), EITHER),
    "null-bytes": (lambda: page("\0" * MB).replace(b" ", b" \0"), KEPT),
    "table-of-a-million-cells": (lambda: page("<table><tr>" + "<td>1" * 1_000_000), EITHER),
    "endless-options": (lambda: page("<select>" + "<option>Comune" * 500_000), KEPT),
    "open-comment": (lambda: page("<!-- " + "a -- > b" * 500_000), KEPT),
    "open-cdata": (lambda: page("<![CDATA[ " + "a ]] > b" * 500_000), EITHER),
    "open-script": (lambda: page("<script>" + "a </scrip" * 500_000), KEPT),
    "svg-nest": (lambda: page("<svg>" + "<g>" * 100_000 + "<title>x"), EITHER),
    "math-nest": (lambda: page("<math>" + "<mrow><msqrt>" * 50_000), EITHER),
    "json-ld-nest": (lambda: page('<script type="application/ld+json">' + '[{"@graph":' * 400_000 + "</script>"), KEPT),
    "formatting-nest": (lambda: page("<b><i><p>" * 50_000), EITHER),
    "date-storm": (lambda: page("<p>" + "12/05/2024 ore 10 " * 200_000), EITHER),
    "entity-storm": (lambda: page("<p>" + "&amp;&nbsp;&#9999999999;&#xD800;" * 150_000), EITHER),
    "pdf-flate-bomb": (_flate_bomb, NOT_KEPT),
    "pdf-page-tree-loop": (_page_tree_loop, NOT_KEPT),
}  # fmt: skip

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
ENTITIES = {  # document types that grow, or that ask for what is elsewhere; `{secret}` is a file's address, `{beacon}` a server's
    "billion-laughs": f'<!DOCTYPE x [<!ENTITY l0 "ahah">{_LAUGHS}]>',
    "quadratic": '<!DOCTYPE x [<!ENTITY l11 "' + "a" * 200_000 + '">]>',
    "external-file": '<!DOCTYPE x [<!ENTITY l11 SYSTEM "{secret}">]>',
    "external-address": '<!DOCTYPE x SYSTEM "{beacon}/x.dtd" [<!ENTITY l11 SYSTEM "{beacon}/x">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "{beacon}/p"> %p; <!ENTITY l11 "x">]>',
}


def feed(kind: str, link: str, **places: str) -> bytes:
    """A feed with such a document type, and one release that can be read."""
    more = "&l11;" * (1000 if kind == "quadratic" else 1)
    head = ENTITIES[kind]
    for name, value in places.items():
        head = head.replace("{" + name + "}", value)
    items = f"<item><title>Nuovi orari degli uffici</title><link>{link}</link></item><item><title>{more}</title><link>{link}/{more}x</link></item>"
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>N</title>{items}</channel></rss>'.encode()


def sitemap(kind: str, link: str, **places: str) -> bytes:
    """A sitemap with such a document type, and one release that can be read."""
    more = "&l11;" * (1000 if kind == "quadratic" else 1)
    head = ENTITIES[kind]
    for name, value in places.items():
        head = head.replace("{" + name + "}", value)
    return f'<?xml version="1.0"?>{head}<urlset><url><loc>{link}</loc></url><url><loc>{link}/{more}x</loc></url></urlset>'.encode()


LISTS: dict[str, Made] = {
    "list-million-links": lambda: b"<html><body><main>" + b"<li><a href=1>" * 700_000,
    "list-nest": lambda: b"<html><body><main>" + b"<div><a href=/novita/1>Titolo della notizia</a>" * 150_000,
    "list-word-of-5-mb": lambda: b"<html><body><main><a href=/novita/1>" + b"a" * 5 * MB,
    "list-100000-attributes": lambda: b"<html><body><main><a " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">",
    "list-million-days": lambda: b"<html><body><main>" + b"<li>12/05/2024 <a href=/novita/1>Titolo</a> dalle 10" * 180_000,
    "list-utf-16-without-bom": lambda: "<html><body><main><a href=/novita/1>Titolo</a>".encode("utf-16-be"),
}  # fmt: skip
