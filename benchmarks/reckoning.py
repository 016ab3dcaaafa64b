"""What a corpus holds, against what a newsroom has published, edited and withdrawn."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from benchmarks.newsroom import Newsroom, host


def reckon(db: Path, room: Newsroom, at: float) -> dict[str, int]:
    """Counts of what was `published` by a time, and of everything that is not as it should be, by a name of some words."""
    with closing(sqlite3.connect(f"{db.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select url, title, body, revision, withdrawn from corpus").fetchall()
        addresses = Counter(_key(url) for url, *_ in rows)
        addresses.update(_key(url) for (url,) in connection.execute("select url from copies"))
        wordings = connection.execute("select count(*) from revisions").fetchone()[0]
    kept = {_key(url): (title, body, revision, gone) for url, title, body, revision, gone in rows}
    found: Counter[str] = Counter()
    expected = set()
    for site in range(room.sites):
        for item in room.items(site):
            if item.published > at:
                continue
            key = f"{host(site)}{item.path}"
            expected.add(key)
            found["published"] += 1
            found["edited"] += item.version(at) == 2
            found["withdrawn"] += not item.there(at)
            if key not in kept:
                # One that went before anybody could come is nobody's to keep.
                found["missing" if item.there(at) else "came and went unseen"] += 1
                continue
            title, body, revision, gone = kept[key]
            found["of another title"] += title != item.title
            # A line with the day may stand before the text: what is read is another benchmark's affair.
            stale = item.there(at) and not {*item.paragraphs(item.version(at))} <= {*body.split("\n\n")}
            found["edits not seen" if item.version(at) == 2 else "of another text"] += stale
            found["revisions without an edit"] += max(0, revision - 1 - (item.edited is not None))
            found["withdrawals not seen"] += not item.there(at) and not gone
            found["withdrawn by mistake"] += item.there(at) and bool(gone)
    found["kept twice"] = sum(times > 1 for times in addresses.values())
    found["never published"] = len(addresses.keys() - expected)
    found["wordings"] = int(wordings)
    return dict(found)


FAULTS = (
    "missing", "kept twice", "never published", "of another title", "of another text", "edits not seen",
    "revisions without an edit", "withdrawals not seen", "withdrawn by mistake",
)  # fmt: skip


def _key(url: str) -> str:
    address, _, path = url.partition("://")[2].partition("/")
    return f"{address.partition(':')[0]}/{path}"
