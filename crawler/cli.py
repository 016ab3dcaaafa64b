"""The command line: thin. Whatever is heavy is imported by the command that needs it, so that `--help` is quick."""

import json
import shutil
import sys
from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from crawler.settings import SettingsError, added_sources, civicpress_version, default_corpus

app = typer.Typer(
    name="civicpress",
    help="A fresh, deduplicated corpus of what Italian town halls and chambers of commerce announce.",
    epilog="Example: civicpress crawl comune-torino --limit 20   (then: civicpress search mercato)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """The formats of `export`."""

    txt = "txt"
    jsonl = "jsonl"
    csv = "csv"


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day (YYYY-MM-DD)") from None


def _format(text: str) -> Format:
    try:
        return Format(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a format; there are {', '.join(Format)}") from None


def _is_new(corpus: Path) -> bool:
    try:
        return not corpus.exists()
    except OSError:  # whoever opens it says why it cannot be used
        return False


Db = Annotated[Path | None, typer.Option("--db", help="The corpus file.", envvar="CIVICPRESS_DB", show_default=False)]
Sources = Annotated[
    list[Path] | None, typer.Option("--sources", help="A TOML file or folder that adds to the catalogue; repeatable.")
]
OnlySources = Annotated[
    list[Path] | None, typer.Option("--only-sources", help="A TOML file or folder to use instead of the catalogue.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]
OfSource = Annotated[str | None, typer.Option("--source", help="Only documents of this source.")]
OfKind = Annotated[str | None, typer.Option("--kind", help="Only municipality, chamber or other.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DATE", parser=_day, help="Published on this day or later.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", parser=_day, help="Published on this day or before.")
]


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"civicpress {civicpress_version()}")
        raise typer.Exit


@app.command(epilog="Example: civicpress crawl comune-torino --since 2026-01-01 --limit 50")
def crawl(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Sources by id; all of the catalogue without any.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", parser=_day, help="Only releases listed with this day or later."),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most this many pages a source.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read all lists to their end and all known pages again.")
    ] = False,
    as_json: AsJson = False,
    db: Db = None,
    more: Sources = None,
    only: OnlySources = None,
) -> None:
    """Fetch what is new: one ingest run over the named sources, or all."""
    from spiders.catalogue import find

    chosen = find(_catalogue(more, only), sources or [])
    path = db or default_corpus()
    if _is_new(path):  # a first run will need its workers: they get ready while Scrapy is imported
        from crawler.extraction.workers import load_ahead

        load_ahead()

    from crawler import display
    from crawler.run import run_crawl
    from crawler.visit import Options

    with display.progress(len(chosen)) as watch:
        report = run_crawl(chosen, path, Options(since, limit, full), watch)
    if as_json:
        display.as_json(report.as_json())
    else:
        from storage import reading
        from storage.database import reader

        with reader(path) as corpus:
            problems = reading.problems(corpus, report.run)
        display.report(report, path, problems)
    raise typer.Exit(0 if report.ok else 1)


@app.command(epilog="Example: civicpress sources --json")
def sources(as_json: AsJson = False, more: Sources = None, only: OnlySources = None) -> None:
    """List the catalogue."""
    from crawler import display

    catalogue = _catalogue(more, only)
    if as_json:
        display.as_json([source.model_dump(mode="json", exclude_none=True) for source in catalogue.values()])
    else:
        display.sources(list(catalogue.values()))


@app.command(epilog="Example: civicpress extract page.html --url https://www.comune.torino.it/novita/avviso")
def extract(
    pages: Annotated[list[str] | None, typer.Argument(metavar="PAGE...", help="Saved pages or addresses.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="The address that a saved page had.")] = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="JSON lines with `file` (beside the manifest) and `url`.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a page.")] = False,
) -> None:
    """Show what would be stored from a page, with every date witness."""
    from crawler import display
    from crawler.extracting import extract_all, inputs

    failed = False
    for row in extract_all(inputs(pages or [], url, manifest)):
        failed |= row["status"] != "ok"
        if as_json:
            print(json.dumps(row, ensure_ascii=False))
        else:
            display.extracted(row)
    raise typer.Exit(1 if failed else 0)


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
    from crawler import display
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
    from crawler import display
    from storage import reading
    from storage.database import reader

    with reader(db or default_corpus()) as corpus:
        rows = reading.document(corpus, id)
        copies = reading.copies(corpus, rows[0]["id"]) if len(rows) == 1 else []
    if len(rows) != 1:
        more = "; these begin like it: " + ", ".join(row["id"] for row in rows) if rows else ""
        _complain(f"no document has the id {id!r}{more}")
    if as_json:
        display.as_json({**rows[0], "elsewhere": copies})
    else:
        display.document(rows[0], copies)


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
    from crawler.display import counted
    from storage import reading
    from storage.database import reader
    from storage.export import EXPORTERS

    piped = str(dest) == "-"
    if piped and format == Format.txt:
        _complain("txt is written to a folder; only jsonl and csv go to standard output (-)")
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


@app.command("import", epilog="Example: civicpress import corpus/ --kind municipality")
def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Documents, or folders of them.")],
    source: Annotated[str, typer.Option("--source", help="The source that they are kept under.")] = "import",
    kind: Annotated[str, typer.Option("--kind", help="municipality, chamber or other.")] = "other",
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Take in documents of the document format."""
    from crawler import display
    from crawler.importing import import_documents

    counts = import_documents(paths, db or default_corpus(), source, kind)
    if as_json:
        display.as_json(counts)
    else:
        one = {"duplicates": "duplicate"}
        typer.echo(
            ", ".join(f"{number} {one.get(name, name) if number == 1 else name}" for name, number in counts.items())
        )


@app.command(epilog="Example: civicpress demo --db demo.db")
def demo(
    db: Annotated[Path | None, typer.Option("--db", help="Keep the demo's corpus in this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Crawl a small press site that comes with the package, on this machine: no network needed."""
    from crawler.demonstration import demonstrate

    raise typer.Exit(demonstrate(db, as_json))


def _catalogue(more: list[Path] | None, only: list[Path] | None) -> dict[str, Any]:
    from spiders.catalogue import load

    if more and only:
        _complain("--sources adds to the catalogue and --only-sources replaces it: give one of them")
    return load(only or more or added_sources(), only=bool(only))


def _complain(message: str, status: int = 2) -> None:
    print(f"civicpress: {message}", file=sys.stderr)
    raise typer.Exit(status)


def _mistakes() -> tuple[type[Exception], ...]:
    """The errors that are the caller's to mend, each with a sentence that names the place."""
    from spiders.catalogue import CatalogueError
    from storage.errors import CorpusError

    return (SettingsError, CatalogueError, CorpusError)


def main() -> None:
    """The entry point: 0 done, 1 done with failures that are reported, 2 nothing was done."""
    try:
        app(prog_name="civicpress")
    except BrokenPipeError:  # `civicpress search … | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        from storage.database import SQLiteError

        if isinstance(error, SQLiteError):
            print(f"civicpress: the corpus could not be written: {error}; what was stored is kept", file=sys.stderr)
            sys.exit(1)
        if isinstance(error, OSError):
            place = f"{error.filename}: " if error.filename else ""
            print(f"civicpress: {place}{error.strerror or error}", file=sys.stderr)
            sys.exit(1)
        if not isinstance(error, _mistakes()):
            raise
        print(f"civicpress: {error}", file=sys.stderr)
        sys.exit(2)
