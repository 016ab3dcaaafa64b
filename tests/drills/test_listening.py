"""Nothing listens on a port unless it is asked to: neither a crawl nor the service, nor any of their workers."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from tests.drills.conftest import Tell
from tests.program import Program, Running, wait_until
from tests.site import Answer, Site

LISTENS = "0A"  # the state of a socket in /proc/net/tcp


def family(pid: int) -> list[int]:
    """A process and all that it started, in whichever session they are."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def listening(running: Running) -> set[str]:
    """The local addresses on which any process of a program listens, as the kernel writes them."""
    inodes = set()
    for pid in family(running.pid):
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):
                if match := re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink())):
                    inodes.add(match[1])
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            local, state, inode = (fields := line.split())[1], fields[3], fields[9]
            if state == LISTENS and inode in inodes:
                found.add(local)
    return found


def held_up(site: Site, civicpress: Program, *words: str) -> set[str]:
    """Where a program listens while it fetches a page and its workers are there."""
    feed = site.feed("/feed", site.releases([1, 2, 3, 4]))
    last = site.pages["/novita/4"]
    assert isinstance(last, Answer)
    last.wait = 60
    source = civicpress.sources(prova={"home": site.url, "feeds": [feed]})
    running = civicpress.start(*words, "--only-sources", source)
    try:
        assert wait_until(lambda: "/novita/4" in site.paths() and len(family(running.pid)) > 2, 120)
        return listening(running)
    finally:
        site.closed.set()
        running.close()


def test_a_crawl_listens_nowhere(new_site: Callable[..., Site], civicpress: Program, tell: Tell) -> None:
    assert held_up(new_site(), civicpress, "crawl") == set()
    tell("a crawl with its workers: 0 listening sockets")


def test_the_service_listens_where_it_is_asked_to_and_nowhere_else(
    new_site: Callable[..., Site], civicpress: Program, tell: Tell
) -> None:
    assert held_up(new_site(), civicpress, "schedule") == set()
    asked = held_up(new_site(), civicpress, "schedule", "--listen", "127.0.0.1:0")
    assert len(asked) == 1
    assert all(address.startswith("0100007F:") for address in asked)
    tell("the service with its workers: 0 listening sockets, 1 on 127.0.0.1 with --listen")
