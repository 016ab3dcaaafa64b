"""Pages that were not there, or failed, when a list first named them are not lost; and they do not cost a request in every run."""

import pytest

from storage.changes import Found, Listed, Problem, RouteState
from storage.corpus import Corpus
from storage.looking import PAUSES, UNREAD
from storage.memory import TRIES
from tests.corpora import HOST, Shelf, page
from tests.program import Program
from tests.site import Answer, Item, Site

TEXT = (
    "La biblioteca di via Roma riapre lunedì alle 9. I posti per lo studio sono quaranta, il prestito resta gratuito."
)
DUE = "update looks set next = '2000-01-01T00:00:00+00:00'"


@pytest.fixture
def shelf(tmp_path: object) -> Shelf:
    return Shelf(tmp_path / "corpus.db")  # type: ignore[operator]


def named(url: str, day: str | None = "2026-03-01") -> Listed:
    hints = f'{{"date": "{day}"}}' if day else "{}"
    return Listed("comune", RouteState(f"{HOST}/novita", "listing", f"{HOST}/novita"), (Found(url, hints),))


def looks(shelf: Shelf) -> list[dict[str, object]]:
    return shelf.rows("select url, next, times from looks")


@pytest.mark.parametrize("status", [404, 403])
def test_a_release_that_its_list_names_before_its_page_is_there_is_found_later(
    status: int, site: Site, civicpress: Program
) -> None:
    from datetime import date

    today = date.today()
    item = Item("/novita/1", "Riapre la biblioteca di via Roma", today)
    site.pages["/novita/1"] = Answer(b"<h1>Non trovata</h1>", status)
    civicpress.crawl(prova={"home": site.url, "listings": [site.listing("/novita", [item])]})
    for _ in range(TRIES):
        civicpress.crawl()
    assert civicpress.rows("select 1 from corpus") == []
    site.article("/novita/1", item.title, item.words)
    site.forget()
    civicpress.crawl()
    assert "/novita/1" not in site.paths(), "not in every run"
    civicpress.change(DUE)
    assert civicpress.crawl().source()["new"] == 1
    [look] = civicpress.rows("select times from looks")
    assert look["times"] == 1, "it is looked at like any new release"


def test_a_release_without_its_text_is_tried_again_and_a_page_that_no_list_dates_is_not(shelf: Shelf) -> None:
    release, other = f"{HOST}/novita/1", f"{HOST}/servizi/1"
    shelf.put(named(release), named(other, None))
    for url in (release, other):
        shelf.put(Problem("comune", url, "no-text", "no text was found", addresses=(url,)))
    assert [row["url"] for row in looks(shelf)] == [release]


def test_what_never_comes_is_asked_for_no_more(shelf: Shelf) -> None:
    url = f"{HOST}/novita/1"
    shelf.put(named(url))
    for _ in UNREAD:
        shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
        assert looks(shelf)
    shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
    assert looks(shelf) == []


def test_dead_links_to_old_releases_are_left_alone(shelf: Shelf) -> None:
    old, undated = f"{HOST}/novita/1", f"{HOST}/novita/2"
    shelf.put(named(old, "2025-03-01"), named(undated, None))
    for url in (old, undated):
        shelf.put(Problem("comune", url, "gone", "status 404", addresses=(url,)))
    assert looks(shelf) == []


def test_a_known_page_that_brings_no_answer_waits_for_half_a_day(shelf: Shelf) -> None:
    url = f"{HOST}/novita/1"
    shelf.put(page("/novita/1", TEXT, look=url))
    [before] = looks(shelf)
    make_due(shelf)
    shelf.put(Problem("comune", url, "refused", "status 403", again=True, addresses=(url,)))
    [after] = looks(shelf)
    assert before["times"] == after["times"] == 1
    assert str(after["next"]) == "2026-03-02T20:00:00+00:00"


def test_a_known_page_that_holds_no_release_any_more_is_looked_at_as_often_as_others_and_no_more(shelf: Shelf) -> None:
    url = f"{HOST}/novita/1"
    shelf.put(named(url), page("/novita/1", TEXT, look=url))
    for _ in PAUSES[1:]:
        [before] = looks(shelf)
        make_due(shelf)
        shelf.put(Problem("comune", url, "no-text", "no text was found", addresses=(url,)))
        [after] = looks(shelf)
        assert after["times"] == int(str(before["times"])) + 1
    make_due(shelf)
    shelf.put(Problem("comune", url, "no-text", "no text was found", addresses=(url,)))
    assert looks(shelf) == []


def make_due(shelf: Shelf) -> None:
    with Corpus(shelf.path) as corpus:
        corpus.db.execute(DUE)


def test_a_page_that_turns_out_to_be_none_is_not_asked_for_in_every_run(site: Site, civicpress: Program) -> None:
    from datetime import date

    item = Item("/novita/1", "Riapre la biblioteca di via Roma", date.today())
    site.pages["/novita/1"] = Answer(b"<h1>Non trovata</h1>", 404)
    civicpress.crawl(prova={"home": site.url, "feeds": [site.feed("/feed.xml", [item])]})
    site.pages["/novita/1"] = Answer(b"PK\x03\x04" * 100, headers={"Content-Type": "application/zip"})
    civicpress.change(DUE)
    site.forget()
    for _ in range(3):
        civicpress.crawl()
    assert site.paths().count("/novita/1") == 1
    assert [row["reason"] for row in civicpress.rows("select reason from problems order by number")] == [
        "gone",
        "not-html",
    ]
