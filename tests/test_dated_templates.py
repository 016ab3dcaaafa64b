"""The publication date in the templates of public bodies' systems, written after their real markup."""

import pytest

from crawler.extraction.foreign import foreign_days_in
from crawler.extraction.values import Article
from tests.pages import FIRST, SECOND, TITLE, article, document, outcome

DAY = "2024-03-05"
TEXT = f"<p>{FIRST}</p><p>{SECOND}</p>"
OTHERS = (
    '<section class="related-news"><h2>Altre notizie</h2><div class="card"><span class="data">12 MAR 25</span>'
    '<h3><a href="/n/9">Un’altra notizia</a></h3></div></section>'
)


def page(above: str = "", below: str = "", title: str = TITLE, lang: str = "it") -> str:
    """A release with what its template puts between headline and text, and below the text."""
    return document(
        f'<article><h1>{title}</h1>{above}<div class="testo">{TEXT}</div>{below}</article>{OTHERS}', "", title, lang
    )


def day(html: str) -> str | None:
    found = outcome(html)
    return found.date if isinstance(found, Article) else None


TEMPLATES = {
    "the national model": page(
        '<div class="row"><div><small>Data:</small><p class="fw-semibold">5 Marzo 2024</p></div>'
        "<div><small>Tempo di lettura:</small><p>1 min</p></div></div>",
        "<p>Ultimo aggiornamento: 08/03/2024, 12:45</p>",
    ),
    "Plone": page(
        '<section id="section-byline"><span>creato da <a href="/a">ufficio-stampa</a></span> — <span><span>pubblicato</span> '
        "<span>05/03/2024 10:15</span>,</span> <span>Ultima modifica</span> <span>08/03/2024 09:00</span></section>"
    ),
    "Volto": page('<div><h6>Data</h6><h4 class="date">05 marzo 2024</h4></div><div><h6>Tempo di lettura</h6><h4>2 min</h4></div>'),
    "Volto, its footer": page("", "<h3>Pubblicato il</h3><p>05/03/2024</p><h3>Ultimo aggiornamento</h3><p>12/03/2024 15:30</p>"),
    "Drupal 7": page('<div class="submitted">Inviato da admin il Mar, 05/03/2024 - 12:30</div>'),
    "Drupal, American": page('<div class="submitted">Submitted by admin on Tue, 03/05/2024 - 12:30</div>'),
    "Drupal, a field": page(
        '<div class="field-label">Data pubblicazione:&nbsp;</div><div><span class="date-display-single">Martedì, 5 Marzo, 2024</span></div>'
    ),
    "TYPO3": page('<span class="news-list-date"><time datetime="2024-03-05">05.03.2024</time></span>'),
    "Joomla": page(
        '<dl class="article-info"><dt>Dettagli</dt><dd class="createdby">Scritto da <span>Super User</span></dd>'
        '<dd class="published"><time datetime="2024-03-05T10:00:00+01:00" itemprop="datePublished">Pubblicato: 05 Marzo 2024</time></dd>'
        '<dd class="modified"><time datetime="2024-03-08T10:00:00+01:00" itemprop="dateModified">Ultima modifica: 08 Marzo 2024</time>'
        '</dd><dd class="hits">Visite: 1234</dd></dl>'
    ),
    "Joomla 1.5": page(
        '<span class="createdate">Martedì 05 Marzo 2024 10:30</span>'
        '<span class="modifydate">Ultimo aggiornamento (Venerdì 08 Marzo 2024 09:00)</span>'
    ),
    "Liferay": page('<span class="metadata-publish-date">Pubblicato 05/03/24</span>'),
    "ISWEB": page("", "<div>Contenuto inserito il 05-03-2024 aggiornato al 08-03-2024</div>"),
    "ISWEB, a field": page("<div><span>Data</span> <span>05-03-2024</span></div>"),
    "HGATE": page('<div class="dataart">05-03-2024</div>'),
    "PeopleWeb": page("<div>Martedì, 05 Marzo 2024 - Ultima modifica: Venerdì, 08 Marzo 2024</div>"),
    "OpenCity": page(
        '<p class="info-date"><span>Data di pubblicazione:</span> <strong>05/03/2024</strong></p>',
        '<p class="info-date"><span>Ultima modifica:</span> <strong>venerdì, 8 marzo 2024</strong></p>',
    ),
    "Municipium": page("<p>Pubblicato il 5 marzo 2024 • Modificato il 8 marzo 2024 • Avviso</p>"),
    "Halley": page(
        "<table><tr><td>Data pubblicazione</td><td>05/03/2024</td></tr><tr><td>Data scadenza</td><td>31/03/2024</td></tr></table>"
    ),
    "Halley, two days": page("<p>Data inizio pubblicazione: 05/03/2024</p><p>Data fine pubblicazione: 31/03/2024</p>"),
    "WordPress": page(
        '<div class="entry-meta">Pubblicato il <a href="/2024/03"><time class="entry-date published" datetime="2024-03-05T10:00:00+01:00">'
        '5 Marzo 2024</time><time class="updated" datetime="2024-03-08T10:00:00+01:00">8 Marzo 2024</time></a> da <a href="/r">redazione</a></div>'
    ),
    "WordPress, Divi": page(
        '<p class="post-meta">da <a href="/r">Ufficio Stampa</a> | <span class="published">Mar 5, 2024</span> | '
        '<a href="/c">Comunicati stampa</a>, <a href="/d">In evidenza</a></p>'
    ),
    "WordPress, Elementor": page(
        '<ul class="nav meta"><li><a href="/2024/03/05/"><span>5 Marzo 2024</span></a></li><li>10:30</li><li>Nessun commento</li></ul>'
    ),
    "WordPress, below the text": page("", '<div>Posted 5 Marzo 2024 in <a href="/c">Politiche sociali e sanitarie</a></div>'),
    "WordPress, a long category": page('<div><a href="/c/x">Comunicati stampa della Giunta comunale</a> / 5 Marzo 2024</div>'),
    "a calendar sheet": page("<div><div>05</div><div>Mar</div><div>2024</div></div>"),
    "a calendar sheet in a line": page("<div><span>05</span><span>Mar</span><span>2024</span></div>"),
    "published at an hour": page("<p>Pubblicato il 05/03/2024 alle 10:30</p>"),
    "an hour before the day": page("<p>Pubblicato alle ore 10:30 del 05/03/2024</p>"),
    "a number": page("<p>Comunicato Stampa n. 45/2024 del 05.03.2024</p>"),
    "place and day below": page("", "<p>Dalla Residenza Municipale, lì 05.03.2024</p>"),
    "addì": page("", "<p>Prova, addì 5 marzo 2024</p>"),
    "a kicker above": page().replace("<h1>", '<div class="cat">Comunicato stampa · 5 marzo 2024</div><h1>'),
    "a published page": page("<p>Pubblicato sul sito il 5 marzo 2024</p>"),
    "a posted page": page('<p>Postato il: 05/03/2024 in <a href="/c">Avvisi</a></p>'),
    "put online": page("<p>Data di messa online: 5 marzo 2024</p>"),
    "an author": page("<p>a cura di Ufficio Stampa, 5 marzo 2024</p>"),
    "readings": page("<p>5 Marzo 2024 - 123 letture</p>"),
    "an update before": page("<p>Ultimo aggiornamento: 8 marzo 2024. Data di pubblicazione: 5 marzo 2024</p>"),
    "a clock in UTC": page('<time datetime="2024-03-04T23:30:00Z"></time>'),
    "a time’s own words": page('<time datetime="2024-03-04T20:00:00Z">5 marzo 2024</time>'),
    "a place of several words": page(f"<p>Reggio nell’Emilia, 5 marzo 2024 - {FIRST}</p>"),
    "a place in two languages": page(f"<p>Bolzano/Bozen, 5 marzo 2024 - {FIRST}</p>"),
    "a page’s column": page("", "<dl><dt>Data di pubblicazione</dt><dd>5 marzo 2024</dd><dt>Ultima modifica</dt><dd>8 marzo 2024</dd></dl>"),
    "a title that the page words otherwise": document(
        f"<div><h1>Un titolo diverso</h1><p>5 marzo 2024</p>{TEXT}</div>", title="Nuovi orari dal mese prossimo"
    ),
}  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_template_of_each_system_gives_the_publication(template: str) -> None:
    assert day(TEMPLATES[template]) == DAY


