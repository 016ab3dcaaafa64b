"""The command `demo`: the packaged sample site, crawled with the same code as any other, twice: on a first day, and
on the next one, when two releases are new and one was edited."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from crawler.demo import SampleSite, faults
from crawler.demo.site import CHAMBER, TOWN_HALL
from crawler.demo.tour import Tour
from crawler.extraction.workers import load_ahead
from crawler.ingest.reactor import in_reactor
from crawler.ingest.report import Report
from crawler.ingest.run import Run, supervised
from crawler.settings import allow_loopback, allowed_networks
from spiders.catalogue import load
from spiders.source import Source
from storage.corpus import Corpus
from storage.database import reader
from storage.errors import CorpusError


def demonstrate(db: Path | None, as_json: bool) -> int:
    """Shows the main job; returns the exit status: 1 where what came out is not what the site holds.

    `db` keeps the corpus, which else is thrown away. A corpus that holds a demonstration already is crawled once more.
    Raises CorpusError where `db` cannot be used, or holds other sources: invented releases do not belong among them.
    """
    allow_loopback()
    load_ahead()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="civicpress-demo-")))
        ports = _earlier_ports(db) if db else None
        corpus = stack.enter_context(Corpus(db or folder / "demo.db"))
        site = stack.enter_context(SampleSite(*((ports, 2) if ports else ())))
        (folder / "sources.toml").write_text(site.sources_toml(), encoding="utf-8")
        sources = list(load([folder / "sources.toml"], only=True).values())
        show = Tour(site, corpus, kept=db, quiet=as_json)
        show.opening(again=ports is not None)
        reports: list[Report] = in_reactor(lambda: _days(sources, corpus, site, show), allowed_networks())
        stopped = any(report.interrupted for report in reports)
        found = [] if stopped else faults(corpus.db, site.bases, site.day, fresh=ports is None)
        if as_json:
            show.as_json(reports, found)
        elif not stopped:
            show.closing(reports, found)
    return 1 if found or stopped else 0


async def _days(sources: list[Source], corpus: Corpus, site: SampleSite, show: Tour) -> list[Report]:
    reports = []
    while True:
        with show.day() as watch:
            reports.append(await supervised(Run(sources, corpus, watch=watch)))
        show.report(reports[-1])
        if site.day > 1 or reports[-1].interrupted:
            return reports
        site.next_day()


def _earlier_ports(db: Path) -> tuple[int, int] | None:
    """The ports of the demonstration that a corpus holds, so that its addresses stay what they were; None in a new one."""
    try:
        if not db.is_file():
            return None
    except OSError:  # a name too long, a folder that is closed: whoever opens it says why it cannot be used
        return None
    with reader(db) as corpus:
        rows = list(corpus.query("select id, home from sources")) if "sources" in corpus.table_names() else []
    homes = {row["id"]: urlsplit(row["home"]).port or 0 for row in rows}
    if homes.keys() - {TOWN_HALL, CHAMBER}:
        raise CorpusError(
            db, "this corpus holds other sources, and the demonstration's releases are invented; name a new file"
        )
    return (homes.get(TOWN_HALL, 0), homes.get(CHAMBER, 0)) if homes else None
