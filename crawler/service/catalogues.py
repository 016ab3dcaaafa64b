"""A catalogue that is read again when its files change."""

import os
from collections.abc import Sequence
from pathlib import Path

from spiders.catalogue import CatalogueError, load
from spiders.source import Source

Stamp = tuple[tuple[str, int, int, int], ...]


class Catalogue:
    """The sources of some files and folders (see `spiders.catalogue.load`), as they were when they were last right.

    `error` says what is wrong with the files as they are now, or is None.
    """

    def __init__(self, paths: Sequence[Path], only: bool = False) -> None:
        """Raises CatalogueError where the files are wrong."""
        self.paths, self.only = tuple(paths), only
        self.error: str | None = None
        self._stamp = self._look()
        self.sources: dict[str, Source] = load(self.paths, only=only)

    def reload(self) -> bool:
        """Reads the files again if they changed; whether there are other sources now."""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            sources = load(self.paths, only=self.only)
        except CatalogueError as error:
            self.error = str(error)
            return False
        self.error = None
        changed, self.sources = sources != self.sources, sources
        return changed

    def _look(self) -> Stamp:
        """What tells that a file changed: which there are, how long they are, when they were written."""
        found = []
        for path in self.paths:
            inside = [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
            for file in inside if path.is_dir() else [path]:
                try:
                    stat = file.stat()
                except OSError:  # it is gone; the reader says so
                    continue
                found.append((str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return tuple(sorted(found))
