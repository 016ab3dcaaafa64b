"""Recorded cases (see `civicpress sources record`): each is read today as it says that it is to be read."""

import asyncio
import contextlib
import gzip
import json
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.demo import SampleSite
from crawler.extraction.workers import Workers
from crawler.survey.cases import CaseError, load, outcome
from tests.program import Program, wait_until
from tests.site import Answer, Site

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/case.json"))
EXAMPLE = Path(__file__).parent / "cases" / "comune-san-lauro"


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    pool = Workers(1)
    yield pool
    pool.close()


def recorded(civicpress: Program, *words: str | Path, **tables: dict[str, Any]) -> tuple[Path, Any]:
    """The folder of the case of `prova`, and the answers' part of what it says."""
    path = civicpress.sources(**tables)
    ended = civicpress("sources", "record", "prova", *words, "--only-sources", path, "--into", "cases")
    assert ended.status == 0, ended.err
    folder = civicpress.folder / "cases" / "prova"
    return folder, json.loads((folder / "case.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_recorded_case_is_read_as_it_says(folder: Path, workers: Workers) -> None:
    case, expected = load(folder)
    found = asyncio.run(outcome(case, workers))
    assert found["home"] == expected["home"]
    for part, answers in (("lists", case.lists), ("pages", case.pages)):
        for answer, now, wanted in zip(answers, found[part], expected[part], strict=True):
            assert now == wanted, answer.url


def test_a_case_fails_where_the_program_reads_something_else(tmp_path: Path, workers: Workers) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "case")
    case, expected = load(folder)
    page = folder / json.loads((folder / "case.json").read_text(encoding="utf-8"))["pages"][0]["file"]
    page.write_bytes(gzip.compress(gzip.decompress(page.read_bytes()).replace(b"</h1>", b" e altro</h1>")))
    changed, _ = load(folder)
    found = asyncio.run(outcome(changed, workers))
    assert found["pages"][0]["title"] == expected["pages"][0]["title"] + " e altro"
    assert found["lists"] == expected["lists"]
    assert changed.lists == case.lists


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "case.json").write_text("{"), "not a case"),
        (lambda folder: (folder / "case.json").write_text('{"source": {}}'), "not a case"),
        (lambda folder: (folder / "home.html.gz").write_bytes(b"plain"), "Not a gzipped file"),
        (lambda folder: (folder / "home.html.gz").unlink(), "home.html.gz: No such file"),
    ],
)
def test_a_folder_that_is_no_case_is_named(spoil: Callable[[Path], object], words: str, tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "case")
    spoil(folder)
    with pytest.raises(CaseError, match=words) as caught:
        load(folder)
    assert str(folder) in str(caught.value)


def test_a_source_is_recorded_with_its_lists_and_newest_releases(
    site: Site, civicpress: Program, workers: Workers
) -> None:
    items = site.releases(range(7))
    lists = [site.listings("/novita", items[:6]), site.feed("/feed.xml", [*items[3:7]])]
    keys = {"home": site.url, "listings": lists[:1], "feeds": lists[1:], "language": "it"}
    folder, said = recorded(civicpress, "--pages", "2", prova=keys)
    assert site.paths() == ["/feed.xml", "/novita", items[0].path, items[1].path]  # no further page of the list
    assert said["source"] == {"id": "prova", **keys}
    assert "home" not in said
    by_strategy = {row["strategy"]: row["expected"] for row in said["lists"]}
    assert by_strategy["listing"]["next"] == [f"{site.url}/novita?page=2"]
    assert by_strategy["feed"]["links"] == [
        {"url": site.url + item.path, "title": item.title, "date": item.day.isoformat()} for item in items[3:7]
    ]
    assert [(page["expected"]["title"], page["expected"]["date"]) for page in said["pages"]] == [
        (item.title, item.day.isoformat()) for item in items[:2]
    ]
    case, expected = load(folder)
    assert asyncio.run(outcome(case, workers)) == expected
    assert not civicpress.db.exists()


def test_of_a_home_page_the_lists_are_recorded_that_it_leads_to(civicpress: Program, workers: Workers) -> None:
    with SampleSite() as sample:
        path = civicpress.folder / "sources.toml"
        path.write_text(sample.sources_toml(), encoding="utf-8")
        words = ("sources", "record", "comune-san-lauro", "--pages", "1", "--only-sources", path, "--into", "cases")
        ended = civicpress(*words, "--json")
    assert ended.status == 0, ended.err
    assert f"{sample.town_hall}/tipi_notizia/comunicati/" in ended.json["home"]["lists"]
    case, expected = load(civicpress.folder / ended.json["folder"])
    assert case.home
    assert len(case.pages) == 1
    assert asyncio.run(outcome(case, workers)) == expected


