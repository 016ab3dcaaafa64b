"""Taking documents down: removed with all their wordings and their pages, and kept out from then on.

What was removed is overwritten in the file, in the full-text index too: who asks for a text to be taken down means it.
"""

from dataclasses import dataclass

from sqlite_utils import Database

from storage import looking, neighbours
from storage.addresses import address_key, canonical_url


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of an address: the document that was removed, None where there was none; the addresses that are kept
    out; and those that carry nearly the same text and stay."""

    url: str
    document: str | None
    addresses: tuple[str, ...]
    staying: tuple[str, ...] = ()


def forget(db: Database, url: str, now: str) -> Forgotten:
    """Takes down the document of an address, with every address of the very same text. Runs in a transaction.

    Raises ValueError where `url` is no http(s) address.
    """
    key, own = address_key(url), canonical_url(url)
    row = db.execute(
        """select number, id from documents where key = ?1 or read_at = ?1
           or id in (select document from outlets where key = ?1) order by key is not ?1 limit 1""",
        [key],
    ).fetchone()
    keys = {key: own}
    staying: list[str] = []
    if row:
        number, id = row
        sql = "select key, url from outlets where document = ?1 union select key, url from documents where id = ?1 and key is not null"
        keys |= dict(db.execute(sql, [id]).fetchall())
        [(read_at,)] = db.execute("select read_at from documents where id = ?", [id]).fetchall()
        if read_at:
            keys.setdefault(read_at, f"https://{read_at}")
        near = "select url from copies where document = ? and relation = 'near' and url is not null order by url"
        staying = [each for (each,) in db.execute(near, [id]).fetchall()]
        _remove(db, number, id)
    looking.forget(db, keys)
    for each, address in keys.items():
        db.execute("insert or ignore into forgotten(key, url, since) values (?, ?, ?)", [each, address, now])
        sql = "update addresses set state = 'rejected', hints = '{}', content = null, document = null where key = ?"
        db.execute(sql, [each])
    return Forgotten(own, row[1] if row else None, tuple(sorted(keys.values())), tuple(staying))


def forgotten(db: Database) -> frozenset[str]:
    """The keys of all addresses that are kept out."""
    return frozenset(key for (key,) in db.execute("select key from forgotten").fetchall())


def _remove(db: Database, number: int, id: str) -> None:
    db.execute("insert into documents_fts(documents_fts, rank) values ('secure-delete', 1)")
    neighbours.remove(db, number)
    db.execute("pragma defer_foreign_keys = on")  # its rows point at each other
    for table in ("pages", "revisions", "outlets"):
        db.execute(f"delete from {table} where document = ?", [id])
    db.execute("update addresses set document = null where document = ?", [id])
    db.execute("delete from documents where number = ?", [number])
