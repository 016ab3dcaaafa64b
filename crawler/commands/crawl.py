"""The command `crawl`."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.commands.options import AsJson, Db, OnlySources, Sources, catalogue, day
from crawler.settings import default_corpus

app = typer.Typer()


@app.command(epilog="Example: civicpress crawl comune-torino --since 2026-01-01 --limit 50")
def crawl(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Sources by id; all of the catalogue without any.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", parser=day, help="Only releases listed with this day or later."),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most this many pages a source.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read all lists to their end and all known pages again.")
    ] = False,
    as_json: AsJson = False,
    db: Db = None,
    more: Sources = None,
    only: OnlySources = None,
) -> None:
    """Fetch what is new: one ingest run over the named sources, or all."""
    from spiders.catalogue import find

    chosen = find(catalogue(more, only), sources or [])
    path = db or default_corpus()
    if _is_new(path):  # a first run will need its workers: they get ready while Scrapy is imported
        from crawler.extraction.workers import load_ahead

        load_ahead()

    from crawler.display import results as display
    from crawler.ingest.counts import Options
    from crawler.ingest.run import run_crawl

    with display.progress(len(chosen)) as watch:
        report = run_crawl(chosen, path, Options(since, limit, full), watch)
    if as_json:
        display.as_json(report.as_json())
    else:
        from storage import reading
        from storage.database import reader

        with reader(path) as corpus:
            problems = reading.problems(corpus, report.run)
        display.report(report, path, problems)
    raise typer.Exit(0 if report.ok else 1)


def _is_new(corpus: Path) -> bool:
    try:
        return not corpus.exists()
    except OSError:  # whoever opens it says why it cannot be used
        return False
