"""Lists read without selectors. The pages are ours, after the markup of the platforms that they are named by."""

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from spiders.discovery import listing
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable
from tests.lists import DRUPAL, ISO, TITLES, URL, cards, expected, found, page, path

TEMPLATES = {
    "national model": """<div class="col-12"><div class="card-wrapper"><div class="card"><div class="card-body">
        <div class="category-top"><a class="title-xsmall" href="/tipi_notizia/notizie">Notizie</a><span class="data">{day}</span></div>
        <h3 class="card-title h5"><a href="{path}" data-element="news-link">{title}</a></h3>
        <p class="card-text">Un breve riassunto della notizia, con quello che cambia per i cittadini.</p>
        <a class="read-more" href="{path}"><span class="text">Vai alla pagina</span></a></div></div></div></div>""",
    "title beside a button": """<div class="card"><h3 class="card-title">{title}</h3><span class="data">{day}</span>
        <p>Un breve riassunto.</p><a href="{path}" class="btn">Leggi di più</a></div>""",
    "drupal": DRUPAL,
    "opencity": """<div class="card-wrapper"><div class="card"><div class="card-body"><h5><a href="{path}">{title}</a></h5>
        <p>Scadenza 30/09/2026. Data di pubblicazione: {day}</p></div></div></div>""",
    "table": """<table><tr><td>{day}</td><td><a href="{path}">{title}</a></td></tr></table>""",
    "list without cards": """<h3><a href="{path}">{title}</a></h3><p>{day}</p><p>Un breve riassunto della notizia.</p>""",
    "update and event beside": """<div class="item"><a href="{path}"><h4>{title}</h4></a><p>Pubblicato il {day}</p>
        <p>Ultima modifica: 12/06/2025</p><p>Evento del 04/10/2026 – Ore 10</p></div>""",
    "author link in each card": """<div class="views-row"><span><a href="/personale/ufficio-{n}">Ufficio {n}</a></span>
        <span class="date">{day}</span><h3><a href="{path}">{title}</a></h3></div>""",
    "municipium": """<div class="card"><a class="category" href="/it/news?type=3">Avvisi</a><span class="data">{day}</span>
        <h3><a href="{path}">{title}</a></h3><p>Un breve riassunto.</p><a href="{path}">Leggi di più</a></div>""",
    "wordpress": """<article class="post-{n} post type-post category-eventi"><h2 class="entry-title"><a href="{path}">{title}</a></h2>
        <div class="entry-meta"><a href="{path}"><time class="entry-date published" datetime="{iso}T10:00:00+02:00">{day}</time>
        <time class="updated" datetime="2026-10-10T10:00:00+02:00">10 ottobre 2026</time></a> di <a href="/author/ufficio">ufficio</a></div>
        <p>Un breve riassunto&hellip; <a class="more-link" href="{path}">Continue reading <span class="screen-reader-text">{title}</span></a></p>
        <footer><a href="/category/eventi/">Eventi</a></footer></article>""",
    "joomla": """<div class="items-row"><h2><a href="{path}">{title}</a></h2><dl><dd class="published"><time datetime="{iso}">Pubblicato:
        {day}</time></dd><dd>Visite: 33</dd></dl><p class="readmore"><a href="{path}">Leggi tutto: {title}</a></p></div>""",
    "liferay": """<div class="asset-abstract"><h3><a href="{path}">{title}</a></h3><div>Un riassunto. <a href="{path}">Continua
        <span class="sr-only">su {title}</span> »</a></div><div><span class="metadata-publish-date">{day}</span></div></div>""",
    "definition list": """<dl><dt>{day}</dt><dd><a href="{path}">{title}</a></dd></dl>""",
    "day in a heading": """<div class="item"><h5 class="date">{day}</h5><h3><a href="{path}">{title}</a></h3></div>""",
    "day before the title in the link": """<li><a href="{path}">{day} - {title}</a></li>""",
    "link as card, title in bold": """<a class="item" href="{path}"><span>{day}</span> <strong>{title}</strong>
        <span>Un breve riassunto della notizia, con quello che cambia.</span></a>""",
    "link as card, title on a line": """<a class="item" href="{path}"><div>{day}</div><div>{title}</div></a>""",
    "image, title and button": """<div class="box"><a href="{path}"><img src="a.jpg" alt=""></a><p class="date">{day}</p>
        <p><a href="{path}">{title}</a></p><p><a href="{path}">Leggi tutto »</a></p></div>""",
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_release_is_found_with_its_title_and_day(name: str) -> None:
    assert found(page(cards(TEMPLATES[name]))) == expected()


ADDRESSES = {
    "numbers that look like years": ("https://www.comune.prova.it/it/news?type=3", "/it/news/{}", 2020),
    "query": ("https://www.comune.prova.it/Notizie", "/Dettaglionews?IDNews={}", 40),
    "the list's own path": ("https://www.comune.prova.it/news.php", "/news.php?id={}", 40),
    "joomla": (
        "https://www.comune.prova.it/index.php?option=com_content&view=category&id=9&Itemid=101",
        "/index.php?option=com_content&view=article&id={}:titolo&catid=9&Itemid=101",
        40,
    ),
    "hgate": ("https://www.comune.prova.it/novita/avvisi/avvisi.html", "/novita/avvisi/novita_{}.html", 2900),
    "isweb": ("https://www.comune.prova.it/pagina12_news.html", "/pagina{}_titolo.html", 800),
    "years and months": ("https://www.comune.prova.it/", "/2025/05/titolo-{}/", 1),
    "first level": ("https://www.comune.prova.it/", "/titolo-{}/", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ADDRESSES)
def test_releases_are_found_under_whatever_addresses_a_platform_gives_them(name: str) -> None:
    url, address, first = ADDRESSES[name]
    main = cards(DRUPAL)
    for n in range(6):
        main = main.replace(f'"{path(n)}"', f'"{address.format(first + n)}"')
    links = page(main, url).links
    assert [link.url for link in links] == [f"https://www.comune.prova.it{address.format(first + n)}" for n in range(6)]
    assert [link.title for link in links] == list(TITLES)


def test_posts_that_begin_with_different_categories_are_one_list() -> None:
    main = cards(TEMPLATES["wordpress"])
    for n, category in enumerate(("avvisi", "eventi", "avvisi", "lavori-pubblici", "eventi", "avvisi")):
        main = main.replace(path(n), f"/{category}/n{n}/")
    assert [link.title for link in page(main, "https://www.comune.prova.it/").links] == list(TITLES)


def test_a_card_that_begins_with_its_author_is_listed_by_its_title() -> None:
    template = """<div class="card"><div><a href="/docenti/nome-{n}">Nome {n}</a> - <a href="{path}"><b>{title}</b></a><br>Testo.</div></div>"""
    assert [link.title for link in page(cards(template)).links] == list(TITLES)


def test_a_press_section_without_days_and_telling_addresses_is_a_list() -> None:
    main = cards("""<div class="item"><h4><a href="{path}">{title}</a></h4><p>Un riassunto.</p></div>""")
    main = main.replace("/novita/notizie/", "/-/")
    assert [link.title for link in page(main).links] == list(TITLES)
    assert page(main, "https://www.comune.prova.it/servizi").links == ()


def test_the_head_of_a_table_says_which_day_is_meant() -> None:
    row = """<tr><td><a href="{path}">{title}</a></td><td>31/12/2026</td><td>{iso}</td></tr>"""
    table = "<table><tr><th>Oggetto</th><th>{}</th><th>{}</th></tr>{}</table>"
    rows = cards(row).removeprefix("<main><h1>Notizie</h1>").removesuffix("</main>")
    assert found(page(table.format("Scadenza", "Pubblicazione", rows))) == expected()
    assert found(page(table.format("Scadenza", "Fine lavori", rows))) == expected([None] * 6)


def test_links_to_releases_after_the_list_are_not_the_lists() -> None:
    topic = f'<div class="topic"><h3>Scuola</h3><ul><li><a href="{path(0)}-2">Iscrizioni ai nidi comunali</a></li></ul></div>'
    main = cards(
        """<div class="card"><h3><a href="{path}">{title}</a></h3><p>Un breve riassunto della notizia di oggi.</p></div>"""
    )
    assert found(page(main + topic)) == expected([None] * 6)


def test_what_leads_up_to_a_list_belongs_to_it() -> None:
    lead = '<section class="hero"><h2><a href="/novita/notizie/in-evidenza">La notizia in evidenza</a></h2><p>Un riassunto.</p></section>'
    main = cards(DRUPAL).replace("<main>", f"<main>{lead}")
    assert [link.title for link in page(main).links] == ["La notizia in evidenza", *TITLES]


def test_services_that_look_like_news_on_a_home_page_are_left_out() -> None:
    card = """<div class="card"><h3><a href="/{}">{}</a></h3><p>{}</p></div>"""
    news = "".join(card.format(f"notizia-{n}", TITLES[n], ISO[n]) for n in range(3))
    services = "".join(card.format(f"servizio-{n}", f"Richiedere il servizio {n}", "Il servizio.") for n in range(3))
    main = f"<main><section><h2>Ultime</h2>{news}</section><section><h2>Servizi</h2>{services}</section></main>"
    assert [link.title for link in page(main, "https://www.comune.prova.it/").links] == list(TITLES[:3])


def test_the_section_above_releases_is_none_of_them() -> None:
    template = """<div class="card"><span>{day}</span><h3><a href="{path}">{title}</a></h3></div>"""
    section = template.format(day="1 maggio 2025", path="/novita/notizie", title="Le notizie del nostro Comune")
    main = cards(template).replace("</main>", f"{section}</main>")
    assert found(page(main, "https://www.comune.prova.it/novita/tutte")) == expected()


def test_one_link_to_many_releases_has_no_title_and_day_of_its_own() -> None:
    main = cards("""<div class="card"><span>{day}</span><h3><a href="/novita/dettaglio">{title}</a></h3></div>""")
    assert found(page(main)) in ([], [("https://www.comune.prova.it/novita/dettaglio", None, None)])


@pytest.mark.parametrize(
    ("body", "main"),
    [
        ('<body class="has-one-sidebar">', "{}"),
        ("<body>", '<form role="search" action="/cerca">{}</form>'),
        ("<body>", '<div class="container sidebar-layout">{}</div>'),
    ],
)
def test_names_of_elements_around_a_list_do_not_hide_it(body: str, main: str) -> None:
    assert found(page(main.format(cards(DRUPAL)), body=body)) == expected()


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
    assert found(page(lead + cards(DRUPAL))) == expected()


def test_a_title_that_the_list_cuts_is_taken_whole_from_its_link() -> None:
    template = """<div class="card"><span class="data">{day}</span><h3><a href="{path}" title="{title} e altro ancora">{title} e…</a></h3></div>"""
    assert [link.title for link in page(cards(template)).links] == [f"{title} e altro ancora" for title in TITLES]


def test_a_title_that_a_card_cuts_is_taken_whole_from_another_link_to_the_release() -> None:
    template = """<div class="card"><p><a class="image" href="{path}" aria-label="{title} e altro ancora"></a></p>
        <span class="data">{day}</span><h3><a href="{path}">{title} e…</a></h3></div>"""
    assert [link.title for link in page(cards(template)).links] == [f"{title} e altro ancora" for title in TITLES]


def test_a_related_list_of_the_same_releases_adds_nothing() -> None:
    aside = "<aside>" + "".join(f'<a href="{path(n)}">{TITLES[n]}</a>' for n in range(3)) + "</aside>"
    assert found(page(cards(DRUPAL) + aside)) == expected()


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
