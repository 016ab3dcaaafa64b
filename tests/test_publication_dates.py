"""The publication date of a release: what gives it, what never does, and when none is given."""

from datetime import date

import pytest

from crawler.extraction.dates import judge
from crawler.extraction.values import Article, Witness
from spiders.values import Link
from tests.pages import FIRST, TITLE, URL, article, document, outcome, release

TODAY = date(2026, 11, 25)


def given(html: str, url: str = URL, link: Link | None = None) -> tuple[str | None, str | None]:
    """The date and its origin."""
    found = article(html, url, link)
    return found.date, found.date_origin


def day(html: str, url: str = URL, link: Link | None = None) -> str | None:
    return given(html, url, link)[0]


@pytest.mark.parametrize(
    "label",
    [
        "Data: 5 marzo 2024", "Data di pubblicazione: 05/03/2024", "Pubblicato il 5 marzo 2024", "Pubblicata il 05.03.2024",
        "Pubblicato il: martedì 5 marzo 2024", "Pubblicazione: 5 MAR 24", "Inserito il 05-03-2024",
        "creato da ufficio-stampa — pubblicato 05/03/2024", "Pubblicato da Ufficio stampa il 5 marzo 2024",
        "Data pubblicazione 5 mar 2024", "Comunicato stampa n. 12 del 5 marzo 2024", "Data notizia: 5 Marzo 2024",
        "Veröffentlicht am 5. März 2024", "Publié le 5 mars 2024", "Published on March 5, 2024",
    ],
)  # fmt: skip
def test_a_labelled_day_is_the_date(label: str) -> None:
    found = article(release(f"<p>{label}</p>"))
    assert found.date == "2024-03-05"
    assert found.date_confidence is not None
    assert found.date_confidence >= 0.85


def test_a_label_may_stand_in_a_block_of_its_own() -> None:
    row = "<div class=row><div><small>Data:</small><p>31 Gennaio 2023</p></div><div><small>Tempo di lettura:</small><p>1 min</p></div></div>"
    assert given(release(row)) == ("2023-01-31", "data-label")
    assert given(release("<dl><dt>Data di pubblicazione</dt><dd>31/01/2023</dd></dl>")) == ("2023-01-31", "label")


@pytest.mark.parametrize(
    "text", ["5 marzo 2024", "Martedì 5 Marzo 2024", "05/03/2024 - 10:30", "18 MAG 2022", "1° maggio 2025"]
)
def test_a_day_alone_beside_the_headline_is_the_date(text: str) -> None:
    expected = {"18": "2022-05-18", "1°": "2025-05-01"}.get(text.split()[0], "2024-03-05")
    assert given(release(f"<p>{text}</p>")) == (expected, "alone")
    above = document(f"<article><span class=data>{text}</span><h1>{TITLE}</h1><p>{FIRST}</p></article>")
    assert day(above) == expected


def test_place_and_day_at_the_start_of_the_text_are_the_date() -> None:
    assert given(release(inside=f"<p>Torino, 12 ottobre 2022 – {FIRST}</p>")) == ("2022-10-12", "dateline")
    assert day(release(inside=f"<p>{FIRST}</p><p>San Giorgio Canavese, lì 12 ottobre 2022</p>")) == "2022-10-12"


def test_a_time_element_is_the_date() -> None:
    assert day(release('<time datetime="2024-03-05T09:00:00+01:00">5 marzo</time>')) == "2024-03-05"


@pytest.mark.parametrize("moment", ["03/04/2024", "3/4/2024 09:30", "03-04-2024"])
def test_a_time_element_in_the_american_order_is_the_day_that_it_shows(moment: str) -> None:
    assert given(release(f'<time datetime="{moment}">4 marzo 2024</time>')) == ("2024-03-04", "time")
    shown = f'<article><h1>{TITLE}</h1><time datetime="{moment}">4 de março de 2024</time><p>{FIRST}</p></article>'
    assert given(document(shown, lang="pt")) == ("2024-03-04", "time")
    assert day(release(f'<time datetime="{moment}">lunedì</time>')) == "2024-04-03"


@pytest.mark.parametrize(("moment", "declared"), [("2024-04-03", "2024-04-03"), ("13/04/2024", "2024-04-13")])
def test_a_time_element_whose_order_is_sure_is_not_overruled(moment: str, declared: str) -> None:
    found = article(release(f'<time datetime="{moment}">4 marzo 2024</time>')).witnesses
    assert declared in {witness.day for witness in found if witness.origin == "time"}


