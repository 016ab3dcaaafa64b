"""What the corpus of a simulated quarter holds of its releases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlite_utils import Database

from benchmarks.quarter_text import version_of
from benchmarks.quarter_world import Publisher


@dataclass
class Wording:
    """A stored wording: how many of the release's edits it has, None where it is none of its wordings."""

    seen: datetime
    version: int | None
    date: str | None


@dataclass
class Kept:
    """A document that a release led to."""

    id: str
    first_seen: datetime
    withdrawn: str | None
    wordings: list[Wording] = field(default_factory=list)


def kept_in(db: Database, publishers: Sequence[Publisher]) -> dict[tuple[str, str], Kept]:
    """By host and path: the documents that releases led to."""
    documents = {
        id: Kept(id, datetime.fromisoformat(seen), withdrawn)
        for id, seen, withdrawn in db.execute("select id, first_seen, withdrawn from documents").fetchall()
    }
    releases = {(each.host, path): release for each in publishers for path, release in each.by_path.items()}
    kept: dict[tuple[str, str], Kept] = {}
    for url, id in db.execute("select url, document from addresses where document is not null").fetchall():
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.path)
        if place in releases and id in documents:
            kept[place] = documents[id]
    first = {each.id: releases[place] for place, each in reversed(kept.items())}
    rows = db.execute("select document, title, body, date, seen from revisions order by seq").fetchall()
    for id, title, body, date, seen in rows:
        if id in first:
            version = version_of(first[id].edits, title, body)
            documents[id].wordings.append(Wording(datetime.fromisoformat(seen), version, date))
    return kept
