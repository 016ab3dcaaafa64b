"""Which page stands at which address of the two bodies' sites, on each day of the demonstration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crawler.demo import drupal, national, plone, wordpress
from crawler.demo.markup import page, portions
from crawler.demo.releases import Body, Release, Trap, releases, traps

_ROBOTS = "User-agent: *\nDisallow: /area-stampa/riservata/\nDisallow: /*/@@search\n"
_FEED_TYPE = "application/rss+xml; charset=UTF-8"
# On the second day, one release was edited, and everything that shows it.
_SECOND_DAY = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answers; `changed` is the day of its last change."""

    text: str
    changed: date
    status: int = 200
    kind: str = "text/html; charset=utf-8"


def answers(body: Body, base: str, day: int) -> dict[str, Answer]:
    """Everything that a body's site has at its addresses; `base` is the site's address without a path."""
    return {"town_hall": _town_hall, "chamber": _chamber}[body](base, day)


def missing(body: Body) -> Answer:
    """The page for an address that there is not."""
    intro = "La pagina che cerchi non esiste o è stata spostata."
    make = {"town_hall": national.section, "chamber": drupal.message}[body]
    return Answer(make("Pagina non trovata", intro), date(2026, 1, 1), status=404)


def _town_hall(base: str, day: int) -> dict[str, Answer]:
    news, posts = _of("comune", day), _of("biblioteca", day)
    named: list[Release | Trap] = _with_traps("comune", news)
    newest = max(release.day for release in news)
    found = {
        "/robots.txt": Answer(_ROBOTS, date(2024, 1, 1), kind="text/plain; charset=utf-8"),
        "/": Answer(national.home(_cards(news[:3], "?utm_source=home&amp;utm_medium=evidenza")), newest),
    }
    ahead = _cards(news[1:4], "?utm_source=novita&amp;utm_medium=evidenza")
    lists: list[tuple[str, str, list[Release | Trap]]] = [("/novita/", "Novità", named)]
    for category, name in national.CATEGORIES.items():
        lists.append((f"/tipi_notizia/{category}/", name, [each for each in named if each.category == category]))
    for path, name, members in lists:
        pages = portions([national.card(each, _address(each)) for each in members], national.A_PAGE)
        for number, cards in enumerate(pages, 1):
            text = national.listing(
                name, cards, path, number, len(pages), ahead if path == "/novita/" and number == 1 else ""
            )
            found[national.address(path, number)] = Answer(text, newest)
    for release in news:
        others = [other for other in news if other is not release][:3]
        found[release.address] = Answer(national.detail(release, base, others), newest)
    for trap in traps():
        if trap.body == "town_hall":
            found[trap.path] = _trap(trap, "Amministrazione trasparente")
    for number in range(1 + (len(posts) - 1) // wordpress.A_PAGE):
        part = posts[number * wordpress.A_PAGE :][: wordpress.A_PAGE]
        query = f"?paged={number + 1}" if number else ""
        text = wordpress.feed(part, base)
        found[f"/biblioteca/feed/{query}"] = Answer(text, _changed(part, day), kind=_FEED_TYPE)
    found |= {post.address: Answer(wordpress.post(post, base), _changed([post], day)) for post in posts}
    return found


def _chamber(base: str, day: int) -> dict[str, Answer]:
    news, reports = _of("camera", day), _of("osservatorio", day)
    newest = max(release.day for release in news)
    found = {
        "/robots.txt": Answer(_ROBOTS, date(2024, 1, 1), kind="text/plain; charset=utf-8"),
        "/": Answer(drupal.message(drupal.NAME, "Al servizio di chi fa impresa."), newest),
    }
    pages = portions([drupal.teaser_row(each, _address(each)) for each in _with_traps("camera", news)], drupal.A_PAGE)
    for number, rows in enumerate(pages):
        text = drupal.listing(rows, number, len(pages))
        found[f"/notizie?page={number}" if number else "/notizie"] = Answer(text, newest)
    for release in news:
        latest = [other for other in news if other is not release][:3]
        found[release.address] = Answer(drupal.detail(release, base, latest), newest)
    for trap in traps():
        if trap.body == "chamber":
            found[trap.path] = _trap(trap, "Bandi")
    # The second folder holds a copy of one report, and shows two more where they are.
    ahead = [(each, each.addresses[-1]) for each in reports if each.also or each in reports[:2]]
    folders = (
        ("comunicati", "Comunicati", [(each, each.address) for each in reports]),
        ("in-evidenza", "In evidenza", ahead),
    )
    for folder, name, members in folders:
        entries = "\n".join(plone.entry(each, path) for each, path in members)
        found[f"/osservatorio/{folder}"] = Answer(plone.listing(name, entries), reports[0].day)
    for release in reports:
        latest = [other for other in reports if other is not release and other.listed][:3]
        for path in release.addresses:
            found[path] = Answer(plone.detail(release, path, base, latest), reports[0].day)
    return found


def _of(section: str, day: int) -> list[Release]:
    return [release for release in releases(day) if release.section == section]


def _with_traps(section: str, news: Sequence[Release]) -> list[Release | Trap]:
    both: list[Release | Trap] = [*news, *(trap for trap in traps() if trap.section == section)]
    return sorted(both, key=lambda each: each.day, reverse=True)


def _address(each: Release | Trap) -> str:
    return each.address if isinstance(each, Release) else each.path


def _cards(news: Sequence[Release], query: str) -> str:
    return "\n".join(national.card(release, release.address + query) for release in news)


def _changed(shown: Sequence[Release], day: int) -> date:
    return _SECOND_DAY if day > 1 and any(each.edited for each in shown) else max(each.day for each in shown)


def _trap(trap: Trap, section: str) -> Answer:
    if trap.reason == "gone":
        return Answer(page("410 Gone", "<body><h1>Gone</h1></body>"), trap.day, status=410)
    if trap.reason == "error-page":
        text = drupal.message("Pagina non trovata", "La pagina richiesta non esiste o non è più disponibile.")
        return Answer(text, trap.day)
    intro = "In questa sezione sono pubblicati i documenti e le informazioni previsti dalla legge."
    make = national.section if trap.body == "town_hall" else drupal.message
    return Answer(make(section, intro), trap.day)
