"""The commands that look into the corpus, and take documents out of it or in."""

import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from crawler.commands.options import AsJson, Db, OfKind, OfSource, Since, Until, complain
from crawler.settings import default_corpus

app = typer.Typer()


class Format(StrEnum):
    """The formats of `export`."""

    txt = "txt"
    jsonl = "jsonl"
    csv = "csv"


def _format(text: str) -> Format:
    try:
        return Format(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a format; there are {', '.join(Format)}") from None


@app.command(epilog="Example: civicpress search piscina comunale --since 2026-01-01")
def search(
    words: Annotated[
        list[str],
        typer.Argument(metavar="QUERY...", help="Words that a document must hold, all of them; accents do not matter."),
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most this many.")] = 10,
    source: OfSource = None,
    kind: OfKind = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Find documents by their words, best first."""
    from crawler.display import results as display
    from storage import reading
    from storage.database import reader

    query = " ".join(words)
    with reader(db or default_corpus()) as corpus:
        selection = reading.select(corpus, reading.Selection(source, kind, since, until))
        rows = reading.search(corpus, query, limit, selection)
    if as_json:
        display.as_json(rows)
    else:
        display.found(rows, query)


@app.command(epilog="Example: civicpress show 563574ee34ad843b")
def show(
    id: Annotated[str, typer.Argument(help="A document's id, or how it begins (four digits at least).")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Show a document, where it came from, and who else carries it."""
    from crawler.display import results as display
    from storage import reading
    from storage.database import reader

    with reader(db or default_corpus()) as corpus:
        row = _the_one(reading.document(corpus, id), id)
        copies = reading.copies(corpus, row["id"])
    if as_json:
        display.as_json({**row, "elsewhere": copies})
    else:
        display.document(row, copies)


def _the_one(rows: list[dict[str, Any]], id: str) -> dict[str, Any]:
    if len(rows) != 1:
        more = "; these begin like it: " + ", ".join(row["id"] for row in rows) if rows else ""
        complain(f"no document has the id {id!r}{more}")
    return rows[0]


@app.command(epilog="Example: civicpress diff 563574ee")
def diff(
    id: Annotated[str, typer.Argument(help="A document's id, or how it begins (four digits at least).")],
    old: Annotated[int | None, typer.Option("--from", min=1, help="This revision instead of the last but one.")] = None,
    new: Annotated[int | None, typer.Option("--to", min=1, help="This revision instead of the last.")] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Show what changed between two revisions of a document, word by word.

    In colour on a terminal; elsewhere [-removed-] and {+added+}.
    """
    from crawler.display import diff as display_diff
    from crawler.display import results as display
    from storage import reading
    from storage.database import reader

    with reader(db or default_corpus()) as corpus:
        row = _the_one(reading.document(corpus, id), id)
        wordings = {wording["revision"]: wording for wording in reading.revisions(corpus, row["id"])}
    last = max(wordings)
    first, second = old or (new or last) - 1, new or last
    for number in (first, second):
        if number not in wordings and number:
            complain(f"document {row['id']} has no revision {number}; it has {last}")
    if first == 0:
        complain(f"document {row['id']} has one wording only" if last == 1 else "nothing was before revision 1")
    if as_json:
        display.as_json({"id": row["id"], "from": wordings[first], "to": wordings[second]})
    else:
        display_diff.difference(wordings[first], wordings[second], row)


@app.command(epilog="Example: civicpress export txt corpus/ --kind chamber --since 2026-01-01")
def export(
    format: Annotated[
        Format,
        typer.Argument(metavar="FORMAT", parser=_format, help="txt: a folder of documents; jsonl, csv: a file."),
    ],
    dest: Annotated[
        Path, typer.Argument(metavar="DEST", help="The folder or file to write; - is standard output (jsonl, csv).")
    ],
    source: OfSource = None,
    kind: OfKind = None,
    since: Since = None,
    until: Until = None,
    db: Db = None,
) -> None:
    """Write the corpus, or a part of it, to files.

    txt replaces an earlier export in its folder: files named NNN_<id>.txt are replaced or removed, all others stay.
    """
    from crawler.display.results import counted
    from storage import reading
    from storage.database import reader
    from storage.export import EXPORTERS

    piped = str(dest) == "-"
    if piped and format == Format.txt:
        complain("txt is written to a folder; only jsonl and csv go to standard output (-)")
    with reader(db or default_corpus()) as corpus:
        rows = reading.documents(corpus, reading.select(corpus, reading.Selection(source, kind, since, until)))
        written = _to_standard_output(EXPORTERS[format], rows) if piped else EXPORTERS[format](rows, dest)
    typer.echo(f"{counted(written, 'document')} written to {'standard output' if piped else dest}", err=True)


def _to_standard_output(write: Callable[[Iterable[Any], Path], int], rows: Iterable[Any]) -> int:
    with TemporaryDirectory(prefix="civicpress-export-") as folder:  # complete, or nothing
        file = Path(folder, "export")
        written = write(rows, file)
        with file.open("rb") as whole:
            shutil.copyfileobj(whole, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return written


@app.command(epilog="Example: civicpress forget https://www.comune.torino.it/novita/avviso")
def forget(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses whose documents are taken down.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Take documents down: removed with all their wordings and pages, and kept out.

    Every address of the very same text goes with it. Addresses of nearly the same text are named, and stay.
    """
    from crawler.display import results as display
    from crawler.ingest.run import utc_now
    from spiders.source import check_address
    from storage.corpus import Corpus
    from storage.database import reader

    for url in urls:
        try:
            check_address(url)
        except ValueError as error:
            complain(f"{url}: {error}")
    path = db or default_corpus()
    with reader(path):  # there is a corpus: nothing is made by taking something out of it
        pass
    with Corpus(path) as corpus:
        found = corpus.forget(urls, utc_now())
    if as_json:
        display.as_json([asdict(each) for each in found])
    else:
        display.forgotten(found)


@app.command("import", epilog="Example: civicpress import corpus/ --kind municipality")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Documents, or folders of them.")],
    source: Annotated[str, typer.Option("--source", help="The source that they are kept under.")] = "import",
    kind: Annotated[str, typer.Option("--kind", help="municipality, chamber or other.")] = "other",
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Take in documents of the document format."""
    from crawler.display import results as display
    from crawler.survey.importing import import_documents

    counts = import_documents(paths, db or default_corpus(), source, kind)
    if as_json:
        display.as_json(counts)
    else:
        one = {"duplicates": "duplicate"}
        typer.echo(
            ", ".join(f"{number} {one.get(name, name) if number == 1 else name}" for name, number in counts.items())
        )
