"""From a home page to the lists worth asking, against a real server: what is asked, what is chosen, and why not."""

import json
import signal
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.program import Program, wait_until
from tests.site import Answer, Item, Site, prose

TODAY = date.today()
HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}


def fresh(site: Site, numbers: Iterable[int], folder: str = "/novita") -> list[Item]:
    """Releases of the last weeks."""
    items = []
    for number in numbers:
        item = Item(
            f"{folder}/{number}",
            f"{prose(f'{folder}{number}', 1)[:-1]} {number}",
            TODAY - timedelta(days=3 * number + 1),
        )
        site.article(item.path, item.title, item.words)
        items.append(item)
    return items


def home(site: Site, main: str, head: str = "", path: str = "/") -> str:
    """A home page."""
    site.pages[path] = Answer(
        f"<!doctype html><html lang=it><head><title>Comune di Prova</title>{head}</head><body>"
        f"<header><nav><a href='/servizi'>Servizi</a>{main}</nav></header><main><h1>Comune di Prova</h1>"
        f"<p>{prose('benvenuti')}</p></main></body></html>".encode()
    )
    return site.url + path


def feed_link(path: str) -> str:
    return f'<link rel=alternate type="application/rss+xml" href="{path}">'


def wordpress(site: Site, items: list[Item], size: int = 100) -> None:
    """WordPress's interface, which answers a hundred posts at a time."""
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    for number, part in enumerate(parts, 1):
        posts = [
            {"id": number, "date": f"{item.day}T09:30:00", "link": site.url + item.path, "title": {"rendered": item.title},
             "content": {"rendered": f"<p>{prose(item.title)}</p>", "protected": False}}
            for item in part
        ]  # fmt: skip
        answer = Answer(json.dumps(posts).encode(), headers={**JSON, "X-WP-TotalPages": str(len(parts))})
        for path in ("/wp-json/wp/v2/posts",):
            site.prefixes[f"{path}{'' if number == 1 else f'|page={number}'}"] = answer


def added(civicpress: Program, url: str, *words: str) -> dict[str, object]:
    """What `sources add --json` finds."""
    found: dict[str, object] = civicpress("sources", "add", "--delay", "0", url, "--json", *words).json
    return found


def chosen(found: dict[str, object]) -> list[str]:
    return [each["url"].split("/", 3)[3] for each in found["chosen"]]  # type: ignore[attr-defined]


def rejected(found: dict[str, object]) -> dict[str, str]:
    return {each["url"].split("/", 3)[3]: each["why"] for each in found["rejected"]}  # type: ignore[attr-defined]


def test_a_fresh_section_is_chosen_and_a_frozen_feed_and_one_of_comments_are_not(
    site: Site, civicpress: Program
) -> None:
    site.listing("/novita", fresh(site, range(1, 6)))
    old = [replace(item, day=date(2022, 3, 1)) for item in site.releases([1, 2, 3])]
    site.feed("/vecchio", old)
    site.pages["/rss.xml"] = Answer(
        b"<rss version='2.0'><channel><title>Commenti per Prova</title><item><title>x</title><link>/a</link></item></channel></rss>",
        headers={"Content-Type": "application/rss+xml"},
    )
    found = added(
        civicpress, home(site, "<a href='/novita'>Novit\u00e0</a>", feed_link("/vecchio") + feed_link("/rss.xml"))
    )
    assert chosen(found) == ["novita"]
    assert rejected(found)["vecchio"] == "frozen: nothing newer than 2022-03-01"
    assert "readers' comments" in rejected(found)["rss.xml"]
    assert found["requests"] <= 15


def test_where_all_is_old_the_least_old_is_better_than_nothing(site: Site, civicpress: Program) -> None:
    site.listing(
        "/novita", [replace(item, day=date(2023, 5, number)) for number, item in enumerate(site.releases([1, 2, 3]), 1)]
    )
    site.feed("/feed", [replace(item, day=date(2019, 5, 2)) for item in site.releases([4, 5, 6])])
    found = added(civicpress, home(site, "<a href='/novita'>Novit\u00e0</a>", feed_link("/feed")))
    assert chosen(found) == ["novita"]
    assert "frozen" in found["chosen"][0]["why"]  # type: ignore[index]


