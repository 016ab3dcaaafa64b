"""Disks of some megabytes that can be full or read-only."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE = 4096  # tmpfs gives space by the page


class Disk:
    """A file system of its own, in memory, at a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir()
        _mount("-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(folder))

    @property
    def free(self) -> int:
        """Bytes that may still be written."""
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def fill(self, left: int = 0) -> None:
        """Fills it up, but for so many bytes."""
        with self._ballast.open("ab") as ballast:
            ballast.write(bytes(max(0, self.free - left)))

    def empty(self) -> None:
        """Takes away what filled it."""
        self._ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Nothing can be written, also by root."""
        _mount("-o", "remount,ro", str(self.folder))
        try:
            yield
        finally:
            _mount("-o", "remount,rw", str(self.folder))

    def close(self) -> None:
        subprocess.run([*_root(), "umount", "--lazy", str(self.folder)], check=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()


def _root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _mount(*words: str) -> None:
    if not shutil.which("mount") or (os.geteuid() and not shutil.which("sudo")):
        pytest.skip("this system has no mount")
    done = subprocess.run([*_root(), "mount", *words], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
