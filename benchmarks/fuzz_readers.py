"""The readers that are fuzzed: how each is called, what it may raise, and what a right result is."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from benchmarks.mutations import bytes_of
from benchmarks.readers import TODAY
from benchmarks.site import shared
from crawler.extraction import article
from crawler.extraction.values import Rejected
from spiders.discovery import STRATEGIES, recognise
from spiders.source import Source
from spiders.values import Link, Page, Route, Unreadable
from storage.changes import REASONS
from storage.document import Document, is_clean, parse, render

ROOT = Path(__file__).resolve().parents[1]
HOME = "https://www.comune.prova.it/"
_KINDS = ["text/html", "text/html; charset=utf-8", "text/html; charset=utf-16", "text/xml", "application/json", "text/plain",
          "application/rss+xml; charset=utf-7", "text/html; charset=\xff", "application/octet-stream", ""]  # fmt: skip
_UNFIT = re.compile(r"[^!-~]")
_TWO_LINES = re.compile(r"[\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029\ud800-\udfff]")  # other controls go where it is shown
JSON = {  # interfaces of which there are no real answers: what they are made of
    "ghost": {"posts": [{"url": HOME + "a/", "title": "Titolo", "html": "<p>Testo</p>", "custom_excerpt": "Sommario",
                         "published_at": "2024-03-12T10:00:00.000+00:00", "access": True}],
              "meta": {"pagination": {"page": 1, "next": 2}}},
    "opencity": {"searchHits": [{"metadata": {"id": 12, "name": {"ita-IT": "Titolo"}},
                                 "data": {"ita-IT": {"title": "Titolo", "published": "2024-03-12T10:00:00+01:00",
                                                     "abstract": "<p>a</p>", "body": "<p>b</p>"}},
                                 "extradata": {"ita-IT": {"urlAlias": "/novita/a"}}}], "totalCount": 300},
    "myportal": {"page": {"entitiesCount": 200, "entities": [
        {"name": "Titolo", "firstPublishedAt": "2024-03-12T10:00:00Z",
         "attributes": {"sys_title": "Titolo", "sys_canonical_url": "novita/a", "sys_start_pub_date": "2024-03-12"}}]}},
}  # fmt: skip


class Broken(AssertionError):
    """A result that is none; what follows the colon is the value."""


def _check(right: bool, what: str, value: Any) -> None:
    if not right:
        raise Broken(f"{what}: {ascii(value)[:200]}")


def _check_texts(thing: Any) -> None:
    """Whether all texts in a value can be written as UTF-8."""
    try:
        json.dumps(thing, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        raise Broken(f"a text that is none: {error}") from error


def _check_address(url: str) -> None:
    _check(url.startswith(("http://", "https://")) and not _UNFIT.search(url), "an address that is none", url)


def _check_day(day: str | None) -> None:
    if day is not None:
        _check(bool(re.fullmatch(r"\d{4}-\d\d(-\d\d)?", day)) and int(day[:4]) > 1000, "a day that is none", day)
        date.fromisoformat(day if len(day) > 7 else f"{day}-01")


def listed(strategy: str, data: bytes, pick: random.Random) -> None:
    """A list, as it is read in a worker."""
    from scrapy.responsetypes import responsetypes

    url = HOME + pick.choice(
        ("", "feed", "novita?page=2", "sitemap.xml", "wp-json/wp/v2/posts?page=1", "@search?b_start=0")
    )
    headers = {b"Content-Type": pick.choice(_KINDS).encode("latin-1")}
    kind = responsetypes.from_args(headers=headers, url=url, body=data[:5000])
    response = kind(url=url, headers=headers, body=data)
    source = Source(id="prova", home=HOME)
    try:
        reading = STRATEGIES[strategy](response, Route(url, strategy, start=url), source)
    except Unreadable as why:
        _check(not _TWO_LINES.search(str(why)), "a sentence of two lines", str(why))
        return
    for link in reading.links:
        _check_address(link.url)
        _check_day(link.date)
        _check(not link.title or not _TWO_LINES.search(link.title), "a title of two lines", link.title)
    for route in reading.following:
        _check_address(route.url)
    _check_texts([asdict(link) for link in reading.links])


def recognised(data: bytes, pick: random.Random) -> None:
    """A home page, of which the platform is to be told."""
    from scrapy.responsetypes import responsetypes

    headers = {b"Content-Type": pick.choice(_KINDS).encode("latin-1")}
    kind = responsetypes.from_args(headers=headers, url=HOME, body=data[:5000])
    response = kind(url=HOME, headers=headers, body=data)
    recognise.platform_of(response)
    recognise.needs_javascript(response)


def read(data: bytes, pick: random.Random, *, whole: bool = False) -> None:
    """A release's page, or what a feed gives of it."""
    title = pick.choice((None, "Titolo del comunicato", "Titolo\u2028in \u202edue\x00righe \ud800"))
    link = Link(HOME + "a", title, pick.choice((None, "2024-03-12")), pick.choice(("feed", "listing", "api", "page")))
    found = article.read(
        Page(link.url, data, pick.choice(_KINDS), link, whole=whole), language=pick.choice((None, "it")), today=TODAY
    )
    _check_texts(asdict(found))
    if isinstance(found, Rejected):
        _check(found.reason in REASONS, "an unknown reason", found.reason)
        return
    _check(is_clean(found.title), "a title that is not clean", found.title)
    document = Document(found.title, "\n\n".join(found.paragraphs), found.date[:7] if found.date else None)
    _check(parse(render(document)) == document, "a document that is not read as it was written", document)
    _check_day(found.date)
    if found.canonical:
        _check_address(found.canonical)
    if found.attachment:
        _check_address(found.attachment.url)
        _check(is_clean(found.attachment.title), "a title that is not clean", found.attachment.title)


