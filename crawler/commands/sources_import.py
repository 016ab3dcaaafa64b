"""The command `sources import`."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.commands.options import AsJson, Sources, catalogue, complain

app = typer.Typer()

_KINDS = ("municipality", "chamber", "other")


def _kind(text: str) -> str:
    if text not in _KINDS:
        raise typer.BadParameter(f"{text!r} is not a kind; there are {', '.join(_KINDS)}")
    return text


@app.command("import", epilog="Example: civicpress sources import amministrazioni.txt --province TO --into torino.toml")
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Indice PA's amministrazioni.txt or enti, or a table of bodies like them."),
    ],
    into: Annotated[
        Path | None, typer.Option("--into", help="The file to write (default: FILE's name with .toml); - prints it.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", parser=_kind, help="Only municipality, chamber or other."),
    ] = None,
    province: Annotated[
        list[str] | None, typer.Option("--province", metavar="XX", help="Only this province; repeatable.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that no import wrote, or that you changed.")
    ] = False,
    as_json: AsJson = False,
    more: Sources = None,
) -> None:
    """Make a file of sources from a public register of bodies.

    Bodies that the catalogue has are left out. Rows without a usable site are counted and named, and nothing is guessed.
    """
    from crawler.display import results as display
    from crawler.display import sources as display_sources
    from crawler.survey.registers import import_register

    printed = str(into) == "-"
    if printed and as_json:
        complain("--into - prints the sources, and --json the summary: give one of them")
    target = None if printed else into or Path(f"{file.stem or 'sources'}.toml")
    done = import_register(
        file, catalogue(more, None), target, kind=kind, provinces=province or (), force=force
    )  # fmt: skip
    if printed and done.written:
        typer.echo(done.toml, nl=False)
    if as_json:
        display.as_json(display_sources.imported_as_json(done, target))
    else:
        display_sources.imported(done, target, on_error=printed)
