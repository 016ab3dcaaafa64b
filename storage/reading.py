"""What readers ask of a corpus: a document, a search, a selection. Nothing here writes."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlite_utils import Database

from storage.errors import CorpusError

Row = dict[str, Any]
KINDS = ("municipality", "chamber", "other")
# The columns of the view `corpus`, in their order. It only grows.
COLUMNS = (
    "seq", "id", "text", "title", "body", "date", "month", "date_origin", "date_confidence", "source", "kind", "url",
    "language", "first_seen", "changed", "withdrawn", "revision", "copies",
)  # fmt: skip
_TERM = re.compile(r"[^\W_]+")
_MOST_WORDS = 100  # of a query
_ID = re.compile(r"[0-9a-f]{4,16}")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which documents: of one source, of one kind, published from `since` to `until` (both `YYYY-MM-DD`, inclusive).

    A document whose date is unknown is in no selection by date; one of which the month is known belongs to each of
    that month's days. Raises CorpusError where `kind` is none.
    """

    source: str | None = None
    kind: str | None = None
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in (None, *KINDS):
            raise CorpusError("--kind", f"{self.kind!r} is not municipality, chamber or other")

    def sql(self) -> tuple[str, list[str]]:
        """A condition on the view `corpus`, and its values."""
        conditions = {
            "source = ?": self.source,
            "kind = ?": self.kind,
            "case when length(date) = 7 then date || '-31' else date end >= ?": self.since,
            "case when length(date) = 7 then date || '-01' else date end <= ?": self.until,
        }
        given = {sql: value for sql, value in conditions.items() if value is not None}
        return " and ".join(given) or "1", list(given.values())


def select(db: Database, selection: Selection) -> Selection:
    """The same selection. Raises CorpusError where the corpus does not know its source; names the nearest it knows."""
    known = [id for (id,) in db.execute("select id from sources order by id").fetchall()]
    wanted = selection.source
    if wanted is not None and wanted not in known:
        ending = [id for id in known if wanted and id.endswith(f"-{wanted}")]
        near = ending[:1] or get_close_matches(wanted, known, n=1)
        raise CorpusError(
            "--source", f"this corpus has no source {wanted!r}" + (f"; nearest: {near[0]}" if near else "")
        )
    return selection


def documents(db: Database, selection: Selection = Selection()) -> Iterator[Row]:
    """The rows of `corpus` in a selection, by date of publication, then in the order of their arrival."""
    where, values = selection.sql()
    # Keys first, rows in portions: an export of a large corpus needs little memory and holds up no checkpoint.
    order = f"select id from corpus where {where} order by date is null, date, first_seen, id"
    ids = [id for (id,) in db.execute(order, values).fetchall()]
    for start in range(0, len(ids), 200):
        part = ids[start : start + 200]
        rows = {
            row["id"]: row for row in db.query(f"select * from corpus where id in ({', '.join('?' * len(part))})", part)
        }
        yield from (rows[id] for id in part if id in rows)


def search(db: Database, query: str, limit: int, selection: Selection = Selection()) -> list[Row]:
    """Documents that hold every word of `query`, best first, with `snippet`: the passage that matches, words in [ ].

    Raises CorpusError where `query` holds no word, or more than a hundred.
    """
    words = dict.fromkeys(_TERM.findall(unicodedata.normalize("NFC", query)))  # an accent apart is no letter
    if not words:
        raise CorpusError("query", "there is no word in it to search for")
    if len(words) > _MOST_WORDS:
        raise CorpusError("query", f"{len(words)} words are too many; give {_MOST_WORDS} at most")
    terms = " ".join(f'"{word}"' for word in words)
    where, values = selection.sql()
    sql = f"""
        select c.*, f.snippet from corpus c join (
            select d.id, snippet(documents_fts, 1, '[', ']', '…', 16) as snippet, bm25(documents_fts, 4.0, 1.0) as score
            from documents_fts join documents d on d.number = documents_fts.rowid where documents_fts match ?
        ) f on f.id = c.id where {where} order by f.score, c.date desc limit ?"""
    return list(db.query(sql, [terms, *values, limit]))


def document(db: Database, id: str) -> list[Row]:
    """The documents whose id is, or begins with, `id` (four hexadecimal digits at least)."""
    if not _ID.fullmatch(id):
        return []
    return list(
        db.query("select * from corpus where id >= ? and id <= ? order by id limit 20", [id, id.ljust(16, "f")])
    )


def copies(db: Database, id: str) -> list[Row]:
    """The other addresses and outlets of a document."""
    return list(db.query("select * from copies where document = ? order by first_seen, url", [id]))


def revisions(db: Database, id: str) -> list[Row]:
    """Every wording of a document, the first one first."""
    return list(db.query("select * from revisions where document = ? order by revision", [id]))


def problems(db: Database, run: int) -> list[Row]:
    """The pages that a run fetched and did not store, in the order they came up."""
    return list(db.query("select * from problems where run = ? order by number", [run]))


def count(db: Database) -> int:
    """How many documents the corpus holds."""
    return int(db.execute("select count(*) from documents where copy_of is null").fetchone()[0])
