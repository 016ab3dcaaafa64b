"""Exports: a selection of the corpus, written in another form."""

import csv
import json
import os
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from storage.errors import CorpusError

Row = dict[str, Any]


def export_txt(rows: Iterable[Row], folder: Path) -> int:
    """One file a document, `NNN_<id>.txt`, in the document format. Returns how many were written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = 0
        for written, row in enumerate(rows, 1):
            (folder / f"{written - 1:03}_{row['id']}.txt").write_bytes(row["text"].encode())
    except OSError as error:
        raise CorpusError(folder, f"the export folder cannot be written ({error.strerror})") from error
    return written


def export_jsonl(rows: Iterable[Row], file: Path) -> int:
    """One JSON object a line, with every column of `corpus`. Returns how many were written."""
    return _whole(file, lambda out: _lines(out, rows))


def export_csv(rows: Iterable[Row], file: Path) -> int:
    """Comma-separated values with a header line, for a spreadsheet. Returns how many were written.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection).
    """
    return _whole(file, lambda out: _table(out, rows))


EXPORTERS: dict[str, Callable[[Iterable[Row], Path], int]] = {
    "txt": export_txt,
    "jsonl": export_jsonl,
    "csv": export_csv,
}


def _whole(file: Path, write: Callable[[Any], int]) -> int:
    """Writes beside `file` and takes its place at the end: an export is complete, or it is not there."""
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as out:
            written = write(out)
        os.replace(part, file)
    except OSError as error:
        raise CorpusError(file, f"the export cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True) if part.parent.is_dir() else None
    return written


def _lines(out: Any, rows: Iterable[Row]) -> int:
    written = 0
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        written += 1
    return written


def _table(out: Any, rows: Iterable[Row]) -> int:
    written, writer = 0, None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(out, list(row))
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})
        written += 1
    return written


def _cell(value: Any) -> Any:
    if isinstance(value, str) and unicodedata.normalize("NFKC", value.lstrip())[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return value
