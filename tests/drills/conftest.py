"""Drills: hazards of a hostile web, against real servers, processes and files. Each prints one line of what it saw."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drills.hostile import Forbidden, Hostile

HERE = Path(__file__).parent
Tell = Callable[[str], None]


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is in this folder is a drill."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.drill)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Adds a line to the list with which a run of the drills ends, such as `bombs: 5 of 5 refused, +38 MB`."""
    return lambda line: request.node.user_properties.append(("drill", line))  # it reaches xdist's controller, too


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The drills' lines, in the order of the files, and which of them did not pass."""
    lines = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            if getattr(report, "when", None) != "call":
                continue
            told = [line for name, line in report.user_properties if name == "drill"]
            if outcome == "failed":
                told = [f"FAILED {report.nodeid.rpartition('::')[2]}", *(f"  {line}" for line in told)]
            lines += [(report.nodeid, line) for line in told]
    if lines:
        terminalreporter.section("drills")
        for _, line in sorted(lines, key=lambda each: each[0]):
            terminalreporter.write_line(line)


@pytest.fixture
def hostile() -> Iterator[Callable[..., Hostile]]:
    """Makes servers that misbehave; all of them end with the drill."""
    with contextlib.ExitStack() as stack:

        def make(*args: Any, **kwargs: Any) -> Hostile:
            server = Hostile(*args, **kwargs)
            stack.callback(server.close)
            return server

        yield make


@pytest.fixture
def forbidden() -> Iterator[Forbidden]:
    """A port to which nobody is to connect."""
    made = Forbidden()
    yield made
    made.close()
