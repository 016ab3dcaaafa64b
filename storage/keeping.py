"""Keeping a release: a new document, a new wording of a known one, or another address of one.

Texts that are the same are one row of `documents`, whose wording is that of the best page that carries it (see
`storage.neighbours.rank`), whichever came first; the others' addresses are its `outlets`. The row keeps its id when a
better page comes, for what readers know by it is the release: title, address, source and date pass to the better page, with
a new `seq` and no new revision, for nobody edited anything. Texts that are nearly the same have rows of their own, of which one is the document.

The functions run inside the corpus's transaction.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlite_utils import Database

from storage import identity, memory, neighbours
from storage.addresses import address_key
from storage.changes import Outcome, Release
from storage.document import encodable
from storage.duplicates import fingerprint, similarity, wording
from storage.retelling import retell

Row = dict[str, Any]


def keep(db: Database, release: Release, run: int, now: str) -> Outcome:
    """Keeps a release and the addresses under which it was read."""
    print_ = fingerprint(release.document.title, release.document.body)
    visited = identity.addresses_of(release)
    identity.disown(db, release, visited)
    near = None
    own, twin = identity.own(db, release, visited), identity.twin(db, print_)
    if own is None and twin and twin["key"] is None and visited:
        own = twin  # imported without an address, and here is one
    if own and (twin is None or twin["id"] == own["id"]):
        id, written = own["id"], _again(db, own, release, visited, print_, now)
        outcome = _seen(db, own, written)
        if own["withdrawn"] and visited and not written:
            neighbours.place_again(db, own["number"])  # the page is back
        if outcome is Outcome.REVISED and release.better:
            outcome = Outcome.UNCHANGED
    elif twin:
        id, written = twin["id"], own is None and _take_over(db, twin, release, visited, now)
        if written:
            _seen(db, twin, written)
        outcome = Outcome.DUPLICATE  # the same text, also where it has a better page now
    elif variant := identity.variant_of(db, release, visited):
        id, outcome, written = variant["id"], Outcome.DUPLICATE, False
        document = release.document
        near = similarity(f"{variant['title']}\n{variant['body']}", f"{document.title}\n{document.body}")
    else:
        id, number = _insert(db, release, visited, print_, now)
        outcome, written = Outcome.NEW if neighbours.place(db, number) else Outcome.DUPLICATE, True
    _note_addresses(db, id, visited, release.source, now, near)
    if release.raw and written:
        page = {"document": id, "fetched": now, "extraction": release.extraction, **asdict(release.raw)}
        page["hints"] = encodable(_hints(db, id, release.raw.hints))
        _put(db, "insert or replace", "pages", page)
    memory.settle(db, visited.values(), release.source, "stored", id, run)
    return outcome


def _hints(db: Database, id: str, hints: str) -> str:
    """What lists said of a page: what an earlier one knew stays where the list that led there this time says less."""
    known = identity.one(db, "select hints from pages where document = ?", id)
    if known is None:
        return hints
    old, new = json.loads(known["hints"]), json.loads(hints)
    if old.get("date") and not new.get("date"):
        new |= {"date": old["date"], "origin": old.get("origin")}
    if old.get("title") and not new.get("title"):
        new["title"] = old["title"]
    return json.dumps(new, ensure_ascii=False)


def withdraw(db: Database, keys: Iterable[str], now: str, but: str | None = None) -> None:
    """Notes that the pages at some addresses are there no more, or show another document: the one whose id is `but`."""
    for key in keys:
        sql = "select number from documents where (key = ?1 or read_at = ?1) and withdrawn is null and id is not ?2"
        for (number,) in db.execute(sql, [key, but]).fetchall():
            db.execute("update documents set withdrawn = ? where number = ?", [now, number])
            neighbours.place_again(db, number)


def _insert(db: Database, release: Release, visited: identity.Addresses, print_: str, now: str) -> tuple[str, int]:
    """The id and the number of a new row."""
    url = identity.address_of(db, release, visited)
    key = address_key(url) if url else None
    id = release.id or identity.digest(key or f"{release.document.title}\n{release.document.body}")
    while identity.one(db, "select id from documents where id = ?", id):
        id = identity.digest(id)
    title, body = release.document.title, release.document.body
    row: Row = {
        "id": id, "key": key, "read_at": next(iter(visited), None), "url": url, "source": release.source,
        "title": title, "body": body, "date": release.date, "date_origin": release.date_origin,
        "date_confidence": release.date_confidence, "language": release.language, "fingerprint": print_,
        "first_seen": now, "changed": now, "withdrawn": None, "revision": 1,
        "seq": _revision(db, id, 1, title, release.date, body, now),
    }  # fmt: skip
    return id, _put(db, "insert", "documents", row)


def _put(db: Database, how: str, table: str, row: Row) -> int:
    # sqlite-utils' own insert asks for the schema each time: half of what a document costs.
    marks = ", ".join("?" * len(row))
    return int(db.execute(f"{how} into {table}({', '.join(row)}) values ({marks})", list(row.values())).lastrowid or 0)


def _seen(db: Database, known: Row, revised: bool) -> Outcome:
    """What readers see of it that the row of a text was read again, or revised."""
    is_document = known["copy_of"] is None
    if revised:
        is_document = neighbours.place(db, known["number"], (known["title"], known["body"]))
    if not is_document:
        return Outcome.DUPLICATE
    if known["copy_of"]:
        return Outcome.NEW  # a copy that has gone its own way
    return Outcome.REVISED if revised else Outcome.UNCHANGED


def _take_over(db: Database, twin: Row, release: Release, visited: identity.Addresses, now: str) -> bool:
    """Makes a page the one that its text is known by, if it is better than the page that was it."""
    url = identity.address_of(db, release, visited)
    if url is None:
        return False
    kinds = dict(db.execute("select id, kind from sources").fetchall())
    key, words = address_key(url), 0
    old = neighbours.rank(
        kinds.get(twin["source"]),
        twin["key"],
        twin["date"],
        words,
        twin["fingerprint"],
        withdrawn=bool(twin["withdrawn"]),
    )
    if neighbours.rank(kinds.get(release.source), key, release.date, words, twin["fingerprint"]) > old:
        return False
    title, body = release.document.title, release.document.body
    row: Row = {
        "key": key, "read_at": next(iter(visited)), "url": url, "source": release.source, "title": title, "body": body,
        "date": release.date, "date_origin": release.date_origin, "date_confidence": release.date_confidence,
        "language": release.language or twin["language"], "withdrawn": None,
        "seq": retell(db, twin["id"], title, release.date, body),
    }  # fmt: skip
    db.table("documents").update(twin["number"], row)
    outlet = {
        "key": twin["key"], "document": twin["id"], "url": twin["url"], "source": twin["source"], "relation": "exact",
        "similarity": 1.0, "first_seen": twin["first_seen"],
    }  # fmt: skip
    _put(db, "insert or replace", "outlets", outlet)
    return True


def _again(db: Database, known: Row, release: Release, visited: identity.Addresses, print_: str, now: str) -> bool:
    """The page of a known document was read once more, or an imported document was found on a page. Returns whether its
    row tells something else now."""
    title, body = release.document.title, release.document.body
    if not visited and _had(db, known["id"], release):
        return False  # an export that is older than the corpus
    row: Row = {**known, **_better_date(known, release), "language": known["language"] or release.language}
    if visited:
        row |= {"read_at": next(iter(visited)), "withdrawn": None}
        if known["key"] is None and (url := identity.address_of(db, release, visited)):
            row |= {"key": address_key(url), "url": url, "source": release.source}
    said = wording(title, body) != wording(known["title"], known["body"])
    if not said:  # counters and notes of updates say nothing; the first wording stays
        title, body = known["title"], known["body"]
    else:
        row |= {"title": title, "body": body, "fingerprint": print_, "language": release.language or known["language"]}
    revised = any(row[name] != known[name] for name in ("title", "body", "date", "url"))
    if revised and release.better:
        row["seq"] = retell(db, known["id"], title, row["date"], body)
    elif revised:
        row |= {"changed": now, "revision": known["revision"] + 1}
        row["seq"] = _revision(db, known["id"], row["revision"], title, row["date"], body, now)
    if changed := {name: value for name, value in row.items() if value != known[name]}:
        db.table("documents").update(known["number"], changed)
    return revised


def _had(db: Database, id: str, release: Release) -> bool:
    document = release.document
    sql = """select revision from revisions where document = ? and title = ? and body = ?
             and substr(date, 1, 7) is ?"""
    return identity.one(db, sql, id, document.title, document.body, document.month) is not None


def _better_date(known: Row, release: Release) -> Row:
    """The date that a document has after a new reading: a finer or surer one wins, a month does not replace its day."""
    old, sure = known["date"], (release.date_confidence or 0) >= (known["date_confidence"] or 0)
    finer = release.date and old and release.date.startswith(old) and release.date != old
    coarser = release.date and old and old.startswith(release.date) and release.date != old
    if release.date is None or coarser or (old and not finer and not sure):
        return {}
    return {
        "date": release.date, "date_origin": release.date_origin, "date_confidence": release.date_confidence,
    }  # fmt: skip


def _revision(db: Database, document: str, revision: int, title: str, date: str | None, body: str, now: str) -> int:
    insert = "insert into revisions(document, revision, title, date, body, seen) values (?, ?, ?, ?, ?, ?)"
    return int(db.execute(insert, [document, revision, title, date, body, now]).lastrowid or 0)


def _note_addresses(
    db: Database, document: str, visited: identity.Addresses, source: str, now: str, near: float | None
) -> None:
    """The addresses that led to a document are other addresses of it, but for its own. `near`: their text's similarity,
    where it is not the same."""
    relation, likeness = ("exact", 1.0) if near is None else ("near", near)
    own = identity.one(db, "select key from documents where id = ?", document) or {}
    for key, url in visited.items():
        if key == own.get("key"):
            db.execute("delete from outlets where key = ?", [key])
            continue
        db.execute(
            """insert into outlets(key, document, url, source, relation, similarity, first_seen)
               values (?, ?, ?, ?, ?, ?, ?)
               on conflict(key) do update set document = excluded.document, url = excluded.url,
                   source = excluded.source, relation = excluded.relation,
                   similarity = excluded.similarity, first_seen = excluded.first_seen
               where document != excluded.document or relation != excluded.relation""",
            [key, document, url, source, relation, likeness, now],
        )
    withdraw(db, visited, now, but=document)
