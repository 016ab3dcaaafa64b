"""Body models that did not see what they are measured on: one for each part of the sites, trained on all other parts.

Training the six takes a minute and a half on two cores. They are kept in the user's cache under a hash of what they are
made from, so that the next run on the same finds them, whatever else has changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from platformdirs import user_cache_path

from benchmarks import boosting, train_body
from benchmarks.boosting import Growth
from benchmarks.labelled import FOLDS, Labelled
from benchmarks.train_body import GROWTH, Example
from crawler.extraction import body, trees
from crawler.extraction.trees import Trees


def folds(pages: Sequence[Labelled], folder: Path | None = None, growth: Growth = GROWTH) -> dict[int, Trees]:
    """For each fold a model that was trained on the pages of the other ones. `folder` is where models are kept."""
    examples = [train_body.without_blocks(each) for each in train_body.examples(pages)]
    folder = (folder or user_cache_path("civicpress") / "folds") / _fingerprint(examples, growth)
    if not all((folder / f"{fold}.npz").is_file() for fold in range(FOLDS)):
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:  # whoever calls may have threads
            list(pool.map(_train, *zip(*_jobs(examples, folder, growth), strict=True)))
    return {fold: trees.load(folder / f"{fold}.npz") for fold in range(FOLDS)}


def _jobs(examples: Sequence[Example], folder: Path, growth: Growth) -> Iterable[tuple[list[Example], Growth, Path]]:
    for fold in range(FOLDS):
        yield [each for each in examples if each.page.fold != fold], growth, folder / f"{fold}.npz"


def _train(examples: Sequence[Example], growth: Growth, path: Path) -> None:
    half = path.with_suffix(".part.npz")
    trees.save(train_body.fitted(examples, growth), half)
    half.replace(path)  # a run that is stopped leaves no half of a model


def _fingerprint(examples: Sequence[Example], growth: Growth) -> str:
    told = sha256(Path(str(boosting.__file__)).read_bytes())
    told.update(repr(growth).encode())
    for each in examples:
        told.update(str(each.page.fold).encode())
        for table in (each.seen.columns, each.labels, each.weights):
            told.update(table.tobytes())
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
