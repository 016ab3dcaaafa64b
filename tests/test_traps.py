"""Addresses that lead a crawler round in circles: views of a list, sessions, languages, calendars."""

import pytest

from spiders.discovery.carddates import is_day
from tests.lists import DAYS, DRUPAL, ISO, cards, expected, found, page, path


@pytest.mark.parametrize(
    "href",
    [
        "/novita/notizie?f%5B0%5D=argomento%3A12", "/novita/notizie?sort_by=created&sort_order=ASC", "/novita/notizie?tipo=avviso",
        "/novita/notizie/altra?print=1", "/novita/2025/05/", "/novita/2025/05/12", "/novita/notizie?anno=2025&mese=5",
        "/en/novita/notizie", "/novita/notizie?lang=en", "/print/novita/notizie/altra", "/eventi?tribe-bar-date=2025-05-12",
    ],
)  # fmt: skip
def test_a_crawl_trap_is_no_release(href: str) -> None:
    trap = DRUPAL.format(path=href, title="Le notizie viste in altro modo", day=DAYS[0], iso=ISO[0], n=9)
    assert found(page(cards(DRUPAL).replace("</main>", f"{trap}</main>"))) == expected()


@pytest.mark.parametrize(
    ("href", "plain"),
    [
        (";jsessionid=9A2F", ""), ("?PHPSESSID=a1b2c3", ""), ("?id=7&PHPSESSID=a1b2c3", "?id=7"), ("?sid=0123456789abcdef01", ""),
        ("?sid=17", "?sid=17"),
    ],
)  # fmt: skip
def test_a_session_is_no_part_of_an_address(href: str, plain: str) -> None:
    main = cards(DRUPAL).replace('">', f'{href}">').replace(f"node--view-mode-teaser{href}", "node--view-mode-teaser")
    assert page(main).links[0].url == f"https://www.comune.prova.it{path(0)}{plain}"


def test_a_card_that_begins_with_dots_and_articles_for_ever_is_read_in_no_time() -> None:
    """Each further word doubled the time once: this would not end."""
    assert not is_day("il. " * 60 + "x 12 maggio 2026")
