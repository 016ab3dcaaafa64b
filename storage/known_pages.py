"""Pages that a source's documents were read from: what they held, so that a later reading can be measured by it."""

from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from storage.addresses import address_key
from storage.changes import Found

# A text that was longer than so many letters, and now has less than a part of them, lost what it said.
SCRAP, LONG = 0.4, 300


@dataclass(frozen=True, slots=True)
class Held:
    """What the document has that was read from a page. Not `own`: the page is another address of it, and says nothing
    that a reading of this page could be measured by."""

    own: bool
    dated: bool
    letters: int

    def is_scrap(self, letters: int) -> bool:
        """Whether a text of so many letters is a scrap of the one that the page had."""
        return self.letters > LONG and letters < SCRAP * self.letters


def held(db: Database, url: str) -> Held | None:
    """What is known of the page at an address; None where no document came from it."""
    sql = """select d.key = a.key or d.read_at = a.key, d.date is not null, length(d.body)
             from addresses a join documents d on d.id = a.document where a.key = ?"""
    row = db.execute(sql, [address_key(url)]).fetchone()
    return Held(bool(row[0]), bool(row[1]), int(row[2])) if row else None


def to_look_at(db: Database, source: str, number: int) -> list[Found]:
    """The pages of a source that its newest documents with a date and a text of some length were read from.

    Not those whose text came with a list: their pages were never read.
    """
    sql = """select a.url, a.hints from documents d join addresses a on a.key = d.read_at and a.document = d.id
             where d.source = ? and d.date is not null and d.withdrawn is null and length(d.body) > ?
             and exists (select 1 from pages p where p.document = d.id and coalesce(json_extract(p.hints, '$.whole'), 0) = 0)
             order by d.date desc, d.number desc limit ?"""
    rows: list[Any] = db.execute(sql, [source, LONG, number]).fetchall()
    return [Found(*row) for row in rows]
