"""The body model reads pages that nobody labelled for it: what is kept, what goes, and what a source's pages teach."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.alignment import labels
from benchmarks.boosting import Growth, grown
from crawler.extraction import templates
from crawler.extraction.blocks import Sheet, walk
from crawler.extraction.body import Body, body_of
from crawler.extraction.markup import parse
from crawler.extraction.titles import headline_of
from crawler.extraction.votes import merged

TITLE = "Riapre la biblioteca di via Roma"
PARAGRAPHS = [
    "Dopo sei mesi di lavori, lunedì 3 marzo riapre al pubblico la biblioteca comunale di via Roma, con quaranta posti"
    " in più per lo studio e una nuova sala dedicata ai bambini.",
    "L'intervento, finanziato con 320.000 euro del bilancio comunale, ha riguardato gli impianti, l'accessibilità"
    " dell'ingresso e il rifacimento completo del tetto, che da anni aveva bisogno di essere sostituito.",
    "La sala sarà aperta dal lunedì al venerdì, dalle 9 alle 19, e il sabato mattina fino alle 13. Il prestito resta"
    " gratuito per tutti i residenti e per gli studenti delle scuole della città.",
]
LEAD = "Quaranta posti in più, una sala per i bambini e orari più lunghi: la biblioteca torna ai cittadini."
MENU = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in ("Amministrazione", "Novità", "Servizi", "Documenti"))
FOOTER = "<footer><p>Comune di Valdoria – Piazza del Municipio 1 – P. IVA 00123456789</p><a href=/privacy>Privacy</a></footer>"


def paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def page(inside: str, after: str = "", title: str = TITLE) -> str:
    return (
        f"<html lang=it><head><title>{title}</title></head><body><header><nav><ul>{MENU}</ul></nav></header>"
        f"<main><article><h1>{title}</h1>{inside}</article>{after}</main>{FOOTER}</body></html>"
    )


def sheet_of(html: str) -> Sheet:
    parsed = parse(html)
    assert parsed is not None
    return walk(parsed[0])


def read(html: str, memory: templates.Memory | None = None, title: str = TITLE) -> Body:
    sheet = sheet_of(html)
    return body_of(sheet, title, headline_of(sheet.blocks, title), memory)


def plain(number: int, name: str = "testo-pagina") -> str:
    """A page of a site, each with a text of its own."""
    own = [f"{text} Lo ha deciso la giunta nella seduta numero {number} di quest'anno." for text in PARAGRAPHS]
    return page(f'<div class="{name}">{paragraphs(own)}</div>')


def test_a_release_is_its_paragraphs_without_the_title_the_menu_and_the_footer() -> None:
    body = read(page(f'<div class="entry-content">{paragraphs(PARAGRAPHS)}</div>'))

    assert body.paragraphs == PARAGRAPHS
    assert body.sure > 0.8


def test_the_lead_under_the_headline_is_kept() -> None:
    body = read(page(f'<p class="lead">{LEAD}</p><div class="entry-content">{paragraphs(PARAGRAPHS)}</div>'))

    assert body.paragraphs == [LEAD, *PARAGRAPHS]


def test_the_short_description_of_the_national_model_is_kept() -> None:
    html = page(
        f'<p>{LEAD}</p></div></div><div class="row"><div class="col-lg-8"><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>'
    )
    html = html.replace("<h1>", '<div class="row"><div class="col-lg-8"><h1 class="h2">')

    assert read(html).paragraphs == [LEAD, *PARAGRAPHS[:2]]


def test_a_notice_of_one_sentence_is_kept_whole() -> None:
    notice = "Si comunica che lunedì 3 marzo gli uffici comunali resteranno chiusi al pubblico."

    assert read(page(f'<div class="entry-content"><p>{notice}</p></div>')).paragraphs == [notice]


def test_related_cards_are_left_out() -> None:
    card = (
        '<div class="card"><div class="card-body"><h3><a href="/n">Nuovi orari per il mercato</a></h3>'
        "<p>Da aprile il mercato settimanale di piazza Garibaldi apre un'ora prima, alle sette del mattino.</p></div></div>"
    )
    related = f'<section class="related"><h2>Potrebbero interessarti</h2>{card * 3}</section>'

    assert read(page(f'<div class="entry-content">{paragraphs(PARAGRAPHS)}</div>', related)).paragraphs == PARAGRAPHS


def test_comments_are_left_out() -> None:
    comment = (
        '<li class="comment"><div class="comment-author">Mario</div><div class="comment-content"><p>Finalmente! Era ora'
        " che la biblioteca riaprisse, i miei figli non vedevano l'ora di tornarci dopo tutti questi mesi.</p></div></li>"
    )
    comments = (
        f'<div id="comments" class="comments-area"><h2>3 commenti</h2><ol class="comment-list">{comment * 3}</ol></div>'
    )

    assert read(page(f'<div class="entry-content">{paragraphs(PARAGRAPHS)}</div>', comments)).paragraphs == PARAGRAPHS


def test_the_cookie_notice_is_left_out() -> None:
    notice = (
        '<div class="cookie-banner"><p>Questo sito usa cookie tecnici e, con il tuo consenso, cookie di terze parti per'
        " misurare le visite. Puoi accettarli tutti o scegliere quali; leggi la nostra informativa.</p></div>"
    )

    assert read(page(f'<div class="entry-content">{paragraphs(PARAGRAPHS)}</div>', notice)).paragraphs == PARAGRAPHS


def test_headings_lists_and_quotes_inside_the_body_are_kept_in_order() -> None:
    quote = (
        "«È un giorno di festa per tutta la città, e non solo per chi legge», ha detto la sindaca all'inaugurazione."
    )
    items = ["libri per ragazzi e fumetti", "una sala per gruppi di lettura", "postazioni per il prestito automatico"]
    inside = (
        f"<p>{PARAGRAPHS[0]}</p><h2>Che cosa cambia</h2><p>{PARAGRAPHS[1]}</p><ul>"
        + "".join(f"<li>{item}</li>" for item in items)
        + f"</ul><blockquote><p>{quote}</p></blockquote><p>{PARAGRAPHS[2]}</p>"
    )

    assert read(page(f'<div class="entry-content">{inside}</div>')).paragraphs == [
        PARAGRAPHS[0], "Che cosa cambia", PARAGRAPHS[1], *items, quote, PARAGRAPHS[2],
    ]  # fmt: skip


def test_a_text_that_stands_three_times_on_the_page_is_the_templates() -> None:
    hint = "<p>Le impostazioni sulla riservatezza impediscono di mostrare qui i contenuti di altri siti.</p>"
    inside = hint.join(["", *(f"<p>{text}</p>" for text in PARAGRAPHS)])

    assert read(page(f'<div class="entry-content">{inside}</div>')).paragraphs == PARAGRAPHS


def test_further_articles_of_an_endless_page_are_left_out() -> None:
    next_one = "".join(
        f"<p>{text}</p>" for text in (LEAD * 2, PARAGRAPHS[1].replace("euro", "franchi"), LEAD + PARAGRAPHS[0])
    )
    further = f'<article><h2>Un altro comunicato</h2><div class="entry-content">{next_one}</div></article>'

    assert read(page(f'<div class="entry-content">{paragraphs(PARAGRAPHS)}</div>', further)).paragraphs == PARAGRAPHS


def test_an_empty_page_has_no_body() -> None:
    assert read("<html><body></body></html>", title="").paragraphs == []


def test_the_sites_other_pages_correct_the_model() -> None:
    own = f'<div class="entry-content">{paragraphs(PARAGRAPHS)}</div>'
    ours = (
        '<div class="chi-siamo"><p>Il comune di Valdoria conta 24.000 abitanti e si trova ai piedi delle colline, lungo'
        " il fiume. Il municipio è aperto al pubblico dal lunedì al venerdì, dalle 8.30 alle 12.30.</p></div>"
    )
    alone = read(page(own + ours))
    kinds = alone.votes.keys() - read(page(own)).votes.keys()
    # On twenty other pages the model was sure that this kind of block is furniture.
    memory = {kind: [1.0, 20, 20] for kind in kinds}

    assert len(alone.paragraphs) == len(PARAGRAPHS) + 1
    assert read(page(own + ours), memory).paragraphs == PARAGRAPHS


def test_a_memory_of_one_page_has_no_say() -> None:
    alone = read(plain(1))
    against = {kind: [0.0, blocks, 1] for kind, (_, blocks, _) in alone.votes.items()}

    assert read(plain(1), against).paragraphs == alone.paragraphs


def test_a_text_repeated_on_a_few_pages_of_the_site_is_kept() -> None:
    memory = merged({}, *(read(plain(1)).votes for _ in range(5)))

    assert read(plain(1), memory).paragraphs == read(plain(1)).paragraphs


def test_labels_follow_the_gold_text_in_its_order() -> None:
    texts = ["Novità", TITLE, PARAGRAPHS[0], "Orari", PARAGRAPHS[1], "Condividi", PARAGRAPHS[0], "Orari"]
    gold = "\n".join([PARAGRAPHS[0], "Orari", PARAGRAPHS[1]])

    assert labels(texts, gold) == [False, False, True, True, True, False, False, False]


def rows() -> Iterator[tuple[float, float, float]]:
    for number in range(400):
        yield float(number % 7), float(number % 11), float(number % 13 > 5)


def test_the_same_table_and_seed_grow_the_same_trees() -> None:
    table = np.array(list(rows()), np.float32)
    said = ((table[:, 0] > 3) & (table[:, 2] > 0)).astype(np.float64)
    growth = Growth(trees=20, depth=3, rate=0.3, columns=1.0)
    first, again = (grown(table, said, np.ones(len(said)), growth) for _ in range(2))

    assert np.array_equal(first.leaves, again.leaves)
    assert np.array_equal(first.columns, again.columns)
    assert ((first.probabilities(table) > 0.5) == (said > 0)).all()


SHARED = Path(os.environ.get("CIVICPRESS_SHARED") or Path(__file__).parents[2] / "shared")


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "eval" / "gold.jsonl").is_file(), reason="no labelled pages")
def test_training_on_the_same_pages_gives_the_same_weights() -> None:
    from benchmarks.quality import labelled
    from benchmarks.train_body import examples, fitted

    pages = examples(labelled(SHARED)[:30])
    first, again = (fitted(pages, Growth(trees=5)) for _ in range(2))

    assert np.array_equal(first.leaves, again.leaves)
    assert np.array_equal(first.bounds, again.bounds)
