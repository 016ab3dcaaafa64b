"""Calendar days as they are written."""

from datetime import date, datetime

import pytest

from spiders.dates import day_of, days_in, local_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 marzo 2025", date(2025, 3, 12)),
        ("1 gennaio 2024", date(2024, 1, 1)),
        ("3 febbraio 2024", date(2024, 2, 3)),
        ("30 aprile 2024", date(2024, 4, 30)),
        ("5 giugno 2024", date(2024, 6, 5)),
        ("14 luglio 2024", date(2024, 7, 14)),
        ("15 agosto 2024", date(2024, 8, 15)),
        ("20 settembre 2024", date(2024, 9, 20)),
        ("2 ottobre 2024", date(2024, 10, 2)),
        ("4 novembre 2024", date(2024, 11, 4)),
        ("8 dicembre 2024", date(2024, 12, 8)),
        ("1° maggio 2025", date(2025, 5, 1)),
        ("1º maggio 2025", date(2025, 5, 1)),
        ("12 MARZO 2025", date(2025, 3, 12)),
        ("18 MAG 2022", date(2022, 5, 18)),
        ("23 MAG 25", date(2025, 5, 23)),
        ("23 mag. 2025", date(2025, 5, 23)),
        ("7 genn 2025", date(2025, 1, 7)),
        ("7 sett. 2025", date(2025, 9, 7)),
        ("Mercoledì, 15 Luglio 2026", date(2026, 7, 15)),
        ("mercoledi' 15 luglio 2026", date(2026, 7, 15)),
        ("Gio 7 nov 2024, ore 10.30", date(2024, 11, 7)),
        ("07-08-2026", date(2026, 8, 7)),
        ("7/8/2026", date(2026, 8, 7)),
        ("07.08.2026", date(2026, 8, 7)),
        ("07 / 08 / 2026", date(2026, 8, 7)),
        ("07/08/26", date(2026, 8, 7)),
        ("07.08.26", date(2026, 8, 7)),
        ("12-mar-2025", date(2025, 3, 12)),
        ("12/marzo/2025", date(2025, 3, 12)),
        ("29 agosto del 2019", date(2019, 8, 29)),
        ("12\xa0marzo\xa02025", date(2025, 3, 12)),
        ("2026-09-29", date(2026, 9, 29)),
        ("2026/09/29", date(2026, 9, 29)),
        ("12. März 2025", date(2025, 3, 12)),
        ("12 mars 2025", date(2025, 3, 12)),
        ("12. marca 2025", date(2025, 3, 12)),
        ("March 12, 2025", date(2025, 3, 12)),
        ("Torino, 12 ottobre 2022", date(2022, 10, 12)),
        ("( Pescasseroli, 14 Gennaio 20 )", date(2020, 1, 14)),
        ("1°maggio 2025", date(2025, 5, 1)),
        ("primo maggio 2025", date(2025, 5, 1)),
        ("PRIMO MAGGIO 2025", date(2025, 5, 1)),
        ("12.X.2022", date(2022, 10, 12)),
        ("12/VII/2022", date(2022, 7, 12)),
        ("05–03–2024", date(2024, 3, 5)),
        ("05·03·2024", date(2024, 3, 5)),
        ("12ottobre2022", date(2022, 10, 12)),
        ("12ott2022", date(2022, 10, 12)),
        ("martedì5marzo2024", date(2024, 3, 5)),
        ("5 SETTEMBRE2024", date(2024, 9, 5)),
        ("5 marzo ’24", date(2024, 3, 5)),
        ("lì 12 ottobre 2022", date(2022, 10, 12)),
        ("2024.03.05", date(2024, 3, 5)),
        ("2020年07月03日", date(2020, 7, 3)),
        ("Mental HealthDECEMBER 22, 2022Updated", date(2022, 12, 22)),
        ("Tue, 03/05/2024 - 12:30", date(2024, 3, 5)),
        ("Fri, 03/05/2024", date(2024, 5, 3)),
        ("Mar, 05/03/2024", date(2024, 3, 5)),
    ],
)
def test_a_written_day_is_read(text: str, day: date) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "", "marzo 2025", "31 giugno 2025", "32/01/2025", "12/13/2025", "tel. 011.12.34.567", "versione 1.2.3",
        "P.IVA 01234567890", "ore 10.30", "2024/2025", "n. 12 del registro", "IBAN IT60 X054 2811 1010 0000",
        "il 12 marzo alle 18", "192.168.1.25", "5 mila euro", "versione 2024.1.2", "3f5dec19a", "a5mar2024", "10 maggiori 2024", "12 X 2022",
        "primo piano 2025", "3 mar 20:30",
    ],
)  # fmt: skip
def test_what_is_no_full_day_is_not_read_as_one(text: str) -> None:
    assert day_of(text) is None


def test_all_days_of_a_text_are_found_in_their_order() -> None:
    text = "Dal 3 al 12 marzo 2025, con proroga al 15/04/2025; March 1, 2024 in inglese."
    assert [found.day for found in days_in(text)] == [date(2025, 3, 12), date(2025, 4, 15), date(2024, 3, 1)]
    assert [text[found.start : found.end] for found in days_in(text)][:2] == ["12 marzo 2025", "15/04/2025"]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-07-14T22:30:00+00:00", date(2026, 7, 15)),
        ("2026-01-14T23:30:00+00:00", date(2026, 1, 15)),
        ("2026-01-14T22:30:00+00:00", date(2026, 1, 14)),
        ("2026-07-15T00:00:00+00:00", date(2026, 7, 15)),
        ("2026-07-15T00:30:00+02:00", date(2026, 7, 15)),
        ("2026-07-14T23:59:00", date(2026, 7, 14)),
        ("2026-07-14T19:30:00-05:00", date(2026, 7, 15)),
        ("2026-07-15T00:00:00+05:00", date(2026, 7, 15)),
    ],
)
def test_a_moment_falls_on_the_day_it_had_in_rome(moment: str, day: date) -> None:
    assert local_day(datetime.fromisoformat(moment)) == day


def test_a_moment_in_utc_inside_a_text_falls_on_the_day_it_had_in_rome() -> None:
    assert day_of("2026-07-14T22:30:00Z") == date(2026, 7, 15)
    assert day_of("2026-07-15T00:00:00Z") == date(2026, 7, 15)


def test_a_long_text_of_digits_is_read_in_linear_time() -> None:
    assert day_of("1 " * 200_000) is None
    assert day_of("9" * 400_000) is None
    assert day_of("12 " + " " * 200_000 + "x") is None