NEVER = {
    "an update under a heading": page("<h4>Ultima modifica</h4><p>12/03/2024</p>"),
    "a deadline under a heading": page("<h3>Scadenza</h3><p>31 marzo 2024</p>"),
    "the end of the publication": page("<p>Data fine pubblicazione: 31/03/2024</p>"),
    "the end of the publication, otherwise": page("<p>Scadenza pubblicazione: 31/03/2024</p>"),
    "an event’s calendar sheet": page('<div class="event-date"><span>15</span> <span>mar</span> <span>2024</span></div>'),
    "an event’s start": page('<time itemprop="startDate" datetime="2024-03-15T18:00">15 marzo 2024</time>'),
    "an event’s sheet": page("<dl><dt>Data</dt><dd>15/03/2024</dd><dt>Orario</dt><dd>18:00</dd><dt>Luogo</dt><dd>Teatro</dd></dl>"),
    "an event’s rows": page("<div>Data:</div><div>15/03/2024</div><div>Ora:</div><div>18:00</div>"),
    "an event’s heading": page("<h2>Date e orari</h2><p>15 marzo 2024</p>"),
    "when": page("<h3>Quando</h3><p>15 marzo 2024</p>"),
    "a beginning and an end": page("<p>15/03/2024 → 20/03/2024</p>"),
    "an appointment": page("<p>Appuntamento il 15 marzo 2024</p>"),
    "a concert": page("<p>Concerto di Natale - 15 dicembre 2024</p>"),
    "a venue": page("<p>Teatro Comunale, 15 marzo 2024</p>"),
    "a protocol’s number": page("<p>Prot. n. 1234 del 05/03/2024</p>"),
    "an act": page("<p>Ordinanza sindacale del 5 marzo 2024</p>"),
    "the title’s event": page(title="Consiglio comunale del 15 marzo 2024"),
    "a file": page("", '<ul><li><a href="/a.pdf">Avviso 15 marzo 2024.pdf</a> (120 KB) - 15/03/2024</li></ul>'),
    "a reader’s comment": page("", '<section id="commenti"><div><b>Mario</b> <span>8 marzo 2024</span></div></section>'),
    "today in the site’s header": page().replace("<header>", "<header><div>Mercoledì 25 Novembre 2026</div>"),
    "today above the headline": page().replace("<article>", '<p class="data-odierna">Mercoledì 25 Novembre 2026</p><article>'),
    "another release’s card": page("", '<div class="row"><div><p>7 marzo 2024</p><h3><a href="/n">Altra notizia</a></h3></div></div>'),
    "another release’s label": page(
        "", '<div class="row"><div><h3><a href="/n">Altra notizia</a></h3><p>Pubblicato il 7 marzo 2024</p></div></div>'
    ),
    "a day and its place": page("<p>Sabato 9 marzo 2024</p><p>Teatro Comunale, via Roma 1</p><p>Ingresso libero</p>"),
    "a day with an article": page("<p>Il 9 marzo 2024</p>"),
    "a decree": page("<p>DPCM 5 marzo 2024</p>"),
    "a picture’s day": page("<figure><figcaption>Foto: Prova, 5 marzo 2020</figcaption></figure>"),
    "a label that nobody knows": page("<p>Apertura sportello: 5 marzo 2024</p>"),
    "a beginning": page("<p>Dal: 05/03/2024</p><p>Al: 20/03/2024</p>"),
    "a table": page(
        "<table><tr><th>Data</th><th>Ora</th><th>Luogo</th></tr><tr><td>9 marzo 2024</td><td>21</td><td>Prova</td></tr>"
        "<tr><td>16 marzo 2024</td><td>21</td><td>Prova</td></tr></table>"
    ),
    "a programme": page("<h3>Programma</h3><p>5 marzo 2024</p>"),
    "an attachment’s day": page("", '<div class="allegati"><div><a href="/a.pdf">Avviso</a> <span>Data: 05/03/2024</span></div></div>'),
    "the weather": page().replace("<article>", '<div class="meteo">Martedì 5 marzo 2024</div><article>'),
    "the latest news": page(
        "", '<div><h2>Ultime notizie</h2><div><p>7 marzo 2024</p><p><a href="/n">Terza notizia del Comune</a></p></div></div>'
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", NEVER)
def test_what_the_template_shows_beside_is_never_the_publication(which: str) -> None:
    assert day(NEVER[which]) is None


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("pt-PT", "Publicado em 5 de março de 2024"), ("nl", "Gepubliceerd op 5 maart 2024"), ("ro", "Publicat la 5 martie 2024"),
        ("pl", "Opublikowano: 5 marca 2024"), ("hr", "Objavljeno: 5. ožujka 2024."), ("cs", "Zveřejněno 5. března 2024"),
        ("hu", "2024. március 5."), ("el", "5 Μαρτίου 2024"), ("ca", "5 de març de 2024"), ("sv", "Publicerad 5 mars 2024"),
        ("fi", "5. maaliskuuta 2024"), ("da", "5. marts 2024"), ("sl", "Datum objave: 5. marec 2024"),
        ("de", "Pressemitteilung vom 5. März 2024"), ("fr", "Communiqué de presse du 5 mars 2024"),
    ],
)  # fmt: skip
def test_other_languages_write_the_publication_in_their_own_way(language: str, label: str) -> None:
    assert day(page(f"<p>{label}</p>", lang=language)) == DAY


