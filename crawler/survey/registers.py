"""The command `sources import`: the bodies of a public register, as a file of sources."""

import contextlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from crawler.settings import SettingsError
from spiders.catalogue import load, load_file
from spiders.register import Register, read_register, site_of, to_toml
from spiders.source import Source

_MARK = "# Written by civicpress sources import, "
_NOTE = "# An import replaces this file: what you know of a body beyond it belongs into a file of your own.\n"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a register: `written` are the sources of the file, `known` those that the catalogue has already,
    the register's ids with the catalogue's; `left_out` is how many the call did not choose."""

    register: Register
    written: tuple[Source, ...]
    known: Mapping[str, str]
    left_out: int

    @property
    def counts(self) -> dict[str, int]:
        """The figures of a summary; all but `shared_hosts` add up to `rows`."""
        parts = {"sources": len(self.written), "known": len(self.known), "left_out": self.left_out}
        return self.register.counts | parts

    @property
    def toml(self) -> str:
        """The file of sources, under a line that tells whether somebody changed it since."""
        text = f"{_NOTE}\n{to_toml(self.written)}"
        return f"{_MARK}{_checksum(text)}\n{text}"


def import_register(
    path: Path,
    catalogue: Mapping[str, Source],
    into: Path | None = None,
    *,
    kind: str | None = None,
    provinces: Collection[str] = (),
    force: bool = False,
) -> Imported:
    """Reads a register and writes its sources to `into`, if given; those of `catalogue` are left out.

    A body is in the catalogue where its id or its site is: what was written down by hand there wins over a register's
    home page, and no site is crawled twice. What an earlier import wrote to `into` does not count as catalogue.

    Args:
        path: a register that `spiders.register` knows.
        catalogue: the sources that the user has, by their ids.
        into: the file to write; it is replaced where an import wrote it and nobody changed it since.
        kind: only bodies of this kind.
        provinces: only bodies of these provinces, by their two letters.
        force: replaces `into` whatever it is.

    Raises:
        CatalogueError: the register cannot be read, or is none.
        SettingsError: the file must not or cannot be written, or the choice cannot be made; nothing is written.
    """
    register = read_register(path)
    if not register.counts["rows"]:
        raise SettingsError(f"{path}: has no rows below its headings")
    if provinces and register.sources and not register.provinces:
        raise SettingsError(f"--province: {path} does not tell the provinces of its bodies")
    earlier = _earlier(into, path, force) if into else {}
    wanted = {province.upper() for province in provinces}
    chosen = [
        source
        for source in register.sources
        if (not kind or source.kind == kind) and (not wanted or register.provinces.get(source.id) in wanted)
    ]
    ours = load() | {id_: source for id_, source in catalogue.items() if id_ not in earlier}
    sites = {site_of(source.home): id_ for id_, source in reversed(ours.items())}
    known = {}
    for source in chosen:
        if id_ := source.id if source.id in ours else sites.get(site_of(source.home)):
            known[source.id] = id_
    written = tuple(source for source in chosen if source.id not in known)
    imported = Imported(register, written, known, len(register.sources) - len(chosen))
    if into and written:
        _replace(into, imported.toml)
    return imported


def _earlier(into: Path, register: Path, force: bool) -> Mapping[str, Source]:
    """The sources of an earlier import, if it wrote `into`. Raises SettingsError where `into` is to be left alone."""
    try:
        if into.exists() and register.exists() and into.samefile(register):
            raise SettingsError(f"{into}: this is the register itself; name another file with --into")
        if into.is_dir():
            raise SettingsError(f"{into}: a folder; name a file in it with --into")
        if not into.exists():
            return {}
        head, _, rest = into.read_text(encoding="utf-8", errors="replace").partition("\n")
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise SettingsError(f"{into}: cannot be written ({getattr(error, 'strerror', None) or error})") from error
    if head == _MARK + _checksum(rest):
        return load_file(into)
    if force:
        return {}
    why = "was changed since it was imported" if head.startswith(_MARK) else "was not written by an import"
    raise SettingsError(f"{into}: {why}; name another file with --into, or replace it with --force")


def _checksum(text: str) -> str:
    return f"checksum {sha256(text.encode()).hexdigest()[:16]}"


def _replace(into: Path, text: str) -> None:
    """Writes a file, whole or not at all."""
    target = into.resolve()  # what a link leads to
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="")
        os.replace(part, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise SettingsError(f"{into}: cannot be written ({error.strerror or error})") from error
