"""Lists of real sites and of the national model's official pages, which stay outside this repository."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import html
from scrapy.http import HtmlResponse, Response, XmlResponse

from benchmarks import discovery
from spiders.discovery import feed, listing, sitemap
from spiders.source import Source
from spiders.values import Reading, Route
from tests.pages import shared

HOME = "https://www.comune.prova.it/"
DETAIL = "novita-dettaglio.html"


def of_the_model(file: Path) -> Reading:
    """Reads an official page whose links, all of them to one placeholder, have addresses after their texts."""
    tree = html.parse(str(file)).getroot()
    for link in tree.iter("a"):
        name = re.sub(r"\W+", "-", link.text_content().strip().lower())[:60]
        if link.get("href") in ("#", "", DETAIL):
            link.set("href", f"/novita/{name}" if link.get("href") == DETAIL else f"/{name}")
    url = HOME + file.name
    page = HtmlResponse(url, body=html.tostring(tree, encoding="utf-8", doctype="<!doctype html>"))
    return listing.read(page, Route(url, "listing", url), Source(id="comune-prova", home=HOME))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "number"),
    [("novita", 9), ("lista-risorse", 9), ("lista-risorse-categorie", 9), ("lista-categorie", 3)],
)
def test_a_list_of_the_national_model_names_each_of_its_releases(name: str, number: int) -> None:
    file = shared("eval", "comuni", "design-comuni-pagine-statiche", "sito") / f"{name}.html"
    links = of_the_model(file).links
    written = [
        h3.text_content().strip() for h3 in html.parse(str(file)).iter("h3") if "card-title" in h3.get("class", "")
    ]
    assert [link.title for link in links] == [title for title in written if "{" not in title][:number]
    assert len(links) == number
    assert links[0].date == "2023-02-28"
    assert all(link.date for link in links)


@pytest.mark.shared
def test_the_list_of_cagliari_names_each_of_its_releases() -> None:
    file = shared("eval", "comuni", "design-comuni-prototipi-cagliari") / "novita.html"
    written = [link.text_content().strip() for link in html.parse(str(file)).getroot().cssselect("article.scheda h4 a")]
    links = of_the_model(file).links
    assert [link.title for link in links] == list(dict.fromkeys(written))
    assert links[0].date == "2019-09-13"


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "novita-dettaglio", "evento-dettaglio", "servizio-dettaglio", "segnalazione-dettaglio", "amministrazione", "argomenti",
        "documenti-dati", "domande-frequenti", "mappa-sito", "servizi-categoria", "segnalazioni-elenco", "risultati-ricerca",
    ],
)  # fmt: skip
def test_other_pages_of_the_national_model_are_no_lists_of_releases(name: str) -> None:
    file = shared("eval", "comuni", "design-comuni-pagine-statiche", "sito") / f"{name}.html"
    assert of_the_model(file) == Reading()


@pytest.mark.shared
def test_an_article_of_cagliari_is_no_list() -> None:
    assert of_the_model(shared("eval", "comuni", "design-comuni-prototipi-cagliari") / "notizia.html") == Reading()


@pytest.mark.shared
def test_captured_lists_are_read_as_their_labels_say() -> None:
    shared("captures", "gold.jsonl")
    counts: Counter[str] = Counter()
    for row in discovery.labelled("listing"):
        reading, _ = discovery.read(row, "listing")
        discovery.compare(row, reading.links, counts)
        assert [route.url for route in reading.following] == [row["next_page"]] * bool(row["next_page"]), row["file"]
    assert counts["hits"] >= 0.98 * counts["wanted"] > 0
    assert counts["hits"] >= 0.97 * counts["found"]
    assert counts["titles"] >= 0.97 * counts["hits"]
    assert counts["dates"] >= 0.97 * counts["dated"]
    assert counts["wrong"] + counts["invented"] <= 0.01 * counts["hits"]


def true_releases(platform: str) -> dict[str, tuple[str, str]]:
    lines = shared("cms", platform, "gold.jsonl").read_text().splitlines()
    return {row["url"]: (" ".join(row["title"].split()), row["date"]) for row in map(json.loads, lines)}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "path", "number", "following"),
    [
        ("home.html", "/", 11, "/page/2/"),
        ("listing.html", "/category/comunicati-stampa/", 10, "/category/comunicati-stampa/page/2/"),
        ("listing-p2.html", "/category/comunicati-stampa/page/2/", 10, "/category/comunicati-stampa/page/3/"),
        ("month-archive.html", "/2025/03/", 3, None),
    ],
)
def test_a_real_wordpress_lists_its_releases_with_their_days(file: str, path: str, number: int, following: str) -> None:
    site = "http://127.0.0.1:8801"
    page = HtmlResponse(site + path, body=shared("cms", "responses-wordpress", file).read_bytes())
    reading = listing.read(page, Route(page.url, "listing", page.url), Source(id="x", home=site))
    known = true_releases("wordpress")
    assert len(reading.links) == number
    assert [(link.title, link.date) for link in reading.links] == [known[link.url] for link in reading.links]
    assert [route.url for route in reading.following] == ([site + following] if following else [])


@pytest.mark.shared
def test_a_real_wordpress_names_its_releases_in_feed_and_sitemap() -> None:
    site, known = "http://127.0.0.1:8801", true_releases("wordpress")
    source = Source(id="x", home=site)
    for name in ("feed.xml", "feed-p2.xml", "feed-cat.xml"):
        page = XmlResponse(f"{site}/feed/", body=shared("cms", "responses-wordpress", name).read_bytes())
        links = feed.read(page, Route(page.url, "feed"), source).links
        assert [(link.title, link.date) for link in links] == [known[link.url] for link in links]
        assert all(link.content for link in links)
    body = shared("cms", "responses-wordpress", "sitemap-posts.xml").read_bytes()
    answer = Response(f"{site}/wp-sitemap-posts-post-1.xml", body=body)
    links = sitemap.read(answer, Route(answer.url, "sitemap"), source).links
    assert {link.url for link in links} == known.keys()


@pytest.mark.shared
def test_a_real_plone_lists_its_releases() -> None:
    site, known = "http://127.0.0.1:8803/Plone/notizie/elenco", true_releases("plone")
    for name, start, following in (("listing.html", "", 20), ("listing-p2.html", "?b_start:int=20", 40)):
        page = HtmlResponse(f"{site}{start}", body=shared("cms", "responses-plone", name).read_bytes())
        reading = listing.read(page, Route(page.url, "listing", page.url), Source(id="x", home=site))
        assert [link.title for link in reading.links] == [known[link.url][0] for link in reading.links]
        assert len(reading.links) == 20
        assert [route.url for route in reading.following] == [f"{site}?b_start:int={following}"]
