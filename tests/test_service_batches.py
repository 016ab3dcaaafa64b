"""Batches of the service that die, hang, or take too much: they cost nothing but themselves."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.service.batches import Batches, Ended, How
from spiders.source import Source
from storage.corpus import Corpus
from tests.program import Program, wait_until
from tests.serving import Service, done_with, gone, lists, stored
from tests.site import Answer, Site


def test_a_batch_that_is_killed_is_tried_again_in_halves_and_costs_nothing_else(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    sites, held = [new_site() for _ in range(2)], threading.Event()
    tables = {}
    for number, site in enumerate(sites):
        site.seed = str(number)
        tables[f"c_{number}"] = lists(site, 6, delay=0.5)
        last = site.pages["/novita/0"]  # the one that is asked for last
        assert isinstance(last, Answer)
        last.until = held
    civicpress.sources(**tables)
    service = serve()
    assert wait_until(lambda: stored(civicpress) >= 2)
    [child] = service.children()
    os.kill(child, signal.SIGKILL)
    assert wait_until(lambda: gone(child))
    kept = stored(civicpress)
    held.set()
    assert wait_until(lambda: done_with(civicpress) == {"c-0": "ok", "c-1": "ok"}, 60), service.log
    assert "batch of 2 sources, died: it was ended by SIGKILL" in service.log
    assert service.stop() == 0
    assert stored(civicpress) == 12
    assert {row["status"] for row in civicpress.rows("select status from runs")} == {"done", "interrupted"}
    pages = [path for site in sites for path in site.paths() if "/novita/" in path]
    assert len(pages) <= 24 - kept, "what was kept is not asked for again"


def test_a_source_that_hangs_is_marked_and_costs_the_others_nothing(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.set |= {"SILENT_SECONDS": 8.0}
    hanging, well = new_site(), new_site()
    well.seed = "altro"
    civicpress.sources(appesa=lists(hanging, 6, delay=0.5), sana=lists(well, 1))
    service = serve()
    assert wait_until(lambda: done_with(civicpress) == {"sana": "ok"} and stored(civicpress) >= 2)
    [child] = service.children()
    os.kill(child, signal.SIGSTOP)
    assert wait_until(lambda: done_with(civicpress) == {"sana": "ok", "appesa": "failed"}, 30), service.log
    [row] = civicpress.rows("select error from run_sources where source = 'appesa'")
    assert "no sign of life" in row["error"]
    assert gone(child)
    time.sleep(1)
    assert service.children() == [], "it waits for its next turn"
    assert service.stop() == 0


def test_a_source_that_takes_too_much_memory_or_time_is_marked_and_waits(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    slow = new_site()
    civicpress.sources(lenta=lists(slow))
    for answer in slow.pages.values():
        assert isinstance(answer, Answer)
        answer.drips = True
    service = serve("--batch-minutes", "0.08", "--grace", "1")
    assert wait_until(lambda: done_with(civicpress) == {"lenta": "failed"}, 40), service.log
    assert service.stop() == 0
    [row] = civicpress.rows("select error from run_sources where finished is not null")
    assert "its time of" in row["error"]
    other = new_site()
    civicpress.sources(grossa=lists(other, 40, delay=0.2))
    service = serve("--batch-memory", "64")
    assert wait_until(lambda: done_with(civicpress).get("grossa") == "failed"), service.log
    rows = civicpress.rows("select error from run_sources where source = 'grossa'")
    assert "MB of memory" in rows[-1]["error"]
    assert service.health()["status"] == "ok"
    assert service.stop() == 0


def test_a_batch_that_is_only_starting_when_the_service_stops_is_told_too(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIVICPRESS_ALLOW_NETWORKS", "127.0.0.0/8")
    source = Source.model_validate({"id": "prova", "delay": 0.0, **lists(site, 60)})
    for answer in site.pages.values():
        assert isinstance(answer, Answer)
        answer.wait = 0.5
    Corpus(tmp_path / "corpus.db").close()
    batches = Batches(tmp_path / "corpus.db")

    async def scene() -> Ended:
        starting = asyncio.create_task(batches.run([source]))
        await asyncio.sleep(0)  # its process is being made, and is not known yet
        batches.stop(for_good=True)
        ended = await asyncio.wait_for(starting, 60)
        assert (await batches.run([source])).how is How.STOPPED, "and no other one is begun"
        return ended

    ended = asyncio.run(scene())
    assert ended.how is How.STOPPED, ended
    assert len(site.asked) < 60