def test_the_categories_of_an_overview_are_asked_too(site: Site, civicpress: Program) -> None:
    for number, name in enumerate(("notizie", "comunicati", "avvisi")):
        site.listing(f"/novita/{name}", fresh(site, range(number * 5 + 1, number * 5 + 5), f"/novita/{name}"))
    site.pages["/novita"] = Answer(
        b"<html><body><main><h1>Novit\xc3\xa0</h1>"
        + b"".join(
            f'<a data-element="news-category-link" href="/novita/{name}">{name.title()}</a>'.encode()
            for name in ("notizie", "comunicati", "avvisi")
        )
        + b"</main></body></html>"
    )
    found = added(civicpress, home(site, '<a data-element="news" href="/novita">Da sapere</a>'))
    assert chosen(found) == ["novita/notizie", "novita/comunicati", "novita/avvisi"]
    assert rejected(found) == {"novita": "names no releases"}


def test_a_home_page_that_lists_the_news_itself_is_asked_in_every_run(site: Site, civicpress: Program) -> None:
    items = fresh(site, range(1, 6))
    site.listing("/", items)
    assert civicpress.crawl(prova={"home": site.url + "/"}).source()["new"] == 5
    site.listing("/", [*fresh(site, [0]), *items])
    site.forget()
    line = civicpress.crawl().source()
    assert (line["new"], site.paths()) == (1, ["/", "/novita/0"])


def test_an_interface_makes_other_lists_superfluous(site: Site, civicpress: Program) -> None:
    items = fresh(site, range(1, 131))
    wordpress(site, items)
    site.listing("/novita", items[:5])
    site.feed("/feed/", items[:10])
    generator = '<meta name=generator content="WordPress 6.8"><link rel="https://api.w.org/" href="/wp-json/">'
    url = home(site, "<a href='/novita'>Novit\u00e0</a>", generator + feed_link("/feed/"))
    line = civicpress.crawl(prova={"home": url}).source()
    assert (line["status"], line["new"], line["requests"]) == (
        "ok",
        130,
        5,
    )  # robots.txt, home page, twice a hundred, and the section as the proof
    assert [row["date_origin"] for row in civicpress.rows("select distinct date_origin from corpus")] == ["api"]
    site.forget()
    assert civicpress.crawl().source()["requests"] == 1  # robots.txt is kept for a day


@pytest.mark.parametrize("status", [401, 404, 403])
def test_where_the_interface_is_closed_feeds_and_sections_are_asked(
    site: Site, civicpress: Program, status: int
) -> None:
    items = fresh(site, range(1, 9))
    site.prefixes["/wp-json"] = Answer(b'{"code":"rest_disabled"}', status, JSON)
    site.listing("/novita", items)
    url = home(site, "<a href='/novita'>Novit\u00e0</a>", '<meta name=generator content="WordPress 6.8">')
    line = civicpress.crawl(prova={"home": url}).source()
    assert (line["status"], line["new"], line["problems"]) == ("ok", 8, 0)


def test_an_interface_that_holds_something_else_than_the_home_page_shows_does_not_suffice(
    site: Site, civicpress: Program
) -> None:
    wordpress(site, fresh(site, range(1, 6), "/blog"))
    items = fresh(site, range(1, 6))
    site.listing("/novita", items)
    site.listing("/", items[:4])
    body = (
        site.pages["/"]
        .body.replace(  # type: ignore[union-attr]
            b"<head>", b'<head><meta name=generator content="WordPress 6.8">'
        )
        .replace(b"<nav>", b"<nav><a href='/novita'>Novit\xc3\xa0</a>")
    )
    site.pages["/"] = Answer(body)
    line = civicpress.crawl(prova={"home": site.url + "/"}).source()
    assert line["new"] >= 5
    stored = {row["url"] for row in civicpress.rows("select url from corpus")}
    assert {site.url + item.path for item in items} <= stored


