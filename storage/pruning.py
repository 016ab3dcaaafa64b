"""What the records of past runs need not hold any more. The table `runs` itself keeps all its rows: readers rely on it.

A service over a whole country adds 40,000 lines of sources a day, nine out of ten of which say that nothing was new.
What tells of a source's health, its pace and its troubles is kept however old it is.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlite_utils import Database

from storage.database import transaction
from storage.health import LATEST, TELLING

UNEVENTFUL_DAYS = 60  # lines that say that all was well and nothing new
DAYS = 365  # other lines, and problems
AT_ONCE = 500  # rows that one transaction drops: some milliseconds, in which nobody else writes

_NEWEST = "select run from run_sources where source = :source and finished is not null {0} order by run desc limit 1"
_OLD_LINES = """
    select run from run_sources
    where source = :source and run > :first and run < :latest and run < :well and run != :fresh
        and (coalesce(pages, 0) = 0 or run < :telling)
        and coalesce(finished, (select started from runs where id = run)) < case
            when status = 'ok' and error is null and new + revised + duplicates + problems = 0 then :uneventful
            else :other end
    order by run limit :at_once"""


def sources_after(db: Database, source: str, number: int) -> list[str]:
    """The ids that follow upon `source`, in order; the first ones with an empty one."""
    return [id for (id,) in db.execute("select id from sources where id > ? order by id limit ?", [source, number])]


def old_lines(db: Database, source: str, now: str) -> list[int]:
    """The runs whose line of a source tells nothing any more, the oldest first; at most AT_ONCE.

    Kept are its first line and its last ones (storage.health.LATEST), those that taught what is usual for it (TELLING),
    the last one that was well, the last one that brought something, and all since it fails.
    """

    def run(where: str, offset: int = 0) -> int:
        row = db.execute(f"{_NEWEST.format(where)} offset {offset}", {"source": source}).fetchone()
        return int(row[0]) if row else 0

    first = db.execute("select min(run) from run_sources where source = ?", [source]).fetchone()[0]
    return [
        run
        for (run,) in db.execute(
            _OLD_LINES,
            {
                "source": source, "first": first, "latest": run("", LATEST - 1),
                "telling": run("and pages > 0", TELLING - 1),
                "well": run("and (status not in ('failed', 'refused') or new + revised + unchanged + duplicates > 0)"),
                "fresh": run("and pages > 0 and new + duplicates > 0"),
                "uneventful": _before(now, UNEVENTFUL_DAYS), "other": _before(now, DAYS), "at_once": AT_ONCE,
            },
        )
    ]  # fmt: skip


def old_problems(db: Database, now: str) -> list[int]:
    """The numbers of problems that are old, but for those of each source's last run; at most AT_ONCE."""
    sql = """select number from problems p where seen < ?
             and run < (select max(run) from run_sources r where r.source = p.source) order by seen limit ?"""
    return [number for (number,) in db.execute(sql, [_before(now, DAYS), AT_ONCE])]


def drop(db: Database, source: str, runs: Collection[int]) -> None:
    """Drops lines of a source, in one transaction."""
    with transaction(db):
        db.conn.executemany("delete from run_sources where source = ? and run = ?", [(source, run) for run in runs])


def drop_problems(db: Database, numbers: Collection[int]) -> None:
    """Drops problems, in one transaction."""
    with transaction(db):
        db.conn.executemany("delete from problems where number = ?", [(number,) for number in numbers])


def _before(now: str, days: int) -> str:
    return (datetime.fromisoformat(now) - timedelta(days=days)).isoformat(timespec="seconds")
