"""Taking in documents that are in the document format already."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from storage.changes import Release
from storage.document import FormatError, parse
from storage.errors import CorpusError
from storage.export import id_in_name

SOURCE = "import"


def releases(paths: Sequence[Path]) -> list[Release]:
    """The documents in files, and in the `.txt` files of folders, as releases to save.

    A file named as the export names them keeps its id. Raises CorpusError, naming the file, where one is not there,
    not UTF-8 or not in the format: then nothing is taken in.
    """
    return [_release(path) for path in _files(paths)]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.txt"))
            if not inside:
                raise CorpusError(path, "no .txt file is in this folder")
            yield from inside
        else:
            yield path


def _release(path: Path) -> Release:
    try:
        content = path.read_bytes()
        document = parse(content.decode())
    except FileNotFoundError as error:
        raise CorpusError(path, "there is no such file") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CorpusError(path, f"not UTF-8 (line {line}, byte {error.start + 1} of the file)") from error
    except FormatError as error:
        raise CorpusError(path, f"not in the document format: {error}") from error
    except OSError as error:
        raise CorpusError(path, f"cannot be read ({error.strerror})") from error
    origin, confidence = ("import", 1.0) if document.month else (None, None)
    return Release(SOURCE, None, document, (), document.month, origin, confidence, id=id_in_name(path))
