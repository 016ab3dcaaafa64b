"""What a crawl made of the sample site, compared with what the site holds: the data say of each release what is true."""

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from crawler.demo.releases import Body, Release, releases, traps
from storage.addresses import address_key

Row = Mapping[str, Any]
Bases = Mapping[Body, str]
# How much of a text has to be right, by its words: whether a label or a lead belongs to it is a matter of convention,
# which the tests of extraction judge.
ALIKE = 0.9


def faults(db: Database, bases: Bases, day: int, *, fresh: bool) -> list[str]:
    """Where the corpus differs from what the site at `bases` holds on `day`, a sentence each; empty where all is right.

    `fresh` tells that the corpus saw the site on every day before, so that what was edited has a revision for it.
    """
    documents = {row["id"]: row for row in db.query("select * from corpus")}
    places: dict[str, set[str]] = defaultdict(set)  # by address key: the documents that are there
    for row in documents.values():
        places[address_key(row["url"])].add(row["id"])
    for row in db.query("select document, url from copies"):
        places[address_key(row["url"])].add(row["document"])
    held: dict[str, list[Release]] = defaultdict(list)  # by document: the releases that it stands for
    found = list(_placed(releases(day), bases, places, held))
    for id, told in held.items():
        found += _differences(documents[id], told, fresh=fresh)
    strays = [
        row for row in documents.values() if row["id"] not in held and row["url"].startswith(tuple(bases.values()))
    ]
    found += [f"{row['url']} became a document and is no release: {row['title']}" for row in strays]
    return [*found, *_rejected(db, bases)]


def _placed(
    told: Sequence[Release], bases: Bases, places: Mapping[str, set[str]], held: dict[str, list[Release]]
) -> Iterator[str]:
    """Puts each release to its document; tells of those that have none, or several."""
    texts: dict[str, set[str]] = defaultdict(set)
    for release in told:
        for address in release.addresses:
            url = bases[release.body] + address
            there = places.get(address_key(url), set())
            if len(there) != 1:
                yield f"{url} is in {len(there)} documents: {release.title}" if there else f"missing: {url}"
            for id in there:
                held[id].append(release)
                texts[release.text].add(id)
    for text, ids in texts.items():
        if len(ids) > 1:
            yield f"the same text is kept {len(ids)} times: {text[:60]}…"


def _differences(row: Row, told: Sequence[Release], *, fresh: bool) -> Iterator[str]:
    if len({release.origin for release in told}) > 1:
        yield f"{row['url']} stands for different releases: {', '.join(release.title for release in told)}"
    if row["title"] not in {release.title for release in told}:
        yield f"{row['url']} is titled “{row['title']}” instead of “{told[0].title}”"
    if (row["date"] or "") not in (known := {release.known for release in told}):
        yield f"{row['url']} is dated {row['date']} instead of {' or '.join(sorted(known)) or 'not at all'}"
    if row["month"] != (row["date"] and row["date"][:7]):
        yield f"{row['url']} has the month {row['month']} and the date {row['date']}"
    if max(_likeness(row["body"], release.text) for release in told) < ALIKE:
        yield f"{row['url']} has another text: {_first_difference(row['body'], told[0].text)}"
    if fresh and any(release.edited for release in told) and row["revision"] != 2:
        yield f"{row['url']} was edited once and is at revision {row['revision']}"


def _likeness(body: str, text: str) -> float:
    return difflib.SequenceMatcher(None, body.split(), text.split(), autojunk=False).ratio()


def _first_difference(body: str, text: str) -> str:
    pairs = zip((*body.split("\n\n"), ""), (*text.split("\n\n"), ""), strict=False)
    got, wanted = next(((got, wanted) for got, wanted in pairs if got != wanted), ("", ""))
    return f"“{got[:60]}” instead of “{wanted[:60]}”"


def _rejected(db: Database, bases: Bases) -> Iterator[str]:
    """The pages that are no releases have to be among the problems, for their own reason, and nothing else there."""
    expected = {bases[trap.body] + trap.path: trap.reason for trap in traps()}
    seen: dict[str, str] = {}
    for row in db.query("select url, reason, detail from problems"):
        if row["url"].startswith(tuple(bases.values())):
            seen[row["url"]] = row["reason"]
            if row["url"] not in expected:
                yield f"{row['url']} was not kept: {row['reason']} ({row['detail']})"
    for url, reason in expected.items():
        if seen.get(url) != reason:
            yield f"{url} should be among the problems: {reason}, not {seen.get(url, 'nothing')}"
