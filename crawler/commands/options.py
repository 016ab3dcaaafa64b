"""What several commands share: their options, and how a call is refused."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from crawler.settings import added_sources

if TYPE_CHECKING:
    from spiders.source import Source


def day(text: str) -> str:
    """A day as it was given. Raises BadParameter where it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day (YYYY-MM-DD)") from None


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
    str | None, typer.Option("--since", metavar="DATE", parser=day, help="Published on this day or later.")
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", parser=day, help="Published on this day or before.")
]


def catalogue(more: list[Path] | None, only: list[Path] | None) -> "dict[str, Source]":
    """The sources by their ids, with the user's files. Raises CatalogueError where one of them is wrong."""
    from spiders.catalogue import load

    if more and only:
        complain("--sources adds to the catalogue and --only-sources replaces it: give one of them")
    return load(only or more or added_sources(), only=bool(only))


def complain(message: str, status: int = 2) -> NoReturn:
    """Says in one sentence what is wrong, and leaves."""
    print(f"civicpress: {message}", file=sys.stderr)
    raise typer.Exit(status)
