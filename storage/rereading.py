"""Stored pages, read again by better rules: what is handed out for it, and how a better reading is kept.

A better reading is not an edit by the publisher. It takes the place of the wording that it corrects: no revision is added
and `changed` stays, but `seq` grows, so that a reader who asks for what is new gets it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlite_utils import Database

from storage import identity, neighbours
from storage.changes import Release
from storage.document import Document
from storage.duplicates import fingerprint, wording
from storage.errors import CorpusError
from storage.retelling import retell

_STORED = """select d.number, d.id, d.source, s.language, d.seq, d.title, d.body, d.date,
                 p.url, p.content_type, p.hints, p.fetched, p.body
             from documents d join pages p on p.document = d.id join sources s on s.id = d.source"""
_PORTION = 100  # pages in memory at a time


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the corpus has it, with the page that it was read from (a zstd frame) and what the list said (JSON)."""

    id: str
    source: str
    language: str | None
    seq: int
    title: str
    body: str
    date: str | None
    url: str
    content_type: str
    hints: str
    fetched: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class Reread:
    """What a stored page says by today's rules; the fields are those of `storage.changes.Release`."""

    stored: Stored
    document: Document
    date: str | None
    date_origin: str | None
    date_confidence: float | None
    language: str | None
    extraction: int


class Kept(StrEnum):
    """What became of a reading."""

    SAME = "same"  # as the corpus has it
    BETTER = "better"  # it took the old one's place
    TWIN = "twin"  # another document has this text: the old one stays
    LATER = "later"  # the document changed meanwhile: its page is newer than the reading


def count(db: Database, sources: Sequence[str] = ()) -> int:
    """How many pages are stored, of some sources or of all. Raises CorpusError for a source that the corpus has not."""
    known = {id for (id,) in db.execute("select id from sources").fetchall()}
    for source in sources:
        if source not in known:
            raise CorpusError(source, "this corpus has no such source")
    where, values = _of(sources)
    sql = f"select count(*) from pages p join documents d on d.id = p.document where {where}"
    return int(db.execute(sql, values).fetchone()[0])


def sources(db: Database) -> list[str]:
    """The sources that have stored pages."""
    sql = "select distinct d.source from pages p join documents d on d.id = p.document order by d.source"
    return [source for (source,) in db.execute(sql).fetchall()]


def stored(db: Database, sources: Sequence[str] = (), limit: int | None = None) -> Iterator[Stored]:
    """The stored pages of some sources or of all, oldest documents first; at most `limit`."""
    where, values = _of(sources)
    last, left = 0, limit
    while left is None or left > 0:
        sql = f"""{_STORED}
            where d.number > ? and {where} order by d.number limit ?"""
        rows = db.execute(sql, [last, *values, min(_PORTION, left or _PORTION)]).fetchall()
        if not rows:
            return
        for number, *row in rows:
            last = number
            yield Stored(*row)
        left = None if left is None else left - len(rows)


def other_wording(db: Database, release: Release) -> Stored | None:
    """The stored page of a document that was read at the address of a release and says something else, or
    another day; None if none does."""
    visited = identity.addresses_of(release)
    for key in list(visited)[:1]:
        sql = f"{_STORED} where (d.key = ?1 or d.read_at = ?1) and p.url is not null limit 1"
        for _, *row in db.execute(sql, [key]).fetchall():
            known = Stored(*row)
            document = release.document
            same = wording(known.title, known.body) == wording(document.title, document.body)
            if not same or known.date != release.date:
                return known
    return None


def came_whole(db: Database, key: str) -> bool:
    """Whether the text of the document that is known at an address came with a list, and not from its page."""
    sql = "select json_extract(p.hints, '$.whole') from pages p join addresses a on a.document = p.document where a.key = ?"
    row = db.execute(sql, [key]).fetchone()
    return bool(row and row[0])


def keep_reading(db: Database, reading: Reread) -> Kept:
    """Puts a reading into the place of the one that the corpus has. Runs inside the corpus's transaction."""
    old, document = reading.stored, reading.document
    row = db.execute("select number, seq from documents where id = ?", [old.id]).fetchone()
    if row is None or row[1] != old.seq:
        return Kept.LATER
    number = row[0]
    print_ = fingerprint(document.title, document.body)
    if db.execute("select 1 from documents where fingerprint = ? and id != ?", [print_, old.id]).fetchone():
        return Kept.TWIN
    same = (document.title, document.body, reading.date) == (old.title, old.body, old.date)
    if not same:
        retell(db, old.id, document.title, reading.date, document.body)
        db.execute(
            "update documents set title = ?, body = ?, date = ?, fingerprint = ? where number = ?",
            [document.title, document.body, reading.date, print_, number],
        )
        neighbours.place(db, number, (old.title, old.body))
    db.execute(
        """update documents set date_origin = ?1, date_confidence = ?2, language = coalesce(?3, language)
           where number = ?4 and (date_origin is not ?1 or date_confidence is not ?2 or language is not ?3)""",
        [reading.date_origin, reading.date_confidence, reading.language, number],
    )
    sql = "update pages set extraction = ?1 where document = ?2 and extraction != ?1"
    db.execute(sql, [reading.extraction, old.id])
    return Kept.SAME if same else Kept.BETTER


def _of(sources: Sequence[str]) -> tuple[str, list[str]]:
    return (f"d.source in ({', '.join('?' * len(sources))})", list(sources)) if sources else ("1", [])
