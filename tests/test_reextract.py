"""Stored pages are read again by today's rules: what is shown, what is kept, and that no revision is made of it."""

import json
import signal
from typing import Any

import pytest

from storage.archive import compress
from tests.pages import document
from tests.program import Program
from tests.site import Answer, Site, prose
from tests.test_templates import FIGURES, page

pytestmark = pytest.mark.long

ROW = "select id, title, date, body, revision, changed from corpus order by id"
OLD_BODY = "Un testo che le regole di allora avevano letto male."


@pytest.fixture
def crawled(site: Site, civicpress: Program) -> Program:
    """A corpus of six releases; the site is not needed any more."""
    source = {"home": site.url, "feeds": [site.feed("/feed.xml", site.releases(range(6)))]}
    assert civicpress.crawl(prova=source).json["totals"]["new"] == 6
    site.close()
    return civicpress


def misread(civicpress: Program, **columns: str | None) -> str:
    """Puts another reading into the place of a document's, as an older version would have left it; returns its id."""
    [row] = civicpress.rows("select number, id, seq from documents order by number limit 1")
    for name, value in columns.items():
        civicpress.change(f"update documents set {name} = ? where number = ?", value, row["number"])
        civicpress.change(f"update revisions set {name} = ? where seq = ?", value, row["seq"])
    return str(row["id"])


def test_pages_that_read_as_before_are_left_as_they_are(crawled: Program) -> None:
    before = crawled.rows("select * from corpus")
    done = crawled("reextract", "--json")

    assert (done.status, done.json["pages"], done.json["same"], done.json["differences"]) == (0, 6, 6, [])
    assert crawled.rows("select * from corpus") == before


def test_a_better_reading_takes_the_old_ones_place_and_is_no_revision(crawled: Program) -> None:
    right = crawled.rows(ROW)
    id = misread(crawled, title="Home", date=None, body=OLD_BODY)
    last = crawled.rows("select max(seq) as seq from corpus")[0]["seq"]
    done = crawled("reextract", "--json")

    [difference] = done.json["differences"]
    assert (difference["id"], difference["kept"], done.json["same"]) == (id, "better", 5)
    assert crawled.rows(ROW) == right
    assert crawled.rows("select count(*) as n from revisions") == [{"n": 6}]
    [revision] = crawled.rows("select title, body from revisions where document = ?", id)
    assert revision["title"] != "Home"
    assert revision["body"] != OLD_BODY
    [row] = crawled.rows("select seq from corpus where id = ?", id)
    assert row["seq"] > last  # who follows the corpus reads it again
    assert crawled("search", "regole", "allora", "--json").json == []
    assert crawled("reextract", "--json").json["same"] == 6


