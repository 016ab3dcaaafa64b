"""Exports: a selection of the corpus, written in another form. An export is complete, or nothing has changed."""

import csv
import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from storage.errors import CorpusError
from storage.reading import COLUMNS

Row = dict[str, Any]
_NAME = re.compile(r"[0-9]{3,}_([0-9a-f]{16})\.txt")


def export_txt(rows: Iterable[Row], folder: Path) -> int:
    """One file a document, `NNN_<id>.txt`, in the document format. Returns how many were written.

    The folder then holds this export and no other: files of an earlier one, known by such a name, are replaced or
    removed, for a document's number changes when older releases come in. All other files stay.
    """
    with _refusing(folder):
        if folder.exists() and not folder.is_dir():
            raise CorpusError(folder, "this is a file; the format txt is written to a folder")
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".civicpress-export-", dir=folder))
        try:
            names = []
            for number, row in enumerate(rows):
                names.append(f"{number:03}_{row['id']}.txt")
                (part / names[-1]).write_bytes(row["text"].encode())
            earlier = {path.name for path in folder.iterdir() if id_in_name(path) and path.is_file()}
            for name in names:
                os.replace(part / name, folder / name)
            for name in earlier.difference(names):
                (folder / name).unlink()
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return len(names)


def id_in_name(path: Path) -> str | None:
    """The document's id in the name of a file that `export_txt` wrote; None for any other name."""
    match = _NAME.fullmatch(path.name)
    return match[1] if match else None


def export_jsonl(rows: Iterable[Row], file: Path) -> int:
    """One JSON object a line, with every column of `corpus`. Returns how many were written."""
    written = 0
    with _whole(file) as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    return written


def export_csv(rows: Iterable[Row], file: Path) -> int:
    """Comma-separated values with a header line, for a spreadsheet. Returns how many were written.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection).
    """
    written = 0
    with _whole(file) as out:
        writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})
            written += 1
    return written


EXPORTERS: dict[str, Callable[[Iterable[Row], Path], int]] = {
    "txt": export_txt,
    "jsonl": export_jsonl,
    "csv": export_csv,
}


@contextmanager
def _whole(file: Path) -> Iterator[TextIO]:
    """Writes beside `file` and takes its place at the end. What is no plain file (/dev/stdout, a pipe, a link) is
    written to as it is."""
    with _refusing(file):
        if file.is_dir():
            raise CorpusError(file, "this is a folder; this format is written to a file")
        if file.is_symlink() or (file.exists() and not file.is_file()):
            with file.open("w", encoding="utf-8", newline="") as out:
                yield out
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.{os.getpid()}.part")
        try:
            with part.open("w", encoding="utf-8", newline="") as out:
                yield out
            os.replace(part, file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def _refusing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusError(place, f"the export cannot be written ({error.strerror or error})") from error


def _cell(value: Any) -> Any:
    if isinstance(value, str) and unicodedata.normalize("NFKC", value.lstrip())[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return value
