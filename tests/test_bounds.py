"""Traps of endless addresses: they end at a budget, and no release is lost to them."""

import re
from collections.abc import Callable

import pytest

from tests.program import Program
from tests.site import Answer, Site


class Trap:
    """A list whose every page leads to another one, with links that no list dates; beside it are real releases."""

    def __init__(self, site: Site, releases: int) -> None:
        self.site = site
        self.items = site.releases(range(releases))

    def listing(self, number: int) -> Answer:
        cards = "".join(
            f"<li><a href='/novita/archivio/{number}-{each}'>Le notizie del {each} di un mese che non finisce</a></li>"
            for each in range(10)
        )
        if number == 1:
            cards = "".join(
                f"<li><span class=data>{item.words}</span> <a href='{item.path}'>{item.title}</a></li>"
                for item in self.items
            )
        return Answer(
            f"<html><body><main><h1>Novità</h1><ul>{cards}</ul><nav class=pager><a rel=next href='/novita?page={number + 1}'>"
            f"Successiva</a></nav></main></body></html>".encode()
        )


@pytest.fixture
def trap(site: Site) -> Trap:
    made = Trap(site, 12)
    inner: Callable[[str], Answer | None] = site.by_beginning

    def answer(path: str) -> Answer | None:
        if match := re.fullmatch(r"/novita\?page=(\d+)", path):
            return made.listing(int(match[1]))
        if path.startswith("/novita/archivio/"):
            return Answer(b"<html><title>Archivio</title><body><nav>Archivio</nav></body></html>")
        return inner(path)

    site.by_beginning = answer  # type: ignore[method-assign]
    site.pages["/novita"] = made.listing(1)
    return made


def test_an_endless_list_ends_at_the_budget_and_its_releases_are_kept(trap: Trap, civicpress: Program) -> None:
    civicpress.set = {"LIST_PAGES_A_RUN": 6, "UNDATED_PAGES_A_RUN": 20}
    line = civicpress.crawl(prova={"home": trap.site.url, "listings": [trap.site.url + "/novita"]}).source()
    assert (line["status"], line["new"]) == ("ok", 12)
    assert "wait for the next run" in line["error"]
    assert sum(path.startswith("/novita?page=") for path in trap.site.paths()) == 5
    assert sum("/archivio/" in path for path in trap.site.paths()) == 20


def test_what_the_budget_left_out_is_taken_up_by_the_next_run(trap: Trap, civicpress: Program) -> None:
    civicpress.set = {"LIST_PAGES_A_RUN": 3, "UNDATED_PAGES_A_RUN": 15}
    civicpress.crawl(prova={"home": trap.site.url, "listings": [trap.site.url + "/novita"]})
    trap.site.forget()
    civicpress.crawl()
    paths = trap.site.paths()
    assert "/novita?page=4" in paths
    assert sum("/archivio/" in path for path in paths) == 15


def test_a_trap_does_not_keep_new_releases_out(trap: Trap, civicpress: Program) -> None:
    civicpress.set = {"LIST_PAGES_A_RUN": 10, "UNDATED_PAGES_A_RUN": 10}
    civicpress.crawl(prova={"home": trap.site.url, "listings": [trap.site.url + "/novita"]})
    trap.items = trap.site.releases(range(15))
    trap.site.pages["/novita"] = trap.listing(1)
    assert civicpress.crawl().source()["new"] == 3


def test_a_sitemap_that_names_sitemaps_for_ever_ends_at_the_budget(site: Site, civicpress: Program) -> None:
    inner = site.by_beginning

    def answer(path: str) -> Answer | None:
        if match := re.fullmatch(r"/sitemap-(\d+)\.xml", path):
            number = int(match[1])
            site.sitemap(
                path,
                [f"{site.url}/sitemap-{number * 2}.xml", f"{site.url}/sitemap-{number * 2 + 1}.xml"],
                name="sitemap",
            )
            made = site.pages[path]
            assert isinstance(made, Answer)
            return made
        return inner(path)

    site.by_beginning = answer  # type: ignore[method-assign]
    feed = site.feed("/feed", site.releases([1, 2]))
    civicpress.set = {"LIST_PAGES_A_RUN": 20}
    line = civicpress.crawl(
        prova={"home": site.url, "feeds": [feed], "sitemaps": [site.url + "/sitemap-1.xml"]}
    ).source()
    assert (line["status"], line["new"]) == ("ok", 2)
    assert sum(path.startswith("/sitemap-") for path in site.paths()) <= 42
