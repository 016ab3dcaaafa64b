"""A document is told once more although its publisher changed nothing: a better reading of its page, a better page of its
text, or a copy that has become a document. The revision keeps its number and its time and gets a new `seq`, so that a
reader who asks for what is new sees it."""

from sqlite_utils import Database


def retell(db: Database, id: str, title: str, date: str | None, body: str) -> int:
    """Puts a wording into the place of a document's current one; returns its new `seq`. The row of `documents` is the
    caller's, but for its `seq`. Runs inside the corpus's transaction."""
    seq, revision = db.execute("select seq, revision from documents where id = ?", [id]).fetchone()
    (seen,) = db.execute("select seen from revisions where seq = ?", [seq]).fetchone()
    # Under another number until the old row, at which the document points, may go.
    insert = "insert into revisions(document, revision, title, date, body, seen) values (?, ?, ?, ?, ?, ?)"
    new = int(db.execute(insert, [id, -revision, title, date, body, seen]).lastrowid or 0)
    db.execute("update documents set seq = ? where id = ?", [new, id])
    db.execute("delete from revisions where seq = ?", [seq])
    db.execute("update revisions set revision = ? where seq = ?", [revision, new])
    return new
