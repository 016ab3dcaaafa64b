"""Pages on which a list of releases stands among other cards that are set like it."""

from tests.lists import page

HOME = "https://www.comune.prova.it/"
DATED = '<div class="card"><span class="data">{day}</span><h3><a href="{path}{n}">{title} numero {n}</a></h3><p>Breve descrizione.</p></div>'
UNDATED = DATED.replace('<span class="data">{day}</span>', "")


def section(name: str, template: str, path: str, title: str, number: int = 6) -> str:
    cards = (template.format(day=f"{n + 1} maggio 2025", path=path, title=title, n=n) for n in range(number))
    return f'<section><h2>{name}</h2><div class="row">{"".join(cards)}</div></section>'


def paths(main: str) -> list[str]:
    links = page(f"<main>{main}</main>", HOME).links
    return [link.url.removeprefix(HOME) for link in links]


def test_news_are_taken_and_not_the_events_although_they_have_days_and_are_more() -> None:
    events = section("Eventi", DATED, "/eventi/e", "Concerto in piazza")
    news = section("Notizie", DATED, "/notizie/n", "Nuovi orari degli uffici", 3)
    assert paths(events + news) == ["notizie/n0", "notizie/n1", "notizie/n2"]


def test_events_are_a_list_where_the_page_has_no_other() -> None:
    assert len(paths(section("Eventi", DATED, "/eventi/e", "Concerto in piazza"))) == 6


def test_undated_news_are_told_from_services_by_their_addresses_behind_the_language() -> None:
    services = section("Servizi", UNDATED, "/it/page/s", "Richiedere un certificato")
    news = section("Notizie", UNDATED, "/it/news/n", "Nuovi orari degli uffici", 3)
    assert paths(services + news) == ["it/news/n0", "it/news/n1", "it/news/n2"]


def test_where_all_addresses_are_alike_the_highlights_above_are_taken_and_the_services_below_left() -> None:
    above = section("In primo piano", UNDATED, "/it/content/p", "Elezioni del consiglio camerale", 2)
    news = section("News", DATED, "/it/content/n", "Nuovi orari degli uffici", 4)
    below = section("Servizi", UNDATED, "/it/content/s", "Richiedere un certificato")
    assert paths(above + news + below) == [f"it/content/{name}" for name in ("p0", "p1", "n0", "n1", "n2", "n3")]


def test_subjects_and_attachments_in_the_cards_are_no_releases() -> None:
    card = DATED.replace(
        "</div>",
        '<a class="chip" href="/argomento/{n}">Scuola e famiglia</a><a href="/allegati/f{n}.pdf">Modulo {n} (pdf)</a></div>',
    )
    assert paths(section("Notizie", card, "/notizie/n", "Nuovi orari degli uffici")) == [
        f"notizie/n{n}" for n in range(6)
    ]
