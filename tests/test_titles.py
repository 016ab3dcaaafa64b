"""The title of a release: the headline that readers see."""

import pytest

from crawler.extraction.markup import Head
from crawler.extraction.sitenames import SEPARATOR, Site
from spiders.values import Link
from tests.pages import FIRST, TITLE, article, document, rejected, release

BODY = f"<p>{FIRST}</p><p>{FIRST[::-1]}</p>"


def title(html: str, url: str = "https://www.comune.prova.it/novita/12345", listed: str | None = None) -> str:
    return article(html, url, Link(url, listed, origin="listing" if listed else "given")).title


def test_the_headline_is_the_title() -> None:
    assert title(release()) == TITLE


def test_the_name_of_the_site_after_the_title_is_left_out() -> None:
    page = document(f"<div>{BODY}</div>", title=TITLE)
    assert title(page) == TITLE
    assert title(page.replace(" - Comune di Prova", " | Comune di Prova")) == TITLE


def test_a_headline_with_the_name_of_the_site_loses_it() -> None:
    head = '<meta property="og:site_name" content="Comune di Prova"><meta property="og:title" content="' + TITLE + '">'
    assert title(document(f"<h1>{TITLE} | Comune di Prova</h1>{BODY}", head)) == TITLE


def test_the_heading_of_the_search_dialog_is_not_the_title() -> None:
    dialog = '<div class="modal" id="search"><h1>Cerca nel sito</h1><form><input name=q></form></div>'
    assert title(document(f"{dialog}<h1>{TITLE}</h1>{BODY}")) == TITLE
    assert title(document(f"{dialog}<h2>{TITLE}</h2>{BODY}")) == TITLE


def test_the_name_of_the_site_in_an_h1_is_not_the_title() -> None:
    head = '<meta property="og:site_name" content="Comune di Prova">'
    assert title(document(f"<h1>Comune di Prova</h1><h2>{TITLE}</h2>{BODY}", head)) == TITLE


def test_the_heading_of_a_section_is_not_the_title() -> None:
    assert title(document(f"<h1>Comunicati stampa</h1><h2>{TITLE}</h2>{BODY}")) == TITLE
    assert title(document(f"<h1>Dettaglio notizia</h1><h3>{TITLE}</h3>{BODY}")) == TITLE


def test_a_kicker_inside_the_headline_is_left_out() -> None:
    head = f'<meta property="og:title" content="{TITLE}">'
    assert title(document(f"<h1><span>Servizi civici</span> {TITLE}</h1>{BODY}", head)) == TITLE
    assert title(document(f"<h1>5 marzo 2024 - {TITLE}</h1>{BODY}", head)) == TITLE


def test_a_headline_longer_than_the_other_names_stays_whole() -> None:
    whole = f"Servizi civici: {TITLE}"
    head = f'<meta property="og:title" content="{whole}">'
    assert title(document(f"<h1>{whole}</h1>{BODY}", head, title=TITLE)) == whole


def test_a_headline_on_two_lines_is_one() -> None:
    assert title(document(f"<h1>Nuovi orari<br>degli uffici comunali</h1>{BODY}")) == TITLE


def test_the_titles_of_related_cards_are_not_the_title() -> None:
    cards = "".join(
        f'<div class="card"><h2><a href="/n/{n}">Un altro avviso numero {n}</a></h2></div>' for n in range(3)
    )
    assert title(document(f"<h1>{TITLE}</h1>{BODY}<div class=correlati>{cards}</div>")) == TITLE


def test_a_title_that_the_page_cuts_is_taken_from_the_list() -> None:
    assert title(release(title="Nuovi orari degli uffici…"), listed=TITLE) == TITLE


def test_a_title_that_the_list_cuts_is_taken_from_the_page() -> None:
    assert title(release(), listed="Nuovi orari degli…") == TITLE


def test_a_page_without_headline_has_the_title_of_its_list() -> None:
    page = document(f"<div>{BODY}</div>", title="Home")
    assert title(page, listed=TITLE) == TITLE


def test_quotes_accents_and_dashes_stay_and_invisible_characters_go() -> None:
    assert (
        title(release(title="«Città» – l’uf\u00adfi\u00adcio\u200b “Più” aper\u00adto"))
        == "«Città» – l’ufficio “Più” aperto"
    )


def test_entities_are_read() -> None:
    assert title(release(title="Caff&egrave; &amp; libri all&#8217;aperto")) == "Caffè & libri all’aperto"


def test_a_page_without_any_title_is_not_kept() -> None:
    found = rejected(f"<html><body><p>{FIRST}</p></body></html>", "https://www.comune.prova.it/")
    assert found.reason == "no-title"


