"""Documents that are in the document format already, taken into a corpus."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from crawler.run import utc_now
from crawler.visit import Counts
from spiders.source import ID
from storage.changes import Outcome
from storage.corpus import Corpus
from storage.errors import CorpusError
from storage.importing import releases

_NAMES = {
    Outcome.NEW: "new",
    Outcome.REVISED: "revised",
    Outcome.UNCHANGED: "unchanged",
    Outcome.DUPLICATE: "duplicates",
}


def import_documents(paths: Sequence[Path], path: Path, source: str, kind: str) -> dict[str, int]:
    """Takes in all documents, or none: the counts by outcome.

    Raises CorpusError, naming the file, where a document cannot be read or the corpus cannot be used.
    """
    if kind not in ("municipality", "chamber", "other"):
        raise CorpusError("--kind", f"{kind!r} is not municipality, chamber or other")
    if not ID.fullmatch(source):
        raise CorpusError("--source", f"{source!r} is not an id (lower-case letters, digits and hyphens)")
    found = [replace(release, source=source) for release in releases(paths)]
    with Corpus(path) as corpus:
        if not corpus.knows_source(source):
            corpus.put_source(source, source, kind, "", None, None)
        run = corpus.start_run(utc_now())
        counts = Counts()
        for outcome in corpus.save(found, run, utc_now()):
            name = _NAMES[outcome] if outcome else "problems"
            setattr(counts, name, getattr(counts, name) + 1)
        corpus.finish_run(run, utc_now(), "done", asdict(counts), [])
    return {name: value for name, value in asdict(counts).items() if name in _NAMES.values()}
