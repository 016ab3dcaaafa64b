"""Damaged and hostile answers that once broke a reader, found by `benchmarks.fuzz`: each costs what is wrong in it only."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import process_time
from typing import TypeVar

import pytest
from scrapy.http import HtmlResponse, Response, XmlResponse

from crawler.extraction import article
from crawler.extraction.values import Article
from spiders.dates import day_of
from spiders.discovery import feed, listing, sitemap
from spiders.discovery.addresses import resolve, sections_among
from spiders.discovery.recognise import platform_of
from spiders.source import Source
from spiders.values import Link, Page, Reading, Route, Unreadable
from tests.lists import DRUPAL, cards, path
from tests.site import prose

T = TypeVar("T")
HOME = "https://www.comune.prova.it/"
SOURCE = Source(id="comune-prova", home=HOME)
GOOD = (
    f"<item><title>Nuovi orari</title><link>{HOME}orari</link><pubDate>Mon, 05 May 2025 10:00:00 +0000</pubDate></item>"
)


def of_feed(body: bytes) -> tuple[Link, ...]:
    return feed.read(XmlResponse(HOME + "feed", body=body), Route(HOME + "feed", "feed"), SOURCE).links


def rss(item: str, channel: str = "<title>Notizie</title>", head: str = "") -> bytes:
    return f'{head}<rss version="2.0"><channel>{channel}{item}{GOOD}</channel></rss>'.encode()


def of_sitemap(body: bytes) -> Reading:
    return sitemap.read(Response(HOME + "s.xml", body=body), Route(HOME + "s.xml", "sitemap"), SOURCE)


def of_page(body: str | bytes, url: str = HOME + "novita") -> Reading:
    data = body.encode() if isinstance(body, str) else body
    return listing.read(HtmlResponse(url, body=data), Route(url, "listing"), SOURCE)


def within(seconds: float, do: Callable[[], T]) -> T:
    """What `do` gives, within so many seconds of processor time: ten times what it takes, a tenth of what it took."""
    begun = process_time()
    result = do()
    assert process_time() - begun < seconds
    return result


@pytest.mark.parametrize(
    "item",
    [
        "<item><title>&#xD800;</title><link>/x</link></item>",  # half a character
        "<item><title>&#x110000; &#99999999999999;</title><link>/x</link></item>",  # beyond all characters
        "<item><title></title><summary/><description><![CDATA[]]></description><link>/x</link></item>",
        "<item><title>x</title><link>http://[/</link></item>",
        "<item><title>x</title><link>https:// ww.comune.prova.it/x</link></item>",
        "<item><title>x</title><link>/x</link><pubDate>Thu, 01 Jan 0000 00:00:01 +0000</pubDate></item>",
        "<item><title>x</title><link>/x</link><pubDate>Fri, 31 Dec 9999 23:59:59 -1200</pubDate></item>",
        "<item><title>x</title><link>/x</link><pubDate>Fri, 31 Dec 99999999999999999999 23:59:59 -1200</pubDate></item>",
        "<item><title>x</title><link>/x</link><pubDate>Fri, 31 Dec 2024 23:59:59 +99999999999999</pubDate></item>",
        '<item xml:base="">x<title/><link>/x</link><source/></item>',
    ],
)
def test_a_damaged_item_costs_a_feed_that_item_only(item: str) -> None:
    for body in (rss(item), rss(item).replace(b"</rss>", b"")):  # the strict parser, and the one for broken feeds
        assert HOME + "orari" in {link.url for link in of_feed(body)}


def test_a_feed_that_breaks_its_parser_is_unreadable_and_says_so() -> None:
    broken = b'<?xml version="1.0" encoding="\xfa"?>' + rss("")
    with pytest.raises(Unreadable, match=r"^The feed is broken \(\w+\)\.$"):
        of_feed(broken)


def test_a_feed_that_is_a_file_s_name_does_not_open_that_file(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(rss(""))
    for name in (tmp_path / "feed.xml", "/dev/stdin"):
        with pytest.raises(Unreadable):
            of_feed(str(name).encode())


def test_an_author_of_a_hundred_thousand_letters_takes_no_time() -> None:
    author = "<item><title>x</title><link>/x</link><author>" + "a." * 50_000 + "</author></item>"
    assert len(within(2, lambda: of_feed(rss(author)))) == 2


@pytest.mark.parametrize(
    "entry",
    [
        "<url><loc>http://[/</loc></url>",
        "<url><loc>https://www.co mune.prova.it/novita/x</loc></url>",
        f"<url><loc>{HOME}novita/&#xD800;</loc></url>",
        f"<url><urlp:loc>{HOME}novita/x</urlp:loc></url>",
        f"<url><loc>{HOME}novita/x</loc><lastmod>0001-01-01T00:00:00+14:00</lastmod></url>",
    ],
)
def test_a_damaged_entry_costs_a_sitemap_that_entry_only(entry: str) -> None:
    body = f"<urlset>{entry}<url><loc>{HOME}novita/buona</loc></url></urlset>"
    for data in (body.encode(), body.encode().replace(b"buona", b"buona\xed\xa0\x80")):
        assert any(link.url.startswith(HOME + "novita/buona") for link in of_sitemap(data).links)


def test_a_sitemap_s_broken_root_is_no_sitemap() -> None:
    for root in ("<urlset:/>", "<\U00010000/>", "<a:b:c></a:b:c>", "<sitemapindex\ud800/>"):
        with pytest.raises(Unreadable):
            of_sitemap(root.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("base", ["//[", "http://[::1", "http://[x]/", "http://x:99999999/"])
def test_a_page_whose_base_is_no_address_is_read_from_its_own(base: str) -> None:
    page = f"<!doctype html><html><head><base href='{base}'></head><body>{cards(DRUPAL)}</body></html>"
    reading = of_page(page, HOME + "novita/notizie")
    assert [link.url.startswith(HOME) for link in reading.links] == [True] * 6
    platform_of(HtmlResponse(HOME, body=page.encode()))


@pytest.mark.parametrize(
    "href",
    [
        *("http://[/x", "http://x:99999999/", "https:// ww.x.it/", "http://127.0.\ufffd.1/x", "/" + "x/" * 2000),
        *("http://\ud800.it/", "http://x.it\x7f/", "https://user:secret@www.comune.prova.it/x", "//@x.it/"),
    ],
)
def test_what_is_no_address_leads_nowhere(href: str) -> None:
    found = resolve(HOME, href)
    assert found is None or (found.isascii() and found.isprintable() and " " not in found and "secret" not in found)


def test_addresses_of_very_many_steps_take_no_memory() -> None:
    deep = HOME + "a/" * 1000
    assert sections_among([f"{deep}{number}" for number in range(300)]) == frozenset()


def test_a_day_at_the_edge_of_all_calendars_is_that_day() -> None:
    for written in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        day_of(written)
    assert str(day_of("2024-03-05T23:30:00Z")) == "2024-03-06"


def test_headings_within_headings_take_no_time() -> None:
    nest = "<h2><a href='/novita/{0}'>" * 3000
    page = "<html><body><main>" + "".join(nest.format(n) for n in range(2)) + cards(DRUPAL) + "</main></body></html>"
    within(3, lambda: of_page(page))


def test_a_card_of_ten_thousand_days_takes_no_time() -> None:
    days = "x - 12/05/2024 dalle ore " * 10_000
    page = cards(DRUPAL).replace("Un breve riassunto", days, 3)
    within(3, lambda: of_page(f"<html><body>{page}</body></html>"))


@pytest.mark.parametrize("charset", ["uu", "base64", "rot13", "undefined", "idna", "utf-7"])
def test_a_charset_that_is_no_encoding_of_text_does_not_hide_a_page(charset: str) -> None:
    page = f"<!doctype html><html><head><meta charset={charset}></head><body>{cards(DRUPAL)}</body></html>"
    kind = {"Content-Type": f"text/html; charset={charset}"}
    response = HtmlResponse(HOME + "novita/notizie", body=page.encode(), headers=kind)
    assert len(listing.read(response, Route(response.url, "listing"), SOURCE).links) == 6
    platform_of(response)
    xml = f'<?xml version="1.0" encoding="{charset}"?><urlset><url><loc>{HOME}novita/x</loc></url></urlset>'
    assert [link.url for link in of_sitemap(xml.encode()).links] == [HOME + "novita/x"]


def test_links_within_links_take_no_time_and_do_not_hide_the_list_beside_them() -> None:
    nest = "<div><a href='/novita/{0}'>Titolo</a><div>".format
    page = "<html><body><main>" + cards(DRUPAL) + "".join(map(nest, range(20_000))) + "</main></body></html>"
    urls = {link.url for link in within(4, lambda: of_page(page)).links}
    assert {f"{HOME.rstrip('/')}{path(number)}" for number in range(6)} <= urls


@pytest.mark.parametrize("address", ["/What are the types", "http://[/", "https://me:secret@www.comune.prova.it/x"])
def test_a_page_s_own_address_is_one_or_unknown(address: str) -> None:
    head = f"<head><title>Nuovi orari per gli uffici</title><link rel=canonical href='{address}'></head>"
    body = f"<html>{head}<body><h1>Nuovi orari per gli uffici</h1><p>{prose('a')}</p></body></html>"
    link = Link(HOME + "x", "Nuovi orari per gli uffici", "2024-03-12")
    found = article.read(Page(link.url, body.encode(), "text/html", link), today=date(2026, 1, 1))
    assert isinstance(found, Article)
    assert found.canonical in (None, HOME + "What%20are%20the%20types")


def test_a_feed_s_document_type_is_not_read_and_costs_nothing() -> None:
    kind = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    links = of_feed(rss(f"<item><title>Caff&egrave; &b;</title><link>{HOME}x</link></item>", head=kind))
    assert [link.title for link in links][-1] == "Nuovi orari"
    assert "aaaa" not in str(links)
    assert "Caffè" in str(links)
