"""How well copies of a release are found, what finding them costs as a corpus grows, and what it takes on the disk.

Ten thousand generated releases (benchmarks/wordings.py): copies with 2, 5, 10 and 30 % of their words edited, trimmed ones,
twins that differ in numbers or days, families of alerts, and texts that stand alone but share their office's phrases. They
are kept as a crawl keeps them. Copies found: of the texts that are edited or trimmed, how many are in one document with the
text that they were made from. Right links: of all copies in the corpus, how many belong to their document's release.

The larger corpora are filled with rows whose keys are drawn, not computed: as many, and as often shared, as those of the
generated releases. Times are of the processor, medians and means over what is then kept in batches of 200.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from benchmarks.wordings import PARTS, RATES, Piece, library
from storage import neighbours
from storage.addresses import address_key
from storage.corpus import Corpus
from storage.database import transaction
from storage.likeness import KEYS, NUMBERS, VERSION, keys, numbers_of, words_of

NOW = "2026-11-25T08:00:00+00:00"
BATCH = 200
SHARED = 0.25  # of the drawn keys are taken from those that many texts have


def main() -> int:
    """Prints the tables; exits with 1 where `--check` is given and a wanted figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", type=int, default=10_000, help="in the generated set (default 10,000)")
    parser.add_argument(
        "--known", type=int, nargs="*", default=[1_000, 100_000, 1_000_000], help="sizes of corpora to time"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="exit 1 below recall .97, precision .99 or above 1 ms")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="civicpress-") as folder:
        good = quality(Path(folder) / "quality.db", library(arguments.seed, arguments.releases))
        print(
            "\n     known   ms a document, median   of it for copies, median   ms on the clock   index bytes a document"
        )
        costs = [cost(Path(folder) / f"{known}.db", known, arguments.seed + 1) for known in arguments.known]
    return int(arguments.check and not (good and all(costs)))


def quality(path: Path, pieces: Sequence[Piece]) -> bool:
    """Keeps the pieces and prints what was found; whether recall and precision are as wanted."""
    with corpus_for(path, pieces) as corpus:
        timed = keep(corpus, pieces)
        rows = corpus.db.execute(
            """select d.key, coalesce(d.copy_of, d.id) from documents d
               union all select o.key, coalesce(d.copy_of, d.id) from outlets o join documents d on d.id = o.document"""
        ).fetchall()
        links = corpus.db.execute(
            "select c.key, d.key from copies c join documents d on d.id = c.document where c.relation = 'near'"
        ).fetchall()
    known = {address_key(piece.page().url or ""): piece for piece in pieces}
    cluster = {known[key].path: document for key, document in rows}
    first = {piece.release: piece for piece in pieces if piece.how in ("first", "alert", "twin")}
    found: dict[str, list[bool]] = defaultdict(list)
    for piece in pieces:
        if piece.release in first and piece is not first[piece.release]:
            found[piece.how].append(cluster[piece.path] == cluster[first[piece.release].path])
    print(f"{len(pieces):,} releases, seed's kinds: {dict(Counter(piece.how for piece in pieces))}\n")
    for how in [f"{rate:.0%} edited" for rate in RATES] + [f"{part:.0%} kept" for part in PARTS]:
        if found[how]:
            print(f"{how:>12}: {mean(found[how]):7.2%} of {len(found[how]):,} found")
    recall = mean(each for part in found.values() for each in part)
    right = [known[copy].release == known[document].release for copy, document in links]
    wrong = Counter(
        f"{known[copy].how} of {known[document].how}" for copy, document in links
        if known[copy].release != known[document].release
    )  # fmt: skip
    print(f"\nrecall {recall:.4f}, precision {mean(right):.4f} of {len(right):,} links; wrong: {dict(wrong) or 'none'}")
    print(
        f"a document {mean(timed.whole) * 1e3:.2f} ms, of it {mean(timed.copies) * 1e3:.2f} ms for copies (processor)"
    )
    return recall >= 0.97 and mean(right) >= 0.99


def cost(path: Path, known: int, seed: int) -> bool:
    """Fills a corpus, keeps some releases more, prints what each cost; whether copies cost at most a millisecond."""
    pieces = library(seed, 5_000)
    pieces, others = pieces[:1_000], pieces[1_000:]
    with corpus_for(path, pieces) as corpus:
        fill(corpus, known, others, seed)
        timed = keep(corpus, pieces)
        index = index_size(corpus) / (known + len(pieces))
    print(
        f"{known:>10,} {mean(timed.whole) * 1e3:>12.2f} {median(timed.whole) * 1e3:>8.2f} {mean(timed.copies) * 1e3:>14.2f} "
        f"{median(timed.copies) * 1e3:>8.2f} {timed.wall / len(pieces) * 1e3:>14.2f} {index:>14,.0f}",
        flush=True,
    )
    return mean(timed.copies) <= 1e-3