def test_lists_that_are_gone_are_looked_for_anew_from_the_home_page(site: Site, civicpress: Program) -> None:
    site.listing("/novita", fresh(site, range(1, 4)))
    url = home(site, "<a href='/novita'>Novit\u00e0</a>")
    assert civicpress.crawl(prova={"home": url}).source()["new"] == 3
    del site.pages["/novita"]
    site.listing("/notizie", fresh(site, range(4, 7)))
    home(site, "<a href='/notizie'>Notizie</a>")
    assert civicpress.crawl().source()["status"] == "failed"
    assert civicpress.crawl().source()["new"] == 3


def test_a_source_without_a_press_section_says_what_was_looked_at(site: Site, civicpress: Program) -> None:
    site.feed("/feed", [replace(item, title=f"Bando di gara n. {item.path}") for item in fresh(site, range(1, 6))])
    line = civicpress.crawl(prova={"home": home(site, "", feed_link("/feed"))}).source()
    assert line["status"] == "empty"
    assert "/feed holds only tenders" in line["error"]


def test_exploring_asks_at_most_fifteen_times_however_much_a_home_page_offers(site: Site, civicpress: Program) -> None:
    sections = "".join(f"<a href='/novita/{number}'>Notizie {number}</a>" for number in range(40))
    feeds = "".join(feed_link(f"/feed/{number}") for number in range(40))
    found = added(civicpress, home(site, sections, feeds))
    assert found["requests"] <= 15
    assert len(site.asked) <= 15


def test_the_proof_shows_what_would_be_stored_and_the_source_is_written_only_when_told(
    site: Site, civicpress: Program, tmp_path: Path
) -> None:
    site.listing("/novita", fresh(site, range(1, 13)))
    url = home(
        site, "<a href='/novita'>Novit\u00e0</a><a data-element='legal-notes' href='/note-legali'>Note legali</a>"
    )
    into = tmp_path / "mine.toml"
    shown = civicpress("sources", "add", "--delay", "0", url, "--into", into)
    assert shown.status == 0
    assert not into.exists()
    for words in ("Comune di Prova", "municipality", "every 3 days", "/note-legali", "12 releases", "[comune-prova]"):
        assert words in shown.out
    assert all(len(line) <= 80 for line in shown.out.splitlines() if "http" not in line)
    found = added(civicpress, url, "--into", str(into), "--yes")
    assert len(found["releases"]) == 10  # type: ignore[arg-type]
    assert all(each["date"] and each["length"] > 500 for each in found["releases"])  # type: ignore[attr-defined]
    done = civicpress("crawl", "comune-prova", "--sources", into, "--json")
    assert done.source("comune-prova")["new"] == 12


def test_a_second_source_is_added_below_the_first_and_none_twice(
    site: Site, other_site: Site, civicpress: Program, tmp_path: Path
) -> None:
    into = tmp_path / "mine.toml"
    for each, name in ((site, "Uno"), (other_site, "Due")):
        each.listing("/novita", fresh(each, range(1, 4)))
        assert civicpress("sources", "add", "--delay", "0", home(each, "<a href='/novita'>Novit\u00e0</a>"), "--into", into, "--yes",
                          "--id", name.lower(), "--name", name).status == 0  # fmt: skip
    text = into.read_text()
    assert "[uno]" in text
    assert "[due]" in text
    again = civicpress("sources", "add", "--delay", "0", site.url + "/", "--into", into, "--yes", "--id", "uno")
    assert again.status == 2
    assert f"{into}: has this site already, as [uno]" in again.err
    assert into.read_text() == text


def test_lists_that_are_given_are_examined_and_written(site: Site, civicpress: Program, tmp_path: Path) -> None:
    site.listing("/nascosta", fresh(site, range(1, 6)))
    into = tmp_path / "mine.toml"
    done = civicpress(
        "sources", "add", "--delay", "0", home(site, ""), "--listing", site.url + "/nascosta", "--into", into, "--yes"
    )
    assert done.status == 0
    assert f'listings = ["{site.url}/nascosta"]' in into.read_text()


def test_a_body_outside_italy_is_added_by_its_feed(site: Site, civicpress: Program) -> None:
    items = [
        replace(item, title=f"The council opens the {name}")
        for item, name in zip(
            fresh(site, range(1, 5), "/aktuelt"), ("library", "market", "park", "bridge"), strict=True
        )
    ]
    site.feed("/feed.atom", items)
    found = added(civicpress, home(site, "", feed_link("/feed.atom")))
    assert chosen(found) == ["feed.atom"]
    assert found["status"] == "ok"


