"""From a page to its text, or to the reason why it is not kept."""

import pytest

from crawler.extraction.markup import decode
from spiders.values import Link
from tests.pages import FIRST, SECOND, TITLE, URL, article, document, rejected, release, shared

LEAD = "Cambiano da lunedì gli orari di apertura di anagrafe, protocollo e ufficio tributi del Comune."
LISTED = Link(URL, TITLE, "2024-03-05", "listing")


def text(html: str | bytes, link: Link | None = None, **more: bool) -> list[str]:
    return list(article(html, URL, link, **more).paragraphs)


# -- text ---------------------------------------------------------------------------------------------------------


def test_the_paragraphs_of_a_release_are_its_text() -> None:
    assert text(release()) == [FIRST, SECOND]


def test_the_lead_under_the_headline_is_part_of_the_text() -> None:
    national = document(
        f"""<div class="row"><div class="cmp-heading"><h1 class="title-xxxlarge" data-element="news-title">{TITLE}</h1>
        <p class="lead">{LEAD}</p></div><div class="row"><small>Data:</small><p>5 marzo 2024</p></div></div>
        <div class="row"><aside class="col-lg-3"><div class="cmp-navscroll"><a href="#d">Descrizione</a></div></aside>
        <section class="col-lg-9"><article><h2>Descrizione</h2><div class="richtext-wrapper"><p>{FIRST}</p><p>{SECOND}</p></div>
        </article></section></div>"""
    )
    assert text(national) == [LEAD, FIRST, SECOND]


def test_a_very_short_notice_is_whole() -> None:
    notice = "Il mercato settimanale è anticipato a sabato."
    assert text(release(inside=f"<p>{notice}</p>"), LISTED) == [notice]
    assert text(document(f"<h1>{TITLE}</h1><div class=entry-content><p>{notice}</p></div>"), LISTED) == [notice]
    assert text(document(f"<h1>{TITLE}</h1><div>{notice}</div>"), LISTED) == [notice]


def test_paragraphs_that_line_breaks_separate_are_whole_and_apart() -> None:
    third = "Per informazioni rivolgersi allo sportello di via Roma."
    inside = f"{FIRST}<br><br>{SECOND}<br/><br/>{third}"
    assert text(release(inside=inside)) == [FIRST, SECOND, third]


def test_a_line_break_inside_a_sentence_parts_no_paragraph() -> None:
    assert text(release(inside=f"<p>{FIRST}</p><p>{SECOND.replace(' servirà', '<br>servirà')}</p>")) == [FIRST, SECOND]


def test_a_paragraph_is_one_line_however_the_markup_breaks_it() -> None:
    assert text(release(inside=f"<p>{FIRST.replace(' ', chr(10) + '   ')}</p><p>{SECOND}</p>")) == [FIRST, SECOND]


def test_lists_and_tables_in_the_text_are_kept() -> None:
    items = ["Anagrafe e stato civile: dal lunedì al venerdì", "Ufficio tributi: martedì e giovedì pomeriggio"]
    inside = f"<p>{FIRST}</p><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul><p>{SECOND}</p>"
    assert text(release(inside=inside)) == [FIRST, *items, SECOND]
    rows = "".join(f"<tr><td>Sportello {n}</td><td>ore {n}.30</td></tr>" for n in range(9, 12))
    assert "Sportello 10" in " ".join(text(release(inside=f"<p>{FIRST}</p><table>{rows}</table><p>{SECOND}</p>")))


