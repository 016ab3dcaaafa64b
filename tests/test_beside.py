"""Commands that only look at a site are as considerate as a crawl: they wait for one, and keep the pauses it was asked for."""

import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from storage import pacing
from storage.corpus import Corpus
from tests.claimants import Other
from tests.program import Program, Running
from tests.site import Site

PROJECT = Path(__file__).parents[1]
LOOKS = ("extract", "sources check", "sources add", "sources record", "scrapy crawl")


def prepared(site: Site, civicpress: Program) -> None:
    """A source with a list of three releases, and a corpus that was made before."""
    listing = site.listing("/novita", site.releases(range(3)))
    civicpress.sources(prova={"home": site.url, "listings": [listing]})
    Corpus(civicpress.db).close()


def start(name: str, site: Site, civicpress: Program) -> Running:
    """A command that asks the site."""
    sources = civicpress.folder / "sources.toml"
    if name == "scrapy crawl":
        environment = {**civicpress.environment, "CIVICPRESS_SOURCES": str(sources)}
        return Running([sys.executable, "-m", "scrapy", "crawl", "prova"], environment, PROJECT)
    more = {
        "extract": (f"{site.url}/novita/1",),
        "sources check": ("prova", "--only-sources", sources, "--results", civicpress.folder / "results"),
        "sources add": (site.url, "--listing", f"{site.url}/novita", "--into", "mine.toml", "--yes", "--delay", "0"),
        "sources record": ("prova", "--only-sources", sources, "--into", "cases", "--pages", "1"),
    }
    return civicpress.start(*name.split(), *more[name])


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_waits_for_a_crawl_of_the_site_and_says_so(
    name: str, site: Site, civicpress: Program, other: Callable[..., Other]
) -> None:
    prepared(site, civicpress)
    crawl = other(urlsplit(site.url).netloc)
    assert crawl.could
    running = start(name, site, civicpress)
    assert running.process.stderr
    try:
        line = ""
        while "nother crawl" not in line:
            line = running.process.stderr.readline()
            assert line, "it ended without a word"
        assert re.search(r"waiting until it is done", line)
        assert site.asked == []
        crawl.gives()
        done = running.ended(60)
    finally:
        running.close()
    assert "Traceback" not in done.err
    assert done.status == 0 or "nothing newer than" in done.out, done.err
    assert any(path.startswith("/novita") for path in site.paths())
    assert other(urlsplit(site.url).netloc).could, "and gives the site free"


@pytest.mark.parametrize("name", ["sources check", "scrapy crawl"])
def test_a_look_that_waits_ends_when_it_is_told_to(
    name: str, site: Site, civicpress: Program, other: Callable[..., Other]
) -> None:
    prepared(site, civicpress)
    assert other(urlsplit(site.url).netloc).could
    running = start(name, site, civicpress)
    assert running.process.stderr
    try:
        while "nother crawl" not in running.process.stderr.readline():
            assert running.process.poll() is None
        running.tell(signal.SIGINT)
        done = running.ended(30)
    finally:
        running.close()
    assert "Traceback" not in done.err
    assert site.asked == []


@pytest.mark.parametrize("name", LOOKS)
def test_a_pause_that_a_host_asked_a_crawl_for_holds_for_looks_too(name: str, site: Site, civicpress: Program) -> None:
    prepared(site, civicpress)
    with Corpus(civicpress.db) as corpus:
        pause = pacing.Pause("2099-01-01T00:00:00+00:00", "the host asked not to be contacted (Retry-After)")
        corpus.db.execute(
            "insert into pauses(host, until, why) values (?, strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '1 day'), ?)",
            [urlsplit(site.url).netloc, pause.why],
        )
    running = start(name, site, civicpress)
    try:
        done = running.ended(60)
    finally:
        running.close()
    assert site.asked == []
    assert "Retry-After" in done.out + done.err
    assert "Traceback" not in done.err


def test_a_look_beside_no_corpus_makes_none(site: Site, civicpress: Program) -> None:
    prepared(site, civicpress)
    for path in civicpress.folder.glob("corpus.db*"):
        path.unlink()
    assert civicpress("extract", f"{site.url}/novita/1").status == 0
    assert [path.name for path in civicpress.folder.iterdir()] == ["sources.toml"]
