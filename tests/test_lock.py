"""requirements.lock agrees with what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", LOCK, re.M))


def test_the_lock_has_a_fitting_version_of_all_that_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in (*project["dependencies"], *project["optional-dependencies"]["javascript"]):
        need = Requirement(line)
        name = re.sub(r"[-_.]+", "-", need.name).lower()
        assert name in LOCKED, f"{name} is not locked: .ci/lock writes the file anew"
        assert need.specifier.contains(LOCKED[name]), f"{name}: {LOCKED[name]} is not {need.specifier}"


def test_the_lock_holds_versions_and_no_place_they_come_from() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.!+]+", line) for line in lines)
    assert list(LOCKED) == sorted(LOCKED)
    assert len(lines) > 40