def test_declared_dates_are_read() -> None:
    json = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "%s", "datePublished": "2024-03-05"}</script>'
    assert given(release(head=json % TITLE)) == ("2024-03-05", "json-ld")
    meta = '<meta property="article:published_time" content="2024-03-05T10:00:00+01:00">'
    assert given(release(head=meta)) == ("2024-03-05", "meta-published")


def test_the_day_in_the_address_is_the_date() -> None:
    assert given(release(), "https://www.comune.prova.it/2024/03/05/orari") == ("2024-03-05", "url")


def test_where_the_address_has_the_month_alone_it_is_the_date() -> None:
    assert given(release(), "https://www.comune.prova.it/2024/03/orari") == ("2024-03", "url")


def test_an_evening_in_utc_is_the_next_day_in_rome() -> None:
    meta = '<meta property="article:published_time" content="2024-07-05T22:30:00+00:00">'
    assert day(release(head=meta)) == "2024-07-06"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2025-03-11T23:30:00+00:00", "2025-03-12"), ("2025-03-11T23:30:00.000Z", "2025-03-12"),
        ("2025-03-11 23:30:00 UTC", "2025-03-12"), ("2025-03-11T19:30:00-05:00", "2025-03-12"),
        ("2025-03-12T02:30:00+0300", "2025-03-12"), ("2025-03-12T00:30:00+03:00", "2025-03-11"),
        ("2025-03-11T23:30:00+01:00", "2025-03-11"), ("2025-03-11T23:30:00", "2025-03-11"),
        ("2025-03-11T00:00:00+03:00", "2025-03-11"), ("20250311T233000Z", "2025-03-12"), ("2025-03-11", "2025-03-11"),
    ],
)  # fmt: skip
def test_a_moment_of_an_italian_site_falls_on_the_day_it_had_in_rome(moment: str, expected: str) -> None:
    assert day(release(head=f'<meta property="article:published_time" content="{moment}">')) == expected


