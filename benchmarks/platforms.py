"""How well platforms are recognised: on captured home pages with labels, and on pages of other sites, that none is claimed.

python -m benchmarks.platforms
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from time import perf_counter
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse, Response

from benchmarks.discovery import labelled, share
from benchmarks.site import give_up, shared
from spiders.discovery.recognise import UNKNOWN, Evidence, platform_of

# Systems that anybody's site may be built with; all others are made for public bodies, and the pages of other sites
# have none of them.
GENERAL = {"wordpress", "drupal", "typo3", "joomla", "ghost", "plone", "liferay", "magnolia", "opencms"}


def page(url: str, body: bytes) -> Response:
    """A page as it would have been answered, without headers: the captures have none."""
    address = url.split()[0] if urlsplit(url).scheme else f"https://{url}/"
    return HtmlResponse(address, body=gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body, encoding="utf-8")


def captured(verbose: bool) -> None:
    """Reads the labelled home pages and prints how many platforms are right."""
    right: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    seconds = []
    for row in labelled("home"):
        answer = page(row["url"], (shared() / "captures" / row["file"]).read_bytes())
        begun = perf_counter()
        found = platform_of(answer)
        seconds.append(perf_counter() - begun)
        pages[row["platform"]] += 1
        right[row["platform"]] += found.platform == row["platform"]
        if verbose or found.platform != row["platform"]:
            print(f"  {row['file']}: {found.platform} ({found.seen}), labelled {row['platform']}")
    median = sorted(seconds)[len(seconds) // 2] * 1000
    print(
        f"home pages with labels {pages.total():4}   platform right {share(right.total(), pages.total())}   median {median:.0f} ms"
    )
    print("                       " + ", ".join(f"{name} {right[name]}/{pages[name]}" for name in sorted(pages)))


def others(verbose: bool) -> int:
    """Reads pages of other sites, prints what is claimed, and returns how many claims are wrong."""
    path = shared() / "eval" / "gold.jsonl"
    if not path.is_file():
        give_up(f"{path} is not there")
    claims: Counter[str] = Counter()
    wrong = 0
    for line in path.read_text().splitlines():
        row = json.loads(line)
        found: Evidence = platform_of(page(row["url"] or "www.example.org", (path.parent / row["file"]).read_bytes()))
        claims[found.platform] += 1
        made_for_bodies = found.platform not in GENERAL | {UNKNOWN}
        wrong += made_for_bodies
        if made_for_bodies or (verbose and found.platform != UNKNOWN):
            print(f"  {row['url']}: {found.platform} ({found.seen})")
    told = ", ".join(f"{name} {count}" for name, count in claims.most_common())
    print(f"pages of other sites   {claims.total():4}   vendors claimed wrongly {wrong:3}   ({told})")
    return wrong


def main() -> int:
    """Prints both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.platforms", description=__doc__.split("\n")[0])
    parser.add_argument("--verbose", action="store_true", help="name every page and what gave its platform away")
    args = parser.parse_args()
    captured(args.verbose)
    others(args.verbose)
    return 0


if __name__ == "__main__":
    sys.exit(main())
