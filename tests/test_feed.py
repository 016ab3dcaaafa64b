"""Feeds: RSS, RDF and Atom, as the platforms write them."""

from typing import Any

import pytest
from scrapy.http import XmlResponse

from spiders.discovery import feed
from spiders.source import Source
from spiders.values import Reading, Route, Unreadable

URL = "https://www.comune.prova.it/feed/"
SOURCE = Source(id="comune-prova", home="https://www.comune.prova.it/", exclude=("/eventi/",))
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)
TEXT = "<p>Da lunedì gli uffici seguono un orario nuovo.</p><p>Due pomeriggi a settimana restano aperti.</p>"


def read(markup: str | bytes, url: str = URL) -> Reading:
    body = markup.encode() if isinstance(markup, str) else markup
    return feed.read(XmlResponse(url, body=body), Route(url, "feed", url), SOURCE)


def rss(*items: str, channel: str = "<title>Notizie</title>") -> str:
    return f'<?xml version="1.0"?><rss version="2.0" {SPACES}><channel>{channel}{"".join(items)}</channel></rss>'


def item(path: str = "orari", day: str = "Mon, 05 May 2025 10:00:00 +0000", **more: Any) -> str:
    return f"<item><title>Nuovi orari</title><link>https://www.comune.prova.it/{path}</link><pubDate>{day}</pubDate>{more.get('more', '')}</item>"


def test_an_item_gives_address_title_and_day() -> None:
    [link] = read(rss(item())).links
    assert (link.url, link.title, link.date, link.origin) == (
        "https://www.comune.prova.it/orari",
        "Nuovi orari",
        "2025-05-05",
        "feed",
    )
    assert link.content is None


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Mon, 05 May 2025 22:30:00 +0000", "2025-05-06"),  # already the next day in Rome
        ("Mon, 05 May 2025 00:00:00 +0000", "2025-05-05"),  # midnight in UTC is a bare day
        ("Mon, 05 May 2025 23:30:00 +0200", "2025-05-05"),
        ("2025-05-05T10:00:00+02:00", "2025-05-05"),
        ("2025-05-05", "2025-05-05"),
        ("lunedì 5 maggio 2025", "2025-05-05"),
        ("05/05/2025", "2025-05-05"),
        ("domani", None),
        ("", None),
    ],
)
def test_the_day_is_the_one_in_rome_or_unknown(written: str, day: str | None) -> None:
    assert read(rss(item(day=written))).links[0].date == day


def test_a_feed_that_holds_the_full_text_gives_it() -> None:
    summary = "<description>Da lunedì gli uffici</description>"
    [link] = read(rss(item(more=f"{summary}<content:encoded><![CDATA[{TEXT}]]></content:encoded>"))).links
    assert link.content == TEXT


@pytest.mark.parametrize("end", ["[…]", "…", "...", "Leggi tutto", "Continua a leggere →"])
def test_a_text_that_is_cut_off_is_not_taken_for_the_whole(end: str) -> None:
    [link] = read(rss(item(more=f"<content:encoded><![CDATA[{TEXT}<p>E poi {end}</p>]]></content:encoded>"))).links
    assert link.content is None


def test_rss_1_has_its_day_in_dublin_core() -> None:
    markup = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>N</title></channel>
        <item rdf:about="https://www.comune.prova.it/a"><title>A</title><link>https://www.comune.prova.it/a</link>
        <dc:date>2025-05-05T10:00:00Z</dc:date></item></rdf:RDF>"""
    assert [(link.url, link.date) for link in read(markup).links] == [("https://www.comune.prova.it/a", "2025-05-05")]


def test_atom_gives_its_day_of_publication_and_never_the_update() -> None:
    entry = "<entry><title>A</title><link href='https://www.comune.prova.it/{0}'/><id>x{0}</id><updated>2026-01-01T10:00:00Z</updated>{1}</entry>"
    both = entry.format("a", "<published>2025-05-05T10:00:00Z</published>") + entry.format("b", "")
    markup = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title>{both}</feed>'
    assert [link.date for link in read(markup).links] == ["2025-05-05", None]


def test_a_guid_stands_for_a_missing_link_only_where_it_is_an_address() -> None:
    bare = "<item><title>A</title><guid>{}</guid></item>"
    reading = read(rss(bare.format("https://www.comune.prova.it/a"), bare.format("nodo-17")))
    assert [link.url for link in reading.links] == ["https://www.comune.prova.it/a"]


def test_pinned_items_are_named_once_and_what_the_source_excludes_never() -> None:
    reading = read(rss(item("a"), item("b"), item("a"), item("eventi/festa")))
    assert [link.url.rpartition("/")[2] for link in reading.links] == ["a", "b"]


def test_a_full_page_of_a_wordpress_feed_has_a_next_one() -> None:
    items = [item(f"n{number}") for number in range(10)]
    assert [route.url for route in read(rss(*items)).following] == [f"{URL}?paged=2"]
    assert [route.url for route in read(rss(*items), f"{URL}?paged=7").following] == [f"{URL}?paged=8"]
    assert read(rss(*items[:9])).following == ()


def test_other_feeds_have_a_next_page_only_where_they_say_so() -> None:
    items = [item(f"n{number}") for number in range(15)]
    assert read(rss(*items), "https://www.comune.prova.it/rss.xml").following == ()
    named = '<title>N</title><atom:link rel="next" href="/rss.xml?page=2"/>'
    [route] = read(rss(*items, channel=named), "https://www.comune.prova.it/rss.xml").following
    assert (route.url, route.start) == (
        "https://www.comune.prova.it/rss.xml?page=2",
        "https://www.comune.prova.it/rss.xml",
    )


def test_an_empty_feed_is_a_feed_that_names_nothing() -> None:
    assert read(rss()) == Reading()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<!doctype html><html><body><h1>Pagina non trovata</h1></body></html>",
        b'{"items": []}',
        b"\x00\x01\x02",
        rss(item(), channel="<title>Commenti per: Notizie</title>").encode(),
    ],
)
def test_what_is_no_feed_of_releases_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_a_bomb_of_entities_expands_to_nothing() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "bomba">{entities}]>'
        + rss(item(more="<description>&e8;</description>"))[21:]
    )
    try:
        links = read(bomb).links
    except Unreadable:
        links = ()
    assert all(len(link.title or "") < 100 for link in links)
