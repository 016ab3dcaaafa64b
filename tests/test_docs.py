"""README, CONTRIBUTING and `--help` say what the program does, no more and no less."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from crawler.cli import app
from spiders.source import Source
from storage.changes import REASONS
from storage.database import open_corpus

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def commands_of(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The commands with their whole names, those of groups too."""
    for word, command in group.commands.items():
        yield f"{name}{word}", command
        if hasattr(command, "commands"):
            yield from commands_of(command, f"{name}{word} ")


COMMANDS = dict(commands_of(get_command(app)))


def split(line: str) -> tuple[str, list[str]]:
    """The name of the command in a command line, and its words."""
    name, *words = line.split()
    if words and f"{name} {words[0]}" in COMMANDS:
        name = f"{name} {words.pop(0)}"
    return name, words


def section(text: str, heading: str) -> str:
    return re.split(r"\n## ", text.partition(f"\n## {heading}\n")[2])[0]


def test_the_readme_lists_every_command_and_only_those() -> None:
    named = re.findall(r"^\| `([a-z][\w ]*?)(?: \[?[A-Z][^`]*)?`", section(README, "Commands"), re.M)
    assert sorted(named) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_help_text_and_an_example(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.epilog.startswith(f"Example: civicpress {name}")
    for parameter in command.params:
        assert getattr(parameter, "help", None) or parameter.name == "help", f"{name} {parameter.name} says nothing"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_that_the_readme_names_for_a_command_exists(name: str) -> None:
    row = next(
        line for line in section(README, "Commands").splitlines() if re.match(rf"\| `{name}(?:`| \[?[A-Z])", line)
    )
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", row)) <= options


def test_every_option_in_an_example_of_the_readme_exists() -> None:
    for line in re.findall(r"^    civicpress (.+)$", README, re.M):
        name, words = split(line.partition("  #")[0])
        options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_the_readme_lists_every_environment_variable_that_the_settings_read() -> None:
    read = set(re.findall(r'environ\.get\("(CIVICPRESS_\w+)"', (ROOT / "crawler" / "settings.py").read_text()))
    assert read
    assert set(re.findall(r"^\| `(CIVICPRESS_\w+)`", README, re.M)) == read


def test_only_the_settings_read_the_environment() -> None:
    for path in [*ROOT.glob("crawler/**/*.py"), *ROOT.glob("spiders/**/*.py"), *ROOT.glob("storage/**/*.py")]:
        if path.name != "settings.py":
            assert not re.search(r"environ\.get|getenv", path.read_text()), path


def test_the_readme_names_every_column_of_the_view_corpus(tmp_path: Path) -> None:
    db = open_corpus(tmp_path / "corpus.db")
    columns = [column.name for column in db.view("corpus").columns]
    db.close()
    text = section(README, "The corpus")
    assert re.findall(r"`(\w+)`", text.partition("Read the view `corpus`:")[2].partition(". It only")[0]) == columns


def test_the_readme_explains_every_reason_of_a_problem() -> None:
    table = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", section(README, "Why a page was not kept"), re.M)
    assert dict(table) == REASONS


def test_the_readme_names_limits_with_the_values_that_they_have() -> None:
    from crawler import settings

    units = {"s": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \| (.+?) \|", section(README, "Limits"), re.M)
    assert len(rows) > 8
    for names, values in rows:
        said = [int(n.replace(",", "")) * units.get(unit, 1) for n, unit in re.findall(r"([\d,]*\d) ?(\w*)", values)]
        assert [getattr(settings, name) for name in re.findall(r"`([A-Z_]+)`", names)] == said[
            : names.count("`") // 2
        ], names


def test_contributing_explains_every_key_of_a_source() -> None:
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section(CONTRIBUTING, "Add a source"), re.M)
    assert {key for cell in cells for key in re.findall(r"`(\w+)`", cell)} == set(Source.model_fields) - {"id"}


def test_contributing_names_files_that_are_there() -> None:
    tree = section(CONTRIBUTING, "Three rooms, one direction")
    folder = ""
    lines = 0
    for line in tree.splitlines():
        if match := re.match(r"    (spiders|storage|crawler)/ +(.*)", line):
            room, line = match[1], " " * 16 + match[2]
            folder = f"{room}/"
        if not (line.startswith(" " * 16) and folder):
            continue
        if match := re.match(r" {16}([a-z]+)(/|\.py)", line):
            folder = f"{room}/{match[1]}/" if match[2] == "/" else f"{room}/"
        for name in re.findall(r"\b([a-z]+\.py)\b", line):
            lines += 1
            assert (ROOT / folder / name).exists() or (ROOT / room / name).exists(), f"{folder}{name}"
    assert lines > 60


def test_the_packaged_files_hold_no_path_of_a_machine() -> None:
    for path in ROOT.glob("**/*"):
        inside = path.is_file() and not any(
            part.startswith(".") and part != ".ci" for part in path.relative_to(ROOT).parts
        )
        if inside and path.suffix in (".py", ".md", ".toml", ".cfg", ".yml"):
            assert not re.search(r"/(?:root|home/\w+)/", path.read_text(encoding="utf-8")), path