# -- templates whose title element names the site only -------------------------------------------------------------


def old(body: str, name: str = "Comune di Prova", head: str = "") -> str:
    """A page of an old template: `name` is the title element of all the site's pages."""
    return f"""<!doctype html><html lang="it"><head><meta charset="utf-8"><title>{name}</title>{head}</head><body>
<header><div class="it-brand-title">Comune di Prova</div><nav class="menu"><ul><li><a href="/novita">Novità</a></li>
<li><a href="/vivere">Vivere Prova</a></li></ul></nav></header>{body}<footer><h2>Comune di Prova</h2><h3>Contatti</h3></footer></body></html>"""


@pytest.mark.parametrize(
    "name",
    [
        "Comune di Prova", "Comune di Prova (TO)", "Home | Comune di Prova", "Comune di Prova - Sito istituzionale",
        "Comune di Prova - Notizie", "Portale istituzionale del Comune di Prova", "Comune di Prova - Dettaglio notizia", "",
        "comune.prova.it", "Benvenuti nel sito del Comune di Prova", "Camera di Commercio di Prova",
    ],
)  # fmt: skip
@pytest.mark.parametrize("heading", ["h1", "h2", "h3", "h4"])
def test_a_title_element_that_names_the_site_only_is_no_title(name: str, heading: str) -> None:
    assert title(old(f"<main><{heading}>{TITLE}</{heading}>{BODY}</main>", name)) == TITLE


@pytest.mark.parametrize(
    "above",
    [
        "<h1>Comune di Prova</h1>", "<h2>Regione Piemonte</h2><h1>Comune di Prova</h1>", '<h1><a href="/">Comune di Prova</a></h1>',
        "<h1>Notizie</h1>", "<h1>Notizie ed eventi</h1>", "<h1>News dal Comune</h1>", "<h1>Comunicati stampa 2025</h1>",
        "<h1>Dettaglio della notizia</h1>", "<h1>Dettaglio comunicato stampa</h1>", "<h1>Vivere Prova</h1>",
        "<h1>Cosa stai cercando?</h1>", '<div id="cerca"><h1>Cerca nel sito</h1><form><input></form></div>',
        '<div class="cookiebar"><h1>Questo sito usa i cookie</h1></div>', "<h3>In evidenza</h3>",
        "".join(f'<h2><a href="/n/{n}">Un’altra notizia importante, numero {n}</a></h2>' for n in range(4)),
        '<ol class="breadcrumb"><li><a href="/">Home</a></li><li><a href="/r">Rassegna</a></li></ol><h1>Rassegna</h1>',
    ],
)  # fmt: skip
def test_the_heading_next_above_the_text_is_the_title_of_such_a_page(above: str) -> None:
    assert title(old(f"{above}<main><h2>{TITLE}</h2>{BODY}</main>")) == TITLE


def test_headings_over_and_under_the_title_are_not_the_title() -> None:
    around = f'<h3 class="occhiello">Servizi civici</h3><h2 class="titolo">{TITLE}</h2><h3 class="sottotitolo">Dal primo aprile</h3>'
    assert title(old(f"<main>{around}{BODY}</main>")) == TITLE
    assert title(old(f"<main><h2>Servizi civici</h2><h1>{TITLE}</h1>{BODY}</main>")) == TITLE
    assert title(old(f"<main><h1>{TITLE}</h1>{BODY}<h1>Galleria fotografica</h1><h2>Allegati</h2></main>")) == TITLE


@pytest.mark.parametrize(
    "shown",
    [
        f'<div class="titolo_news">{TITLE}</div>', f'<p class="titolo">{TITLE}</p>', f'<span class="titolo">{TITLE}</span>',
        f"<p><strong>{TITLE}</strong></p>", f"<b>{TITLE}</b><br><br>",
    ],
)  # fmt: skip
def test_a_title_in_no_heading_is_found_above_the_text(shown: str) -> None:
    assert title(old(f'<main><div class="contenuto">{shown}{BODY}</div></main>')) == TITLE


@pytest.mark.parametrize("name", ["Città", "La città", "Avviso", "Lutto cittadino", "Comune di Prova cerca volontari"])
def test_a_title_of_common_words_is_no_name_of_a_site(name: str) -> None:
    assert title(old(f"<main><h1>{name}</h1>{BODY}</main>")) == name


def test_the_second_of_two_h1_is_the_title_where_the_first_is_a_section() -> None:
    assert (
        title(old(f"<main><h1>Comunicati</h1><h1>{TITLE}</h1>{BODY}</main>", "Comunicati - Comune di Prova")) == TITLE
    )
    assert title(document(f'<h1 class="logo"><a href="/">Comune di Prova</a></h1><h1>{TITLE}</h1>{BODY}')) == TITLE


