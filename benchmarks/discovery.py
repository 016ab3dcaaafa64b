"""How well lists are read without selectors, on captured pages with labels.

python -m benchmarks.discovery
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse, XmlResponse

from benchmarks.site import give_up, shared
from spiders.discovery import STRATEGIES
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

Row = dict[str, Any]


def labelled(kind: str) -> Iterator[Row]:
    """The labels of one kind whose reader is sure of them."""
    path = shared() / "captures" / "gold.jsonl"
    if not path.is_file():
        give_up(f"{path} is not there")
    for line in path.read_text().splitlines():
        row = json.loads(line)
        if row["kind"] == kind and not row.get("doubtful") and urlsplit(row["url" if "url" in row else "file"]).scheme:
            yield row


def read(row: Row, strategy: str) -> tuple[Reading, float]:
    """What a strategy reads on a labelled page, and the seconds that it took."""
    body = (shared() / "captures" / row["file"]).read_bytes()
    kind = XmlResponse if strategy == "feed" else HtmlResponse
    url = row["url"]
    source = Source(id="page", home=f"https://{urlsplit(url).hostname}/")
    begun = perf_counter()
    try:
        reading = STRATEGIES[strategy](kind(url, body=body), Route(url, strategy, url), source)
    except Unreadable:
        reading = Reading()
    return reading, perf_counter() - begun


def plain(url: str) -> str:
    """An address as it is compared: without scheme, `www.`, fragment and last slash."""
    return re.sub(r"^https?://(?:www\.)?", "", url.partition("#")[0]).rstrip("/")


def compare(row: Row, links: tuple[Link, ...], counts: Counter[str]) -> None:
    """Counts what was found of a labelled list."""
    wanted = {plain(item["url"]): item for item in row["items"]}
    optional = {plain(url) for url in row.get("optional_urls", [])}
    found = {plain(link.url): link for link in links}
    hits = wanted.keys() & found.keys()
    counts["wanted"] += len(wanted)
    counts["found"] += len(found.keys() - optional)
    counts["hits"] += len(hits)
    for url in hits:
        gold, link = wanted[url], found[url]
        counts["titles"] += " ".join((gold["title"] or "").split()).casefold() == (link.title or "").casefold()
        if gold.get("date"):
            counts["dated"] += 1
            counts["dates"] += gold["date"] == link.date
        counts["invented" if not gold.get("date") else "wrong"] += bool(link.date) and gold.get("date") != link.date


def feeds(counts: Counter[str]) -> None:
    """Counts what was found of the labelled feeds, whose addresses are known to be those of releases."""
    for line in (shared() / "captures" / "gold.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["kind"] != "feed" or not row["items"]:
            continue
        titles = Counter(item["url"] for item in row["items"])
        items = [item for item in row["items"] if titles[item["url"]] == 1]  # the others lead to a category
        reading, _ = read({**row, "url": row["channel_link"]}, "feed")
        found = {plain(link.url): link for link in reading.links}
        counts["feeds"] += 1
        counts["wanted"] += len(items)
        counts["found"] += len(found)
        for item in items:
            link = found.get(plain(item["url"]))
            counts["hits"] += link is not None
            counts["titles"] += link is not None and link.title == " ".join(item["title"].split())
            counts["made"] += link is not None and bool(row.get("dates_are_run_time")) and link.date is not None


def heavy_page(cards: int = 6000) -> float:
    """The seconds of processor time that a page of very many cards takes."""
    card = '<div class="card"><h3><a href="/novita/n{0}">La notizia numero {0} del Comune</a></h3><span>01/05/2025</span></div>'
    body = f"<html><body><main>{''.join(map(card.format, range(cards)))}</main></body></html>".encode()
    url = "https://www.example.org/novita"
    begun = process_time()
    STRATEGIES["listing"](HtmlResponse(url, body=body), Route(url, "listing", url), Source(id="page", home=url))
    return process_time() - begun


def share(part: int, whole: int) -> str:
    """A share in per cent."""
    return f"{part / whole:7.1%}" if whole else "      –"


def main() -> int:
    """Reads the labelled lists and home pages and prints a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discovery", description=__doc__.split("\n")[0])
    parser.add_argument("--verbose", action="store_true", help="name every miss")
    args = parser.parse_args()
    counts: Counter[str] = Counter()
    following = asked = 0
    seconds = []
    for row in labelled("listing"):
        reading, took = read(row, "listing")
        seconds.append(took)
        compare(row, reading.links, counts)
        next_page = reading.following[0].url if reading.following else None
        asked += 1
        following += next_page == row.get("next_page")
        if args.verbose:
            wanted, found = {plain(i["url"]) for i in row["items"]}, {plain(link.url) for link in reading.links}
            print(
                row["file"], "missed", wanted - found, "extra", found - wanted, "next", next_page, row.get("next_page")
            )
    print(
        f"lists            {asked:4}   links recall {share(counts['hits'], counts['wanted'])}"
        f"   precision {share(counts['hits'], counts['found'])}"
    )
    print(
        f"                        titles {share(counts['titles'], counts['hits'])}   dates {share(counts['dates'], counts['dated'])}"
        f"   wrong {counts['wrong']}, invented {counts['invented']}"
    )
    print(
        f"                        next page {share(following, asked)}   median {sorted(seconds)[len(seconds) // 2] * 1000:.0f} ms a page"
    )
    print(f"                        a page of 6,000 cards {heavy_page() * 1000:.0f} ms")
    named: Counter[str] = Counter()
    feeds(named)
    print(
        f"feeds            {named['feeds']:4}   links recall {share(named['hits'], named['wanted'])}   precision"
        f" {share(named['hits'], named['found'])}   titles {share(named['titles'], named['hits'])}   times of the feed's making"
        f" taken for days {named['made']}"
    )
    homes = reached = 0
    for row in labelled("home"):
        if not row["news_sections"] and not row["feeds"]:
            continue
        homes += 1
        reading, _ = read(row, "home")
        routes = {plain(route.url) for route in reading.following}
        hit = routes & {plain(url) for url in (*row["news_sections"], *row["feeds"])}
        reached += bool(hit)
        if args.verbose:
            print(row["file"], sorted(routes), "wanted", row["news_sections"], row["feeds"])
    print(f"home pages       {homes:4}   a press section or feed found on {share(reached, homes)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
