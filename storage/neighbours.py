"""Which texts are nearly the same as a better one: found by an index of keys, and kept in order as texts come and change.

Every text that differs from all others has its row in `documents`. The rows are ranked: public bodies before others,
then by date of publication (see `_rank`). From the best to the worst, each is a document of its own, unless it is nearly
the same as a better document: then it is a copy of the best such one (`copy_of`). A copy has no copies, so nothing is
linked by a chain of small differences, and which rows are documents depends on the texts alone, not on the order in
which they came. `_settle` restores this after each change, looking only at the rows that the change can touch.

A row keeps its id whatever it is. A document that turns out to be a copy leaves the view `corpus`, and the view `copies`
has its id (`copy`) beside the document that stands for it; a copy that becomes a document gets a new `seq`, so that a
reader who remembers the highest one sees it. All of it runs inside the corpus's transaction.
"""

import struct
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sqlite_utils import Database

from storage.duplicates import similarity
from storage.likeness import (
    HITS,
    NUMBERS,
    SHARE_OF_OTHER_TITLES,
    VERSION,
    Pairs,
    differ,
    have_other_subjects,
    have_unlike_titles,
    keys,
    may_be_alike,
    name_other_things,
    nearly_same,
    numbers_of,
    pairs_of,
    share,
    sketch,
    words_of,
)
from storage.retelling import retell

# A key that more texts have says nothing about any: an office's openings and closings, or a family of alerts. Without
# a bound each of a thousand alerts would be compared with all others. No release has so many different wordings: 60
# chambers of commerce may carry it, most of them word by word.
CROWD = 100

Rank = tuple[Any, ...]
_ROW = """select d.number, d.id, d.source, d.key, d.date, d.fingerprint, d.withdrawn, d.copy_of, s.kind, l.words, l.sketch, l.numbers
          from documents d join sources s on s.id = d.source join likenesses l on l.document = d.number where d.number in"""


@dataclass
class _Text:
    """A row of `documents`, as far as it is compared. Its words are read when they are needed: most texts that share
    keys are told apart by their numbers."""

    db: Database
    number: int
    id: str
    source: str
    copy_of: str | None
    rank: Rank
    sketch: tuple[bytes, int]  # and of how many words
    numbers: frozenset[int]

    @cached_property
    def words(self) -> tuple[str, str]:
        title, body = self.db.execute("select title, body from documents where number = ?", [self.number]).fetchone()
        return title, body

    @cached_property
    def pairs(self) -> Pairs:
        return _pairs(self.words[1])

    @cached_property
    def keys(self) -> list[int]:
        return _keys(*self.words)

    def is_like(self, other: "_Text") -> bool:
        if differ(self.numbers, other.numbers) or not nearly_same(self.pairs, other.pairs):
            return False
        if name_other_things(*self.words, *other.words):
            return False
        if self.source == other.source and have_other_subjects(*self.words, *other.words):
            return False
        unlike = have_unlike_titles(self.words[0], other.words[0])
        return not unlike or share(self.pairs, other.pairs) >= SHARE_OF_OTHER_TITLES


def rank(
    kind: str | None, key: str | None, date: str | None, words: int, fingerprint: str, *, withdrawn: bool = False
) -> Rank:
    """Sorts the pages that carry a release; the first is the document.

    A page that is there before one that is gone, a municipality's or chamber's before others', those with an address before those without, the earliest (a month
    alone comes after its days: a page that names the day is the better witness; no date comes last), the whole text
    before a trimmed one, the shortest address, and in the end its letters.
    """
    day = date and (date if len(date) == 10 else f"{date}-32")
    return withdrawn, kind in (None, "other"), key is None, day or "9", -words, len(key or ""), key or fingerprint


def place(db: Database, number: int, before: tuple[str, str] | None = None) -> bool:
    """Puts a row of `documents` that is new, or whose text, date, address or source changed, among the others.

    `before`: title and body that it had. Returns whether it is a document of its own now.
    """
    title, body = db.execute("select title, body from documents where number = ?", [number]).fetchone()
    said = words_of(body)
    pairs, numbers = pairs_of(said), numbers_of(words_of(title), said)
    placed = struct.pack(f"<{len(numbers.placed)}Q", *sorted(numbers.placed))
    # Not `insert or replace`: a statement that can be undone makes full-text search write out what it holds in memory.
    values = [VERSION, len(said), sketch(said), placed, number]
    update = "update likenesses set version = ?, words = ?, sketch = ?, numbers = ? where document = ?"
    if not db.execute(update, values).rowcount:
        db.execute("insert into likenesses(version, words, sketch, numbers, document) values (?, ?, ?, ?, ?)", values)
    found = keys(said, numbers)
    if before:
        gone = set(_keys(*before)) - set(found)
        db.conn.executemany(
            "delete from neighbour_keys where key = ? and document = ?", [(key, number) for key in gone]
        )
    parted = _index(db, number, found)
    [own] = _texts(db, [number])
    own.words, own.pairs, own.keys = (title, body), pairs, found
    waiting = {text.number: text for text in parted}
    _settle(db, {**waiting, number: own}, number, born=None if before else number)
    return db.execute("select copy_of from documents where number = ?", [number]).fetchone()[0] is None


def place_again(db: Database, number: int) -> None:
    """Puts a row among the others whose page has gone or is back: a copy that is there goes before a page that is not."""
    [text] = db.execute("select title, body from documents where number = ?", [number]).fetchall()
    place(db, number, (text[0], text[1]))


def place_all(db: Database) -> None:
    """Places the rows that never were, or were by another version of the algorithm, whose keys are forgotten."""
    db.execute("delete from likenesses where version != ?", [VERSION])
    if db.execute("select 1 from likenesses").fetchone() is None:
        db.execute("delete from neighbour_keys")
    missing = "select number from documents where number not in (select document from likenesses) order by number"
    for (number,) in db.execute(missing).fetchall():
        place(db, number)