WALLS = {
    "parked domain": b"<html><head><title>comune.it</title></head><body>Questo dominio e' in vendita. This domain is for sale.</body></html>",
    "login page": b"<html><head><title>Accedi</title></head><body><form>Utente <input name=u> <input type=password></form></body></html>",
    "anti-bot wall": b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
    "server without a site": b"<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>",
}


@pytest.mark.parametrize("kind", WALLS)
def test_what_is_no_home_page_is_named_and_nothing_is_written(
    site: Site, civicpress: Program, tmp_path: Path, kind: str
) -> None:
    site.pages["/"] = Answer(WALLS[kind])
    into = tmp_path / "mine.toml"
    done = civicpress("sources", "add", "--delay", "0", site.url + "/", "--yes", "--into", into)
    assert done.status == 1
    assert kind in done.out
    assert "Next:" in done.out
    assert not into.exists()


def test_a_home_page_without_a_press_section_one_too_large_and_one_that_leads_elsewhere_are_told_apart(
    site: Site, other_site: Site, civicpress: Program, tmp_path: Path
) -> None:
    home(site, "", path="/vuota")
    site.pages["/grande"] = Answer(b"<html><body>" + b"<p>testo</p>" * 1_000_000)
    site.pages["/altrove"] = Answer(b"", 301, {"Location": other_site.url + "/"})
    site.pages["/guasta"] = Answer(b"", 500)
    words = {
        "/vuota": "no press section was found", "/grande": "larger than the limit", "/altrove": "another body's site",
        "/guasta": "http-error", "/manca": "is not there",
    }  # fmt: skip
    for path, said in words.items():
        done = civicpress("sources", "add", "--delay", "0", site.url + path, "--yes", "--into", tmp_path / "mine.toml")
        assert (done.status, said in done.out) == (1, True), done.out
    assert not (tmp_path / "mine.toml").exists()
    assert other_site.paths() == []


def test_what_can_be_no_address_is_refused_before_anything_is_asked(civicpress: Program, tmp_path: Path) -> None:
    for url, words in (
        ("comune di prova", "can be no site"), ("ftp://comune.it", "can be no site"), ("http://", "can be no site"),
        ("info@comune.prova.it", "an e-mail address"),
    ):  # fmt: skip
        done = civicpress("sources", "add", "--delay", "0", url, "--yes")
        assert (done.status, words in done.err) == (2, True), done.err
    assert civicpress("sources", "add", "--delay", "0", "https://www.comune.prova.it/", "--id", "Prova!").status == 2
    assert civicpress("sources", "add", "--delay", "0", "https://www.comune.prova.it/", "--kind", "city").status == 2
    known = civicpress("sources", "add", "--delay", "0", "comune.torino.it", "--yes")
    assert known.status == 2
    assert "in the catalogue already" in known.err


def test_a_host_without_a_name_is_told(civicpress: Program) -> None:
    done = civicpress("sources", "add", "--delay", "0", "http://nessuno.invalid/")
    assert done.status == 1
    assert "its host's name is not known" in done.out


def test_a_check_summarises_by_platform_and_says_what_failed(site: Site, other_site: Site, civicpress: Program) -> None:
    site.listing("/novita", fresh(site, range(1, 6)))
    other_site.pages["/"] = Answer(b"", 404)
    path = civicpress.sources(
        prova={"home": home(site, "<a href='/novita'>Novit\u00e0</a>", '<meta name=generator content="Drupal 10">')},
        manca={"home": other_site.url + "/"},
    )
    done = civicpress("sources", "check", "--only-sources", path)
    assert done.status == 1
    assert "drupal" in done.out
    assert f"manca: {other_site.url}/ is not there" in done.out
    rows = {row["source"]: row for row in civicpress("sources", "check", "--only-sources", path, "--json").json}
    assert (rows["prova"]["status"], rows["manca"]["status"]) == ("ok", "gone")
    assert not civicpress.db.exists()