def test_the_headline_is_not_repeated_in_the_text() -> None:
    assert text(release(inside=f"<p>{TITLE}</p><p>{FIRST}</p><p>{SECOND}</p>")) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "chrome",
    [
        '<div id="comments" class="comments"><h3>2 commenti</h3><p>Mario Rossi: finalmente un orario decente, complimenti a tutti.</p></div>',
        '<div class="cookie-banner"><p>Questo sito usa cookie tecnici e di terze parti per migliorare la navigazione degli utenti.</p></div>',
        '<div class="social-share"><p>Condividi questa notizia sui social network che preferisci, con un clic solo.</p></div>',
        '<div class="related-news"><h3>Leggi anche</h3><p>Il Consiglio comunale ha approvato il bilancio di previsione per i prossimi tre anni.</p></div>',
        '<div class="modal"><p>Iscriviti alla newsletter del Comune per non perdere nessuna delle nostre notizie.</p></div>',
        '<p style="display:none">Testo che nessuno vede, messo qui per le macchine e per chi misura gli accessi.</p>',
        '<figure><img src="a.jpg"><figcaption>La facciata del municipio vista da piazza Garibaldi in una foto di archivio.</figcaption></figure>',
        "<p>Ultimo aggiornamento: 7 marzo 2024</p>",
        '<p><a href="/n/1">Leggi anche: il bilancio di previsione è stato approvato</a></p>',
    ],
)
def test_what_surrounds_the_text_is_left_out(chrome: str) -> None:
    inside = f"<p>{FIRST}</p><p>{SECOND}</p><p>{FIRST.replace('mese', 'anno')}</p>{chrome}"
    assert text(release(inside=inside)) == [FIRST, SECOND, FIRST.replace("mese", "anno")]