def remove(db: Database, number: int) -> None:
    """Lets go of a row that is about to be deleted: what was a copy of it becomes another one's, or a document."""
    [(id, title, body)] = db.execute("select id, title, body from documents where number = ?", [number]).fetchall()
    found = [(key, number) for key in _keys(title, body)]
    db.conn.executemany("delete from neighbour_keys where key = ? and document = ?", found)
    _settle(db, {text.number: text for text in _texts(db, _copies(db, id))}, None)


def _settle(db: Database, waiting: dict[int, _Text], changed: int | None, born: int | None = None) -> None:
    """Decides again about some texts, from the best to the worst, and about those that each decision touches.

    `changed`: the text that is not what it was; all that it is or was like is looked at.
    """
    before: dict[int, str | None] = {}
    while waiting:
        text = waiting.pop(min(waiting, key=lambda number: waiting[number].rank))
        text.copy_of = db.execute("select copy_of from documents where number = ?", [text.number]).fetchone()[0]
        before.setdefault(text.number, text.copy_of)
        near = _near(db, text)
        better = (other for other in near if other.rank < text.rank and other.copy_of is None)
        best = next((other for other in better if text.is_like(other)), None)
        touched: list[_Text] = []
        if text.number == changed or (best and text.copy_of is None):
            touched += _texts(db, _copies(db, text.id))
        if best is None and (text.copy_of or text.number == changed):
            touched += (other for other in near if other.rank > text.rank and text.is_like(other))
        if text.number == changed:
            changed = None
        _link(db, text, best)
        waiting.update((other.number, other) for other in touched if other.number != text.number)
    for number, copy_of in before.items():
        if number != born:
            _renew(db, number, was_copy=copy_of is not None)


def _link(db: Database, text: _Text, best: _Text | None) -> None:
    if best is None:
        if text.copy_of:
            db.execute("update documents set copy_of = null, similarity = null where number = ?", [text.number])
        return
    alike = similarity("\n".join(text.words), "\n".join(best.words))
    db.execute(
        """update documents set copy_of = ?1, similarity = ?2
           where number = ?3 and (copy_of is not ?1 or similarity is not ?2)""",
        [best.id, alike, text.number],
    )


def _renew(db: Database, number: int, *, was_copy: bool) -> None:
    """Gives a copy that has become a document, or a document that has become a copy, a new `seq`, without a new revision:
    who follows the corpus finds the one in the view `corpus`, and the other in `copies`."""
    sql = "select id, title, date, body, copy_of from documents where number = ?"
    for id, title, date, body, copy_of in db.execute(sql, [number]).fetchall():
        if was_copy == (copy_of is None):
            retell(db, id, title, date, body)


def _index(db: Database, number: int, found: list[int]) -> list[_Text]:
    """Enters a text's keys. Returns the copies that may have been linked by a key that this one has made a common one."""
    sql = f"""select key, count(*), min(document), sum(document = ?) from neighbour_keys where key in ({_marks(found)})
              group by key"""
    parted: set[int] = set()
    for key, count, first, own in db.execute(sql, [number, *found]).fetchall():
        if count >= CROWD and not own:
            members = db.execute("delete from neighbour_keys where key = ? returning document", [key]).fetchall()
            parted.update(document for (document,) in members)
            db.execute("insert into neighbour_keys values (?, 0)", [key])
        elif first != 0:
            continue
        found = [each for each in found if each != key]
    db.conn.executemany("insert or ignore into neighbour_keys values (?, ?)", [(key, number) for key in found])
    return [text for text in _texts(db, parted) if text.copy_of]


def _near(db: Database, text: _Text) -> list[_Text]:
    """The texts that share keys with one, best first; most of them are like it, some are not."""
    sql = f"""select document from neighbour_keys where key in ({_marks(text.keys)}) and document not in (0, ?)
              group by document having sum(iif(key < ?, 1, ?)) >= ?"""
    found = [row for (row,) in db.execute(sql, [*text.keys, text.number, NUMBERS, HITS, HITS]).fetchall()]
    glance = "select document, sketch, words from likenesses where document in "
    own, length = text.sketch
    near = [row for row, sketched, words in _rows(db, glance, found) if may_be_alike(own, length, sketched, words)]
    return sorted(_texts(db, near), key=lambda other: other.rank)


def _rows(db: Database, sql: str, numbers: list[int]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(numbers), 500):
        part = numbers[start : start + 500]
        yield from db.execute(f"{sql} ({_marks(part)})", part).fetchall()


def _marks(values: Sized) -> str:
    return ", ".join("?" * len(values))


def _copies(db: Database, id: str) -> list[int]:
    return [number for (number,) in db.execute("select number from documents where copy_of = ?", [id]).fetchall()]


def _texts(db: Database, numbers: Iterable[int]) -> list[_Text]:
    texts = []
    for number, id, source, key, date, fingerprint, withdrawn, copy_of, kind, words, sketched, blob in _rows(
        db, _ROW, list(numbers)
    ):
        placed = frozenset(struct.unpack(f"<{len(blob) // 8}Q", blob))
        order = rank(kind, key, date, words, fingerprint, withdrawn=withdrawn is not None)
        texts.append(_Text(db, number, id, source, copy_of, order, (sketched, words), placed))
    return texts


# A text that is compared is often compared with the next ones of its office too. 1,000 texts of 300 words take 10 MB.
@lru_cache(maxsize=1000)
def _pairs(body: str) -> Pairs:
    return pairs_of(words_of(body))


def _keys(title: str, body: str) -> list[int]:
    said = words_of(body)
    return keys(said, numbers_of(words_of(title), said))
