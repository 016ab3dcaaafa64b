"""The command `demo`."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.commands.options import AsJson

app = typer.Typer()


@app.command(epilog="Example: civicpress demo --db demo.db")
def demo(
    db: Annotated[Path | None, typer.Option("--db", help="Keep the demo's corpus in this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Crawl a small press site that comes with the package, on this machine: no network needed."""
    from crawler.demonstration import demonstrate

    raise typer.Exit(demonstrate(db, as_json))
