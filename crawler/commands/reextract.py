"""The command `reextract`."""

from dataclasses import asdict
from typing import Annotated

import typer

from crawler.commands.options import AsJson, Db
from crawler.settings import default_corpus

app = typer.Typer()


@app.command(epilog="Example: civicpress reextract --dry-run")
def reextract(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids; without any, all sources.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Read the stored pages again by today's rules, without the network.

    A better reading takes the place of the old one: it is no revision, for the publisher changed nothing. Documents whose
    page would not be kept today stay, and are named.
    """
    from crawler.extraction.workers import load_ahead

    load_ahead()
    from crawler.display import reextract as display_reextract
    from crawler.display import results as display
    from crawler.reextracting import reextract as read_again

    path = db or default_corpus()
    with display_reextract.progress(path, sources or []) as watch:
        summary = read_again(path, sources or [], dry_run=dry_run, watch=watch)
    if as_json:
        display.as_json(asdict(summary))
    else:
        display_reextract.report(summary, dry_run)
    raise typer.Exit(1 if summary.stopped else 0)
