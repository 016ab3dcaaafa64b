"""Which pages are releases, which only look like them, and which texts say nothing."""

import pytest

from crawler.extraction.verdict import says_nothing
from spiders.values import Link
from tests.pages import FIRST, SECOND, TITLE, URL, article, document, rejected, release

LISTED = Link(URL, TITLE, "2024-03-05", "listing")


def bare(title: str, body: str, name: str = "") -> str:
    """A page with nothing around it; `name` is the class of its body."""
    return f'<html><head><title>{title}</title></head><body class="{name}">{body}</body></html>'


# -- lists -------------------------------------------------------------------------------------------------------------


def cards(count: int, name: str = "card") -> str:
    card = '<div class="{2}"><span>5 marzo 2024</span><h3><a href="/n/{0}">Notizia numero {0}</a></h3><p>{1}</p></div>'
    return "".join(card.format(number, FIRST[:90], name) for number in range(count))


@pytest.mark.parametrize("origin", ["given", "sitemap"])
@pytest.mark.parametrize("body", [
    f"<h1>Tutte le ultime dal Comune</h1><p>Le notizie dal municipio.</p>{cards(9)}",
    f"<h1>Dal municipio</h1>{cards(4)}",
    f"<h1>Notizie ed eventi</h1>{cards(2)}",
    f"<h1>Category: Comunicati stampa</h1>{cards(3, 'post')}",
    f"<h1>Mese: marzo 2025</h1>{cards(2, 'post')}",
    f"<h1>Bandi di gara</h1><table>{'<tr><td><a href=/b>Lavori in via Roma</a></td><td>5 marzo 2024</td></tr>' * 5}</table>",
    f"<h1>Risultati di ricerca</h1><p>{FIRST}</p>",
    f"<h1>Informativa sulla privacy</h1><p>{FIRST}</p>",
    "<h1>Dal municipio</h1><ul>" + f'<li><a href="/n">Una notizia del Comune di Prova</a> 5 marzo 2024<p>{FIRST[:90]}</p></li>' * 8 + "</ul>",
    "<h1>Dal municipio</h1>" + f'<div><div>5 marzo</div><a href="/n">Una notizia del Comune di Prova</a><p>{FIRST[:90]}</p></div>' * 8,
    "<h1>Ordinanze del sindaco</h1>" + '<p><a href="/o/1">Ordinanza n. 1, divieto di sosta in via Roma</a></p>' * 8,
])  # fmt: skip
def test_a_list_is_not_a_release(body: str, origin: str) -> None:
    assert rejected(document(body, title="Portale"), link=Link(URL, origin=origin)).reason == "not-a-release"


@pytest.mark.parametrize(
    "name",
    ["archive category category-2", "search search-results", "home blog", "path-frontpage", "portaltype-collection"],
)
def test_a_page_of_the_template_of_lists_is_not_a_release_whoever_names_it(name: str) -> None:
    page = bare(TITLE, f"<h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p>", name)
    assert rejected(page).reason == "not-a-release"
    assert rejected(page, link=LISTED).reason == "not-a-release"
    assert article(page.replace(f'class="{name}"', 'class="single single-post"')).title == TITLE


def test_a_list_that_calls_itself_an_article_is_not_a_release() -> None:
    """OpenCity declares og:type "article" on every page."""
    head = '<meta property="og:type" content="article">'
    assert rejected(document(f"<h1>Dal municipio</h1>{cards(9)}", head)).reason == "not-a-release"
    assert article(document(f"<h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p>{cards(9)}", head)).title == TITLE


def test_a_section_that_a_list_calls_a_release_is_not_one() -> None:
    page = document(f"<h1>Amministrazione trasparente</h1><p>{FIRST}</p>", title="Amministrazione trasparente")
    assert rejected(page, link=LISTED).reason == "not-a-release"
    shown = document(f"<h1>Notizie</h1><div>{TITLE}</div><p>{FIRST}</p>", title="Notizie")
    assert article(shown, link=LISTED).title == TITLE


