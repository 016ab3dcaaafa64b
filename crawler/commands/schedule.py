"""The command `schedule`."""

from typing import Annotated

import typer

from crawler.commands.options import Db, OnlySources, Sources, complain
from crawler.settings import BATCH_BYTES, BATCH_SECONDS, GRACE_SECONDS, added_sources, default_corpus

app = typer.Typer()


@app.command(epilog="Example: civicpress schedule --db civicpress.db --quiet-hours 22-6 --listen 127.0.0.1:9109")
def schedule(
    quiet_hours: Annotated[
        str | None, typer.Option("--quiet-hours", metavar="22-6", help="Hours in Rome in which no site is asked.")
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option("--listen", metavar="127.0.0.1:9109", help="Answer /healthz and /metrics here, to this computer."),
    ] = None,
    ping: Annotated[
        str | None,
        typer.Option(
            "--ping", metavar="URL", help="An address to ask after each round, and hourly when nothing is due."
        ),
    ] = None,
    grace: Annotated[
        float, typer.Option("--grace", min=0, help="Seconds to finish what is in flight when it is stopped.")
    ] = GRACE_SECONDS,
    batch_minutes: Annotated[
        float, typer.Option("--batch-minutes", min=0.01, help="Minutes that one batch of sources may take.")
    ] = BATCH_SECONDS / 60,
    batch_memory: Annotated[
        int, typer.Option("--batch-memory", min=64, help="MB of memory that the processes of one batch may take.")
    ] = BATCH_BYTES >> 20,
    db: Db = None,
    more: Sources = None,
    only: OnlySources = None,
) -> None:
    """The background service: refresh every source at its own pace until stopped."""
    if more and only:
        complain("--sources adds to the catalogue and --only-sources replaces it: give one of them")
    from crawler.service.batches import Batches, Limits
    from crawler.service.catalogues import Catalogue
    from crawler.service.locking import AlreadyRunning
    from crawler.service.monitoring import ListenError, listen_address
    from crawler.service.pace import QuietHours
    from crawler.service.running import Options, run_service
    from crawler.settings import allowed_networks, user_agent
    from spiders.source import check_address

    allowed_networks(), user_agent()  # what is wrong with them is said here, not by every batch
    try:
        options = Options(
            QuietHours.of(quiet_hours) if quiet_hours is not None else None,
            listen_address(listen) if listen is not None else None,
            check_address(ping) if ping is not None else None,
        )
    except ValueError as error:
        complain(str(error))
    corpus = db or default_corpus()
    limits = Limits(seconds=60 * batch_minutes, memory=batch_memory << 20, grace=grace)
    try:
        run_service(corpus, Catalogue(only or more or added_sources(), bool(only)), options, Batches(corpus, limits))
    except (AlreadyRunning, ListenError) as error:
        complain(str(error))
