"""The command `backup`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from crawler.commands.options import AsJson, Db
from crawler.settings import default_corpus

app = typer.Typer()


@app.command(epilog="Example: civicpress backup /backups/civicpress.db")
def backup(
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="The file to write, in place of an earlier backup.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Copy the corpus to a file, as it is at one moment, also while crawls go on.

    The copy is checked before it replaces an earlier one. To restore it, put it in the place of a corpus that nobody uses:
    move that and the files beside it whose names begin like its own away first, for an old log must not meet another file.
    """
    from crawler.display import results as display
    from storage.backup import backup as copy

    made = copy(db or default_corpus(), dest)
    if as_json:
        display.as_json(asdict(made))
    else:
        size = f"{made.bytes / 1e6:.1f} MB"
        typer.echo(f"{display.counted(made.documents, 'document')}, {size}, checked: {dest}")
