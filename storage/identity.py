"""Which document a page is: the one of its address, the one that has its text, or one of its own.

All of it runs inside the corpus's transaction. A document has a `key`, the address that it goes by, and `read_at`,
the page that its wording came from; they differ where a page names another address of its site as the canonical one.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from storage import neighbours
from storage.addresses import address_key, canonical_url
from storage.changes import Release
from storage.duplicates import is_variant

Row = dict[str, Any]
Addresses = dict[str, str]  # canonical URLs by their keys

_HELD = "select id from documents where key = ?"
_AT = "select * from documents where key = ?1 or read_at = ?1 order by key != ?1"


def addresses_of(release: Release) -> Addresses:
    """Where a release was read, the address that answered first, those that led there after it."""
    visited: Addresses = {}
    for url in release.addresses or ([release.url] if release.url else ()):
        visited.setdefault(address_key(url), canonical_url(url))
    return visited


def own(db: Database, release: Release, visited: Addresses) -> Row | None:
    """The document whose page was read, whatever its text is now.

    One whose address now redirects is the page's only with a text like it: sites lead visitors of what they removed
    to something else.
    """
    for number, key in enumerate(visited):
        row = one(db, _AT, key)
        if row and (number == 0 or _is_variant(row, release)):
            return row
    if release.id:
        return one(db, "select * from documents where id = ?", release.id)
    for key in _keys(release, visited):  # of an earlier corpus, imported, and now its page is read again
        if row := one(db, "select * from documents where id = ? and key is null", digest(key)):
            return row
    return None


def twin(db: Database, fingerprint: str) -> Row | None:
    """The document that has this text."""
    return one(db, "select * from documents where fingerprint = ?", fingerprint)


def variant_of(db: Database, release: Release, visited: Addresses) -> Row | None:
    """The document of which a page says that it is another address (rel=canonical), if its text bears that out."""
    there = _claimed(db, release, visited)
    return there if there and _is_variant(there, release) else None


def address_of(db: Database, release: Release, visited: Addresses) -> str | None:
    """The address that a document of its own goes by: the one that its page names, unless another document is there
    (some sites name one address on all their pages), else where it was read."""
    named = [canonical_url(release.url)] if release.url and _claimed(db, release, visited) is None else []
    free = (url for url in (*named, *visited.values()) if not one(db, _HELD, address_key(url)))
    return next(free, None)


def disown(db: Database, release: Release, visited: Addresses) -> None:
    """Takes an address back from a document that claimed it and was read elsewhere, now that another text is there."""
    for key in visited:
        row = one(db, "select * from documents where key = ? and read_at != key", key)
        if row and row["read_at"] not in visited and not _is_variant(row, release):
            copy = one(db, "select url from outlets where key = ?", row["read_at"]) or row
            db.execute("update documents set key = read_at, url = ? where id = ?", [copy["url"], row["id"]])
            db.execute("delete from outlets where key = ? and document = ?", [row["read_at"], row["id"]])
            neighbours.place(db, row["number"])


def digest(text: str) -> str:
    """Sixteen hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def one(db: Database, sql: str, *values: Any) -> Row | None:
    """The first row of a query's answer."""
    return next(iter(db.query(sql, values)), None)


def _keys(release: Release, visited: Addresses) -> Iterable[str]:
    return dict.fromkeys([*([address_key(release.url)] if release.url else []), *visited])


def _claimed(db: Database, release: Release, visited: Addresses) -> Row | None:
    """The document at the address that a page names as its own, where it is none of those that led to the page."""
    if release.url is None or (key := address_key(release.url)) in visited:
        return None
    return one(db, _AT, key) or one(
        db, "select d.* from addresses a join documents d on d.id = a.document where a.key = ?", key
    )


def _is_variant(row: Row, release: Release) -> bool:
    text = release.document
    return is_variant(f"{row['title']}\n{row['body']}", f"{text.title}\n{text.body}")