def test_a_check_that_was_stopped_goes_on_where_it_was(site: Site, other_site: Site, civicpress: Program) -> None:
    for each in (site, other_site):
        each.listing("/novita", fresh(each, range(1, 4)))
        home(each, "<a href='/novita'>Novit\u00e0</a>")
    path = civicpress.sources(uno={"home": site.url + "/"}, due={"home": other_site.url + "/"})
    results = civicpress.folder / "check.jsonl"
    alone = civicpress("sources", "check", "uno", "--only-sources", path, "--json").json
    results.write_text(json.dumps(alone[0]) + "\n" + '{"source": "due", "decl')  # killed while it wrote
    site.forget()
    done = civicpress("sources", "check", "--only-sources", path, "--results", results)
    assert done.status == 0
    assert "1 of 2 sources were checked already" in done.err
    assert site.asked == []
    assert [json.loads(line).get("source") for line in results.read_text().splitlines()] == ["uno", "due", None]
    again = civicpress("sources", "check", "--only-sources", path, "--results", results)
    assert (again.status, again.err) == (0, "")  # a check that was complete begins anew
    assert len(site.asked) > 3


def test_a_file_that_is_no_check_is_left_alone(site: Site, civicpress: Program) -> None:
    path = civicpress.sources(uno={"home": site.url + "/"})
    results = civicpress.folder / "check.jsonl"
    results.write_text("appunti\n")
    done = civicpress("sources", "check", "--only-sources", path, "--results", results)
    assert done.status == 2
    assert "line 1 is not a result of a check" in done.err
    assert civicpress("sources", "check", "--only-sources", path, "--results", results, "--restart").status == 2
    assert results.read_text() == "appunti\n"
    folder = civicpress("sources", "check", "--only-sources", path, "--results", civicpress.folder)
    assert (folder.status, "cannot be read" in folder.err) == (2, True)


@pytest.mark.parametrize("words", [("sources", "add"), ("extract",)])
def test_ctrl_c_ends_a_look_at_a_site_at_once_and_writes_nothing(
    site: Site, civicpress: Program, words: tuple[str, ...]
) -> None:
    site.pages["/"] = Answer(b"", wait=60)
    running = civicpress.start(*words, site.url + "/")
    try:
        assert wait_until(lambda: site.paths() == ["/"])
        running.tell(signal.SIGINT)
        ended = running.ended()
        assert (ended.status, ended.out) == (1, "")
        assert "stopped before it was done" in ended.err
        assert running.leaves_nobody()
    finally:
        running.close()


def test_a_check_that_is_stopped_keeps_no_source_that_it_was_not_done_with(
    site: Site, other_site: Site, civicpress: Program
) -> None:
    for each in (site, other_site):
        each.listing("/novita", fresh(each, range(1, 4)))
        home(each, "<a href='/novita'>Novit\u00e0</a>")
    other_site.pages["/novita"] = Answer(b"", wait=60)
    path = civicpress.sources(uno={"home": site.url + "/"}, due={"home": other_site.url + "/"})
    results = civicpress.folder / "check.jsonl"
    running = civicpress.start("sources", "check", "--only-sources", path, "--results", results)
    try:
        assert wait_until(lambda: results.exists() and "uno" in results.read_text() and "/novita" in other_site.paths())
        running.tell(signal.SIGINT)
        assert running.ended().status == 1
    finally:
        running.close()
    assert [json.loads(line)["source"] for line in results.read_text().splitlines()] == ["uno"]


@pytest.mark.alone
def test_a_check_of_two_sources_on_one_host_asks_it_no_faster_than_one(site: Site, civicpress: Program) -> None:
    site.listing("/novita", fresh(site, range(1, 4)))
    home(site, "<a href='/novita'>Novit\u00e0</a>")
    keys = {"home": site.url + "/", "delay": 0.5}
    path = civicpress.sources(uno=keys, due={**keys, "listings": [site.url + "/novita"]})
    assert civicpress("sources", "check", "--only-sources", path).status == 0
    assert min(second.at - first.at for first, second in pairwise(site.asked)) > 0.35