READERS: dict[str, Callable[[bytes, random.Random], None]] = {
    **{name: partial(listed, name) for name in STRATEGIES},
    "recognise": recognised,
    "article": read,
    "body": partial(read, whole=True),
    "pdf": read,
}
_SEEDS = {
    "feed": ("captures/pages/feed/*", "cms/responses-*/*feed*.xml", "cms/responses-*/*rss.xml"),
    "notizie": ("captures/pages/feed/*", "cms/responses-wordpress/feed*.xml"),
    "sitemap": ("cms/responses-*/sitemap*.xml*",),
    "wordpress": ("cms/responses-wordpress/*.json",),
    "plone": ("cms/responses-plone/*.json",),
    "article": ("eval/html/*", "eval/comuni/*/**/*.html", "cms/wordpress/*.gz", "cms/plone*/*.gz", "captures/pages/article/*"),
    "body": ("captures/pages/feed/*", "cms/responses-*/*.json", "eval/comuni/*/**/*.html"),
}  # fmt: skip
_OF_LISTS = ("captures/pages/home/*", "captures/pages/listing/*", "cms/responses-*/*.html", "eval/comuni/*/**/*.html")


@lru_cache(maxsize=1)
def _pdfs() -> list[bytes]:
    from tests.pdfs import Sheet, pdf
    from tests.test_pdf import letter

    return [pdf(letter()), pdf(letter(), letter(), title="Titolo", created="D:20240306101500+01'00'"), pdf(Sheet())]


def seeds_of(name: str) -> list[bytes]:
    """Real inputs of a reader, never none."""
    if name in JSON:
        return [json.dumps(JSON[name]).encode()]
    if name == "pdf":
        return _pdfs()
    paths = sorted(
        {path for pattern in _SEEDS.get(name, _OF_LISTS) for path in shared().glob(pattern) if path.is_file()}
    )
    cases = {"article": "page-*", "listing": "list-*", "home": "home*"}.get(name, "home*" if name not in _SEEDS else "")
    return bytes_of([*paths, *sorted((ROOT / "tests" / "cases").glob(f"*/{cases}.gz"))] if cases else paths)
