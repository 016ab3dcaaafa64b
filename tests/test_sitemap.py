"""Sitemaps: of pages, of sitemaps, of news, compressed or plain text."""

import gzip

import pytest
from scrapy.http import Response

from spiders.discovery import sitemap
from spiders.source import Source
from spiders.values import Reading, Route, Unreadable

HOME = "https://www.comune.prova.it/"
URL = f"{HOME}sitemap.xml"
SOURCE = Source(id="comune-prova", home=HOME)


def read(body: str | bytes, url: str = URL, source: Source = SOURCE) -> Reading:
    data = body.encode() if isinstance(body, str) else body
    return sitemap.read(Response(url, body=data), Route(url, "sitemap", url), source)


def urlset(*paths: str, more: str = "") -> str:
    urls = "".join(f"<url><loc>{HOME}{path}</loc><lastmod>2026-01-01</lastmod>{more}</url>" for path in paths)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )


def index(*names: str) -> str:
    maps = "".join(f"<sitemap><loc>{HOME}{name}</loc></sitemap>" for name in names)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'


def names(reading: Reading) -> list[str]:
    return [link.url.removeprefix(HOME) for link in reading.links]


def test_of_a_whole_site_only_the_press_section_is_taken() -> None:
    assert names(read(urlset("novita/a", "servizi/tari", "notizie/b", "amministrazione/uffici"))) == [
        "novita/a",
        "notizie/b",
    ]


def test_of_a_sitemap_of_news_everything_is_taken() -> None:
    assert names(read(urlset("a", "b"), f"{HOME}sitemap-notizie.xml")) == ["a", "b"]


def test_a_source_that_says_which_addresses_it_wants_gets_those() -> None:
    source = Source(id="x", home=HOME, include=("/servizi/",))
    assert names(read(urlset("novita/a", "servizi/tari"), source=source)) == ["servizi/tari"]


def test_the_last_change_is_never_taken_for_the_day_of_publication() -> None:
    assert [link.date for link in read(urlset("novita/a")).links] == [None]


