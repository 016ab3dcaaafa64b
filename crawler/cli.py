"""The command line: the commands put together, and what becomes of their errors."""

import sys
from typing import Annotated

import typer

from crawler.commands import backup, crawl, demo, documents, extract, reextract, schedule, sources, status
from crawler.settings import SettingsError, civicpress_version

app = typer.Typer(
    name="civicpress",
    help="A fresh, deduplicated corpus of what Italian town halls and chambers of commerce announce.",
    epilog="Example: civicpress crawl comune-torino --limit 20   (then: civicpress search mercato)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# In the order of `--help`.
app.add_typer(crawl.app)
app.add_typer(schedule.app)
app.add_typer(sources.app, name="sources")
for module in (status, extract, documents, reextract, backup, demo):
    app.add_typer(module.app)


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"civicpress {civicpress_version()}")
        raise typer.Exit


def _mistakes() -> tuple[type[Exception], ...]:
    """The errors that are the caller's to mend, each with a sentence that names the place."""
    from spiders.catalogue import CatalogueError
    from storage.errors import CorpusError

    return (SettingsError, CatalogueError, CorpusError)


def _say(sentence: str) -> None:
    from crawler.display.plain import masked, plain

    print(f"civicpress: {masked(plain(sentence))}".encode(errors="replace").decode(), file=sys.stderr)


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
            _say(f"{place}{error.strerror or error}")
            sys.exit(1)
        if type(error).__name__ == "Stopped":  # its module is heavy
            print("civicpress: stopped before it was done", file=sys.stderr)
            sys.exit(1)
        if not isinstance(error, _mistakes()):
            raise
        _say(str(error))
        from storage.errors import CorpusFailure

        sys.exit(1 if isinstance(error, CorpusFailure) else 2)
