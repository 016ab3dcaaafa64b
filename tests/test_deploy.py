"""The files of deploy/ agree with the program, and with each other."""

import re
import shutil
import subprocess
import sys
import time
from configparser import ConfigParser
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.main import get_command

from crawler.cli import app
from crawler.service.monitoring import LATE, Monitor, State, serve
from crawler.settings import BATCH_BYTES, BATCHES_AT_ONCE, GRACE_SECONDS

DEPLOY = Path(__file__).parents[1] / "deploy"
UNIT = (DEPLOY / "civicpress.service").read_text()
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
README = (DEPLOY / "README.md").read_text()


class Unit(ConfigParser):
    """The unit; of a key that occurs several times, the last."""

    def __init__(self) -> None:
        super().__init__(strict=False, interpolation=None)
        self.read_string(UNIT)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def size(text: str) -> int:
    return int(text[:-1]) << {"M": 20, "G": 30}[text[-1]]


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("systemd is not here")
    unit = tmp_path / "civicpress.service"
    unit.write_text(UNIT.replace("/opt/civicpress/bin/civicpress", sys.executable))
    done = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([analyze, "security", "--offline=yes", "--no-pager", unit], capture_output=True, text=True)
    if "Overall exposure" in done.stdout:  # systemd 250 and later
        level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        assert level
        assert float(level[1]) < 2.5


def test_the_unit_gives_batches_their_grace_and_their_memory() -> None:
    service = Unit()["Service"]
    assert float(service["TimeoutStopSec"]) > GRACE_SECONDS
    assert size(service["MemoryMax"]) > BATCHES_AT_ONCE * BATCH_BYTES
    assert service["KillMode"] == "mixed", "the batches are told by the service, not by systemd"
    # The workers limit their own memory, which is a privilege of `@resources`.
    assert "~@resources" not in re.findall(r"^SystemCallFilter=(.*)", UNIT, re.M)
    stop = re.search(r"--stop-timeout (\d+)", README)
    assert stop
    assert float(stop[1]) > GRACE_SECONDS


def test_the_calls_that_the_files_make_are_right() -> None:
    calls = re.findall(r"civicpress (schedule [^\n\"]*)", UNIT + README)
    command = re.search(r'^CMD \["schedule", (.*)\]$', DOCKERFILE, re.M)
    assert command
    calls.append(f"schedule {command[1]}".replace('", "', " ").replace('"', ""))
    options = {option for each in get_command(app).commands["schedule"].params for option in each.opts}  # type: ignore[attr-defined]
    assert len(calls) >= 3
    for call in calls:
        assert set(re.findall(r"--[a-z-]+", call)) <= options
        assert "--listen 127.0.0.1:9109" in call


def test_the_container_runs_as_nobody_in_particular_and_is_asked_how_it_is() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER civicpress$", final, re.M)
    assert final.index("USER civicpress") < final.index("ENTRYPOINT")
    assert re.search(r"^VOLUME /data$", final, re.M)
    check = re.search(r"HEALTHCHECK [^\n]*\n\s+CMD \[(.*)\]", final)
    assert check
    code = re.search(r'"-c", "(.*)"', check[1])
    assert code
    compile(code[1], "HEALTHCHECK", "exec")
    assert "127.0.0.1:9109/healthz" in code[1]


def test_the_container_s_health_check_tells_a_service_that_works_from_one_that_does_not() -> None:
    code = re.search(r'"-c", "(.*)"', DOCKERFILE)
    assert code
    moment = datetime.now(UTC)
    state = State(ticked=time.monotonic(), at=moment, sources=1, due=0, failing=0, new=0)

    def asked(port: int) -> int:
        here = code[1].replace(":9109", f":{port}")
        return subprocess.run([sys.executable, "-c", here], capture_output=True).returncode

    monitor = Monitor()
    with serve(("127.0.0.1", 0), monitor) as port:
        monitor.put(state)
        assert asked(port) == 0
        monitor.put(replace(state, catalogue="a typing error"))
        assert asked(port) == 0, "a new start would make it worse"
        monitor.put(replace(state, trouble="database or disk is full"))
        assert asked(port) != 0
        monitor.put(replace(state, ticked=time.monotonic() - LATE - 1))
        assert asked(port) != 0
    assert asked(port) != 0, "nobody is there"


def test_the_container_s_user_is_no_user_of_the_host_and_owns_its_volume() -> None:
    numbers = {int(number) for number in re.findall(r"--[ug]id (\d+)", DOCKERFILE)}
    assert len(numbers) == 1, "files in the volume belong to one number"
    assert min(numbers) > 1000
    assert "install -d -o civicpress -g civicpress -m 0750 /data" in DOCKERFILE


def test_what_the_container_copies_is_there_and_is_all_that_the_package_is_made_of() -> None:
    copied = {word for line in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.M) for word in line.split()}
    for name in copied:
        assert (DEPLOY.parent / name).exists()
    assert {"pyproject.toml", "README.md", "LICENSE", "crawler", "spiders", "storage"} <= copied