def test_what_a_recording_shows_fits_a_terminal_and_says_whose_the_pages_are(site: Site, civicpress: Program) -> None:
    site.listing("/novita", site.releases(range(3)))
    path = civicpress.sources(prova={"home": site.url, "listings": [f"{site.url}/novita"]})
    ended = civicpress("sources", "record", "prova", "--only-sources", path, "--into", "cases")
    assert "their publisher's" in ended.out
    assert "case.json" in ended.out
    assert "3 links, 3 of the first 3 with a day" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 90  # addresses and paths are never broken


def test_a_page_that_is_no_release_is_recorded_as_such(site: Site, civicpress: Program) -> None:
    items = site.releases(range(2))
    site.pages[items[0].path] = Answer(b"<html><head><title>x</title></head><body></body></html>")
    _, said = recorded(civicpress, prova={"home": site.url, "listings": [site.listing("/novita", items)]})
    assert [page["expected"]["status"] for page in said["pages"]] == ["no-text", "ok"]


@pytest.mark.parametrize("broken", ["/novita", "/novita/1"])
def test_where_something_cannot_be_fetched_no_half_case_is_left(broken: str, site: Site, civicpress: Program) -> None:
    site.listing("/novita", site.releases(range(3)))
    site.pages[broken] = Answer(b"", status=410)
    path = civicpress.sources(prova={"home": site.url, "listings": [f"{site.url}/novita"]})
    ended = civicpress("sources", "record", "prova", "--only-sources", path, "--into", "cases")
    assert (ended.status, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1
    assert f"{site.url}{broken} could not be fetched: gone" in ended.err
    assert not (civicpress.folder / "cases").exists()


def test_a_list_that_robots_txt_forbids_is_not_recorded(site: Site, civicpress: Program) -> None:
    site.listing("/novita", site.releases(range(3)))
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /novita", headers={"Content-Type": "text/plain"})
    path = civicpress.sources(prova={"home": site.url, "listings": [f"{site.url}/novita"]})
    ended = civicpress("sources", "record", "prova", "--only-sources", path, "--into", "cases")
    assert ended.status == 1
    assert "robots" in ended.err
    assert site.paths() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_recording_that_is_stopped_ends_in_one_sentence_and_leaves_nothing(
    number: signal.Signals, site: Site, civicpress: Program
) -> None:
    items = site.releases(range(3))
    until = threading.Event()
    site.pages[items[0].path] = Answer(b"", until=until)
    path = civicpress.sources(prova={"home": site.url, "listings": [site.listing("/novita", items)]})
    with contextlib.closing(
        civicpress.start("sources", "record", "prova", "--only-sources", path, "--into", "cases")
    ) as running:
        assert wait_until(lambda: items[0].path in site.paths())
        running.tell(number)
        ended = running.ended()
        until.set()
        assert (ended.status, ended.out, len(ended.err.splitlines())) == (1, "", 1), ended.err
        assert "stopped" in ended.err
        assert not (civicpress.folder / "cases").exists()
        assert running.leaves_nobody()


def test_a_home_page_without_lists_is_no_case(site: Site, civicpress: Program) -> None:
    site.pages["/"] = Answer(b"<html><body><h1>Comune di Prova</h1><p>Sito in costruzione.</p></body></html>")
    path = civicpress.sources(prova={"home": site.url})
    ended = civicpress("sources", "record", "prova", "--only-sources", path, "--into", "cases")
    assert ended.status == 1
    assert "write its lists down" in ended.err
    assert not (civicpress.folder / "cases").exists()


def test_a_case_is_replaced_only_where_that_is_asked_for_and_nothing_else_ever_is(
    site: Site, civicpress: Program
) -> None:
    keys = {"home": site.url, "listings": [site.listing("/novita", site.releases(range(3)))]}
    folder, said = recorded(civicpress, "--pages", "1", prova=keys)
    words = ("sources", "record", "prova", "--only-sources", civicpress.folder / "sources.toml", "--into", "cases")
    site.forget()
    refused = civicpress(*words)
    assert (refused.status, refused.out, site.paths()) == (2, "", [])
    assert "--force" in refused.err
    assert json.loads((folder / "case.json").read_text(encoding="utf-8")) == said
    _, again = recorded(civicpress, "--force", "--pages", "2", prova=keys)
    assert (len(said["pages"]), len(again["pages"])) == (1, 2)
    (folder / "case.json").unlink()
    stranger = civicpress(*words, "--force")
    assert stranger.status == 2
    assert "is no case" in stranger.err
    assert (folder / "list-1.html.gz").exists()
    (civicpress.folder / "taken").write_text("")
    assert civicpress(*words[:-1], "taken").status == 2
    assert "did you mean" in civicpress("sources", "record", "comune-torin").err
