"""What a crawl remembers between runs: addresses, lists, robots.txt, templates.

The writing functions run inside the corpus's transaction, so that a list and the addresses that it named, or a
document and the address that it came from, are kept together or not at all: whatever was still to fetch when a
process died is what the next run finds here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from storage import looking
from storage.addresses import address_key
from storage.changes import Distrusted, Found, Learnt, Listed, RouteState
from storage.database import transaction
from storage.document import encodable
from storage.forgetting import forgotten

# A page that failed for a passing reason is tried in this many runs, then only by a full crawl.
TRIES = 3
MANY_CHANGES = 20  # pages that a list may name as changed at once, however short it is
_CHUNK = 500  # bound variables in one query


def known(db: Database, urls: Sequence[str], run: int) -> dict[str, str | None]:
    """Those keys of `urls` that another run than `run` has seen, whatever became of them, each with its digest.

    Not only earlier ones: a run that began later may have been on the site before this one came to it.
    """
    found: dict[str, str | None] = {}
    for part in _parts([address_key(url) for url in urls]):
        sql = f"select key, content from addresses where run != ? and key in ({', '.join('?' * len(part))})"
        found.update(db.execute(sql, [run, *part]).fetchall())
    return found


def waiting(db: Database, source: str) -> list[Found]:
    """Addresses of a source that were named and not yet read, or whose reading failed for a passing reason."""
    sql = """select url, hints, content from addresses where source = ?
             and state in ('pending', 'failed') and tries < ? order by run, key"""
    return [Found(*row) for row in db.execute(sql, [source, TRIES]).fetchall()]


def routes(db: Database, source: str) -> dict[str, RouteState]:
    """All list pages that are remembered of a source, by address."""
    sql = """select url, strategy, start, advertised, state = 'pending', complete, etag, last_modified, asked, named, checked,
             vain, reach, looked_back, swept, pause from routes where source = ? order by url"""
    return {
        url: RouteState(url, strategy, start, bool(advertised), bool(pending), bool(complete), *rest)
        for url, strategy, start, advertised, pending, complete, *rest in db.execute(sql, [source]).fetchall()
    }


def to_read_again(db: Database, source: str) -> list[str]:
    """The addresses of known releases that a full crawl of the source, which ended too early, had still to read again."""
    sql = "select url from addresses where source = ? and state = 'pending' and document is not null"
    return [url for (url,) in db.execute(sql, [source]).fetchall()]


def begin_full(db: Database, source: str, starts: Iterable[str]) -> None:
    """Marks lists of a source, by their first pages, as still to be read to their end."""
    with transaction(db):
        for start in starts:
            sql = "update routes set state = 'pending', reach = 'full' where source = ? and url = ?"
            db.execute(sql, [source, start])


def distrusted(db: Database, since: str) -> frozenset[str]:
    """The hosts of which it was found after a moment that their validators lie."""
    return frozenset(host for (host,) in db.execute("select host from distrusted where since > ?", [since]).fetchall())


def distrust(db: Database, found: Distrusted, now: str) -> None:
    """Keeps that a host's validators lie."""
    db.execute("insert or replace into distrusted(host, since, why) values (?, ?, ?)", [found.host, now, found.why])


def not_modified(db: Database, source: str, number: int) -> str | None:
    """When, counted back from now, a source had answered "not modified" in so many runs; None where it has not yet."""
    sql = """select finished from run_sources where source = ? and not_modified > 0 and finished is not null
             order by run desc limit 1 offset ?"""
    row = db.execute(sql, [source, number - 1]).fetchone()
    return str(row[0]) if row else None


def remember(db: Database, listed: Listed, run: int, now: str) -> None:
    """Writes down a list that was read: its addresses, its further pages, how it answered."""
    rows = {address_key(found.url): found for found in listed.found}
    moved: list[tuple[str, Found, bool]] = []
    kept_out = forgotten(db)  # nothing that was taken down is written down again, but that the address is known
    for part in _parts(list(rows)):
        sql = f"select key, state, content, changed from addresses where key in ({', '.join('?' * len(part))})"
        for key, state, content, changed in db.execute(sql, part).fetchall():
            found = rows.pop(key)
            if key in kept_out:
                continue
            if found.changed and changed != found.changed:
                moved.append((key, found, bool(changed) and state == "stored"))
            if listed.again and state != "pending":
                db.execute("update addresses set state = 'pending', tries = 0 where key = ?", [key])
            if found.content not in (content, None):  # to be read again, also by the next run if this one dies
                again = "update addresses set state = 'pending', tries = 0, hints = ?, content = ? where key = ?"
                db.execute(again, [encodable(found.hints), found.content, key])
            elif state == "pending":
                db.execute("update addresses set hints = ? where key = ?", [encodable(found.hints), key])
    db.table("addresses").insert_all(
        (
            {"key": key, "url": found.url, "source": listed.source, "state": "pending", "tries": 0,
             "hints": encodable(found.hints), "content": found.content, "document": None, "run": run, "changed": found.changed}
            | ({"state": "rejected", "hints": "{}", "content": None} if key in kept_out else {})
            for key, found in rows.items()
        ),
        ignore=True,
    )  # fmt: skip
    _look_at(db, listed, moved, now)
    before = routes(db, listed.source)
    for following in listed.following:
        known = before.get(following.url)
        if known is None:
            _put_route(db, listed.source, following)
        elif following.reach:
            _put_route(db, listed.source, replace(known, pending=True, reach=following.reach))
    old = before.get(listed.route.url)
    # A home page is asked again when its last reading is old, so the time of that reading counts; of the others,
    # only what changed is written: a refresh that finds nothing new leaves the file as it was.
    if old is None or listed.route.strategy == "home" or _differs(old, listed.route):
        _put_route(db, listed.source, replace(listed.route, asked=now))


