"""Which of the days that a card of a list writes is the one of publication."""

import pytest
from lxml import html

from spiders.discovery.carddates import published_in

PUBLISHED = (
    "<p>Pubblicato il 12/05/2025 | Aggiornato il 13/05/2025</p>",
    "<p>Aggiornato il 13/05/2025 - Pubblicato il 12/05/2025</p>",
    "<p>Data fine pubblicazione 30/05/2025</p><p>Data inizio pubblicazione 12/05/2025</p>",
    "<p>Inserita il 12/05/2025 alle 10:30 da Redazione</p>",
    "<p>Pubblicato: 12 Maggio 2025 Visite: 120</p>",
    "<ul><li>Data: 12/05/2025</li><li>Scadenza: 30/05/2025</li></ul>",
    "<dl><dt>Data</dt><dd>12/05/2025</dd><dt>Scadenza</dt><dd>30/05/2025</dd></dl>",
    "<span>Data di pubblicazione</span><span>12 maggio 2025</span>",
    "<p>Lunedì 12 Maggio 2025 - Comunicato</p>",
    "<p>News - 12 maggio 2025</p>",
    "<p>di Redazione | 12 Mag, 2025 | Avvisi</p>",
    "<p>12/05/2025 10:30</p>",
    "<p>(12/05/2025)</p>",
    "<p>[12/05/2025] Da lunedì gli uffici seguono un orario nuovo</p>",
    "<div>12</div><div>Mag</div><div>2025</div>",
    '<time datetime="2025-05-11T22:30:00Z">12 mag</time>',
    "<h5>12 maggio 2025</h5>",
    "<p>Am 12.05.2025 veröffentlicht</p>",
    "<p>Publié le 12 mai 2025</p>",
    "<p>Posted on May 12, 2025 by admin</p>",
)
OTHER = (
    "<p>Scadenza pubblicazione: 12/05/2025</p>",
    "<p>Le domande vanno presentate entro il 12/05/2025.</p>",
    "<p>Appuntamento sabato 12 maggio 2025 in piazza.</p>",
    "<p>12/05/2025 - 30/05/2025</p>",
    "<p>dal 12/05/2025 al 30/05/2025</p>",
    "<p>Data: 12/05/2025 – Ore 10</p>",
    "<p>Il 12 maggio 2025 – come noto – si è svolta la gara</p>",
    "<p>Ultima modifica 12/05/2025</p>",
    '<p class="scadenza">12/05/2025</p>',
    '<time class="updated" datetime="2025-05-12">12 maggio 2025</time>',
    "<p>Inizio evento</p><p>12/05/2025</p>",
    "<p>Quando: 12/05/2025</p>",
)


def day_in(card: str) -> str | None:
    day = published_in(html.fromstring(f"<div><h3>Nuovi orari</h3>{card}</div>"), "Nuovi orari")
    return day.isoformat() if day else None


@pytest.mark.parametrize("card", PUBLISHED)
def test_the_day_of_publication_is_read(card: str) -> None:
    assert day_in(card) == "2025-05-12"


@pytest.mark.parametrize("card", OTHER)
def test_another_day_is_not_taken_for_it(card: str) -> None:
    assert day_in(card) is None
