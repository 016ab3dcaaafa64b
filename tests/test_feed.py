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


def test_a_short_text_of_wordpress_is_whole_although_its_summary_repeats_it() -> None:
    twice = f"<description><![CDATA[{TEXT}]]></description><content:encoded><![CDATA[{TEXT}]]></content:encoded>"
    generator = "<title>N</title><generator>https://wordpress.org/?v=6.1</generator>"
    assert read(rss(item(more=twice), channel=generator)).links[0].content == TEXT
    assert read(rss(item(more=twice))).links[0].content is None


def test_what_a_plugin_adds_to_each_text_is_taken_off() -> None:
    added = """<p>L&#8217;articolo <a href="https://www.comune.prova.it/orari">Nuovi orari</a> proviene da <a href="/">Comune</a>.</p>"""
    [link] = read(
        rss(item(more=f"<description>Breve</description><content:encoded><![CDATA[{TEXT}{added}]]></content:encoded>"))
    ).links
    assert link.content == TEXT


@pytest.mark.parametrize(
    "path",
    [
        "Dettaglionews?IDNews=5&amp;x=1",
        "/it/Dettaglionews?IDNews=5&amp;x=1",
        "\n  ../it/Dettaglionews?IDNews=5&amp;x=1 ",
    ],
)
def test_a_link_without_a_site_is_one_of_the_feeds_site(path: str) -> None:
    [link] = read(rss(f"<item><title>A</title><link>{path}</link></item>"), "https://www.comune.prova.it/it/Rss").links
    assert link.url == "https://www.comune.prova.it/it/Dettaglionews?IDNews=5&x=1"


@pytest.mark.parametrize(
    "markup",
    [
        "\n<br />\n<b>Notice</b>: Undefined index in feed.php\n" + rss(item()),
        rss(item(), item("b").replace("Nuovi", "Luci & ombre: nuovi")),
        rss(item(), item("b").replace("Nuovi", "Citt&agrave;\x0b:&nbsp;nuovi")),
        rss(item(), item("b"))[:-70],
    ],
)
def test_a_broken_feed_is_read_as_far_as_it_goes(markup: str) -> None:
    first = read(markup).links[0]
    assert (first.url, first.title, first.date) == ("https://www.comune.prova.it/orari", "Nuovi orari", "2025-05-05")


def test_a_title_that_is_escaped_twice_reads_as_it_should() -> None:
    assert read(rss("<item><title>L&amp;#8217;orario</title><link>/a</link></item>")).links[0].title == "L’orario"


@pytest.mark.parametrize(
    "day", ["Thu, 01 Jan 1970 00:00:00 +0000", "Mon, 30 Nov -0001 00:00:00 +0000", "0000-00-00 00:00:00"]
)
def test_an_empty_date_is_none(day: str) -> None:
    assert read(rss(item(day=day))).links[0].date is None


def test_the_time_of_the_feeds_making_is_no_day_of_publication() -> None:
    made = [item(f"n{n}", f"Sat, 22 Aug 2026 18:10:{20 + n} GMT") for n in range(3)]
    assert [link.date for link in read(rss(*made)).links] == [None] * 3
    some = [
        item("a", "Wed, 19 Aug 2026 09:00:00 GMT"),
        *(item(f"n{n}", "Sat, 22 Aug 2026 18:10:21 GMT") for n in range(2)),
    ]
    assert [link.date for link in read(rss(*some)).links] == ["2026-08-19", None, None]
    noon = [item(f"n{n}", "Sat, 22 Aug 2026 00:00:00 GMT") for n in range(3)]
    assert [link.date for link in read(rss(*noon)).links] == ["2026-08-22"] * 3


def test_one_entry_behind_older_ones_that_has_the_feeds_own_time_has_no_day() -> None:
    built = "<title>N</title><lastBuildDate>Sat, 22 Aug 2026 18:15:20 +0000</lastBuildDate>"
    now, older = "Sat, 22 Aug 2026 18:15:20 +0000", "Thu, 30 Jul 2026 09:00:00 +0000"
    assert [link.date for link in read(rss(item("a", older), item("b", now), channel=built)).links] == [
        "2026-07-30",
        None,
    ]
    assert [link.date for link in read(rss(item("b", now), item("a", older), channel=built)).links] == [
        "2026-08-22",
        "2026-07-30",
    ]


def test_an_address_that_stands_for_several_releases_is_left_out() -> None:
    entry = "<item><title>{}</title><link>https://www.comune.prova.it/it/{}</link></item>"
    reading = read(
        rss(
            entry.format("Nidi", "news?type=3"),
            entry.format("Ecocentro", "news?type=3"),
            entry.format("Presepi", "news/presepi"),
        )
    )
    assert [link.title for link in reading.links] == ["Presepi"]


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
