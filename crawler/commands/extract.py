"""The command `extract`."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


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
    from crawler.display import results as display
    from crawler.survey.extracting import extract_all, inputs

    failed = False
    for row in extract_all(inputs(pages or [], url, manifest)):
        failed |= row["status"] != "ok"
        if as_json:
            print(json.dumps(row, ensure_ascii=False))
        else:
            display.extracted(row)
    raise typer.Exit(1 if failed else 0)
