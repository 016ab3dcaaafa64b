"""A trap of a hundred thousand addresses: calendars, sessions, paths that repeat. It ends, and no release is lost to it."""

import itertools
import re
from collections.abc import Callable
from datetime import date, timedelta

from tests.drills.conftest import Tell
from tests.program import Program
from tests.site import Answer, Item, Site

TRAP = 100_000
RELEASES = 40
UNDATED, LIST_PAGES = 200, 12


def trap(number: int) -> str:
    """An address of the trap; each is another one."""
    day = date(1990, 1, 1) + timedelta(days=number // 4)
    forms = (
        f"/novita/calendario/{day:%Y/%m/%d}/elenco-del-giorno",
        f"/novita/avvisi/{'archivio/notizie/' * (1 + number % 9)}pagina-{number}",
        f"/novita/notizia;jsessionid={number:032X}",
        f"/novita/elenco?mese={day:%Y-%m}&ordine={number}&PHPSESSID={number:x}",
    )
    return forms[number % 4]


def listing(items: list[Item], page: int) -> Answer:
    """A page of a list that never ends: the releases again and again, with a session in each address, and the trap."""
    cards = "".join(
        f"<li><span class=data>{item.words}</span> <a href='{item.path};jsessionid={page:032X}'>{item.title}</a></li>"
        for item in items
    )
    cards += "".join(
        f"<li><a href='{trap(page * 37 + each)}'>Tutte le notizie del periodo {page}-{each}</a></li>"
        for each in range(30)
    )
    pager = f"<nav class=pager><a rel=next href='/novita?page={page + 1}'>Successiva</a></nav>"
    body = f"<html><body><main><h1>Novità</h1><ul>{cards}</ul>{pager}</main></body></html>"
    return Answer(body.encode())


def test_a_trap_of_a_hundred_thousand_addresses_ends_at_the_budget(
    new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    site = new_site("127.1.0.1")
    items = site.releases(range(RELEASES))
    inner, ours = site.by_beginning, {item.path for item in items}
    thin = Answer(b"<html><title>Archivio</title><body><nav><a href=/>Home</a> Archivio</nav></body></html>")

    def answer(path: str) -> Answer | None:
        if match := re.fullmatch(r"/novita\?page=(\d+)", path):
            return listing(items, int(match[1]))
        plain = path.partition(";")[0]
        if plain in ours:
            found = site.pages[plain]
            assert isinstance(found, Answer)
            return found
        return thin if path.startswith("/novita/") else inner(path)

    site.by_beginning = answer  # type: ignore[method-assign]
    site.pages["/novita"] = listing(items, 1)
    named = (trap(number) for number in range(TRAP))
    # In the middle of the trap, the sitemap names the releases too, as addresses with a session.
    releases = (f"{item.path};jsessionid={number:032X}" for number, item in enumerate(items))
    paths = [*itertools.islice(named, TRAP // 2), *releases, *named]
    maps = [
        site.sitemap(f"/sitemap-{number}.xml", [site.url + path for path in paths[number::4]]) for number in range(4)
    ]
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    civicpress.set = {"UNDATED_PAGES_A_RUN": UNDATED, "LIST_PAGES_A_RUN": LIST_PAGES, "EXTRACTION_SECONDS": 120}
    keys = {"home": site.url, "listings": [site.url + "/novita"], "sitemaps": maps, "include": ["/novita/"]}
    line = civicpress.crawl(prova=keys, timeout=300).source()
    assert (line["status"], line["new"]) == ("ok", RELEASES), line
    assert "wait for the next run" in line["error"]
    pages = [path for path in site.paths() if path.startswith("/novita/")]
    assert len(pages) <= UNDATED + RELEASES
    assert sum(path.startswith("/novita?") for path in site.paths()) < LIST_PAGES
    assert not any("jsessionid" in path or "PHPSESSID" in path for path in pages)
    assert len(set(pages)) == len(pages), "nothing is asked twice"
    tell(
        f"a trap of {TRAP} addresses: ended after {line['requests']} requests, {line['new']} of {RELEASES} releases kept"
    )
