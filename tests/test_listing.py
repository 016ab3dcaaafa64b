"""Lists read without selectors. The pages are ours, after the markup of the platforms that they are named by."""

from collections.abc import Sequence

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from spiders.discovery import listing
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

URL = "https://www.comune.prova.it/novita/notizie"
TITLES = (
    "Nuovi orari degli uffici anagrafe", "Al via i lavori in via Garibaldi", "Mercato spostato per la festa patronale",
    "Bando per il sostegno agli affitti", "Chiusura della piscina comunale", "Mostra Chiese Barocche",
)  # fmt: skip
DAYS = ("23 MAG 25", "18 maggio 2025", "07-05-2025", "3.5.2025", "Mercoledì, 30 Aprile 2025", "1° aprile 2025")
ISO = ("2025-05-23", "2025-05-18", "2025-05-07", "2025-05-03", "2025-04-30", "2025-04-01")
MENU = """<header><nav><ul><li><a href="/amministrazione">Amministrazione</a></li><li><a href="/novita">Novità</a></li>
    <li><a href="/servizi">Servizi</a></li><li><a href="/vivere-il-comune">Vivere il Comune</a></li></ul></nav></header>"""
FOOTER = """<footer><ul><li><a href="/note-legali">Note legali</a></li><li><a href="/privacy">Privacy</a></li>
    <li><a href="/amministrazione-trasparente">Amministrazione trasparente</a></li></ul></footer>"""


def path(number: int) -> str:
    return f"/novita/notizie/{TITLES[number].lower().replace(' ', '-')}"


def page(main: str, url: str = URL, body: str = "<body>") -> Reading:
    markup = f"<!doctype html><html lang=it><head><title>Notizie</title></head>{body}{MENU}{main}{FOOTER}</body></html>"
    source = Source(id="comune-prova", home="https://www.comune.prova.it/")
    return listing.read(HtmlResponse(url, body=markup.encode()), Route(url, "listing", url), source)


def cards(template: str, numbers: Sequence[int] = range(6)) -> str:
    filled = (template.format(path=path(n), title=TITLES[n], day=DAYS[n], iso=ISO[n], n=n) for n in numbers)
    return "<main><h1>Notizie</h1>" + "".join(filled) + "</main>"


def expected(dates: Sequence[str | None] = ISO) -> list[tuple[str, str, str | None]]:
    return [(f"https://www.comune.prova.it{path(n)}", TITLES[n], dates[n]) for n in range(6)]


def found(reading: Reading) -> list[tuple[str, str | None, str | None]]:
    return [(link.url, link.title, link.date) for link in reading.links]


