"""What the corpus knows of how its sources fare: their runs, the days of their releases. Nothing here writes."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from storage.errors import CorpusError
from storage.rereading import Stored

LATEST = 40  # runs of a source that are looked at, whatever they brought
# Why a known page holds no release any more; not that it says that something is not there: it may have been taken down.
LOST = frozenset(("no-text", "no-title", "not-a-release"))
TELLING = 300  # runs in which its pages were read: they teach what is usual
_COLUMNS = """run, finished, status, error, new + duplicates, revised + unchanged, not_modified, pages, dated, undated,
              letters, reasons, lists, known, details"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one run saw of a source. `at` is UTC, ISO 8601.

    `fresh`: releases that it had not seen before; `again`: known ones that it read again. `pages`, of releases, were
    read or rejected; None where an older civicpress did not note it, and then nothing below is known. `letters` is the
    median of the texts; `lists` says how many releases each list named, None of one that could not be read. `known`:
    how pages fared from which documents came before; `details`: what lists named, None of one that is not modified (see `crawler.ingest.evidence`).
    """

    run: int
    at: str
    status: str = "ok"
    error: str | None = None
    fresh: int = 0
    again: int = 0
    not_modified: int = 0
    pages: int | None = None
    dated: int = 0
    undated: int = 0
    letters: int | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, int | None] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Sequence[int] | None] = field(default_factory=dict)


def asked(db: Database) -> dict[str, str]:
    """The sources that a run was done with, each with the time of the last one."""
    sql = "select source, max(finished) from run_sources where finished is not null group by source"
    return dict(db.execute(sql).fetchall())


def check(db: Database, names: Collection[str], others: Collection[str] = ()) -> None:
    """Raises CorpusError where a name is a source neither of the corpus nor of `others`."""
    known = {id for (id,) in db.execute("select id from sources").fetchall()}.union(others)
    for name in names:
        if name not in known:
            near = sorted(id for id in known if name and (id.endswith(f"-{name}") or id.startswith(name)))[:1]
            raise CorpusError("status", f"no source {name!r}" + (f"; did you mean {near[0]}?" if near else ""))


def sightings(db: Database, source: str) -> list[Sighting]:
    """The runs that tell of a source's health, the oldest first: the latest ones, and those that read pages of it."""
    rows: dict[int, Any] = {}
    for condition, number in (("finished is not null", LATEST), ("finished is not null and pages > 0", TELLING)):
        sql = f"select {_COLUMNS} from run_sources where source = ? and {condition} order by run desc limit {number}"
        rows.update((row[0], row) for row in db.execute(sql, [source]).fetchall())
    return [_sighting(*rows[run]) for run in sorted(rows)]


def _sighting(
    run: int, at: str, status: str, error: str | None, fresh: int, again: int, not_modified: int, pages: int | None,
    dated: int | None, undated: int | None, letters: int | None, reasons: str | None, lists: str | None,
    known: str | None,
    details: str | None,
) -> Sighting:  # fmt: skip
    return Sighting(
        run, at, status, error, fresh, again, not_modified, pages, dated or 0, undated or 0, letters,
        json.loads(reasons or "{}"), json.loads(lists or "{}"), json.loads(known or "{}"),
        json.loads(details or "{}"),
    )  # fmt: skip


def problems(db: Database, source: str, number: int) -> list[dict[str, str]]:
    """The last pages of a source that were not kept, the newest first: `seen` (UTC), `reason`, `detail`, `url`."""
    sql = "select seen, reason, detail, url from problems where source = ? order by rowid desc limit ?"
    rows = db.execute(sql, [source, number]).fetchall()
    return [dict(zip(("seen", "reason", "detail", "url"), row, strict=True)) for row in rows]


def trouble(db: Database, source: str) -> tuple[str, int] | None:
    """Since when, and how many times in a row, runs of a source failed and kept nothing of it."""
    row = db.execute(
        """select min(finished), count(*) from run_sources where source = :source and finished is not null
           and run > (select coalesce(max(run), 0) from run_sources where source = :source and finished is not null
                      and (status not in ('failed', 'refused') or new + revised + unchanged + duplicates > 0))""",
        {"source": source},
    ).fetchone()
    return (str(row[0]), int(row[1])) if row and row[1] else None


def fresh_at(db: Database, source: str) -> str | None:
    """When a run last brought something new of a source."""
    row = db.execute(
        """select finished from run_sources where source = ? and finished is not null and pages > 0
           and new + duplicates > 0 order by run desc limit 1""",
        [source],
    ).fetchone()
    if row is None:  # all that an older civicpress, or an import, brought
        row = db.execute("select max(first_seen) from documents where source = ?", [source]).fetchone()
    return str(row[0]) if row and row[0] else None


def months(db: Database, source: str, since: str, until: str) -> dict[str, int]:
    """How many releases a source published in each month (YYYY-MM) from `since` to `until`, as far as they are dated."""
    sql = """select substr(date, 1, 7) as month, count(*) from documents
             where source = ? and date >= ? and date < ? || '~' group by month"""
    return {month: int(count) for month, count in db.execute(sql, [source, since, until]).fetchall()}


def reach(db: Database, source: str) -> tuple[str | None, bool]:
    """The month of a source's oldest dated release, and whether all its lists were once read to their end."""
    oldest = db.execute("select substr(min(date), 1, 7) from documents where source = ?", [source]).fetchone()[0]
    unread = (
        "select exists(select 1 from routes where source = ? and url = start and strategy != 'home' and not complete)"
    )
    return oldest, not db.execute(unread, [source]).fetchone()[0]


def missed(db: Database, source: str, since: str) -> int:
    """How many releases of a source, after a moment (UTC), only a look back or a sweep found."""
    sql = "select coalesce(sum(missed), 0) from run_sources where source = ? and finished > ?"
    return int(db.execute(sql, [source, since]).fetchone()[0])


def is_distrusted(db: Database, host: str, since: str) -> bool:
    """Whether it was found after a moment (UTC) that a host says "not modified" of what has changed."""
    return db.execute("select 1 from distrusted where host = ? and since > ?", [host, since]).fetchone() is not None


def pages_before(db: Database, source: str, moment: str, number: int) -> list[Stored]:
    """The stored pages of a source that were fetched last before a moment (UTC)."""
    sql = """select d.id, d.source, s.language, d.seq, d.title, d.body, d.date, p.url, p.content_type, p.hints, p.fetched, p.body
             from documents d join pages p on p.document = d.id join sources s on s.id = d.source
             where d.source = ? and p.fetched < ? order by p.fetched desc, d.number desc limit ?"""
    return [Stored(*row) for row in db.execute(sql, [source, moment, number]).fetchall()]
