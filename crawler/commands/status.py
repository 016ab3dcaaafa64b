"""The command `status`."""

import sys
from typing import Annotated

import typer

from crawler.commands.options import AsJson, Db, OnlySources, Sources, catalogue, complain
from crawler.settings import default_corpus

app = typer.Typer()


@app.command(epilog="Example: civicpress status --check")
def status(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE...", help="Sources by id; all of the corpus without any.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Show the unhealthy sources only, and exit with 1 where there are any.")
    ] = False,
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Show each source's months, and how to fetch what is missing of them.")
    ] = False,
    months: Annotated[
        int | None, typer.Option("--months", min=2, max=120, help="With --gaps: so many months (else 12).")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show the healthy sources too, however many there are.")
    ] = False,
    as_json: AsJson = False,
    db: Db = None,
    more: Sources = None,
    only: OnlySources = None,
) -> None:
    """Show how each source fares: who is healthy, quiet, failing, refuses us or changed, since when, and the evidence."""
    if months and not gaps:
        complain("--months goes with --gaps")
    if gaps and check:
        complain("--check is about health and --gaps about months: give one of them")
    from dataclasses import replace
    from datetime import UTC, datetime

    from crawler.display import results as display
    from crawler.display import status as display_status
    from crawler.health.overview import completeness, overview
    from spiders.dates import local_day
    from storage import soundness
    from storage.database import reader
    from storage.health import problems

    known, now = catalogue(more, only), datetime.now(UTC)
    path = db or default_corpus()
    with reader(path) as corpus:
        _, fault = soundness.last(corpus)
        if fault:
            print(f"civicpress: {soundness.damaged(path, [fault])}", file=sys.stderr)
        if gaps:
            found = completeness(corpus, known, sources or [], local_day(now), months or 12)
            if as_json:
                display.as_json([display_status.gaps_as_json(each) for each in found])
            else:
                display_status.gaps(found, everything=everything or bool(sources))
            return
        seen = overview(corpus, known, sources or [], now, everything=everything)
        if any(finding.of_pages for each in seen.unhealthy for finding in each.findings):
            from crawler.health.rechecking import recheck

            seen = replace(seen, healths=recheck(corpus, seen.healths))
        lost = {id: problems(corpus, id, 5) for id in sources or []}
    if as_json:
        display.as_json(display_status.as_json(seen, only_unhealthy=check, problems=lost))
    elif check:
        display_status.unhealthy(seen)
    else:
        display_status.overview(seen, everything=everything or bool(sources))
        display_status.problems(lost)
    raise typer.Exit(1 if check and (fault or seen.unhealthy) else 0)
