"""Documents that are in the document format already, taken into a corpus."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from crawler.extraction.language import language_of
from crawler.ingest.counts import COUNTED, Counts
from crawler.ingest.run import utc_now
from spiders.source import ID
from storage.changes import Release
from storage.corpus import Corpus
from storage.errors import CorpusError
from storage.importing import releases
from storage.reading import KINDS


def import_documents(paths: Sequence[Path], path: Path, source: str, kind: str) -> dict[str, int]:
    """Takes in all documents, or none: the counts by outcome.

    `kind` is that of the source, where it is new. Raises CorpusError, naming the file, where a document cannot be
    read or the corpus cannot be used.
    """
    if kind not in KINDS:
        raise CorpusError("--kind", f"{kind!r} is not municipality, chamber or other")
    if not ID.fullmatch(source):
        raise CorpusError("--source", f"{source!r} is not an id (lower-case letters, digits and hyphens)")
    found = [_of(release, source) for release in releases(paths)]
    with Corpus(path) as corpus:
        known = corpus.kind_of(source)
        if known is None:
            corpus.put_source(source, source, kind, "", None, None)
        elif kind not in (known, "other"):
            raise CorpusError("--kind", f"the source {source!r} is a {known} here; name another with --source")
        run = corpus.start_run(utc_now())
        counts = Counts()
        for outcome in corpus.save(found, run, utc_now()):
            name = COUNTED[outcome] if outcome else "problems"
            setattr(counts, name, getattr(counts, name) + 1)
        corpus.finish_run(run, utc_now(), "done", asdict(counts), [])
    return {name: value for name, value in asdict(counts).items() if name in COUNTED.values()}


def _of(release: Release, source: str) -> Release:
    document = release.document
    return replace(release, source=source, language=language_of((document.title, *document.paragraphs)))
