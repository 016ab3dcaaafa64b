"""The catalogue of sources: the package's own TOML files, and the user's that add to it or override it.

Whatever is wrong with a file is said in one sentence that names the file, the source and the key.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from spiders.source import ID, Source

PACKAGED = Path(__file__).parent / "sources"
# A whole country's sources take two megabytes; this keeps a wrong path from filling the memory.
MAX_BYTES = 64 << 20

_KEYS = tuple(name for name in Source.model_fields if name != "id")
_CHOICES = {key: get_args(Source.model_fields[key].annotation) for key in ("kind", "tls")}
_TWICE = re.compile(r"Cannot declare \('([^']+)',\) twice \((.+)\)")


class CatalogueError(ValueError):
    """A catalogue cannot be used; the message is one sentence that names the file, the source and the key."""


def load(paths: Sequence[Path] = (), *, only: bool = False) -> dict[str, Source]:
    """Reads the packaged catalogue and the user's files.

    An entry of the user's replaces the packaged one of the same id as a whole.

    Args:
        paths: the user's files, or folders of which every `*.toml` is read.
        only: leaves the packaged catalogue out.

    Returns:
        The sources by their ids, the packaged ones first.

    Raises:
        CatalogueError: a file is missing or wrong, or two files declare the same id.
    """
    if only and not paths:
        raise CatalogueError("without the packaged catalogue at least one file of sources is needed")
    packaged = {} if only else _load_files(_toml_files(PACKAGED))
    return packaged | _load_files(file for path in paths for file in _toml_files(Path(path)))


def load_file(path: Path) -> dict[str, Source]:
    """Reads one file of sources.

    Raises:
        CatalogueError: it cannot be read, or something in it is wrong.
    """
    sources: dict[str, Source] = {}
    problems: list[str] = []
    for id_, table in _parse(path).items():
        wrong = list(_misplaced(id_, table))
        if not wrong:
            try:
                sources[id_] = Source.model_validate({"id": id_, **table})
            except ValidationError as error:
                wrong = [f"[{id_}] {explain(detail)}" for detail in error.errors(include_url=False)]
        problems += wrong
    if problems:
        raise CatalogueError(f"{path}: {_first(problems)}")
    if not sources:
        raise CatalogueError(f"{path}: declares no source")
    return sources


def find(sources: Mapping[str, Source], names: Iterable[str]) -> list[Source]:
    """The sources of these ids in their order, each once; all of them where no name is given.

    Raises:
        CatalogueError: a name is not in the catalogue; the message suggests one that is.
    """
    wanted = list(dict.fromkeys(names)) or list(sources)
    missing = [name for name in wanted if name not in sources]
    if missing:
        ending = [id_ for id_ in sources if id_.endswith(f"-{missing[0]}")]
        near = ending[:3] or get_close_matches(missing[0], sources, n=1, cutoff=0.7)
        more = f" ({len(missing) - 1} more not found)" if missing[1:] else ""
        raise CatalogueError(f"no source {_quote(missing[0])}{_suggest(near)}{more}")
    return [sources[name] for name in wanted]


def _load_files(files: Iterable[Path]) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    declared: dict[str, Path] = {}
    # The same file named twice, or beside its folder, is read once.
    for path in {os.path.realpath(file): file for file in files}.values():
        for id_, source in load_file(path).items():
            if id_ in declared:
                raise CatalogueError(f"{path}: [{id_}] is declared in {declared[id_]} already")
            declared[id_] = path
            sources[id_] = source
    return sources


def _toml_files(path: Path) -> list[Path]:
    """The file itself, or the folder's files in order of their paths; hidden ones are left out."""
    if not path.is_dir():
        return [path]

    def unreadable(error: OSError) -> None:
        raise CatalogueError(f"{error.filename}: cannot be read ({error.strerror})") from error

    found = []
    for folder, subfolders, files in os.walk(path, onerror=unreadable):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found += [Path(folder, name) for name in files if name.endswith(".toml") and not name.startswith(".")]
    if not found:
        raise CatalogueError(f"{path}: a folder without any .toml file")
    return sorted(found)


def _parse(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CatalogueError(f"{path}: no such file or folder") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise CatalogueError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > MAX_BYTES:
        raise CatalogueError(f"{path}: larger than {MAX_BYTES >> 20} MB, which no file of sources is")
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogueError(f"{path}: not UTF-8 (at line {line})") from error
    except tomllib.TOMLDecodeError as error:
        twice = _TWICE.match(str(error))
        why = f"[{twice[1]}] is declared twice ({twice[2]})" if twice else f"not valid TOML: {_lower(str(error))}"
        raise CatalogueError(f"{path}: {why}") from error
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"{path}: not valid TOML: a number too long or lists nested too deeply") from error


def _misplaced(id_: str, table: Any) -> Iterator[str]:
    """What is wrong with the shape of an entry, before its values are looked at."""
    name = id_ if ID.fullmatch(id_) else _quote(id_)
    if isinstance(table, list) and table and all(isinstance(entry, dict) for entry in table):
        yield f"[[{name}]] has double brackets; write [{name}]"
    elif not isinstance(table, dict):
        yield f"{_quote(id_)} stands outside of a source; it belongs below a line such as [comune-torino]"
    else:
        if name != id_:
            yield f"[{name}] is no id: small letters, digits and single hyphens, such as [comune-torino]"
        for key in table:
            if key in _KEYS:
                continue
            if key == "id":
                yield f'[{name}] has no key "id"; the name in brackets is the id'
            elif isinstance(table[key], dict):
                yield f"[{name}] holds the table {_quote(key)}; a source is one table, its id without dots"
            else:
                yield f"[{name}] has no key {_quote(key)}{_suggest(get_close_matches(key.lower(), _KEYS, n=1))}"


def explain(detail: Any) -> str:
    """One of pydantic's findings in plain words."""
    key, *place = detail["loc"]
    where = _quote(key) + (f", entry {place[0] + 1}," if place else "")
    given, limits = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return f"lacks {_quote(key)}, the address of the home page" if key == "home" else f"lacks {_quote(key)}"
        case "value_error":
            return f"{where} is wrong: {limits['error']}"
        case "literal_error":
            return f"{where} is {_quote(given)}; it must be {_either(_CHOICES[str(key)])}"
        case "string_pattern_mismatch":
            return f'{where} is {_quote(given)}; it must be a language\'s two letters, such as "it"'
        case "string_type":
            return f"{where} must be text in quotes, not {_quote(given)}"
        case "tuple_type":
            return f"{where} must be a list in brackets, not {_quote(given)}"
        case "greater_than_equal":
            return f"{where} is {_quote(given)}; it must be at least {limits['ge']:g}"
        case "less_than_equal":
            return f"{where} is {_quote(given)}; it must be at most {limits['le']:g}"
        case "float_type" | "finite_number":
            return f"{where} must be a number, not {_quote(given)}"
    return f"{where} is wrong: {_lower(detail['msg'])}"


def _first(problems: list[str]) -> str:
    more = len(problems) - 1
    return problems[0] + (f" (and {more} more {'error' if more == 1 else 'errors'} in this file)" if more else "")


def _suggest(names: Sequence[str]) -> str:
    return f"; did you mean {_either(names)}?" if names else ""


def _either(names: Sequence[str]) -> str:
    *others, last = [_quote(name) for name in names]
    return f"{', '.join(others)} or {last}" if others else last


def _quote(value: Any) -> str:
    """A value as TOML writes it, shortened, without anything that a terminal would obey."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        text = str(value)
    else:
        text = '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in value) + '"'
    return text if len(text) <= 200 else f"{text[:197]}…"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
