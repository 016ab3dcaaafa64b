"""What earlier runs learned of a source: all of it is asked of the corpus at once, when a run comes to the source."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.settings import CHECK_ANSWERS, DISTRUST_DAYS, LOOKS_A_RUN
from storage import looking, memory
from storage.changes import Found, RouteState
from storage.corpus import Corpus
from storage.forgetting import forgotten
from storage.looking import Look


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`routes`: the pages of its lists; `waiting`: pages that were named and not read; `rereading`: those of known
    releases that an interrupted full crawl had still to read; `looks`: known pages that are due for another look;
    `forgotten`: keys of addresses that are kept out; `distrusted`: hosts whose validators lie; `often`: since when the
    source has said "not modified" so often that it is to be checked; `template`: of its pages, packed."""

    routes: dict[str, RouteState]
    waiting: list[Found]
    rereading: list[str]
    looks: list[Look]
    forgotten: frozenset[str]
    distrusted: frozenset[str]
    often: str | None
    template: bytes


def recall(corpus: Corpus, source: str, now: str, wants: Callable[[str], bool]) -> Knowledge:
    """What the corpus knows of a source at a moment (UTC). `wants`: whether a page is asked for, by its address."""
    trusted_again = (datetime.fromisoformat(now) - timedelta(days=DISTRUST_DAYS)).isoformat()
    return Knowledge(
        memory.routes(corpus.db, source),
        memory.waiting(corpus.db, source),
        memory.to_read_again(corpus.db, source),
        looking.due(corpus.db, source, now, LOOKS_A_RUN, wants),
        forgotten(corpus.db),
        memory.distrusted(corpus.db, trusted_again),
        memory.not_modified(corpus.db, source, CHECK_ANSWERS),
        memory.template(corpus.db, source),
    )