def test_a_broken_character_in_an_interface_costs_no_release(site: Site, civicpress: Program) -> None:
    items = fresh(site, range(1, 5))
    wordpress(site, items)
    [answer] = site.prefixes.values()
    answer.body = answer.body.replace(b"<p>", b"<p>\\ud83d ", 1)
    url = home(site, "", '<meta name=generator content="WordPress 6.8">')
    line = civicpress.crawl(prova={"home": url}).source()
    assert (line["status"], line["new"], line["problems"]) == ("ok", 4, 0)


def test_an_answer_that_breaks_its_reader_is_one_list_that_is_left_out(site: Site, civicpress: Program) -> None:
    site.prefixes["/wp-json"] = Answer(b"[" * 200_000, headers=JSON)
    site.listing("/novita", fresh(site, range(1, 5)))
    url = home(site, "<a href='/novita'>Novit\u00e0</a>", '<meta name=generator content="WordPress 6.8">')
    found = added(civicpress, url)
    assert (found["status"], chosen(found)) == ("ok", ["novita"])


def test_a_section_that_the_interface_lacks_is_asked_beside_it(site: Site, civicpress: Program) -> None:
    posts, statements = fresh(site, range(1, 5), "/blog"), fresh(site, range(1, 8), "/comunicati")
    wordpress(site, posts)
    site.listing("/comunicati", statements)
    site.listing("/", [*posts, *statements])
    page = site.pages["/"]
    assert isinstance(page, Answer)
    page.body = page.body.replace(b"<head>", b'<head><meta name=generator content="WordPress 6.8">').replace(
        b"<nav>", b"<nav><a href='/comunicati'>Comunicati stampa</a>"
    )
    assert civicpress.crawl(prova={"home": site.url + "/"}).source()["new"] == 11


def test_what_a_home_page_leads_to_is_looked_at_again_though_the_page_itself_did_not_change(
    site: Site, civicpress: Program
) -> None:
    site.listing("/novita", fresh(site, range(1, 4)))
    url = home(site, "<a href='/novita'>Novit\u00e0</a><a href='/comunicati'>Comunicati stampa</a>")
    site.pages["/comunicati"] = Answer(b"", 500)
    civicpress.set = {"HOME_DAYS": 0}
    assert civicpress.crawl(prova={"home": url}).source()["new"] == 3
    site.listing("/comunicati", fresh(site, range(1, 4), "/comunicati"))
    assert civicpress.crawl().source()["new"] == 3


def test_where_all_lists_are_old_the_proof_says_so_and_a_check_counts_it(site: Site, civicpress: Program) -> None:
    site.feed(
        "/feed", [replace(item, day=date(2017, 3, number)) for number, item in enumerate(site.releases([1, 2, 3]), 1)]
    )
    url = home(site, "", feed_link("/feed"))
    done = civicpress("sources", "add", "--delay", "0", url)
    assert (done.status, "Old: nothing newer than 2017-03-03 was found" in done.out.replace("\n", " ")) == (0, True)
    path = civicpress.sources(prova={"home": url})
    [row] = civicpress("sources", "check", "--only-sources", path, "--json").json
    assert row["status"] == "frozen"


def test_what_strangers_call_themselves_does_not_reach_the_terminal_as_commands(
    site: Site, civicpress: Program
) -> None:
    site.listing("/novita", fresh(site, range(1, 4)))
    name = "Comune\x1b]0;x\x07 di \u202ePiazza"
    url = home(site, "<a href='/novita'>Novit\u00e0</a>", f'<meta property="og:site_name" content="{name}">')
    shown = civicpress("sources", "add", "--delay", "0", url).out
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_redirects_count_among_the_requests_of_an_exploration(site: Site, civicpress: Program) -> None:
    sections = ""
    for number in range(12):
        site.pages[f"/novita/{number}"] = Answer(b"", 302, {"Location": f"/a/{number}"})
        site.pages[f"/a/{number}"] = Answer(b"", 302, {"Location": f"/novita/elenco/{number}"})
        site.listing(f"/novita/elenco/{number}", fresh(site, range(number * 3, number * 3 + 3)))
        sections += f"<a href='/novita/{number}'>Notizie {number}</a>"
    assert added(civicpress, home(site, sections))["requests"] <= 16