def test_a_dry_run_shows_what_would_change_and_by_how_much_and_changes_nothing(crawled: Program) -> None:
    [old] = crawled.rows("select title, date, body from documents order by number limit 1")
    id = misread(crawled, title="Home", date=None, body=old["body"][: len(old["body"]) // 2])
    before = crawled.db.read_bytes()
    done = crawled("reextract", "--dry-run", "--json")

    [difference] = done.json["differences"]
    assert (difference["title"], difference["date"]) == (["Home", old["title"]], [None, old["date"]])
    assert 0.5 < difference["text"] < 0.8
    assert difference["words"] > 50
    shown = crawled("reextract", "--dry-run")
    assert (shown.status, id in shown.out) == (0, True)
    assert "6 stored pages read again: 1 would change, 5 as before." in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert crawled.db.read_bytes() == before


def test_a_page_that_would_not_be_kept_today_stays_and_is_named(crawled: Program) -> None:
    [row] = crawled.rows("select id, title from corpus order by seq limit 1")
    wall = document("<h1>Access denied</h1>", title="Access denied")
    crawled.change("update pages set body = ? where document = ?", compress(wall.encode()), row["id"])
    done = crawled("reextract", "--json")

    [difference] = done.json["differences"]
    assert difference["rejected"].startswith("refused: ")
    assert crawled.rows("select title from corpus where id = ?", row["id"]) == [{"title": row["title"]}]
    assert "no release today" in crawled("reextract").out


def test_a_reading_that_another_document_has_already_is_left(crawled: Program) -> None:
    first, second = crawled.rows("select document as id, body from pages order by document limit 2")
    crawled.change("update pages set body = ? where document = ?", second["body"], first["id"])
    crawled.change("update pages set hints = '{}'")
    before = crawled.rows(ROW)
    kept = {each["id"]: each["kept"] for each in crawled("reextract", "--json").json["differences"]}

    assert kept[first["id"]] == "twin"
    assert [row["title"] for row in crawled.rows(ROW)] == [row["title"] for row in before]


def test_the_first_pages_of_a_source_are_read_by_what_the_later_ones_taught(site: Site, civicpress: Program) -> None:
    items = site.releases(range(14))
    for number, item in enumerate(items):
        site.pages[item.path] = Answer(page(number, "" if number else FIGURES).encode())
    civicpress.crawl(prova={"home": site.url, "feeds": [site.feed("/feed.xml", items)], "delay": 0})
    civicpress.change("delete from templates")
    alone = "update documents set body = replace(body, char(10, 10) || 'Nord' || char(10, 10) || '12 euro', '')"
    civicpress.change(alone)
    civicpress("reextract")

    assert len(civicpress.rows("select 1 from corpus where body like '%Nord%12 euro%Sud%14 euro'")) == 1
    assert len(civicpress.rows("select 1 from templates")) == 1


def test_only_the_named_sources_are_read_and_an_unknown_one_is_an_error(crawled: Program) -> None:
    assert crawled("reextract", "prova", "--json").json["pages"] == 6
    wrong = crawled("reextract", "altra")
    assert (wrong.status, wrong.err) == (2, "civicpress: altra: this corpus has no such source\n")


def test_the_version_of_the_rules_stands_beside_each_page(crawled: Program) -> None:
    [now] = crawled.rows("select distinct extraction from pages")
    crawled.change("update pages set extraction = 0")
    crawled("reextract", "--dry-run")
    assert crawled.rows("select distinct extraction from pages") == [{"extraction": 0}]
    crawled("reextract")
    assert crawled.rows("select distinct extraction from pages") == [now]


def test_a_text_that_came_beside_a_page_is_kept_for_the_next_reading(site: Site, civicpress: Program) -> None:
    [item] = site.releases([1])
    site.article(item.path, item.title)
    text = f"<p>{prose('uno')}</p><p>{prose('due')}</p><p>{prose('tre')}</p>"
    entry = f"<item><title>{item.title}</title><link>{site.url}{item.path}</link><description>r</description>"
    feed = f"{entry}<content:encoded><![CDATA[{text}]]></content:encoded></item>"
    site.pages["/feed.xml"] = Answer(
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Notizie</title><link>{site.url}/</link>{feed}</channel></rss>".encode(),
        headers={"Content-Type": "application/rss+xml"},
    )
    civicpress.crawl(prova={"home": site.url, "feeds": [site.url + "/feed.xml"]})
    [row] = civicpress.rows("select body, date from corpus")
    assert site.paths()[-1] == item.path  # the feed has no day, the page has one
    assert (row["date"], row["body"]) == ("2024-03-12", f"{prose('uno')}\n\n{prose('due')}\n\n{prose('tre')}")
    assert civicpress("reextract", "--json").json["same"] == 1


def test_a_stopped_run_keeps_what_it_has_read(crawled: Program) -> None:
    running = crawled.start("reextract", "--json")
    running.tell(signal.SIGTERM)
    ended = running.ended()

    assert ended.status in (1, -signal.SIGTERM)  # before it listens, it just ends
    summary: dict[str, Any] = json.loads(ended.out) if ended.out else {"stopped": True}
    assert summary["stopped"]
    assert crawled("reextract", "--json").json["same"] == 6
