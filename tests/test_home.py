"""What a home page and a robots.txt say about where releases are listed."""

import pytest
from scrapy.http import HtmlResponse, TextResponse

from spiders.discovery import home
from spiders.source import Source
from spiders.values import Reading, Route, Unreadable

URL = "https://www.comune.prova.it/"


def read(markup: str, url: str = URL) -> Reading:
    return home.read(HtmlResponse(url, body=markup.encode()), Route(url, "home", url), Source(id="x", home=URL))


def page(main: str = "", head: str = "") -> str:
    return f"<!doctype html><html lang=it><head><title>Comune di Prova</title>{head}</head><body>{main}</body></html>"


def named(reading: Reading, strategy: str) -> list[str]:
    return [route.url.removeprefix(URL) for route in reading.following if route.strategy == strategy]


def test_feeds_that_the_head_advertises_are_found_and_not_those_of_comments_events_or_transparency() -> None:
    link = '<link rel="alternate" type="application/rss+xml" title="{}" href="{}">'
    head = "".join(
        link.format(title, href)
        for title, href in (
            ("Prova » Feed", "/feed/"),
            ("Prova » Feed dei commenti", "/comments/feed/"),
            ("Eventi", "/eventi/feed/"),
            ("Amministrazione trasparente", "/amm_trasp/feed/"),
            ("Notizie", "/?post_type=notizia&feed=rss2"),
        )
    )
    assert named(read(page(head=head)), "feed") == ["feed/", "?post_type=notizia&feed=rss2"]


def test_the_national_models_hooks_are_found_whatever_the_links_say() -> None:
    main = '<nav><a data-element="news" href="/aggiornamenti">Da sapere</a><a href="/servizi">Servizi</a></nav>'
    assert named(read(page(main)), "listing") == ["aggiornamenti"]


@pytest.mark.parametrize(
    "words",
    [
        "Novità",
        "Notizie",
        "Comunicati stampa",
        "Ufficio stampa",
        "Tutte le notizie",
        "Avvisi",
        "News",
        "Aktuelles",
        "Actualités",
        "Novice",
    ],
)
def test_a_menu_entry_that_means_news_is_found(words: str) -> None:
    main = f'<nav><a href="/servizi">Servizi</a><a href="/sezione">{words}</a><a href="/contatti">Contatti</a></nav>'
    assert named(read(page(main)), "listing") == ["sezione"]


def test_calls_for_tender_topics_and_other_bodies_are_no_press_section() -> None:
    main = """<a href="/albo-pretorio/avvisi">Avvisi</a><a href="/argomento/bandi-e-avvisi">Bandi e avvisi</a>
        <a href="https://www.regione.example.it/notizie">Notizie</a>"""
    assert read(page(main)) == Reading()


def test_a_home_page_that_is_itself_the_list_is_read_as_one() -> None:
    cards = "".join(
        f'<article><h2><a href="/{number}-la-notizia-del-giorno">La notizia numero {number} del Comune</a></h2><time>0{number} maggio 2025</time></article>'
        for number in range(1, 6)
    )
    assert named(read(page(f"<main>{cards}</main>")), "listing") == ["#list"]


def test_sections_are_few_and_the_surest_come_first() -> None:
    links = "".join(f'<a href="/s{number}">Le notizie del quartiere {number}</a>' for number in range(20))
    found = named(read(page(f'{links}<a href="/novita">Novità</a>')), "listing")
    assert len(found) == home.MOST_SECTIONS
    assert found[0] == "novita"


def test_robots_txt_names_sitemaps() -> None:
    body = b"User-agent: *\nDisallow: /x\nSitemap: https://www.comune.prova.it/sitemap.xml\nsitemap:/due.xml\n"
    url = f"{URL}robots.txt"
    reading = home.read(TextResponse(url, body=body), Route(url, "home", url), Source(id="x", home=URL))
    assert named(reading, "sitemap") == ["sitemap.xml", "due.xml"]
    assert all(route.advertised for route in reading.following)


def test_a_home_page_that_is_no_html_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        home.read(TextResponse(URL, body=b"{}"), Route(URL, "home", URL), Source(id="x", home=URL))
