"""`status`: what a crawl noted is judged at the first run after a change, and what is merely quiet is left in peace."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from tests.histories import History, days_ago, working_days, write
from tests.program import Program
from tests.site import Answer, Item, Site, prose

pytestmark = pytest.mark.long

LIST = "https://www.comune.esempio.it/novita"


@pytest.fixture
def source(site: Site) -> dict[str, Any]:
    """A source whose list names thirty releases."""
    return {"home": site.url, "listings": [site.listing("/novita", site.releases(range(10, 40)))]}


def publish(site: Site, broken: str | None, number: int = 3) -> None:
    """New releases at the head of the list, whose pages are sound or lack something."""
    items = site.releases(range(10 - number, 40))
    site.listing("/novita", items)
    for item in items[:number]:
        answers = {
            "dates": site.pages[item.path],
            "texts": Answer(f"<html><body><main><h1>{item.title}</h1>{date_of(item.words)}<p>{prose(item.title, 1)}</p>"
                            f"</main></body></html>".encode()),
            "soft 404": Answer(b"<html><head><title>Pagina non trovata</title></head><body><main><h1>Pagina non trovata"
                               b"</h1><p>La pagina richiesta non esiste.</p></main></body></html>"),
            "challenge": Answer(b"<h1>Forbidden</h1>", 403),
        }  # fmt: skip
        if broken:
            site.pages[item.path] = answers[broken]
    if broken == "dates":
        for item in items[:number]:
            site.article(item.path, item.title, None)
        undated_list(site, items)


def undated_list(site: Site, items: Sequence[Item]) -> None:
    """A list that gives no dates."""
    body = "".join(f'<div class="card"><h3><a href="{item.path}">{item.title}</a></h3></div>' for item in items)
    site.pages["/novita"] = Answer(f"<html><body><main>{body}</main></body></html>".encode())


def date_of(words: str) -> str:
    return f"<p class=data>Data: {words}</p>"


def status(civicpress: Program, *words: str) -> dict[str, Any]:
    """The first source of `status --json`."""
    done = civicpress("status", "--json", "--only-sources", civicpress.folder / "sources.toml", *words)
    assert not done.err
    found: dict[str, Any] = done.json["sources"][0]
    return found


def test_a_source_that_goes_on_as_before_is_healthy(civicpress: Program, site: Site, source: dict[str, Any]) -> None:
    assert civicpress.crawl(prova=source).status == 0
    publish(site, None)
    assert civicpress.crawl().json["totals"]["new"] == 3
    assert civicpress.crawl().json["totals"]["not_modified"] == 1
    found = status(civicpress)
    assert (found["health"], found["unhealthy"], found["evidence"]) == ("healthy", False, [])
    assert found["last_run"] >= found["last_new"]


def test_a_list_that_suddenly_names_nothing_is_told_at_once(
    civicpress: Program, site: Site, source: dict[str, Any]
) -> None:
    civicpress.crawl(prova=source)
    site.pages["/novita"] = Answer(b"<html><body><main><h1>Novita</h1><div id=app></div></main></body></html>")
    assert civicpress.crawl().status == 1
    found = status(civicpress)
    assert (found["health"], found["unhealthy"]) == ("changed", True)
    [words] = found["evidence"]
    assert words.startswith("its list /novita named 30 releases until 20")


@pytest.mark.parametrize(
    ("broken", "health", "evidence"),
    [
        ("dates", "changed", "100 % of its releases had a date, 1 of the last 4 has one"),
        ("texts", "changed", "those of the last 4 have"),
        ("soft 404", "changed", "3 of the last 4 pages held no release that could be read (error-page 3)"),
        ("challenge", "refused", "3 of the last 4 pages were refused (refused 3)"),
    ],
)
def test_what_breaks_on_new_pages_only_is_told_at_the_first_run_after_it(
    civicpress: Program, site: Site, source: dict[str, Any], broken: str, health: str, evidence: str
) -> None:
    """The fourth page is a known one, which is as before."""
    civicpress.crawl(prova=source)
    publish(site, broken)
    civicpress.crawl()
    found = status(civicpress)
    assert (found["health"], found["unhealthy"]) == (health, True)
    assert evidence in found["evidence"][0]


def test_stored_pages_that_are_still_read_show_that_the_site_changed(
    civicpress: Program, site: Site, source: dict[str, Any]
) -> None:
    civicpress.crawl(prova=source)
    publish(site, "soft 404")
    civicpress.crawl()
    assert status(civicpress)["evidence"][1] == (
        "3 of 3 pages stored before are still read as they were: the site has changed its layout"
    )
    civicpress.change("update pages set body = x'00'")
    assert "the rules of reading have changed" in status(civicpress)["evidence"][1]


def test_a_single_page_that_cannot_be_read_is_no_alarm(civicpress: Program, site: Site, source: dict[str, Any]) -> None:
    civicpress.crawl(prova=source)
    publish(site, "soft 404", number=1)
    assert civicpress.crawl().json["totals"]["problems"] == 1
    assert status(civicpress)["health"] == "healthy"


SOFT_404 = Answer(b"<html><head><title>Pagina non trovata</title></head><body><main><h1>Pagina non trovata</h1></main>")


def spoil(site: Site, how: str, numbers: range) -> None:
    """Known pages lose their date, their text, or all."""
    for item in site.releases(numbers):
        if how == "dates":
            site.article(item.path, item.title, None)
        elif how == "texts":
            site.pages[item.path] = Answer(
                f"<html><body><main><h1>{item.title}</h1>{date_of(item.words)}<p>{prose(item.title, 2)}</p></main>".encode()
            )
        else:
            site.pages[item.path] = SOFT_404


def look_at(civicpress: Program, url: str) -> None:
    """It is time for another look at a known page."""
    civicpress.change("insert or replace into looks(key, url, source, next, times) select key, url, source, '2000-01-01', 1 "
                      "from addresses where url = ?", url)  # fmt: skip


@pytest.mark.parametrize("how", ["dates", "texts", "soft 404"])
def test_one_odd_page_is_an_alarm_where_known_pages_became_odd_with_it(
    civicpress: Program, site: Site, source: dict[str, Any], how: str
) -> None:
    undated_list(site, site.releases(range(10, 40)))
    civicpress.crawl(prova=source)
    publish(site, how, number=1)
    spoil(site, how, range(10, 40))
    site.asked.clear()
    civicpress.crawl()
    assert len(site.asked) == 1 + 1 + 3  # the list, the new page, three known ones
    found = status(civicpress)
    assert (found["health"], found["unhealthy"]) == ("changed", True)
    assert found["evidence"][0].startswith("3 of 3 known pages that were read again have lost what they held (")
    assert not civicpress.rows("select * from documents where revision > 1")


@pytest.mark.parametrize("how", ["dates", "texts", "soft 404"])
def test_one_odd_page_is_none_where_a_known_page_is_as_before(
    civicpress: Program, site: Site, source: dict[str, Any], how: str
) -> None:
    undated_list(site, site.releases(range(10, 40)))
    civicpress.crawl(prova=source)
    publish(site, how, number=1)
    site.asked.clear()
    civicpress.crawl()
    assert len(site.asked) == 1 + 1 + 1
    assert status(civicpress)["health"] == "healthy"


def test_a_change_of_the_site_is_seen_at_known_pages_without_a_new_one(
    civicpress: Program, site: Site, source: dict[str, Any]
) -> None:
    civicpress.crawl(prova=source)
    before = civicpress.rows("select id, text, date from corpus order by id")
    spoil(site, "texts", range(10, 40))
    look_at(civicpress, f"{site.url}/novita/12")
    report = civicpress.crawl().json
    assert (report["totals"]["revised"], report["totals"]["problems"]) == (0, 3)
    assert civicpress.rows("select id, text, date from corpus order by id") == before
    assert status(civicpress)["evidence"][0] == (
        "3 of 3 known pages that were read again have lost what they held (a scrap of the text 3)"
    )
    assert not civicpress.rows("select * from looks where next < datetime('now')")  # not in every run


def test_an_edit_that_leaves_a_scrap_of_one_page_is_a_revision(
    civicpress: Program, site: Site, source: dict[str, Any]
) -> None:
    civicpress.crawl(prova=source)
    spoil(site, "texts", range(10, 11))
    look_at(civicpress, f"{site.url}/novita/10")
    report = civicpress.crawl().json
    assert (report["totals"]["revised"], report["totals"]["problems"]) == (1, 0)
    assert status(civicpress)["health"] == "healthy"


def test_a_known_page_that_cannot_be_read_is_not_asked_for_in_every_run(
    civicpress: Program, site: Site, source: dict[str, Any]
) -> None:
    civicpress.crawl(prova=source)
    look_at(civicpress, f"{site.url}/novita/12")
    site.pages["/novita/12"] = SOFT_404
    assert civicpress.crawl().json["totals"]["problems"] == 1
    site.asked.clear()
    civicpress.crawl()
    assert [each.path for each in site.asked] == ["/novita"]


@pytest.mark.parametrize(("code", "health"), [(503, "failing"), (403, "refused")])
def test_a_list_that_cannot_be_read_is_told_with_how_often(
    civicpress: Program, site: Site, source: dict[str, Any], code: int, health: str
) -> None:
    civicpress.set = {"FIRST_PAUSE": 0.01, "LONGEST_PAUSE": 0.05}
    civicpress.crawl(prova=source)
    site.pages["/novita"] = Answer(b"no", code)
    civicpress.crawl()
    found = status(civicpress)
    assert (found["health"], found["unhealthy"]) == (health, True)
    assert f"status {code}" in found["evidence"][0]
    civicpress.crawl()
    again = status(civicpress)
    assert "in each of its last 2 runs, since 20" in again["evidence"][0]
    assert again["since"] == found["since"]
    site.listing("/novita", site.releases(range(10, 40)))
    civicpress.crawl()
    assert status(civicpress)["health"] == "healthy"


def test_check_says_nothing_where_all_are_well(civicpress: Program) -> None:
    write(civicpress.db, History("comune-sano", working_days(3)))
    done = civicpress("status", "--check")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_check_shows_only_who_is_unhealthy(civicpress: Program) -> None:
    def empty(day: date, row: dict[str, Any]) -> None:
        if day >= days_ago(2):
            row.update(lists={LIST: 0}, status="empty", error="its lists name no releases")

    write(
        civicpress.db,
        History("comune-sano", working_days(3)),
        History("comune-vuoto", lambda day: 0 if day >= days_ago(2) else working_days(3)(day), seen=empty),
    )
    done = civicpress("status", "--check")
    assert done.status == 1
    assert "comune-vuoto" in done.out
    assert "its list /novita named 24 releases until" in done.out
    assert "comune-sano" not in done.out
    assert civicpress("status", "--check", "comune-sano").status == 0


def test_the_table_has_the_unhealthy_first_and_fits_a_terminal(civicpress: Program) -> None:
    def failing(day: date, row: dict[str, Any]) -> None:
        if day >= days_ago(4):
            error = f"timeout: no answer within 30 s ({LIST})"
            row.update(status="failed", error=error, lists={LIST: None}, new=0, pages=0, dated=0, letters=None)

    write(
        civicpress.db,
        History("a-comune-dal-nome-lungo-della-valle-del-torrente-inferiore", working_days(0.4)),
        History("comune-muto", lambda day: 0 if day >= days_ago(4) else working_days(2)(day), seen=failing),
    )
    done = civicpress("status")
    lines = done.out.splitlines()
    assert done.status == 0
    assert max(map(len, lines)) <= 80
    assert lines[2].split()[:2] == ["comune-muto", "failing"]
    assert "in each of its last 5 runs" in lines[3]
    assert any(line.endswith("a week") for line in lines)
    assert "2 sources: 1 healthy, 1 failing" in done.out


def test_of_many_sources_the_healthy_are_only_counted(civicpress: Program) -> None:
    write(civicpress.db, *(History(f"comune-{number}", working_days(1), runs=2, before=10) for number in range(45)))
    short, whole = civicpress("status").out, civicpress("status", "--all").out
    assert "45 sources: 45 healthy" in short
    assert "comune-7 " not in short
    assert "comune-7 " in whole
    assert "comune-torino" in whole  # of the catalogue, never crawled


def test_a_source_that_is_merely_quiet_is_healthy(civicpress: Program) -> None:
    def seldom(day: date) -> int:
        return int(day < days_ago(25) and day.weekday() == 1 and day.toordinal() // 7 % 2 == 0)

    write(civicpress.db, History("comune-lento", seldom, runs=60))
    found = civicpress("status", "--json").json["sources"][0]
    assert (found["health"], found["unhealthy"]) == ("healthy", False)
    assert found["rhythm"] == "2 a month"
    assert 1 < found["expected_since"] < 6


def test_a_silence_beyond_all_chance_is_told_with_the_rhythm(civicpress: Program) -> None:
    write(
        civicpress.db, History("comune-zitto", lambda day: 0 if day >= days_ago(30) else working_days(2)(day), runs=60)
    )
    done = civicpress("status", "--check")
    assert done.status == 1
    assert " quiet " in done.out
    assert "nothing since" in done.out
    assert "2 a day" not in done.out  # two on each working day are fewer over the week
    assert "a day" in done.out


def test_an_expectation_of_the_catalogue_wins_over_the_history(civicpress: Program) -> None:
    write(civicpress.db, History("zitto", lambda day: 0 if day >= days_ago(30) else working_days(2)(day), runs=60),
          History("raro", lambda day: 1 if day == days_ago(40) else 0, runs=60))  # fmt: skip
    path = civicpress.sources(
        zitto={"home": "https://a.it/", "expect": "0/year"}, raro={"home": "https://b.it/", "expect": "1/day"}
    )
    done = civicpress("status", "--json", "--only-sources", path)
    healths = {each["source"]: each["health"] for each in done.json["sources"]}
    assert healths == {"zitto": "healthy", "raro": "quiet"}
    assert "its catalogue entry expects 1 a day" in done.json["sources"][0]["evidence"][0]


def test_silence_is_not_counted_while_nobody_looked(civicpress: Program) -> None:
    write(
        civicpress.db, History("comune-zitto", lambda day: 0 if day >= days_ago(30) else working_days(2)(day), runs=60)
    )
    civicpress.change("delete from run_sources where finished >= ?", days_ago(29).isoformat())
    assert civicpress("status", "--check").status == 0


def test_a_breakage_does_not_become_the_usual(civicpress: Program) -> None:
    def undated(day: date) -> bool:
        return day >= days_ago(80)

    write(civicpress.db, History("comune", working_days(3), runs=100, undated=undated))
    found = civicpress("status", "--json").json["sources"][0]
    assert found["health"] == "changed"
    assert abs((date.fromisoformat(found["since"][:10]) - days_ago(80)).days) <= 4


def test_a_source_that_no_catalogue_has_is_left_out_after_a_month(civicpress: Program) -> None:
    write(civicpress.db, History("comune-chiuso", working_days(1)))
    civicpress.change("update run_sources set finished = replace(finished, '20', '19'), status = 'failed'")
    done = civicpress("status")
    assert civicpress("status", "--check").status == 0
    assert "1 source in no catalogue and not crawled for a month" in done.out


def test_a_name_that_nobody_knows_is_told_in_one_sentence(civicpress: Program) -> None:
    write(civicpress.db, History("comune-sano", working_days(1)))
    done = civicpress("status", "sano")
    assert (done.status, done.out) == (2, "")
    assert done.err == "civicpress: status: no source 'sano'; did you mean comune-sano?\n"


def test_without_a_corpus_status_says_so(civicpress: Program) -> None:
    done = civicpress("status", "--check")
    assert done.status == 2
    assert "there is no corpus here yet" in done.err


@pytest.mark.parametrize("words", [["--months", "6"], ["--gaps", "--check"], ["--gaps", "--months", "1"]])
def test_options_that_do_not_go_together_are_refused(civicpress: Program, words: list[str]) -> None:
    assert civicpress("status", *words).status == 2


def test_a_month_between_two_busy_ones_is_a_gap_with_the_command_that_fills_it(civicpress: Program) -> None:
    gone = (days_ago(100).replace(day=1) - timedelta(days=1)).isoformat()[:7]
    write(
        civicpress.db,
        History("comune-buco", lambda day: 0 if day.isoformat()[:7] == gone else working_days(2)(day)),
        History("comune-sano", working_days(2)),
    )
    done = civicpress("status", "--gaps")
    assert done.status == 0
    assert max(map(len, done.out.splitlines())) <= 80
    assert f"civicpress crawl comune-buco --full --since {gone}-01" in done.out
    rows = {each["source"]: each for each in civicpress("status", "--gaps", "--json").json}
    assert [month["month"] for month in rows["comune-buco"]["months"] if month["wrong"]] == [gone]
    assert (rows["comune-sano"]["command"], len(rows["comune-sano"]["months"])) == (None, 12)


def test_months_before_lists_that_were_not_read_to_their_end_are_unreached(civicpress: Program) -> None:
    write(civicpress.db, History("comune", working_days(2), before=100))
    civicpress.change(
        """insert into routes(source, url, strategy, start, advertised, state, complete)
           values ('comune', ?, 'listing', ?, 0, 'read', 0)""", LIST, LIST,
    )  # fmt: skip
    [row] = civicpress("status", "--gaps", "--json", "comune").json
    assert row["months"][0]["wrong"] == "unreached"
    assert row["command"].endswith(f"--since {row['months'][0]['month']}-01")
    civicpress.change("update routes set complete = 1")
    [row] = civicpress("status", "--gaps", "--json", "comune").json
    assert row["command"] is None


def test_a_full_crawl_of_a_site_whose_texts_became_scraps_leaves_the_corpus_as_it_is(
    civicpress: Program, site: Site, source: dict[str, Any]
) -> None:
    civicpress.crawl(prova=source)
    spoil(site, "texts", range(10, 40))
    report = civicpress.crawl("--full").json
    assert (report["totals"]["revised"], report["totals"]["problems"]) == (0, 30)
    found = status(civicpress)
    assert found["health"] == "changed"
    assert found["evidence"][0].startswith("30 of 30 known pages that were read again have lost what they held")
    assert not civicpress.rows("select * from documents where revision > 1")


def test_a_source_that_is_named_is_shown_with_the_last_pages_that_were_not_kept(
    civicpress: Program, site: Site, source: dict[str, Any]
) -> None:
    civicpress.crawl(prova=source)
    publish(site, "soft 404", number=1)
    civicpress.crawl()
    done = civicpress("status", "prova", "--only-sources", civicpress.folder / "sources.toml")
    assert "The last pages of prova that were not kept" in done.out
    assert "  error-page: " in done.out
    assert f"    {site.url}/novita/9\n" in done.out
    [problem] = status(civicpress, "prova")["problems"]
    assert (problem["reason"], problem["url"]) == ("error-page", f"{site.url}/novita/9")


def test_runs_that_were_stopped_say_nothing(civicpress: Program) -> None:
    write(civicpress.db, History("comune", working_days(2)))
    civicpress.change("update run_sources set finished = null, status = 'failed', error = 'stopped', pages = 9, undated = 9, "
                      "dated = 0 where run > (select max(run) - 5 from run_sources)")  # fmt: skip
    assert civicpress("status", "--check").status == 0


def test_the_shades_of_months_are_explained(civicpress: Program) -> None:
    write(civicpress.db, History("comune", working_days(2)))
    assert (
        "░▒▓█ up to a source's busiest month; ! far fewer than usual; ? not fetched\n"
        in civicpress("status", "--gaps").out
    )
