"""The command `sources record`."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.commands.options import AsJson, OnlySources, Sources, catalogue, complain

app = typer.Typer()


@app.command(epilog="Example: civicpress sources record comune-torino --pages 2 --into tests/cases")
def record(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A source's id.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="FOLDER", help="The folder of cases; the case gets the source's id.")
    ] = Path("tests/cases"),
    pages: Annotated[int, typer.Option("--pages", min=0, max=20, help="How many of the newest releases.")] = 3,
    force: Annotated[bool, typer.Option("--force", help="Replace a case that is there.")] = False,
    as_json: AsJson = False,
    more: Sources = None,
    only: OnlySources = None,
) -> None:
    """Save a test case of a source: the first pages of its lists, some releases, and what is expected of them.

    The tests replay it without the network. Nothing goes into the corpus.
    """
    from spiders.catalogue import find

    [chosen] = find(catalogue(more, only), [source])

    from crawler.display import results as display
    from crawler.display import sources as display_sources
    from crawler.survey.recording import RecordingError, record

    try:
        folder, case, found = record(chosen, into, pages, force=force)
    except RecordingError as error:
        complain(f"{error}; nothing was saved", status=1)
    if as_json:
        display.as_json({"folder": str(folder), **found})
    else:
        display_sources.recorded(folder, case, found)
