"""A source is a Scrapy spider: Scrapy's own commands work from the project's folder."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.ingest.run import scrapy_settings
from tests.program import Program
from tests.site import Site

PROJECT = Path(__file__).parents[1]


def scrapy(civicpress: Program, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Scrapy's command line, in the project's folder."""
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *words], cwd=PROJECT, env={**civicpress.environment, **environment},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_scrapy_lists_the_catalogue_and_what_is_added_to_it(civicpress: Program) -> None:
    packaged = scrapy(civicpress, "list").stdout.split()
    assert "comune-torino" in packaged
    sources = civicpress.sources(prova={"home": "https://www.example.it/"})
    added = scrapy(civicpress, "list", CIVICPRESS_SOURCES=str(sources)).stdout.split()
    assert set(added) == {*packaged, "prova"}
    assert scrapy(civicpress, "list", "-s", f"CIVICPRESS_SOURCES={sources}").stdout.split() == added


def test_scrapy_crawls_a_source_into_the_corpus_with_all_manners(site: Site, civicpress: Program) -> None:
    site.pages["/robots.txt"].body = b"User-agent: *\nDisallow: /novita/2\n"  # type: ignore[union-attr]
    feed = site.feed("/feed.xml", site.releases([1, 2, 3]))
    sources = civicpress.sources(prova={"home": site.url, "feeds": [feed]})
    done = scrapy(civicpress, "crawl", "prova", CIVICPRESS_SOURCES=str(sources))
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert sorted(site.paths()) == ["/feed.xml", "/novita/1", "/novita/3"]
    assert len(civicpress.rows("select * from corpus")) == 2
    [run] = civicpress.rows("select * from runs")
    assert (run["status"], run["new"], run["requests"], run["problems"]) == ("done", 2, 4, 1)
    site.forget()
    scrapy(civicpress, "crawl", "prova", CIVICPRESS_SOURCES=os.fspath(sources))
    assert site.paths() == ["/feed.xml"]


def test_scrapy_contacts_nothing_that_is_not_public_either(civicpress: Program) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nobody.listen()
        nobody.setblocking(False)
        sources = civicpress.sources(prova={"home": f"http://localhost:{nobody.getsockname()[1]}/"})
        allowed = "192.0.2.0/24"  # so that any port goes
        scrapy(civicpress, "crawl", "prova", CIVICPRESS_SOURCES=str(sources), CIVICPRESS_ALLOW_NETWORKS=allowed)
        with pytest.raises(BlockingIOError):
            nobody.accept()
    [line] = civicpress.rows("select * from run_sources")
    assert (line["status"], line["bytes"]) == ("refused", 0)


def test_copies_of_the_settings_are_set_without_each_other() -> None:
    settings = scrapy_settings()
    copied = settings.copy()
    copied.set("DOWNLOAD_DELAY", 7.0, priority="spider")
    copied.set("DOWNLOADER_MIDDLEWARES", {"a.b": 1}, priority="spider")
    copied.freeze()
    assert (settings["DOWNLOAD_DELAY"], copied["DOWNLOAD_DELAY"]) == (1.0, 7.0)
    assert "a.b" not in settings["DOWNLOADER_MIDDLEWARES"]
    settings.set("DOWNLOAD_DELAY", 2.0, priority="spider")
    assert copied["DOWNLOAD_DELAY"] == 7.0