@pytest.mark.parametrize(
    "name",
    [
        f"Comune di Prova » Notizie » {TITLE}", f"{TITLE} » Notizie » Comune di Prova", f"{TITLE} | Novità | Comune di Prova",
        f"Comune di Prova: {TITLE}", f"Comune di Prova - {TITLE}", f"{TITLE} - Sito Istituzionale del Comune di Prova",
        f"Prova | {TITLE}", f"{TITLE} – Prova Oggi",
    ],
)  # fmt: skip
def test_the_site_and_its_sections_are_cut_from_a_title_element(name: str) -> None:
    assert title(old(f"<main>{BODY}</main>", name)) == TITLE


def test_a_dash_in_a_title_element_that_is_the_titles_own_stays() -> None:
    own = "Festa patronale - programma completo"
    assert title(old(f"<main>{BODY}</main>", f"{own} - Comune di Prova")) == own
    assert title(old(f"<main>{BODY}</main>", own), "https://www.prova.to.it/festa-patronale-programma-completo") == own


def test_capitals_stay_as_they_were_published() -> None:
    head = f'<meta property="og:title" content="{TITLE}">'
    assert title(old(f"<main><h1>{TITLE.upper()}</h1>{BODY}</main>", head=head)) == TITLE.upper()


def test_a_topic_that_all_declared_names_begin_with_is_part_of_the_title() -> None:
    whole = f"Servizi civici: {TITLE}"
    head = (
        f'<meta property="og:title" content="{whole}">'
        f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "{whole}"}}</script>'
    )
    page = document(f"<h1>{TITLE}</h1>{BODY}", head, title=whole)
    assert title(page) == whole
    assert title(page, listed=TITLE) == TITLE


# -- what lists say ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["Nuovi orari degli uffi…", "Nuovi orari degli ...", "Nuovi orari degli […]"])
@pytest.mark.parametrize(
    "shown",
    [
        f"<h1>Notizie</h1><h2>{TITLE}</h2>",
        f'<div class="tit">{TITLE}</div>',
        f"<p><b>{TITLE}</b></p>",
        f"<p>{TITLE}</p>",
    ],
)
def test_a_title_that_the_list_cuts_is_whole_wherever_the_page_shows_it(cut: str, shown: str) -> None:
    assert title(old(f"<main>{shown}{BODY}</main>"), listed=cut) == TITLE


def test_a_title_that_the_page_cuts_in_one_place_is_whole_in_another() -> None:
    head = '<meta property="og:title" content="Nuovi orari degli...">'
    assert title(old(f"<main>{BODY}</main>", TITLE, head)) == TITLE


def test_a_day_before_the_title_is_no_part_of_it() -> None:
    assert title(old(f"<main>{BODY}</main>"), listed=f"12/03/2025 - {TITLE}") == TITLE
    assert title(old(f"<main><h1>12.03.2025 {TITLE}</h1>{BODY}</main>")) == TITLE
    event = "25 aprile 2026 - il programma della festa"
    assert title(old(f"<main><h1>{event}</h1>{BODY}</main>")) == event


@pytest.mark.parametrize(
    "button", ["Leggi tutto", "Leggi di più »", "Continua a leggere…", "Vai alla pagina", "Dettagli"]
)
def test_the_words_of_a_button_are_not_the_title(button: str) -> None:
    assert title(old(f"<main>{BODY}</main>", TITLE), listed=button) == TITLE
    assert title(old(f"<main>{BODY}</main>"), listed=f"Leggi tutto: {TITLE}") == TITLE


def test_white_space_in_a_name_counts_as_one_space_however_much_there_is() -> None:
    """Templates pad names with hard spaces, by the hundred."""
    site = Site(Head(), (), "https://www.comune.prova.it/")
    wide = "\N{NO-BREAK SPACE}" * 500
    assert site.without(f"Nuovi{wide}orari{wide}|{wide}Comune di Prova{wide}") == "Nuovi orari"
    assert site.without(wide) == ""
    assert SEPARATOR.split(f"Nuovi orari{wide}-{wide}Comune{wide}») Prova |{wide}| fine") == [
        "Nuovi orari",
        "Comune",
        ") Prova",
        "",
        "fine",
    ]


def test_a_separator_is_looked_for_once_in_a_run_of_white_space() -> None:
    """From each of its letters, 20,000 hard spaces took 5 s."""
    run = "a" + "\N{NO-BREAK SPACE}" * 200 + "|"
    assert SEPARATOR.match(run, 1)
    assert not any(SEPARATOR.match(run, start) for start in range(2, 200))
