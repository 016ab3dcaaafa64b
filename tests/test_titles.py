"""The title of a release: the headline that readers see."""

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