@pytest.mark.parametrize("name", ["Newsletter", "Bandi di concorso", "Organi di governo", "Avvisi"])
def test_a_section_s_name_over_a_dated_text_is_a_release_where_a_list_calls_it_one(name: str) -> None:
    link = Link(URL, name, "2024-03-05", "listing")
    page = document(f'<h1>{name}</h1><p class="data">5 marzo 2024</p><p>{FIRST}</p>', title=name)
    assert article(page, link=link).title == name
    assert rejected(page).reason == "not-a-release"
    for changed in (
        page.replace('<p class="data">5 marzo 2024</p>', ""),
        page.replace('<p class="data">5 marzo 2024</p>', "<p>Ultima modifica: 5 marzo 2024</p>"),
        page.replace(FIRST, "Tutti i numeri usciti."),
        page.replace("</main>", f"{cards(4)}</main>"),
        page.replace(name, "Amministrazione trasparente"),
    ):
        named = Link(URL, "Amministrazione trasparente" if name not in changed else name, "2024-03-05", "listing")
        assert rejected(changed, link=named).reason == "not-a-release"


@pytest.mark.parametrize(
    "title", ["Risultati della ricerca sulla qualità dell'aria", "Anno: 2025 di grandi opere", "Anno: 2025"]
)
def test_only_the_whole_name_of_an_archive_is_one(title: str) -> None:
    page = document(f"<h1>{title}</h1><p>{FIRST}</p>", title=title)
    if title == "Anno: 2025":
        assert rejected(page).reason == "not-a-release"
    else:
        assert article(page).title == title


@pytest.mark.parametrize("title", ["Risultati della ricerca", "Risultati di ricerca per «mensa»", "Risultati della ricerca: mensa"])  # fmt: skip
def test_the_answers_to_a_search_are_not_a_release(title: str) -> None:
    assert rejected(document(f"<h1>{title}</h1><p>{FIRST}</p>", title=title)).reason == "not-a-release"


def test_dated_cards_beside_a_dated_release_do_not_make_it_a_list() -> None:
    related = f"<section><h2>Altre notizie</h2>{cards(12)}</section>"
    for day in (
        "<p>Pubblicato il 5 marzo 2024</p>",
        '<time datetime="2024-03-05" itemprop="datePublished">5 marzo</time>',
    ):
        page = document(f"<article><h1>{TITLE}</h1>{day}<p>{FIRST}</p></article>{related}")
        assert article(page).title == TITLE
    assert article(document(f"<article><h1>{TITLE}</h1><p>{FIRST}</p></article>{related}"), link=LISTED).title == TITLE


def test_a_short_release_in_an_article_of_its_own_is_no_list() -> None:
    page = f"<h1>{TITLE}</h1><p>{FIRST}</p>"
    assert article(document(f"<article>{page}</article>{cards(9)}")).title == TITLE
    assert rejected(document(f"{page}{cards(9)}")).reason == "not-a-release"


def test_links_under_a_text_or_over_it_do_not_make_it_a_list() -> None:
    files = "".join(f'<p><a href="/f/{n}.pdf">Il modulo da compilare, numero {n}</a></p>' for n in range(9))
    menu = "".join(f'<div><a href="/s/{n}">Una parte del sito, la numero {n}</a></div>' for n in range(9))
    assert article(document(f"{menu}<h1>{TITLE}</h1><p>{FIRST}</p>{files}")).title == TITLE


def test_the_home_page_is_not_a_release_also_in_the_place_of_one() -> None:
    home = document(f"<h2>In evidenza</h2>{cards(9)}<p>{FIRST}</p>", '<link rel="canonical" href="/">', title="Home")
    assert rejected(home, link=LISTED).reason == "not-a-release"
    assert rejected(home, "https://www.comune.prova.it/", LISTED).reason == "not-a-release"
    ours = release(head='<link rel="canonical" href="/">')
    assert article(ours.replace("</main>", f"{cards(9)}</main>"), link=LISTED).title == TITLE


