"""The commands `sources add` and `sources check`: what a site offers, before anything of it is kept."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from crawler.commands.options import AsJson, OnlySources, Sources, catalogue

app = typer.Typer()

SAMPLES = 10


@app.command(epilog="Example: civicpress sources add https://www.comune.esempio.it/ --into my-sources.toml")
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of the body's home page.")],
    into: Annotated[Path, typer.Option("--into", help="The file of sources to add it to.")] = Path("sources.toml"),
    id: Annotated[str | None, typer.Option("--id", help="The source's id (default: made of its name).")] = None,
    name: Annotated[str | None, typer.Option("--name", help="The body's name (default: its own).")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="municipality, chamber or other.")] = None,
    listing: Annotated[
        list[str] | None, typer.Option("--listing", help="A page that lists releases; repeatable.")
    ] = None,
    feed: Annotated[list[str] | None, typer.Option("--feed", help="An RSS or Atom feed; repeatable.")] = None,
    delay: Annotated[
        float | None, typer.Option("--delay", help="Seconds between two requests to the host (default: 1).")
    ] = None,
    javascript: Annotated[bool, typer.Option("--javascript", help="Its pages need a browser.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    as_json: AsJson = False,
    more: Sources = None,
) -> None:
    """Recognise a site from its home page, show what was found, and write the source.

    Nothing is written where the site cannot be a source: the reason and the next step are shown, and the status is 1.
    """
    from crawler.display import results as display
    from crawler.display import survey as display_survey
    from crawler.survey.adding import append, entry_of, refuse
    from crawler.survey.checking import as_row
    from crawler.survey.looks import survey
    from crawler.survey.proposal import propose
    from spiders.dates import rome_today

    known = catalogue(more, None)
    proposed = propose(
        url, known, id=id, name=name, kind=kind, listings=listing, feeds=feed, delay=delay, javascript=javascript
    )
    if into.exists():
        refuse(into, proposed.source, id_known=bool(id))
    with display_survey.working(f"looking at {proposed.source.home}"):
        [found] = survey([proposed.source], SAMPLES)
    if not found.failure:
        found.source = proposed.settled(found, known)
        refuse(into, found.source)
    if as_json:
        display.as_json(as_row(found))
    else:
        display_survey.proof(found)
    if found.failure:
        raise typer.Exit(1)
    entry = entry_of(found, rome_today())
    if not as_json:
        display_survey.entry(entry)
    if not yes and not (sys.stdin.isatty() and not as_json and typer.confirm(f"Write it to {into}?", err=True)):
        typer.echo("Nothing was written." if sys.stdin.isatty() else "Nothing was written; --yes writes it.", err=True)
        return
    append(into, found.source, entry)
    typer.echo(f"Written to {into}. Next: civicpress crawl {found.source.id} --sources {into}", err=True)


@app.command(epilog="Example: civicpress sources check comune-torino camera-torino")
def check(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Sources by id; all of the catalogue without any.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew instead of going on with a check that was stopped.")
    ] = False,
    results: Annotated[
        Path | None,
        typer.Option("--results", help="Where the results stay, as JSON lines (default: in the data folder)."),
    ] = None,
    as_json: AsJson = False,
    more: Sources = None,
    only: OnlySources = None,
) -> None:
    """Try sources without storing anything: platform, lists, the newest releases, what fails and why.

    A check that is stopped goes on where it was when it is called again. The status is 1 where a source failed.
    """
    from crawler.display import results as display
    from crawler.display import survey as display_survey
    from crawler.survey.checking import Results, check_all
    from spiders.catalogue import find

    chosen = find(catalogue(more, only), sources or [])
    kept = Results.at(results)
    before = {} if restart else kept.rows(chosen)
    if before and not as_json:
        typer.echo(
            f"Going on: {len(before)} of {len(chosen)} sources were checked already (--restart begins anew).", err=True
        )
    with display_survey.checking(len(chosen), len(before)) as tell:
        rows = check_all(chosen, kept, tell, restart=restart)
    if as_json:
        display.as_json(rows)
    else:
        display_survey.checked(rows)
    if any(row["status"] != "ok" for row in rows):
        raise typer.Exit(1)
