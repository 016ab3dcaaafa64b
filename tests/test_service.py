"""The service itself, in a process of its own, on loopback sites."""

import contextlib
import json
import os
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.corpora import contents
from tests.program import Program, Running, wait_until
from tests.site import Answer, Site

FAST = {"TICK_SECONDS": 0.3, "BATCH_LOOKS": 0.1, "FIRST_WAIT": 0.5}


class Service:
    """A running service; `log` is what it has written so far."""

    def __init__(self, civicpress: Program, *words: str) -> None:
        self.civicpress, self.port = civicpress, free_port()
        self.lines: list[str] = []
        listen = ("--listen", f"127.0.0.1:{self.port}")
        self.running: Running = civicpress.start(
            "schedule", "--only-sources", civicpress.folder / "sources.toml", *listen, *words
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.running.process.stderr
        for line in self.running.process.stderr:
            self.lines.append(line)

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def ask(self, path: str) -> tuple[int, str]:
        """The status and the text at a path of the service's own server; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, "{}"

    def health(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.ask("/healthz")[1])
        return told

    def children(self) -> list[int]:
        """The first processes of its batches."""
        path = Path(f"/proc/{self.running.pid}/task")
        with contextlib.suppress(OSError):
            return [int(pid) for task in path.iterdir() for pid in (task / "children").read_text().split()]
        return []

    def ended(self, timeout: float = 40) -> int:
        status = self.running.process.wait(timeout)
        self._reading.join(5)
        return status

    def stop(self) -> int:
        assert wait_until(lambda: "sources; corpus:" in self.log), "it hears signals from then on"
        self.running.tell(signal.SIGTERM)
        return self.ended()

    def close(self) -> None:
        for pid in self.children():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            self.running.process.kill()
        self.running.process.wait()
        self._reading.join(5)
        for pipe in (self.running.process.stdout, self.running.process.stderr):
            assert pipe
            pipe.close()


@pytest.fixture
def serve(civicpress: Program) -> Iterator[Callable[..., Service]]:
    """Starts services on the last sources; whatever is left of them ends with the test."""
    civicpress.set = dict(FAST)
    started: list[Service] = []

    def begin(*words: str) -> Service:
        started.append(Service(civicpress, *words))
        return started[-1]

    yield begin
    for each in started:
        each.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lists(site: Site, number: int = 3, **more: Any) -> dict[str, Any]:
    return {"home": site.url, "listings": [site.listing("/novita", site.releases(range(number)))], **more}


def stored(civicpress: Program) -> int:
    with contextlib.suppress(Exception):  # not made yet
        return int(civicpress.rows("select count(*) as number from documents")[0]["number"])
    return 0


def done_with(civicpress: Program, after: int = 0) -> dict[str, str]:
    """The sources that runs (after run `after`) were done with, and the last status of each."""
    with contextlib.suppress(Exception):
        sql = "select source, status from run_sources where finished is not null and run > ? order by run"
        rows = civicpress.rows(sql, after)
        return {row["source"]: row["status"] for row in rows}
    return {}


def gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_the_service_crawls_what_is_due_and_says_how_it_stands(
    new_site: Callable[[], Site], civicpress: Program, serve: Callable[..., Service]
) -> None:
    first, second = new_site(), new_site()
    second.seed = "altro"
    second.pages["/novita"] = Answer(b"", 500)
    civicpress.sources(uno=lists(first), due={"home": second.url, "listings": [f"{second.url}/novita"]})
    service = serve()
    assert wait_until(lambda: service.health().get("failing") == 1 and not service.health()["batches"])
    asked = len(first.asked)
    status, text = service.ask("/healthz")
    health = json.loads(text)
    assert (status, health["status"], health["sources"], health["due"], health["new"]) == (200, "ok", 2, 0, 0)
    status, text = service.ask("/metrics")
    assert status == 200
    values = dict(re.findall(r"^(civicpress_\S+) (\S+)$", text, re.M))
    assert float(values["civicpress_up"]) == 1
    assert float(values["civicpress_new_total"]) == 3
    assert float(values["civicpress_sources_failing"]) == 1
    assert float(values['civicpress_batches_total{how="done"}']) == 1
    assert service.ask("/")[0] == 404
    assert re.search(
        r"^2\d{3}-\S+ batch of 2 sources, \d+ requests, 3 new, 0 revised, 1 failed; [\d.]+ s$", service.log, re.M
    )
    time.sleep(1)
    assert len(first.asked) == asked, "nothing is due any more"
    assert service.stop() == 0
    assert "Traceback" not in service.log
    assert service.ask("/healthz")[0] == 0
    again = serve()
    assert wait_until(lambda: again.health().get("last_look") is not None)
    time.sleep(1)
    assert len(first.asked) == asked, "nor after a restart"


def test_a_second_service_says_so_leaves_and_changes_nothing(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site))
    service = serve()
    assert wait_until(lambda: done_with(civicpress) == {"prova": "ok"} and not service.children())
    before, asked = contents(civicpress.folder), len(site.asked)
    done = civicpress("schedule", "--only-sources", civicpress.folder / "sources.toml")
    assert done.status == 2
    assert done.err.splitlines() == [
        f"civicpress: {civicpress.db}: process {service.running.pid} is this corpus's service already"
    ]
    assert contents(civicpress.folder) == before
    assert len(site.asked) == asked
    assert service.stop() == 0


def test_a_stopped_service_lets_what_is_in_flight_finish_and_leaves_nobody(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site, 8))
    for number in range(8):
        page = site.pages[f"/novita/{number}"]
        assert isinstance(page, Answer)
        page.wait = 2.0
    service = serve()
    assert wait_until(lambda: any("/novita/" in path for path in site.paths()))
    [child] = service.children()
    assert service.stop() == 0
    assert gone(child)
    assert stored(civicpress) == sum("/novita/" in path for path in site.paths()) >= 1
    assert civicpress.rows("select status from runs") == [{"status": "interrupted"}]
    assert service.running.leaves_nobody()
    for answer in site.pages.values():
        assert isinstance(answer, Answer)
        answer.wait = 0
    again = serve()
    assert wait_until(lambda: stored(civicpress) == 8), "what was left is due at once"
    assert again.stop() == 0
    pages = [path for path in site.paths() if "/novita/" in path]
    assert sorted(pages) == sorted(set(pages))


def test_what_takes_longer_than_the_grace_is_killed_and_a_second_signal_ends_all_at_once(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site))
    for path in ("/novita/0", "/novita/1", "/novita/2"):
        page = site.pages[path]
        assert isinstance(page, Answer)
        page.drips = True
    for words, signals, status in ((("--grace", "0.5"), 1, 0), ((), 2, 130)):
        site.forget()
        service = serve(*words)
        assert wait_until(lambda: any("/novita/" in path for path in site.paths()))
        [child] = service.children()
        for _ in range(signals):
            service.running.tell(signal.SIGINT)
            time.sleep(0.3)
        assert service.ended(10) == status
        assert wait_until(lambda child=child: gone(child))  # type: ignore[misc]
        assert service.running.leaves_nobody()


def test_a_killed_service_leaves_no_lock_and_its_batches_stop_by_themselves(
    site: Site, civicpress: Program, serve: Callable[..., Service]
) -> None:
    civicpress.sources(prova=lists(site, 12, delay=0.3))
    service = serve()
    assert wait_until(lambda: stored(civicpress) >= 2)
    [child] = service.children()
    service.running.tell(signal.SIGKILL)
    service.ended()
    again = serve()
    assert wait_until(lambda: gone(child))
    assert wait_until(lambda: stored(civicpress) == 12, 40)
    assert again.stop() == 0
    pages = [path for path in site.paths() if "/novita/" in path]
    assert sorted(pages) == sorted(set(pages))
    assert all(first.done <= second.at for first, second in pairwise(site.asked))


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
