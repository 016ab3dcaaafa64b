"""What the tests share: loopback sites, and the program itself."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.claimants import Other
from tests.program import Program
from tests.serving import FAST, Service
from tests.site import Site


@pytest.fixture
def new_site() -> Iterator[Callable[..., Site]]:
    """Makes sites; all of them end with the test."""
    with contextlib.ExitStack() as stack:

        def make(host: str = "127.0.0.1") -> Site:
            site = Site(host)
            stack.callback(site.close)
            return site

        yield make


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on loopback, empty but for a robots.txt without rules."""
    site = Site()
    yield site
    site.close()


@pytest.fixture
def other_site() -> Iterator[Site]:
    """A second site."""
    site = Site()
    yield site
    site.close()


@pytest.fixture
def civicpress(tmp_path: Path) -> Program:
    """The program, with a corpus of its own."""
    return Program(tmp_path)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Callable[..., Other]]:
    """Starts other processes; all end with the test."""
    started: list[Other] = []

    def start(*sites: str) -> Other:
        started.append(Other(tmp_path / "corpus.db", *sites))
        return started[-1]

    yield start
    for each in started:
        each.killed()


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