def test_a_second_article_on_the_page_is_left_out() -> None:
    other = (
        "<article><h2>Un’altra notizia</h2>"
        + "<p>Il Consiglio comunale ha approvato il bilancio di previsione.</p>" * 3
    )
    page = document(f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p></article>{other}</article>")
    assert text(page) == [FIRST, SECOND]


def test_a_template_that_calls_everything_a_sidebar_loses_nothing() -> None:
    page = document(f'<div class="sidebar widget"><h1>{TITLE}</h1><p>{FIRST}</p><p>{SECOND}</p></div>')
    assert text(page) == [FIRST, SECOND]


def test_a_page_inside_an_unclosed_noscript_is_read() -> None:
    page = release().replace("<body>", "<body><noscript><p>Attiva JavaScript</p>")
    assert article(page).title == TITLE


def test_the_body_that_a_feed_gave_is_taken_whole() -> None:
    link = Link(URL, TITLE, "2024-03-05", "feed")
    found = article(f"<h2>{TITLE}</h2><p>{FIRST}</p><ul><li>uno</li></ul><p>{SECOND}</p>", URL, link, whole=True)
    assert (found.title, list(found.paragraphs), found.date) == (TITLE, [FIRST, "uno", SECOND], "2024-03-05")


def test_the_language_of_the_text_counts_more_than_the_declared_one() -> None:
    german = (
        "Die Gemeinde teilt mit, dass die Büros ab Montag neue Öffnungszeiten haben und auch am Nachmittag offen sind."
    )
    assert article(release()).language == "it"
    assert article(release(inside=f"<p>{german}</p><p>{german}</p>")).language == "de"


def test_the_canonical_address_is_believed_on_the_same_host_only() -> None:
    def canonical(address: str) -> str | None:
        return article(release(head=f'<link rel="canonical" href="{address}">')).canonical

    assert canonical("/novita/orari") == "https://www.comune.prova.it/novita/orari"
    assert canonical("https://comune.prova.it/novita/orari") == "https://comune.prova.it/novita/orari"
    assert canonical("https://altrove.example/novita/orari") is None
    assert canonical("https://www.comune.prova.it/") is None
    assert canonical("https://[comune/") is None


# -- encodings ----------------------------------------------------------------------------------------------------


ACCENTS = "La città è più bella, perché c’è “aria” nuova – dice l’assessore: costerà 10 € in meno."


@pytest.mark.parametrize(
    ("encoding", "meta", "header"),
    [
        ("utf-8", "utf-8", "utf-8"), ("utf-8", "iso-8859-1", ""), ("utf-8", "", "iso-8859-1"), ("utf-8", "", ""),
        ("cp1252", "utf-8", "utf-8"), ("cp1252", "iso-8859-1", "iso-8859-1"), ("cp1252", "", ""),
        ("cp1252", "us-ascii", ""), ("cp1252", "nonsense", "nonsense"), ("utf-16", "", ""),
    ],
)  # fmt: skip
def test_a_page_is_decoded_whatever_it_declares(encoding: str, meta: str, header: str) -> None:
    page = release(inside=f"<p>{ACCENTS}</p><p>{SECOND}</p>").replace('charset="utf-8"', f'charset="{meta}"')
    assert decode(page.encode(encoding), f"text/html; charset={header}" if header else "text/html") == page
    assert text(page.encode(encoding))[0] == ACCENTS


def test_another_encoding_is_read_as_it_is_declared() -> None:
    assert decode("Łódź i Kraków, żółć".encode("iso8859-2"), "text/html; charset=iso-8859-2") == "Łódź i Kraków, żółć"


def test_one_broken_byte_does_not_turn_utf_8_into_something_else() -> None:
    body = ("Città, perché, così. " * 20).encode() + b"\xe0" + b" fine"
    assert decode(body, "text/html; charset=iso-8859-1").startswith("Città, perché, così.")


# -- broken pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"   \n ", b"\xef\xbb\xbf"])
def test_an_empty_page_has_a_reason(body: bytes) -> None:
    assert rejected(body).reason in ("empty", "unreadable", "no-title")


@pytest.mark.parametrize(
    "body",
    [
        b"\0" * 1000, b"<", b"<" * 100_000, b"<html>", b"<html><body></body></html>", b"\xff\xfe\x00", b"]]>" * 100,
        b"%PDF-1.4 \x00\x01", b"<!--" * 5000, b"<html><body><script>" + b"x" * 1000, b"&#0;&#xffffffff;&nbsp;",
        b"<html><body>" + b"<div>" * 10_000 + b"testo" + b"</div>" * 10_000,
        b"<html><body><h1>Titolo</h1><p " + b" ".join(b"a%d=1" % number for number in range(100_000)) + b">Testo",
    ],
)  # fmt: skip
def test_a_broken_page_has_a_reason_and_raises_nothing(body: bytes) -> None:
    assert rejected(body).reason in ("empty", "unreadable", "no-title", "no-text")


def test_nul_bytes_are_passed_over() -> None:
    assert text(release().replace("uffici", "uf\0fici").encode()) == [FIRST, SECOND]


def test_unclosed_and_misnested_tags_lose_no_text() -> None:
    assert text(release(inside=f"<p><b>{FIRST}<p><i>{SECOND}</b>")) == [FIRST, SECOND]


def test_a_gigantic_page_is_read() -> None:
    many = "".join(f"<p>{number}. {FIRST}</p>" for number in range(5_000))
    assert len(text(release(inside=many))) > 4_900


def test_deeply_nested_json_ld_is_passed_over() -> None:
    head = f'<script type="application/ld+json">{"[" * 100_000}</script>'
    assert text(release(head=head)) == [FIRST, SECOND]


# -- what is no release -------------------------------------------------------------------------------------------


def test_an_anti_bot_page_is_refused() -> None:
    for title, line in (
        ("Just a moment...", "Enable JavaScript and cookies to continue"),
        ("Attention Required! | Cloudflare", "Sorry, you have been blocked"),
        ("Access Denied", "You don't have permission to access this page on this server."),
        ("comune.prova.it", "Checking your browser before accessing comune.prova.it."),
        ("Accesso negato", "Verifica di non essere un robot"),
    ):
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{line}</p></body></html>"
        assert rejected(page).reason == "refused", title


def test_a_release_that_sounds_like_a_wall_is_kept() -> None:
    for title in (
        "Un momento di festa per la città",
        "Accesso negato ai veicoli in centro storico",
        "Security check in stazione",
    ):
        assert article(release(title=title)).title == title


def test_a_page_that_says_that_something_is_missing_is_an_error_page() -> None:
    for title in (
        "Pagina non trovata",
        "404 - Not Found",
        "Errore 404",
        "Page not found",
        "Errore interno",
        "Sito in manutenzione",
    ):
        page = document(
            f"<h1>{title}</h1><p>La pagina che cerchi potrebbe essere stata spostata. Torna alla home.</p>", title=title
        )
        assert rejected(page).reason == "error-page", title
        assert rejected(page, link=LISTED).reason == "error-page", title


def test_a_release_with_a_number_like_an_error_is_kept() -> None:
    for title in (
        "500 alberi in più in città",
        "Strada provinciale 404 chiusa per lavori",
        "Errori nelle bollette, come segnalarli",
    ):
        assert article(release(title=title)).title == title


def cards(count: int) -> str:
    card = '<div class="card"><span>5 marzo 2024</span><h3><a href="/n/{0}">Notizia numero {0}</a></h3><p>{1}</p></div>'
    return "".join(card.format(number, FIRST[:90]) for number in range(count))


def test_a_list_is_not_a_release() -> None:
    page = document(f"<h1>Tutte le ultime dal Comune</h1><p>Le notizie dal municipio.</p>{cards(9)}")
    assert rejected(page).reason == "not-a-release"
    section = Link(URL, "Novità", origin="listing")
    assert rejected(document(f"<h1>Novità</h1>{cards(9)}"), link=section).reason == "not-a-release"


def test_a_list_of_linked_headings_is_not_a_release() -> None:
    items = "".join(f'<h2><a href="/n/{n}">Notizia numero {n}</a></h2><p>{FIRST[:90]}</p>' for n in range(9))
    assert rejected(document(f"<h1>Tutte le ultime dal Comune</h1>{items}")).reason == "not-a-release"


def test_a_release_beside_cards_is_kept() -> None:
    page = document(f"<article><h1>{TITLE}</h1><p>Pubblicato il 5 marzo 2024</p><p>{FIRST}</p></article>{cards(9)}")
    assert article(page).title == TITLE
    long = "".join(f"<p>{SECOND}</p>" for _ in range(8))
    assert article(document(f"<article><h1>{TITLE}</h1>{long}</article>{cards(9)}")).title == TITLE


def test_what_a_list_names_needs_no_such_test() -> None:
    page = document(f"<h1>Tutte le ultime dal Comune</h1><p>{FIRST}</p>{cards(9)}")
    assert rejected(page).reason == "not-a-release"
    assert article(page, link=LISTED).title
    for origin in ("sitemap", "stray", "given"):
        assert rejected(page, link=Link(URL, date="2024-03-05", origin=origin)).reason == "not-a-release"


def test_the_sheet_of_a_service_is_not_a_release() -> None:
    page = document(f'<h1 data-element="service-title">Cambio di residenza</h1><p>{FIRST}</p><p>{SECOND}</p>')
    assert rejected(page).reason == "not-a-release"


def test_a_page_that_declares_itself_a_collection_is_not_a_release() -> None:
    head = '<script type="application/ld+json">{"@graph": [{"@type": "CollectionPage", "name": "Archivio"}]}</script>'
    assert rejected(release(head=head)).reason == "not-a-release"


def test_a_page_without_text_has_a_reason() -> None:
    assert rejected(document(f"<h1>{TITLE}</h1><img src=locandina.jpg>"), link=LISTED).reason == "no-text"


# -- the labelled pages -------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_national_models_pages_are_told_apart() -> None:
    folder = shared("eval", "comuni", "design-comuni-pagine-statiche", "sito")
    detail = article((folder / "novita-dettaglio.html").read_bytes())
    assert (detail.title, detail.date) == ("Stralcio automatico dei debiti fino a mille euro", "2023-01-31")
    for name in ("novita.html", "lista-risorse.html", "argomenti.html", "servizio-dettaglio.html", "homepage.html"):
        assert rejected((folder / name).read_bytes()).reason == "not-a-release", name


@pytest.mark.shared
def test_cagliaris_news_has_the_day_of_its_publication_not_of_its_update() -> None:
    page = shared("eval", "comuni", "design-comuni-prototipi-cagliari", "notizia.html").read_bytes()
    found = article(page)
    assert (found.title, found.date) == ("Contributi per il diritto allo studio 2017", "2019-08-29")
    assert found.paragraphs[0].startswith("Pubblicati gli elenchi definitivi")