def test_the_newest_are_named_first_where_the_sitemap_says_when_they_changed() -> None:
    entry = "<url><loc>{}novita/{}</loc>{}</url>"
    stamps = {"a": "2025-01-01", "b": "", "c": "2026-05-05T10:00:00+02:00", "d": "2026-05-05T09:30:00Z", "e": "ieri"}
    body = "".join(
        entry.format(HOME, name, f"<lastmod>{stamp}</lastmod>" if stamp else "") for name, stamp in stamps.items()
    )
    reading = read(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</urlset>')
    assert names(reading) == [f"novita/{name}" for name in "dcabe"]
    assert {link.date for link in reading.links} == {None}


def test_a_wordpress_sitemap_without_times_begins_with_the_oldest_post() -> None:
    body = urlset("a", "b", "c").replace("<lastmod>2026-01-01</lastmod>", "")
    assert names(read(body, f"{HOME}wp-sitemap-posts-post-1.xml")) == ["c", "b", "a"]
    assert names(read(body, f"{HOME}sitemap-notizie.xml")) == ["a", "b", "c"]


def test_a_picture_of_a_page_is_neither_its_address_nor_its_title() -> None:
    picture = """<image:image xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><image:loc>https://www.comune.prova.it/f.jpg</image:loc>
        <image:title>Foto</image:title></image:image>"""
    assert [(link.url, link.title) for link in read(urlset("novita/a", more=picture)).links] == [
        (f"{HOME}novita/a", None)
    ]


def test_files_sections_archives_and_views_are_no_releases() -> None:
    others = (
        "novita",
        "novita/2025/05",
        "novita/categoria/scuola",
        "novita/allegato.docx",
        "novita/x.pdf/view",
        "novita?f%5B0%5D=a",
    )
    assert names(read(urlset("novita/a", "novita/b", *others))) == ["novita/a", "novita/b"]


def test_of_wordpress_posts_all_are_taken_and_of_its_other_contents_the_news() -> None:
    kinds = ("page", "evento", "luogo", "notizia", "servizio", "post")
    following = read(index(*(f"wp-sitemap-posts-{kind}-1.xml" for kind in kinds), "wp-sitemap-users-1.xml")).following
    assert {route.url.removeprefix(HOME) for route in following} == {
        "wp-sitemap-posts-notizia-1.xml",
        "wp-sitemap-posts-post-1.xml",
    }
    assert names(read(urlset("lavori-pubblici/a"), f"{HOME}wp-sitemap-posts-post-1.xml")) == ["lavori-pubblici/a"]


def test_the_newest_of_hundreds_of_sitemaps_come_first_and_are_no_more_than_the_limit() -> None:
    stamp = "<sitemap><loc>{0}sitemap-{1}.xml</loc><lastmod>{2}-01-01</lastmod></sitemap>"
    body = "".join(stamp.format(HOME, year, year) for year in range(1200, 2026))
    following = read(
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</sitemapindex>'
    ).following
    assert following[0].url == f"{HOME}sitemap-2025.xml"
    assert len(following) == sitemap.MOST_CHILDREN
    numbered = read(index("wp-sitemap-posts-post-1.xml", "wp-sitemap-posts-post-2.xml")).following
    assert numbered[0].url == f"{HOME}wp-sitemap-posts-post-2.xml"


def test_the_news_extension_gives_title_and_day() -> None:
    news = """<news:news><news:publication><news:name>Comune di Prova</news:name></news:publication>
        <news:publication_date>2025-05-05T10:00:00+02:00</news:publication_date><news:title>Nuovi orari</news:title></news:news>"""
    [link] = read(urlset("a", more=news)).links
    assert (link.title, link.date, link.origin) == ("Nuovi orari", "2025-05-05", "sitemap")


def test_an_index_leads_to_its_sitemaps_and_to_those_of_news_where_it_tells_them_apart() -> None:
    reading = read(
        index("wp-sitemap-posts-notizia-1.xml", "wp-sitemap-posts-page-1.xml", "wp-sitemap-taxonomies-category-1.xml")
    )
    assert [route.url.removeprefix(HOME) for route in reading.following if "notizia" in route.url] == [
        "wp-sitemap-posts-notizia-1.xml"
    ]
    assert not any("categor" in route.url for route in reading.following)
    plain = read(index("sitemap.xml?page=1", "sitemap.xml?page=2"))
    assert [(route.strategy, route.start) for route in plain.following] == [("sitemap", URL)] * 2


@pytest.mark.parametrize("times", [1, 2])
def test_a_compressed_sitemap_is_read(times: int) -> None:
    body = urlset("novita/a").encode()
    for _ in range(times):
        body = gzip.compress(body)
    assert names(read(body, f"{URL}.gz")) == ["novita/a"]


def test_plain_text_with_an_address_a_line_is_a_sitemap() -> None:
    assert names(read(f"\ufeff{HOME}novita/a\r\n\r\n{HOME}servizi/b\n", f"{HOME}sitemap.txt")) == ["novita/a"]


def test_addresses_are_named_once_and_broken_entries_are_passed_over() -> None:
    body = urlset("novita/a", "novita/a").replace(
        "</urlset>", "<url></url><url><loc>ftp://x/novita</loc></url><!-- x --></urlset>"
    )
    assert names(read(body)) == ["novita/a"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>404</body></html>",
        b"ciao",
        b"\x1f\x8b\x08broken",
        b"<?xml version='1.0'?>",
        gzip.compress(b"0" * (51 << 20)),
    ],
)
def test_what_is_no_sitemap_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_entities_of_other_files_are_not_read() -> None:
    body = f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>{urlset("novita/a&x;")[38:]}'
    assert all("root:" not in link.url for link in read(body).links)