def _look_at(db: Database, listed: Listed, moved: Sequence[tuple[str, Found, bool]], now: str) -> None:
    """Has the known pages looked at that a list says have changed, unless it says so of most: some sitemaps are made anew
    every night with the hour of that."""
    for key, found, _ in moved:
        db.execute("update addresses set changed = ? where key = ?", [found.changed, key])
    changed = [(key, found) for key, found, known in moved if known]
    if len(changed) <= max(MANY_CHANGES, len(listed.found) // 2):
        for key, found in changed:
            looking.look_now(db, key, found.url, listed.source, now)


@dataclass(frozen=True, slots=True)
class Tried:
    """How often a page was tried in vain, whether a document came from it, its day (or that of the lists), and whether the
    first run of its source named it."""

    tries: int
    stored: bool
    day: str | None
    by_first_run: bool


def tried(db: Database, key: str) -> Tried | None:
    """What is remembered of a page; None of one that no list named."""
    sql = """select tries, document is not null,
             coalesce((select date from documents d where d.id = a.document), json_extract(hints, '$.date')),
             run <= coalesce((select min(run) from run_sources r where r.source = a.source), run) from addresses a where key = ?"""
    row = db.execute(sql, [key]).fetchone()
    return Tried(int(row[0]), bool(row[1]), row[2], bool(row[3])) if row else None


def settle(db: Database, urls: Iterable[str], source: str, state: str, document: str | None, run: int) -> None:
    """Writes down what became of addresses. `state` is `stored`, `rejected` or `failed`."""
    for url in urls:
        db.execute(
            """insert into addresses(key, url, source, state, tries, hints, document, run) values (?, ?, ?, ?, 1, '{}', ?, ?)
               on conflict(key) do update set state = excluded.state, tries = tries + 1,
                   document = coalesce(excluded.document, document)
               where state != excluded.state or document is not excluded.document or excluded.state = 'failed'""",
            [address_key(url), url, source, state, document, run],
        )


def still_stored(db: Database, urls: Iterable[str]) -> None:
    """Known releases were asked for again, and are not there: they wait no more, and their documents stay."""
    for url in urls:
        sql = "update addresses set state = 'stored' where key = ? and state != 'stored' and document is not null"
        db.execute(sql, [address_key(url)])


def robots(db: Database, origin: str, since: str) -> tuple[int, bytes] | None:
    """Status and text of a host's robots.txt, if it was fetched after `since`."""
    sql = "select status, body from robots where origin = ? and fetched > ?"
    row = db.execute(sql, [origin, since]).fetchone()
    return (int(row[0]), bytes(row[1])) if row else None


def keep_robots(db: Database, origin: str, status: int, body: bytes, now: str) -> None:
    """Keeps a host's robots.txt for the runs to come."""
    row = {"origin": origin, "status": status, "body": body, "fetched": now}
    db.table("robots").insert(row, pk="origin", replace=True)


def template(db: Database, source: str) -> bytes:
    """What a source's pages taught of its template; nothing (b"") of a source that was never crawled."""
    row = db.execute("select memory from templates where source = ?", [source]).fetchone()
    return str(row[0]).encode() if row else b""


def keep_template(db: Database, learnt: Learnt) -> None:
    """Keeps what a source's pages taught of its template."""
    db.execute(
        "insert or replace into templates(source, memory) values (?, ?)", [learnt.source, learnt.memory.decode()]
    )


def _differs(old: RouteState, new: RouteState) -> bool:
    return replace(old, asked=None) != replace(new, asked=None)


def _put_route(db: Database, source: str, route: RouteState) -> None:
    row = {
        "source": source, "url": route.url, "strategy": route.strategy, "start": route.start,
        "advertised": route.advertised, "state": "pending" if route.pending else "read", "complete": route.complete,
        "etag": route.etag, "last_modified": route.last_modified, "asked": route.asked, "named": route.named,
        "checked": route.checked, "vain": route.vain, "reach": route.reach if route.pending else None,
        "looked_back": route.looked_back, "swept": route.swept, "pause": route.pause,
    }  # fmt: skip
    db.table("routes").insert(row, pk=("source", "url"), replace=True)


def _parts(keys: list[str]) -> Iterable[list[str]]:
    return (keys[i : i + _CHUNK] for i in range(0, len(keys), _CHUNK))
