"""What can be wrong with a corpus file or with what is put into it."""

from pathlib import Path


class CorpusError(Exception):
    """A corpus cannot be used; the message is one sentence that names the file."""

    def __init__(self, path: Path | str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = Path(path)
        self.why = why


class CorpusFailure(CorpusError):
    """A corpus that was open failed on the way, such as on a full disk. What was kept by then is kept."""
