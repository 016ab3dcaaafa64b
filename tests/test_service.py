"""The service itself, in a process of its own, on loopback sites: its work, its end, and its kills."""

import json
import re
import signal
import time
from collections.abc import Callable
from itertools import pairwise

from tests.corpora import contents
from tests.program import Program, wait_until
from tests.serving import Service, done_with, gone, lists, stored
from tests.site import Answer, Site


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
