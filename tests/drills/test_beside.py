"""The service, crawls by hand, readers and backups on one corpus at once; and crawls that are killed and go on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from tests.drills.children import complaints
from tests.drills.conftest import Tell
from tests.drills.test_killed import ROOT
from tests.program import Program, wait_until
from tests.serving import FAST, Service
from tests.site import Answer, Site

SECONDS = float(os.environ.get("CIVICPRESS_DRILL_SECONDS", "15"))


def lists(site: Site, number: int, wait: float = 0.0) -> dict[str, object]:
    """A source of so many releases, each answered after a while."""
    listing = site.listings("/novita", site.releases(range(number)), 25)
    for answer in site.pages.values():
        assert isinstance(answer, Answer)
        answer.wait = wait
    return {"home": site.url, "listings": [listing]}


def test_the_service_crawls_by_hand_readers_and_backups_never_find_the_corpus_locked(
    new_site: Callable[..., Site], civicpress: Program, tell: Tell
) -> None:
    civicpress.set |= FAST
    served, by_hand = new_site(), new_site("127.0.0.2")  # of one host, they would take turns
    served.seed, by_hand.seed = "a", "b"
    number = int(SECONDS * 12)
    tables = {"servito": lists(served, number, 0.03), "a_mano": {**lists(by_hand, 10), "every": "7d"}}
    assert civicpress.crawl("a-mano", "--limit", "1", **tables).status == 0  # there is a corpus to read
    service = Service(civicpress)
    command = [sys.executable, "-m", "tests.drills.writing", "readers", str(civicpress.folder), str(round(SECONDS))]
    readers = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert wait_until(lambda: civicpress.rows("select 1 from corpus where source = 'servito' limit 1") != [], 60)
        crawls, backups = 0, 0
        while readers.poll() is None:
            done = civicpress.crawl("a-mano", "--full")
            assert (done.status, done.err) == (0, ""), done
            crawls += 1
            before = civicpress.rows("select max(seq) as seq from revisions")[0]["seq"]
            copied = civicpress("backup", civicpress.folder / "backup.db", "--json")
            assert (copied.status, copied.err) == (0, "")
            assert copied.json["seq"] >= before
            backups += 1
        assert readers.stdout
        with readers.stdout as lines:
            read = json.loads(lines.read())
        assert wait_until(lambda: len(civicpress.rows("select id from corpus")) == number + 10, 120), service.log
        assert service.health()["status"] == "ok"
        assert service.stop() == 0
    finally:
        readers.kill()
        readers.wait()
        service.close()
    assert read["errors"] == []
    assert all(word not in service.log for word in ("locked", "waiting", "died", "overdue")), service.log
    assert not civicpress.rows("select error from run_sources where status != 'ok'")
    assert complaints(civicpress.db) == complaints(civicpress.folder / "backup.db") == []
    tell(
        f"service, {crawls} crawls by hand, {backups} backups and five readers at once, {SECONDS:.0f} s: "
        f"{read['reads']:,} reads, 0 found it locked"
    )


@pytest.mark.parametrize("kills", [10])
def test_a_crawl_that_is_killed_again_and_again_ends_with_all_pages(
    kills: int, new_site: Callable[..., Site], civicpress: Program, tell: Tell
) -> None:
    sites = [new_site() for _ in range(2)]
    for number, site in enumerate(sites):
        site.seed = str(number)
    path = civicpress.sources(**{f"comune_{number}": lists(site, 60, 0.03) for number, site in enumerate(sites)})
    moments = random.Random(3)
    for _ in range(kills):
        running = civicpress.start("crawl", "--only-sources", path, "--json")
        try:
            before, more = len(sites[0].asked), moments.randrange(1, 9)
            assert wait_until(lambda: len(sites[0].asked) >= before + more or running.process.poll() is not None)  # noqa: B023
            time.sleep(moments.uniform(0, 0.05))
            running.tell(signal.SIGKILL, group=True)
            assert running.process.wait(10) == -signal.SIGKILL
        finally:
            running.close()
    done = civicpress.crawl()
    assert done.status == 0
    wanted = {f"{site.url}/novita/{number}" for site in sites for number in range(60)}
    with closing(sqlite3.connect(civicpress.db)) as db:
        there = [url for (url,) in db.execute("select url from documents")]
    assert len(there) == len(wanted)
    assert set(there) == wanted
    assert complaints(civicpress.db) == []
    tell(f"crawl killed {kills} times and taken up again: {len(there)} of {len(wanted)} pages, none twice")