def fill(corpus: Corpus, known: int, like: Sequence[Piece], seed: int) -> None:
    """Makes a corpus as large as wanted: rows with drawn keys, a part of them the keys of some releases."""
    db, pick = corpus.db, np.random.default_rng(seed)
    said = [words_of(piece.body) for piece in like]
    sample = [[key for key in keys(each, numbers_of([], each)) if key < NUMBERS] for each in said]
    pool = np.array([row for row in sample if row], dtype=np.int64)
    trigger = db.execute("select sql from sqlite_master where name = 'documents_fts_insert'").fetchone()[0]
    source = like[0].source
    with transaction(db):
        db.execute("drop trigger documents_fts_insert")
        rows = range(1, known + 1)
        db.conn.executemany(
            "insert into revisions(seq, document, revision, title, body, seen) values (?, ?, 1, '', '', '')",
            ((row, f"{row:016x}") for row in rows),
        )
        db.conn.executemany(
            f"""insert into documents(number, id, key, source, title, body, fingerprint, first_seen, changed, revision, seq)
                values (?1, ?2, ?2, '{source}', 'Titolo', 'Testo', ?2, '', '', 1, ?1)""",
            ((row, f"{row:016x}") for row in rows),
        )
        numbers = pick.bytes(8 * 14)
        likenesses = ((row, VERSION, pick.bytes(64), numbers) for row in rows)
        db.conn.executemany("insert into likenesses values (?, ?, 250, ?, ?)", likenesses)
        db.conn.executemany("insert into neighbour_keys values (?, ?)", drawn(known, pool, pick))
        db.execute(trigger)
    db.execute("pragma wal_checkpoint(truncate)")


def drawn(known: int, pool: Any, pick: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Keys for as many texts, in the order of the index; those that too many have are marked as such."""
    slots = np.arange(KEYS + 1, dtype=np.int64)[None, :] << 32
    found = slots | pick.integers(0, 2**32, (known, KEYS + 1), dtype=np.int64)
    common = pick.random((known, KEYS)) < SHARED
    taken = pool[pick.integers(0, len(pool), (known, KEYS)), np.arange(KEYS)]
    found[:, :KEYS] = np.where(common, taken, found[:, :KEYS])
    documents = np.repeat(np.arange(1, known + 1, dtype=np.int64), KEYS + 1)
    order = np.lexsort((documents, found.ravel()))
    ordered, documents = found.ravel()[order], documents[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    crowded = np.diff(np.r_[starts, len(ordered)]) > neighbours.CROWD
    listed = np.repeat(~crowded, np.diff(np.r_[starts, len(ordered)]))
    listed[starts] = True
    documents[starts[crowded]] = 0
    yield from zip(ordered[listed].tolist(), documents[listed].tolist(), strict=True)


def index_size(corpus: Corpus) -> int:
    """Bytes that keys and likenesses take in the file; they are gone afterwards."""
    db = corpus.db
    free, page = (db.execute(f"pragma {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    for table in ("neighbour_keys", "likenesses"):
        db.execute(f"drop table {table}")
    return int((db.execute("pragma freelist_count").fetchone()[0] - free) * page)


class Timed:
    """Seconds for each release: of the processor, in all and for copies; and on the clock, for all of them."""

    def __init__(self) -> None:
        self.whole: list[float] = []
        self.copies: list[float] = []
        self.wall = 0.0


def keep(corpus: Corpus, pieces: Sequence[Piece]) -> Timed:
    """Keeps pieces as a crawl does."""
    timed, place, keep_one = Timed(), neighbours.place, corpus._apply
    neighbours.place = measured(place, timed.copies)
    corpus._apply = measured(keep_one, timed.whole)  # type: ignore[method-assign]
    run = corpus.start_run(NOW)
    pages = [piece.page() for piece in pieces]
    start = time.perf_counter()
    try:
        for at in range(0, len(pages), BATCH):
            corpus.save(pages[at : at + BATCH], run, NOW)
    finally:
        neighbours.place = place
    timed.wall = time.perf_counter() - start
    return timed


def measured(function: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
    """A function whose processor time is written down."""

    def call(*arguments: Any) -> Any:
        start = time.process_time()
        result = function(*arguments)
        into.append(time.process_time() - start)
        return result

    return call


def corpus_for(path: Path, pieces: Sequence[Piece]) -> Corpus:
    """A new corpus that knows the sources of some pieces."""
    corpus = Corpus(path)
    for source in sorted({piece.source for piece in pieces}):
        corpus.put_source(source, source, "municipality", f"https://{source}.esempio.it/", "it", None)
    return corpus


if __name__ == "__main__":
    sys.exit(main())
