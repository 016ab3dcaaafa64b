"""Whether what was found on a site is its press section."""

from datetime import date, timedelta

import pytest

from spiders.discovery.judge import judge, usual_gap
from spiders.values import Link

TODAY = date(2026, 11, 25)
NEWS = (
    "Riapre la biblioteca di via Roma", "Allerta meteo gialla per domani", "Il mercato torna in piazza",
    "Nuovi alberi nel parco", "La giunta approva il bilancio", "Chiude per lavori il ponte vecchio",
)  # fmt: skip


def links(titles: tuple[str, ...] = NEWS, newest: date | None = TODAY, folder: str = "novita") -> list[Link]:
    days = [(newest - timedelta(days=7 * number)).isoformat() if newest else None for number in range(len(titles))]
    return [
        Link(f"https://www.comune.prova.it/{folder}/{number}", title, day)
        for number, (title, day) in enumerate(zip(titles, days, strict=True))
    ]


def test_fresh_and_varied_news_are_fit_and_the_verdict_says_how_fresh() -> None:
    verdict = judge(links(), TODAY)
    assert verdict.fit
    assert verdict.why == "6 releases, newest 2026-11-25"
    assert (verdict.newest, verdict.gap) == ("2026-11-25", 7.0)


def test_whole_texts_are_told() -> None:
    whole = [Link(link.url, link.title, link.date, "feed", "<p>Testo</p>") for link in links()]
    assert "with their whole text" in judge(whole, TODAY).why
    assert "2 with their whole text" in judge([*whole[:2], *links()[2:]], TODAY).why


def test_what_names_nothing_is_not_fit() -> None:
    assert judge([], TODAY).why == "names no releases"
    assert not judge([], TODAY).fit


def test_a_list_without_anything_newer_than_a_year_and_a_month_is_frozen() -> None:
    verdict = judge(links(newest=date(2022, 3, 14)), TODAY)
    assert (verdict.fit, verdict.stale) == (False, True)
    assert verdict.why == "frozen: nothing newer than 2022-03-14"
    assert judge(links(newest=TODAY - timedelta(days=399)), TODAY).fit


def test_days_to_come_do_not_make_a_list_fresh() -> None:
    old = links(newest=date(2022, 3, 14))
    assert judge([*old, Link("https://www.comune.prova.it/novita/99", "Titolo", "2027-01-01")], TODAY).stale


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        (
            ("Bando di gara per la mensa", "Concorso pubblico per vigili", "Graduatoria finale", "Determina n. 12"),
            "tenders",
        ),
        (("Appuntamento del 3 maggio ore 10", "Prenotazione carta d'identità", "Prenota il tuo turno"), "appointments"),
    ],
)
def test_lists_of_another_subject_are_recognised(titles: tuple[str, ...], words: str) -> None:
    verdict = judge(links(titles), TODAY)
    assert not verdict.fit
    assert words in verdict.why


def test_a_list_of_events_is_recognised_by_its_addresses() -> None:
    assert judge(links(folder="eventi"), TODAY).why == "holds only events"


def test_news_among_which_are_tenders_are_news() -> None:
    assert judge(links((*NEWS, "Bando di gara per la mensa", "Concorso per due istruttori")), TODAY).fit


def test_the_same_title_again_and_again_is_no_news() -> None:
    assert "same title" in judge(links(("Comunicato",) * 5), TODAY).why


def test_a_list_without_days_is_taken_for_what_it_is() -> None:
    verdict = judge(links(newest=None), TODAY)
    assert (verdict.fit, verdict.newest, verdict.gap) == (True, None, None)
    assert "without days" in verdict.why


def test_a_rhythm_needs_four_days() -> None:
    assert usual_gap(["2026-11-01", "2026-11-03", "2026-11-05"]) is None
    assert usual_gap(["2026-11-01", "2026-11-03", "2026-11-05", "2026-11-05", "2026-11-07"]) == 2.0


def test_what_a_village_announces_among_orders_prizes_and_lists_is_news() -> None:
    titles = (
        "Ordinanza di chiusura della scuola per neve", "Concorso di poesia", "Graduatoria dell'asilo nido",
        "Ordinanza: divieto di sosta in piazza", "Sagra della castagna",
    )  # fmt: skip
    assert judge(links(titles), TODAY).fit
