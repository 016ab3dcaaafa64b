"""Body models that did not see what they are measured on: one for each part of the sites, trained on all other parts.

Training the six takes a minute and a half on two cores. They are kept in the user's cache under a hash of the code and
the labels that they are made from, so that the next run on the same ones finds them.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from platformdirs import user_cache_path

from benchmarks import alignment, boosting, labelled, train_body
from benchmarks.labelled import FOLDS, Labelled
from crawler.extraction import blocks, body, features, folding, lexicon, markup, titles, trees, wording
from crawler.extraction.trees import Trees

_MADE_BY = (
    *(alignment, boosting, labelled, train_body),
    *(blocks, features, folding, lexicon, markup, titles, trees, wording),
)


def folds(pages: Sequence[Labelled], folder: Path | None = None) -> dict[int, Trees]:
    """For each fold a model that was trained on the pages of the other ones. `folder` is where models are kept."""
    folder = (folder or user_cache_path("civicpress") / "folds") / _fingerprint(pages)
    if not all((folder / f"{fold}.npz").is_file() for fold in range(FOLDS)):
        folder.mkdir(parents=True, exist_ok=True)
        examples = [train_body.without_blocks(each) for each in train_body.examples(pages)]
        with ProcessPoolExecutor() as pool:
            list(pool.map(_train, *zip(*_jobs(examples, folder), strict=True)))
    return {fold: trees.load(folder / f"{fold}.npz") for fold in range(FOLDS)}


def _jobs(examples: Sequence[train_body.Example], folder: Path) -> Iterable[tuple[list[train_body.Example], Path]]:
    for fold in range(FOLDS):
        yield [each for each in examples if each.page.fold != fold], folder / f"{fold}.npz"


def _train(examples: Sequence[train_body.Example], path: Path) -> None:
    trees.save(train_body.fitted(examples), path.with_suffix(".part.npz"))
    path.with_suffix(".part.npz").replace(path)  # a run that is stopped leaves no half of a model


def _fingerprint(pages: Sequence[Labelled]) -> str:
    told = sha256()
    for module in _MADE_BY:
        told.update(Path(str(module.__file__)).read_bytes())
    for page in pages:
        if page.text:
            told.update(f"{page.group}\t{page.name}\t{page.url}\t{page.text}\n".encode())
    return told.hexdigest()[:16]


@contextmanager
def weights(model: Trees | None) -> Iterator[None]:
    """Pages that are read meanwhile are read with this model instead of the one that ships; with None by that one."""
    shipped = body.model
    if model is not None:
        body.model = lambda: model  # type: ignore[assignment]
    try:
        yield
    finally:
        body.model = shipped
