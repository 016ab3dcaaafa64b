"""Poison pages and lists: each costs itself only, and the next ordinary page is kept."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drills.conftest import Tell
from tests.drills.venom import EITHER, ENTITIES, KEPT, LISTS, NOT_KEPT, PAGES, feed, sitemap
from tests.program import Program
from tests.site import Answer, Site

LAG = 1000  # ms of the loop's own: what other programs take from it is no matter of these
PAGE = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml"}
JSON_NEST = b'[{"id":1,"content":' * 200_000


def kinds(name: str) -> dict[str, str]:
    """The headers of a poison page."""
    return {"Content-Type": "application/pdf"} if name.startswith("pdf") else PAGE


def test_poison_pages_cost_themselves_only(site: Site, civicpress: Program, tell: Tell) -> None:
    links = []
    for name, (made, _) in PAGES.items():
        site.pages[f"/{name}"] = Answer(made(), headers=kinds(name))
        good = site.article(f"/buona-dopo-{name}", f"Una notizia del tutto buona dopo {name}")
        links += [
            (f"{site.url}/{name}", f"Una notizia avvelenata: {name}"),
            (good, f"Una notizia del tutto buona dopo {name}"),
        ]
    items = "".join(f"<item><title>{title}</title><link>{url}</link></item>" for url, title in links)
    site.pages["/feed"] = Answer(
        f"<rss version='2.0'><channel><title>N</title>{items}</channel></rss>".encode(), headers=XML
    )
    civicpress.set = {"EXTRACTION_SECONDS": 8.0}
    source = civicpress.sources(prova={"home": site.url, "feeds": [site.url + "/feed"]})
    done = civicpress("crawl", "--only-sources", source, "--json", CIVICPRESS_MEASURE_LAG="1", timeout=300)
    kept = {
        row["url"].removeprefix(f"{site.url}/"): row for row in civicpress.rows("select url, title, text from corpus")
    }
    copies = {row["url"].removeprefix(f"{site.url}/") for row in civicpress.rows("select url from copies")}
    lost = {
        row["url"].removeprefix(f"{site.url}/"): row["reason"]
        for row in civicpress.rows("select url, reason from problems")
    }
    assert {name for name in PAGES if f"buona-dopo-{name}" not in kept} == set(), done.err
    assert {name for name in PAGES if (name in kept or name in copies) == (name in lost)} == set(), done.err
    for name, (_, wanted) in PAGES.items():
        assert (name in lost) in {KEPT: (False,), NOT_KEPT: (True,), EITHER: (True, False)}[wanted], (
            name,
            lost.get(name),
        )
    lag = done.json["loop_lag"]["busy"]
    assert lag < LAG
    tell(
        f"poison pages: {len(PAGES)} ({len(lost)} refused with a reason), {len(PAGES)} of {len(PAGES)} next pages kept, loop held up for at most {lag:.0f} ms"
    )


@pytest.mark.parametrize("form", ["feed", "sitemap"])
def test_an_xml_bomb_grows_no_text_and_opens_nothing(
    form: str, new_site: Callable[..., Site], civicpress: Program, tell: Tell, tmp_path: Path
) -> None:
    secret = "S3greto" + random.Random(1).randbytes(8).hex()
    (tmp_path / "secret.txt").write_text(secret)
    beacon = new_site()
    places = {"secret": (tmp_path / "secret.txt").as_uri(), "beacon": beacon.url}
    sources = {}
    for kind in ENTITIES:
        site = new_site()
        good = site.article("/novita/buona", f"Una notizia del tutto buona accanto a {kind}")
        body = (feed if form == "feed" else sitemap)(kind, good, **places)
        site.pages["/x.xml"] = Answer(body, headers=XML)
        sources[kind.replace("-", "_")] = {"home": site.url, f"{form}s": [f"{site.url}/x.xml"]}
    done = civicpress.crawl(**sources)
    assert {row["source"] for row in civicpress.rows("select source from corpus")} == set(ENTITIES), done.err
    assert beacon.asked == []
    dump = civicpress.db.read_bytes() + done.out.encode() + done.err.encode()
    assert secret.encode() not in dump
    assert b"ahah" * 100 not in dump
    tell(f"XML bombs in a {form}: {len(ENTITIES)} of {len(ENTITIES)} read without them, nothing opened or asked")


def test_poison_lists_cost_themselves_only(new_site: Callable[..., Site], civicpress: Program, tell: Tell) -> None:
    sources = {}
    for name, made in LISTS.items():
        site = new_site()
        site.seed = name
        site.pages["/novita"] = Answer(made(), headers=PAGE)
        site.pages["/novita/1"] = Answer(b"<h1>Non c'e'</h1>", 404)
        good = site.feed("/feed", site.releases([1, 2]))
        sources[name.replace("-", "_")] = {"home": site.url, "listings": [site.url + "/novita"], "feeds": [good]}
    civicpress.set = {"EXTRACTION_SECONDS": 8.0, "LIST_PAGES_A_RUN": 3, "UNDATED_PAGES_A_RUN": 5}
    source = civicpress.sources(**sources)
    done = civicpress("crawl", "--only-sources", source, "--json", CIVICPRESS_MEASURE_LAG="1", timeout=300)
    kept = {row["source"]: row["n"] for row in civicpress.rows("select source, count(*) n from corpus group by 1")}
    assert {name for name in LISTS if kept.get(name, 0) < 1} == set(), done.err
    lag = done.json["loop_lag"]["busy"]
    assert lag < LAG
    told = sum(bool(line["error"]) for line in done.json["sources"])
    tell(
        f"poison lists: {len(LISTS)}, the releases beside them kept, {told} told in the report, loop held up for at most {lag:.0f} ms"
    )