# -- a site's other pages ----------------------------------------------------------------------------------------------


def sheet(*headings: str) -> str:
    parts = "".join(f"<section><h2>{heading}</h2><p>{FIRST}</p></section>" for heading in headings)
    return document(f"<h1>Anagrafe e stato civile</h1><p>{SECOND}</p>{parts}", title="Anagrafe e stato civile")


@pytest.mark.parametrize("headings", [
    ("A chi è rivolto", "Descrizione", "Come fare", "Cosa serve", "Cosa si ottiene"),
    ("Che cos'è", "A chi si rivolge", "Accedi al servizio", "Costi e vincoli"),
    ("Competenze", "Area di riferimento", "Persone che compongono la struttura", "Orari"),
    ("Incarico", "Deleghe", "Curriculum vitae", "Situazione patrimoniale"),
    ("Esplora tutti i servizi",),
])  # fmt: skip
def test_a_sheet_is_told_by_its_headings(headings: tuple[str, ...]) -> None:
    assert rejected(sheet(*headings)).reason == "not-a-release"
    assert article(sheet(*headings), link=LISTED).paragraphs


@pytest.mark.parametrize(
    "headings",
    [("Come fare", "Contatti"), ("Cosa serve",), ("Competenze", "Orari", "Contatti"), ("A cura di", "Allegati")],
)
def test_a_release_with_a_heading_or_two_like_a_sheets_is_kept(headings: tuple[str, ...]) -> None:
    assert article(sheet(*headings)).paragraphs


def test_the_sheet_of_a_file_is_no_release_and_one_with_a_text_is() -> None:
    head = '<h1 data-element="document-title">Bando per i contributi</h1>'
    assert rejected(document(f"{head}<h2>Documenti</h2><p><a href=/a.pdf>Bando</a></p><h2>Formati disponibili</h2><p>Il formato del file è PDF.</p>")).reason in ("not-a-release", "no-text")  # fmt: skip
    assert (
        article(document(f"{head}<p>{FIRST}</p><p>{SECOND}</p>", title="Bando per i contributi")).title
        == "Bando per i contributi"
    )


def test_a_page_with_no_name_but_the_sites_is_not_a_release() -> None:
    page = document(f"<h1>Comune di Prova</h1><p>{FIRST}</p>", title="Home")
    assert rejected(page.replace("<title>Home - ", "<title>")).reason == "not-a-release"


def test_a_video_or_photographs_with_a_line_beside_them_are_a_short_notice() -> None:
    line = "Le immagini della festa patronale di domenica in piazza Garibaldi."
    page = document(
        f"<h1>{TITLE}</h1><p>5 marzo 2024</p><figure><img src=a.jpg></figure><p>{line}</p><iframe src=/v></iframe>"
    )
    assert article(page, link=LISTED).paragraphs[-1] == line
    assert rejected(page.replace(f"<p>{line}</p>", ""), link=LISTED).reason == "no-text"


# -- texts that say nothing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [
    [TITLE], [TITLE.upper()], ["Notizie"], ["Novità", "Leggi tutto"], ["5 marzo 2024"], ["Data: 05/03/2024", "Condividi"],
    ["Caricamento in corso..."], ["You need to enable JavaScript to run this app."], ["Per vedere il sito è necessario abilitare JavaScript nel browser."], ["Torna indietro", "Stampa"], ["Nuovi orari"], [],
])  # fmt: skip
def test_a_text_that_repeats_the_title_or_the_templates_words_says_nothing(lines: list[str]) -> None:
    assert says_nothing(lines, TITLE)


@pytest.mark.parametrize("lines", [
    [TITLE, "Il mercato è sospeso."], ["Il mercato è sospeso."], ["Uffici chiusi il 5 marzo 2024 per il patrono."],
    ["Allerta gialla"], ["Notizie"[:3] + "Sì"], ["Locandina della festa"],
])  # fmt: skip
def test_the_shortest_notice_says_something(lines: list[str]) -> None:
    assert not says_nothing(lines, TITLE)