TEMPLATES = {
    "national model": """<div class="col-12"><div class="card-wrapper"><div class="card"><div class="card-body">
        <div class="category-top"><a class="title-xsmall" href="/tipi_notizia/notizie">Notizie</a><span class="data">{day}</span></div>
        <h3 class="card-title h5"><a href="{path}" data-element="news-link">{title}</a></h3>
        <p class="card-text">Un breve riassunto della notizia, con quello che cambia per i cittadini.</p>
        <a class="read-more" href="{path}"><span class="text">Vai alla pagina</span></a></div></div></div></div>""",
    "title beside a button": """<div class="card"><h3 class="card-title">{title}</h3><span class="data">{day}</span>
        <p>Un breve riassunto.</p><a href="{path}" class="btn">Leggi di più</a></div>""",
    "drupal": """<article class="node node--type-notizia node--view-mode-teaser"><div class="field--name-created">
        <time datetime="{iso}T10:00:00Z">{day}</time></div><h2><a href="{path}"><span>{title}</span></a></h2>
        <div class="field--name-body"><p>Un breve riassunto della notizia.</p></div></article>""",
    "opencity": """<div class="card-wrapper"><div class="card"><div class="card-body"><h5><a href="{path}">{title}</a></h5>
        <p>Scadenza 30/09/2026. Data di pubblicazione: {day}</p></div></div></div>""",
    "table": """<table><tr><td>{day}</td><td><a href="{path}">{title}</a></td></tr></table>""",
    "list without cards": """<h3><a href="{path}">{title}</a></h3><p>{day}</p><p>Un breve riassunto della notizia.</p>""",
    "update and event beside": """<div class="item"><a href="{path}"><h4>{title}</h4></a><p>Pubblicato il {day}</p>
        <p>Ultima modifica: 12/06/2025</p><p>Evento del 04/10/2026 – Ore 10</p></div>""",
    "author link in each card": """<div class="views-row"><span><a href="/personale/ufficio-{n}">Ufficio {n}</a></span>
        <span class="date">{day}</span><h3><a href="{path}">{title}</a></h3></div>""",
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_release_is_found_with_its_title_and_day(name: str) -> None:
    assert found(page(cards(TEMPLATES[name]))) == expected()


@pytest.mark.parametrize(
    ("body", "main"),
    [
        ('<body class="has-one-sidebar">', "{}"),
        ("<body>", '<form role="search" action="/cerca">{}</form>'),
        ("<body>", '<div class="container sidebar-layout">{}</div>'),
    ],
)
def test_names_of_elements_around_a_list_do_not_hide_it(body: str, main: str) -> None:
    assert found(page(main.format(cards(TEMPLATES["drupal"])), body=body)) == expected()


def test_a_deadline_an_event_or_an_update_is_no_day_of_publication() -> None:
    template = """<div class="card"><h3><a href="{path}">{title}</a></h3><p>Data: {day} – Ore 10</p>
        <p>Scadenza: {day}</p><p>Ultimo aggiornamento: {day}</p></div>"""
    assert found(page(cards(template))) == expected([None] * 6)


def test_an_empty_list_names_nothing_and_not_the_menu() -> None:
    reading = page("<main><h1>Notizie</h1><p>Nessun contenuto presente.</p></main>")
    assert reading == Reading()


def test_facets_files_categories_and_other_sites_are_left_out() -> None:
    strange = """<div class="card"><span class="data">1 maggio 2025</span><h3><a href="{}">Una notizia di altro genere</a></h3></div>"""
    hrefs = (
        "?f[0]=tipo:1",
        "/allegati/avviso.docx",
        "/categoria/eventi",
        "https://www.altrove.example/notizia",
        "mailto:a@b.it",
    )
    main = cards(TEMPLATES["national model"]).replace("</main>", "".join(map(strange.format, hrefs)) + "</main>")
    assert found(page(main)) == expected()


def test_a_release_named_twice_is_one_link_with_the_better_title() -> None:
    lead = f'<div class="hero"><a href="{path(0)}"><img src="a.jpg"></a></div>'
    assert found(page(lead + cards(TEMPLATES["drupal"]))) == expected()


def test_a_title_that_the_list_cuts_is_taken_whole_from_its_link() -> None:
    template = """<div class="card"><span class="data">{day}</span><h3><a href="{path}" title="{title} e altro ancora">{title} e…</a></h3></div>"""
    assert [link.title for link in page(cards(template)).links] == [f"{title} e altro ancora" for title in TITLES]


def test_a_related_list_of_the_same_releases_adds_nothing() -> None:
    aside = "<aside>" + "".join(f'<a href="{path(n)}">{TITLES[n]}</a>' for n in range(3)) + "</aside>"
    assert found(page(cards(TEMPLATES["drupal"]) + aside)) == expected()


PAGERS = {
    "rel": (URL, '<nav><a rel="next" href="?page=1">›</a></nav>', "?page=1"),
    "torino": (URL, '<ul class="pager"><li class="is-active">1</li><li><a href="?page=%2C1">2</a></li></ul>', "?page=%2C1"),
    "drupal": (
        f"{URL}?page=2",
        '<nav class="pager"><a href="?page=1">‹</a><span class="pager__item is-active">3</span><a href="?page=3" title="Vai alla pagina successiva">››</a></nav>',
        "?page=3",
    ),
    "opencity": (
        "https://www.comune.prova.it/Novita/Notizie/(offset)/24",
        '<ul class="pagination"><li><a href="/Novita/Notizie/">1</a></li><li class="active"><a aria-current="page">2</a></li>'
        '<li><a href="/Novita/Notizie/(offset)/48">3</a></li></ul>',
        "https://www.comune.prova.it/Novita/Notizie/(offset)/48",
    ),
    "plone": (
        URL,
        '<nav class="pagination"><ul><li class="active"><span>1</span></li><li><a href="?b_start:int=20">2</a></li>'
        '<li class="next"><a href="?b_start:int=20">Successivi 20 elementi</a></li></ul></nav>',
        "?b_start:int=20",
    ),
    "wordpress": (URL + "/", '<nav class="posts-navigation"><a href="/novita/notizie/page/2/">Articoli più vecchi</a></nav>', "/novita/notizie/page/2/"),
    "numbers": (f"{URL}?pagina=2", '<p class="paginazione"><a href="?pagina=1">1</a> <b>2</b> <a href="?pagina=3">3</a></p>', "?pagina=3"),
    "load more": (URL, '<div class="text-center"><a href="?pag=2">Carica altri</a></div>', "?pag=2"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGERS)
def test_the_next_page_is_found(name: str) -> None:
    url, pager, following = PAGERS[name]
    reading = page(cards(TEMPLATES["drupal"]).replace("</main>", pager + "</main>"), url)
    base = HtmlResponse(url)
    assert [route.url for route in reading.following] == [base.urljoin(following)]
    assert all(link.url != base.urljoin(following) for link in reading.links)


@pytest.mark.parametrize(
    "pager",
    [
        '<div class="calendar"><a href="?month=6">giugno ›</a><table><tr><td><a href="?day=2">2</a></td></tr></table></div>',
        '<nav class="pager"><span class="active">6</span><a class="disabled" href="?page=6">Successiva</a></nav>',
        '<nav class="pager"><a href="?page=0">« Precedente</a><span class="active">1</span></nav>',
        '<p><a href="/novita/notizie/altra-notizia">Notizia successiva</a></p>',
    ],
)
def test_calendars_ended_pagers_and_other_links_are_no_next_page(pager: str) -> None:
    assert page(cards(TEMPLATES["drupal"]).replace("</main>", pager + "</main>")).following == ()


def test_the_further_page_belongs_to_the_list_that_it_continues() -> None:
    [route] = page(cards(TEMPLATES["drupal"]).replace("</main>", PAGERS["rel"][1] + "</main>")).following
    assert (route.strategy, route.start) == ("listing", URL)


def test_what_the_source_excludes_is_left_out() -> None:
    markup = f"<html><body>{cards(TEMPLATES['drupal'])}</body></html>"
    source = Source(id="x", home="https://www.comune.prova.it/", exclude=("piscina",))
    reading = listing.read(HtmlResponse(URL, body=markup.encode()), Route(URL, "listing", URL), source)
    assert len(reading.links) == 5


@pytest.mark.parametrize(
    "response",
    [
        Response(URL, body=b"%PDF-1.7"),
        TextResponse(URL, body=b'{"items": []}'),
        HtmlResponse(URL, body=b""),
        TextResponse(URL, body=b"<?xml version='1.0'?><rss/>"),
    ],
)
def test_an_answer_that_is_no_page_is_unreadable(response: Response) -> None:
    with pytest.raises(Unreadable):
        listing.read(response, Route(URL, "listing", URL), Source(id="x", home="https://www.comune.prova.it/"))


def test_a_page_of_ten_thousand_links_is_read_up_to_the_limit() -> None:
    rows = "".join(
        f'<li><a href="/novita/n{n}">La notizia numero {n} del Comune</a> <span>01/05/2025</span></li>'
        for n in range(10_000)
    )
    links: tuple[Link, ...] = page(f"<main><ul>{rows}</ul></main>").links
    assert len(links) == listing.MOST_LINKS