def test_the_same_month_s_name_is_another_month_in_another_language() -> None:
    assert day(page("<p>5 listopada 2024</p>", lang="hr")) == "2024-10-05"
    assert day(page("<p>5 listopada 2024</p>", lang="pl")) == "2024-11-05"


def test_words_in_the_shape_of_a_day_are_none() -> None:
    assert day(page("<p>5 wakacji 2024</p>", lang="pl")) is None


@pytest.mark.parametrize(
    ("language", "span"),
    [
        ("pl", "12 dni 2024"), ("pl", "3 lata 2020"), ("tr", "12 gün 2024"), ("tr", "2 hafta 2024"), ("fi", "12 viikkoa 2024"),
        ("cs", "12 dní 2024"), ("hr", "15 dan 2024"), ("ro", "3 zile 2024"), ("ro", "12 luni 2024"), ("pt", "12 dias 2024"),
        ("pt", "15 de dias de 2024"), ("nl", "12 weken 2024"), ("sv", "12 dagar 2024"), ("hu", "12 nap 2024"),
        ("da", "12 dage 2024"), ("uk", "12 днів 2024"), ("bg", "12 дни 2024"),
    ],
)  # fmt: skip
def test_a_span_of_days_before_a_year_is_never_counted_back_from_today(language: str, span: str) -> None:
    assert list(foreign_days_in(span, language)) == []
    assert article(page(f"<p>{span}</p>", lang=language)).date is None


def test_the_day_of_a_title_in_the_text_is_not_lost_by_the_update_beside_it() -> None:
    found = article(page("<p>5 marzo 2024 - Aggiornato il 8 marzo 2024</p>"))
    assert [(each.day, each.origin) for each in found.witnesses[:2]] == [(DAY, "alone"), ("2024-03-08", "updated")]
