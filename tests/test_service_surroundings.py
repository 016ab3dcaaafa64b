"""The service and what changes around it: the catalogue, other crawls, hosts that want a pause, the clock, the corpus."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import crawler.service.running as service_module
from crawler.service.batches import Batches
from crawler.service.catalogues import Catalogue
from tests.program import Program, wait_until
from tests.serving import Service, done_with, lists, stored
from tests.site import Answer, Site


def test_the_catalogue_is_read_again_and_a_wrong_one_leaves_the_earlier_one_in_force(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    first, second = new_site(), new_site()
    second.seed = "altro"
    path = civicpress.sources(uno=lists(first, every="1m"))
    service = serve()
    assert wait_until(lambda: done_with(civicpress) == {"uno": "ok"})
    path.write_text(path.read_text() + "\n[due]\nhom = 'x'\n")
    assert wait_until(lambda: bool(service.health().get("catalogue")))
    assert service.ask("/healthz")[0] == 200
    assert '[due] has no key "hom"' in service.health()["catalogue"]
    assert wait_until(lambda: service.log.count("the earlier one stays in force") == 1)
    time.sleep(1)
    assert service.log.count("the earlier one stays in force") == 1
    assert service.health()["sources"] == 1
    asked = len(first.asked)
    civicpress.change("update run_sources set finished = '2026-01-01T00:00:00+00:00'")
    again = serve()  # not two services: it leaves
    assert again.ended() == 2
    civicpress.sources(due=lists(second))
    assert wait_until(lambda: done_with(civicpress).get("due") == "ok")
    assert service.health()["catalogue"] is None
    assert len(first.asked) == asked
    assert len(civicpress.rows("select id from corpus where source = 'uno'")) == 3, "documents stay"
    assert service.stop() == 0


def test_a_crawl_by_hand_beside_the_service_asks_no_site_at_the_same_time(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site, 10))
    for answer in site.pages.values():
        assert isinstance(answer, Answer)
        answer.wait = 0.1
    service = serve()
    assert wait_until(lambda: stored(civicpress) >= 1)
    done = civicpress.crawl()
    assert (done.status, done.source()["new"]) == (0, 0)
    assert stored(civicpress) == 10
    assert all(first.done <= second.at for first, second in pairwise(site.asked))
    pages = [path for path in site.paths() if "/novita/" in path]
    assert sorted(pages) == sorted(set(pages))
    assert service.stop() == 0


def test_retry_after_is_remembered_by_the_runs_to_come(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    site, well = new_site(), new_site()
    well.seed = "altro"
    sources = {"occupato": lists(site), "libero": lists(well)}
    site.pages["/novita"] = Answer(b"", 503, {"Retry-After": "86400"})
    assert civicpress.crawl(**sources).source("occupato")["status"] in ("failed", "refused")
    asked = len(site.asked)
    again = civicpress.crawl()
    assert again.source("occupato")["status"] == "refused"
    assert "Retry-After" in again.source("occupato")["error"]
    assert len(site.asked) == asked
    civicpress.change("update run_sources set finished = '2026-01-01T00:00:00+00:00'")
    service = serve()
    assert wait_until(lambda: done_with(civicpress, 2) == {"libero": "ok"})
    assert list(service.health()["paused"]) == [site.url.removeprefix("http://")]
    assert service.stop() == 0
    assert len(site.asked) == asked
    civicpress.change("update pauses set until = '2026-01-01T00:00:00+00:00'")
    lists(site)
    assert civicpress.crawl().source("occupato")["new"] == 3


def test_in_quiet_hours_no_site_is_asked_and_batches_at_work_stop(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site))
    hour = time.gmtime().tm_hour  # Rome is one or two hours further
    service = serve("--quiet-hours", f"{hour % 24}-{(hour + 5) % 24}")
    assert wait_until(lambda: service.health().get("last_look") is not None)
    time.sleep(1)
    assert site.asked == []
    assert service.health()["status"] == "ok"
    assert service.stop() == 0


def test_an_address_is_asked_after_a_round_and_its_failure_is_logged_once(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    site, listener = new_site(), new_site()
    listener.pages["/ping/secret"] = Answer(b"", 500)
    civicpress.sources(prova=lists(site, every="1m"))
    service = serve("--ping", f"{listener.url}/ping/secret")
    for number in (1, 2):
        assert wait_until(lambda number=number: len(listener.paths()) == number)  # type: ignore[misc]
        civicpress.change("update run_sources set finished = '2026-01-01T00:00:00+00:00'")
        path = civicpress.folder / "sources.toml"  # a change of the source has it looked up again
        path.write_text(path.read_text().replace(f'"{number}m"', f'"{number + 1}m"'))
    assert wait_until(lambda: len(listener.paths()) == 3)
    assert service.log.count("the ping to 127.0.0.1 failed") == 1
    assert "secret" not in service.log
    assert service.stop() == 0


def test_the_service_drops_records_of_past_runs_that_tell_nothing_any_more(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.crawl(prova=lists(site))
    for day in range(100):
        then = f"2020-{1 + day // 28:02}-{1 + day % 28:02}T08:00:00+00:00"
        civicpress.change("insert into runs(started, finished, status) values (?, ?, 'done')", then, then)
        civicpress.change(
            "insert into run_sources(run, source, status, seconds, finished) values ((select max(id) from runs), ?, 'ok', 1, ?)",
            "prova", then,
        )  # fmt: skip
    service = serve()
    lines = "select count(*) as number from run_sources"
    assert wait_until(lambda: civicpress.rows(lines)[0]["number"] <= 42), service.log
    assert wait_until(lambda: "60 records of past runs that tell nothing any more were dropped" in service.log)
    assert len(civicpress.rows("select id from runs")) >= 101
    assert service.stop() == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--listen", "0.0.0.0:9109"), "0.0.0.0 is not this computer alone"),
        (("--listen", "192.0.2.1:9109"), "192.0.2.1 is not this computer alone"),
        (("--listen", "127.0.0.1"), "'127.0.0.1' is no address such as"),
        (("--quiet-hours", "22"), "'22' are no hours such as 22-6"),
        (("--ping", "ftp://example.org/"), "is not an http or https address"),
        (("--sources", "x.toml"), "--sources adds to the catalogue"),
    ],
)
def test_a_wrong_call_is_refused_and_leaves_nothing_behind(
    words: tuple[str, str], why: str, site: Site, civicpress: Program
) -> None:
    civicpress.sources(prova=lists(site))
    done = civicpress("schedule", "--only-sources", civicpress.folder / "sources.toml", *words)
    assert done.status == 2
    assert why in done.err
    assert [path.name for path in civicpress.folder.iterdir()] == ["sources.toml"]


def test_a_file_that_is_no_corpus_and_an_address_in_use_are_refused(site: Site, civicpress: Program) -> None:
    civicpress.sources(prova=lists(site))
    call = ("schedule", "--only-sources", civicpress.folder / "sources.toml")
    civicpress.db.write_text("a letter")
    done = civicpress(*call)
    assert (done.status, done.err) == (2, f"civicpress: {civicpress.db}: not a SQLite database\n")
    assert sorted(path.name for path in civicpress.folder.iterdir()) == ["corpus.db", "sources.toml"]
    civicpress.db.unlink()
    done = civicpress(*call, "--listen", f"127.0.0.1:{site.port}")
    assert done.status == 2
    assert f"127.0.0.1:{site.port}" in done.err
    assert "in use" in done.err
    assert site.asked == []


def test_a_corpus_that_is_gone_for_a_while_is_waited_for_and_nothing_is_lost(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site))
    site.pages["/novita/1"].until = held = threading.Event()  # type: ignore[union-attr]
    service = serve()
    assert wait_until(lambda: "/novita/1" in site.paths())
    kept = civicpress.folder / "kept"
    civicpress.db.rename(kept)
    held.set()
    assert wait_until(lambda: service.health().get("status") == "waiting", 40), service.log
    assert service.ask("/healthz")[0] == 503
    kept.rename(civicpress.db)
    assert wait_until(lambda: stored(civicpress) == 3 and service.health().get("status") == "ok", 40), service.log
    assert service.stop() == 0


def test_a_clock_that_is_set_back_wakes_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [time.time()]
    (tmp_path / "sources.toml").write_text('[prova]\nhome = "http://127.0.0.1:9/"\n')
    catalogue, corpus = Catalogue([tmp_path / "sources.toml"], only=True), tmp_path / "corpus.db"
    monkeypatch.setattr(service_module, "_CLOCK_LOOKS", 0.01)
    monkeypatch.setattr(service_module.time, "time", lambda: clock[0])

    async def scene() -> None:
        service = service_module.Service(corpus, catalogue, service_module.Options(), Batches(corpus))
        looked = asyncio.Event()
        job = service.scheduler.add_job(looked.set, "interval", hours=9, id="tick")
        service.scheduler.start()
        watching = asyncio.create_task(service._watch_clock())
        for ahead in (3600.0, 10.0, -20.0):  # a sleep, and what a time server mends, wake nobody
            clock[0] += ahead
            await asyncio.sleep(0.1)
        assert not looked.is_set()
        assert job.next_run_time > service_module.now() + timedelta(hours=8)
        clock[0] -= 86400
        await looked.wait()
        watching.cancel()
        service.scheduler.shutdown(wait=False)

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_locks_that_a_dead_computer_left_behind_are_in_nobody_s_way(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site))
    (civicpress.folder / "corpus.db-service.lock").write_text("1\n")  # a process that lives, and is none of ours
    (civicpress.folder / "corpus.db-sites.lock").write_bytes(b"\x7f" * 4096)
    service = serve()
    assert wait_until(lambda: done_with(civicpress) == {"prova": "ok"}), service.log
    assert service.stop() == 0


def test_a_source_that_is_removed_while_it_is_crawled_is_finished_and_gets_no_other_turn(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    first, second = new_site(), new_site()
    second.seed = "altro"
    civicpress.sources(uno=lists(first, every="1m"), due=lists(second, every="1m"))
    first.pages["/novita/1"].until = held = threading.Event()  # type: ignore[union-attr]
    service = serve()
    assert wait_until(lambda: "/novita/1" in first.paths())
    civicpress.sources(due=lists(second, every="2m"))
    assert wait_until(lambda: service.health()["sources"] == 1)
    held.set()
    assert wait_until(lambda: done_with(civicpress) == {"uno": "ok", "due": "ok"} and not service.health()["batches"])
    asked = len(first.asked)
    civicpress.change("update run_sources set finished = '2026-01-01T00:00:00+00:00'")
    civicpress.sources(due=lists(second, every="3m"))  # a change of the source has it looked up again
    assert wait_until(lambda: bool(done_with(civicpress, 1)))
    assert done_with(civicpress, 1) == {"due": "ok"}
    assert len(first.asked) == asked
    assert len(civicpress.rows("select id from corpus where source = 'uno'")) == 3, "documents stay"
    assert service.stop() == 0
