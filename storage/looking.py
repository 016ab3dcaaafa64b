"""When a page that is known is looked at again: soon after it appeared, then more and more seldom, for edits come early.

A page that is gone is looked at once more a day later before its document is marked as withdrawn, since sites are out of
order for an hour; a withdrawn one now and then, for it may come back. The functions run inside the corpus's transaction.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlite_utils import Database

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# Between a reading and the next look at a release: six looks in the two months after it was published.
PAUSES = (6 * _HOUR, 18 * _HOUR, 2 * _DAY, 4 * _DAY, 14 * _DAY, 39 * _DAY)
RECENT = timedelta(days=60)  # since its publication; older releases are looked at by full crawls only
GONE = (_DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY)  # after each time that a page was not there
# After each vain try of a page that a list named and that was never read: sites are out of order for a day, and some lists
# name a page before it is there.
UNREAD = (6 * _HOUR, _DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY)
VAIN = 12 * _HOUR  # after a look at a known page that brought no answer
VAIN_TRIES = 8  # such looks at an old page, after those that it has in any case
APART = timedelta(hours=20)  # between two times that a page is not there, for a document to be withdrawn


@dataclass(frozen=True, slots=True)
class Look:
    """A page to look at again, with what makes the request conditional; `times`: how often it was read before."""

    url: str
    hints: str
    etag: str | None = None
    last_modified: str | None = None
    times: int = 1


def due(db: Database, source: str, now: str, limit: int, wants: Callable[[str], bool] = lambda _: True) -> list[Look]:
    """The pages of a source whose time has come, those that wait longest first; at most `limit`.

    `wants` tells by its address whether a page is asked for at all: those that are not must not take the others' places.
    """
    sql = """select l.url, coalesce(a.hints, '{}'), l.etag, l.last_modified, l.times from looks l left join addresses a on a.key = l.key
             where l.source = ? and l.next <= ? order by l.next, l.key"""
    rows = (row for row in db.execute(sql, [source, now]) if wants(row[0]))
    return [Look(*row) for row in islice(rows, max(0, limit))]


def seen(
    db: Database, key: str, url: str, source: str, day: str | None, now: str,
    etag: str | None = None, last_modified: str | None = None,
) -> None:  # fmt: skip
    """A page was read, or the site says that it is as before: its next look, if it is young enough for one.

    `day` is its publication date; one that is not known does not count as old.
    """
    row = db.execute("select times from looks where key = ?", [key]).fetchone()
    times = max(0, int(row[0])) if row else 0
    then = datetime.fromisoformat(now)
    young = _is_young(day, then)
    if times >= len(PAUSES) or not young:
        db.execute("delete from looks where key = ?", [key])
        return
    following = (then + PAUSES[times]).isoformat(timespec="seconds")
    db.execute(
        """insert into looks(key, url, source, next, times, etag, last_modified) values (?, ?, ?, ?, ?, ?, ?)
           on conflict(key) do update set next = excluded.next, times = excluded.times, etag = excluded.etag,
               last_modified = excluded.last_modified, gone = null""",
        [key, url, source, following, times + 1, etag, last_modified],
    )


def look_now(db: Database, key: str, url: str, source: str, now: str) -> None:
    """A list says that a known page has changed: it is looked at, however old it is, and then as before.

    Without a condition: some servers date a page by its publication, and say of each edit that there was none.
    """
    db.execute(
        """insert into looks(key, url, source, next, times) values (?, ?, ?, ?, ?)
           on conflict(key) do update set next = excluded.next, etag = null, last_modified = null""",
        [key, url, source, now, len(PAUSES)],
    )


def gone(db: Database, key: str, url: str, source: str, now: str) -> bool:
    """A known page is not there. Returns whether that is so for the second time, some time apart: it is withdrawn."""
    row = db.execute("select times, gone from looks where key = ?", [key]).fetchone()
    then = datetime.fromisoformat(now)
    since = datetime.fromisoformat(row[1]) if row and row[1] else then
    again = then - since >= APART
    # While it is gone, `times` counts how often it was.
    times = int(row[0]) + 1 if row and row[1] else 0
    if times >= len(GONE):
        db.execute("delete from looks where key = ?", [key])
        return again
    following = (then + GONE[times]).isoformat(timespec="seconds")
    db.execute(
        """insert into looks(key, url, source, next, times, gone) values (?, ?, ?, ?, ?, ?)
           on conflict(key) do update set next = excluded.next, times = excluded.times, gone = coalesce(gone, excluded.gone)""",
        [key, url, source, following, times, now],
    )
    return again


def in_vain(db: Database, key: str, day: str | None, now: str, *, passing: bool) -> None:
    """A known page whose time had come could not be read: its look waits, and does not cost a request in every run.

    A failure that passes counts for no look, as long as the page is young; one that stays does, so that it ends. An old
    page, which a list calls changed, is tried for some days.
    """
    then = datetime.fromisoformat(now)
    row = db.execute("select times from looks where key = ? and next <= ? and times >= 0", [key, now]).fetchone()
    if row is None:
        return
    times = int(row[0])
    old = not _is_young(day, then)
    if times >= len(PAUSES) + (VAIN_TRIES if passing else 0) and (old or not passing):
        db.execute("delete from looks where key = ?", [key])
        return
    pause = VAIN if passing else max(_DAY, PAUSES[times])
    following = (then + pause).isoformat(timespec="seconds")
    counted = old or not passing
    db.execute("update looks set next = ?, times = ? where key = ?", [following, times + counted, key])


def unread(db: Database, key: str, url: str, source: str, day: str | None, now: str) -> None:
    """A page that a list named was not there, or failed in several runs: it is tried a few times more, if it is young.

    `day` is the publication date by the lists. `times` counts these tries downwards from 0.
    """
    then = datetime.fromisoformat(now)
    row = db.execute("select times from looks where key = ?", [key]).fetchone()
    tries = -int(row[0]) if row else 0
    if tries >= len(UNREAD) or not _is_young(day, then):
        db.execute("delete from looks where key = ?", [key])
        return
    following = (then + UNREAD[tries]).isoformat(timespec="seconds")
    db.execute(
        """insert into looks(key, url, source, next, times) values (?, ?, ?, ?, ?)
           on conflict(key) do update set next = excluded.next, times = excluded.times""",
        [key, url, source, following, -tries - 1],
    )


def _is_young(day: str | None, then: datetime) -> bool:
    return day is None or day >= (then - RECENT).date().isoformat()[: len(day)]


def forget(db: Database, keys: Iterable[str]) -> None:
    """Looks at some addresses no more."""
    for key in keys:
        db.execute("delete from looks where key = ?", [key])
