"""The command `sources add`: a source's entry, written beside those that a file of sources has already."""

import os
from datetime import date
from pathlib import Path

from crawler.display.plain import masked
from crawler.settings import SettingsError
from crawler.survey.looks import Survey
from spiders.catalogue import load_file
from spiders.register import site_of, to_toml
from spiders.source import Source


def entry_of(found: Survey, today: date) -> str:
    """The source as TOML, under comments that tell what was found and when.

    Lists that were found are not written down: a crawl finds them again, also after the site was rebuilt.
    """
    lines = [f"# Seen on {today.isoformat()}: {found.evidence.platform} ({found.evidence.seen})"]
    lines += [f"#   {each.route.strategy}: {each.route.url}" for each in found.chosen]
    comments = "\n".join(masked(_one_line(line)) for line in lines)
    return f"{comments}\n{to_toml([found.source])}"


def append(path: Path, source: Source, entry: str) -> None:
    """Adds an entry to a file of sources, which is made where it is not there; whole or not at all.

    Raises:
        CatalogueError: the file is there and is no file of sources.
        SettingsError: it has a source of that id already, or cannot be written.
    """
    refuse(path, source)
    before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    text = f"{before.rstrip()}\n\n{entry}" if before.strip() else entry
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="")
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SettingsError(f"{path}: cannot be written ({error.strerror or error})") from error


def refuse(path: Path, source: Source, *, id_known: bool = True) -> None:
    """Raises what `append` would raise, before anything is asked of a site; `id_known`: the id is no mere guess yet."""
    if path.is_dir():
        raise SettingsError(f"{path}: a folder; name a file in it with --into")
    there = load_file(path) if path.exists() and path.stat().st_size else {}
    for each in there.values():
        if site_of(each.home) == site_of(source.home):
            raise SettingsError(f"{path}: has this site already, as [{each.id}]")
    if id_known and source.id in there:
        raise SettingsError(
            f"{path}: has [{source.id}] already ({there[source.id].home}); name the new source with --id"
        )


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