def test_a_moment_of_a_site_elsewhere_stays_on_the_day_it_is_written_with() -> None:
    head = '<meta property="article:published_time" content="2025-03-11T23:30:00+00:00">'
    page = document(f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{FIRST[::-1]}</p></article>", head, lang="en")
    assert day(page, "https://www.town.example/news/new-hours") == "2025-03-11"


def test_midnight_in_utc_is_a_day_and_no_moment() -> None:
    meta = '<meta property="article:published_time" content="2024-07-05T00:00:00Z">'
    assert day(release(head=meta)) == "2024-07-05"


@pytest.mark.parametrize(
    "text",
    [
        "Ultimo aggiornamento: 7 marzo 2024", "Ultima modifica 07/03/2024", "Aggiornato il 7 marzo 2024, 12:30",
        "Data ultimo aggiornamento: 07/03/2024", "Pagina aggiornata il 7 marzo 2024", "Data di scadenza: 7 marzo 2024",
        "Scadenza: 07/03/2024", "Entro il 7 marzo 2024", "Data evento: giovedì 7 marzo 2024", "Dal 7 marzo 2024",
        "Data: 07/03/2024 – Ore 10", "Giovedì 7 marzo 2024, ore 18 – sala consiliare", "Inizio: 7 marzo 2024",
        "© 2024 Comune", "Seduta del 7 marzo 2024", "Pubblicato all’albo pretorio dal 07/03/2024 al 22/03/2024",
        "Aggiornato al 7 marzo 2024", "Delibera n. 3 del 7 marzo 2024", "Sabato 7 settembre 2019 torna la festa",
    ],
)  # fmt: skip
def test_updates_deadlines_and_events_are_never_the_date(text: str) -> None:
    assert day(release(f"<p>{text}</p>")) is None


def test_the_day_of_an_event_in_the_title_or_the_text_is_never_the_date() -> None:
    title = "Qualità dell’aria, da martedì 30 dicembre 2025 le misure antismog"
    assert day(release(title=title)) is None
    assert day(release(title="4 ottobre 2026: la festa del patrono")) is None
    text = f"<p>La cerimonia si terrà sabato 16 agosto 2025 alle ore 15.</p><p>Parte sabato 16 agosto 2025 il ciclo.</p><p>{FIRST}</p>"
    assert day(release(inside=text)) is None
    items = "<ul><li>lunedì 24 marzo 2025, ore 18 – largo XXV Aprile</li><li>lunedì 31 marzo 2025, ore 15 – via Roma</li></ul>"
    assert day(release(inside=f"<p>{FIRST}</p>{items}")) is None
    assert day(release(inside="<p>Il mercato settimanale è anticipato a sabato 15 novembre 2025.</p>")) is None


def test_the_update_beside_the_publication_does_not_displace_it() -> None:
    line = "<p>Pubblicato il 29 agosto 2019 - Ultimo aggiornamento 9 settembre 2019</p>"
    assert given(release(line)) == ("2019-08-29", "label")
    meta = '<meta property="article:modified_time" content="2019-09-09T10:00:00+02:00">'
    assert day(release("<p>29 agosto 2019</p>", head=meta)) == "2019-08-29"


def test_an_updated_time_element_is_never_the_date() -> None:
    assert day(release('<p>Aggiornato: <time datetime="2024-03-07">7 marzo 2024</time></p>')) is None


def test_the_dates_of_other_releases_are_never_the_date() -> None:
    nav = '<nav><ul><li><a href="/n/1">Un altro avviso</a> 7 marzo 2024</li></ul></nav>'
    cards = '<div class="related-news"><div class="card"><span>7 marzo 2024</span><h3><a href="/n/2">Altra notizia</a></h3></div></div>'
    aside = '<aside><p>Pubblicato il 7 marzo 2024</p><a href="/n/3">Terza notizia</a></aside>'
    comments = '<div id="comments"><p>Mario Rossi, 7 marzo 2024</p></div>'
    for other in (nav, cards, aside, comments):
        page = document(f"<article><h1>{TITLE}</h1><p>{FIRST}</p><p>{FIRST[::-1]}</p></article>{other}")
        assert day(page) is None, other


def test_the_days_that_a_home_page_shows_are_those_of_its_news() -> None:
    made = '<meta property="article:published_time" content="2024-03-05T10:00:00+01:00">'
    page = release("<p>Notizie 5 marzo 2024</p><p>Pubblicato il 5 marzo 2024</p>", head=made)
    assert day(page) == "2024-03-05"
    told = outcome(page, "https://www.comune.prova.it/").witnesses
    assert told
    assert judge(told, TODAY) is None


def test_json_ld_of_related_articles_does_not_contradict_the_pages_own() -> None:
    things = "".join(
        f'<script type="application/ld+json">{{"@type": "Article", "headline": "{name}", "datePublished": "{when}"}}</script>'
        for name, when in ((TITLE, "2024-03-05"), ("Altra notizia", "2024-03-01"), ("Terza notizia", "2024-02-01"))
    )
    assert day(release(head=things)) == "2024-03-05"


def test_the_copyright_year_is_never_the_date() -> None:
    assert day(release()) is None
    assert day(release("<p>© 1 gennaio 2024</p>")) is None


def test_a_page_without_a_date_gets_none_and_never_todays() -> None:
    found = article(release())
    assert (found.date, found.date_origin, found.date_confidence) == (None, None, None)


def test_the_future_and_the_distant_past_are_no_dates() -> None:
    assert day(release("<p>Pubblicato il 5 marzo 2094</p>")) is None
    assert day(release("<p>Pubblicato il 5 marzo 1894</p>")) is None
    tomorrow = outcome(release("<p>Pubblicato il 26 novembre 2026</p>"), today=TODAY)
    assert isinstance(tomorrow, Article)
    assert tomorrow.date == "2026-11-26"


@pytest.mark.parametrize("origin", ["listing", "api", "feed", "sitemap"])
def test_the_day_of_a_list_is_the_date_where_the_page_shows_none(origin: str) -> None:
    assert given(release(), URL, Link(URL, TITLE, "2024-03-05", origin)) == ("2024-03-05", origin)


def test_the_day_of_a_list_wins_over_a_place_and_day_in_the_text() -> None:
    page = release(inside=f"<p>Valdoria, 18 ottobre 2025 – {FIRST}</p>")
    assert given(page, URL, Link(URL, TITLE, "2025-10-24", "api")) == ("2025-10-24", "api")


def test_the_label_on_the_page_corrects_the_day_of_a_feed() -> None:
    link = Link(URL, TITLE, "2024-06-01", "feed")
    assert given(release("<p>Data: 5 marzo 2024</p>"), URL, link) == ("2024-03-05", "data-label")
    assert given(release("<p>Pubblicato il 5 marzo 2024</p>"), URL, link) == ("2024-03-05", "label")


def test_a_byline_of_the_eve_is_the_feeds_moment_on_a_server_in_another_zone() -> None:
    link = Link(URL, TITLE, "2024-03-06", "feed")
    assert given(release("<p>creato da redazione — pubblicato 05/03/2024</p>"), URL, link) == ("2024-03-06", "feed")
    assert given(release("<p>Data: 5 marzo 2024</p>"), URL, link) == ("2024-03-05", "data-label")


def test_a_day_that_the_markup_calls_the_last_change_is_not_the_publication() -> None:
    head = """<meta property="article:published_time" content="2024-03-05T10:00:00+01:00">
        <meta property="article:modified_time" content="2024-03-08T10:00:00+01:00">"""
    assert given(release("<p>8 marzo 2024</p>", head=head)) == ("2024-03-05", "meta-published")


def test_a_day_after_readers_commented_is_of_a_later_change() -> None:
    comments = '<section id="comments"><div><p>Mario Rossi</p><p>2 marzo 2023</p></div></section>'
    page = f"<article><h1>{TITLE}</h1><p>5 marzo 2024</p><p>{FIRST}</p><p>{FIRST[::-1]}</p></article>"
    assert day(document(page)) == "2024-03-05"
    assert day(document(page + comments)) is None


def test_an_american_day_is_read_as_the_markup_reads_it() -> None:
    head = '<meta property="article:published_time" content="2024-03-05T10:00:00+00:00">'
    page = document(f"<article><h1>{TITLE}</h1><p>Posted on 03/05/2024</p><p>{FIRST}</p></article>", head, lang="en")
    found = article(page)
    assert (found.date, found.date_confidence) == ("2024-03-05", 0.98)
    unsupported = document(f"<article><h1>{TITLE}</h1><p>Posted on 03/05/2024</p><p>{FIRST}</p></article>", lang="en")
    assert day(unsupported) == "2024-05-03"


def test_where_the_address_has_the_month_the_creation_s_day_in_it_is_the_date() -> None:
    meta = '<meta name="DCTERMS.created" content="2024-03-05">'
    assert given(release(head=meta), "https://www.comune.prova.it/2024/03/orari") == ("2024-03-05", "url")
    assert day(release(head=meta), "https://www.comune.prova.it/2024/04/orari") == "2024-04"
    assert day(release(head=meta)) is None


def test_witnesses_that_agree_are_surer_than_one() -> None:
    meta = '<meta property="article:published_time" content="2024-03-05T10:00:00+01:00">'
    alone = article(release("<p>5 marzo 2024</p>"))
    both = article(release("<p>5 marzo 2024</p>", head=meta))
    three = article(release("<p>5 marzo 2024</p>", head=meta), "https://www.comune.prova.it/2024/03/05/orari")
    assert alone.date == both.date == three.date == "2024-03-05"
    sure = [found.date_confidence or 0 for found in (alone, both, three)]
    assert sure[0] < sure[1] < sure[2]


def test_a_witness_that_two_others_contradict_is_outvoted() -> None:
    meta = '<meta property="article:published_time" content="2024-03-05T10:00:00+01:00">'
    found = article(release("<p>8 marzo 2024</p>", head=meta), "https://www.comune.prova.it/2024/03/05/orari")
    assert found.date == "2024-03-05"
    assert found.date_confidence == 0.8


def test_in_a_conflict_the_labelled_day_is_given_with_little_confidence() -> None:
    meta = '<meta property="article:published_time" content="2024-03-08T10:00:00+01:00">'
    found = article(release("<p>Pubblicato il 5 marzo 2024</p>", head=meta))
    assert found.date == "2024-03-05"
    assert found.date_confidence is not None
    assert found.date_confidence < 0.7


def test_in_a_conflict_without_a_label_no_date_is_given() -> None:
    meta = '<meta property="article:published_time" content="2024-03-08T10:00:00+01:00">'
    found = article(release("<p>5 marzo 2024</p>", head=meta))
    assert found.date is None
    assert {witness.day for witness in found.witnesses} == {"2024-03-05", "2024-03-08"}


def test_several_days_alone_give_no_date() -> None:
    assert day(release("<p>5 marzo 2024</p><p>6 marzo 2024</p>")) is None


def test_weak_witnesses_never_decide() -> None:
    weak = [
        Witness("2024-03-05", origin) for origin in ("text", "aside", "updated", "modified", "time-far", "meta-weak")
    ]
    assert judge(weak, TODAY) is None


def test_every_witness_says_where_it_stood_and_what_it_read() -> None:
    [witness] = article(release("<p>Pubblicato il 5 marzo 2024</p>")).witnesses
    assert witness == Witness("2024-03-05", "label", "Pubblicato il", "Pubblicato il 5 marzo 2024")
