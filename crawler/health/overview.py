"""What `status` tells: the health of the sources of a corpus, and the months that lack releases."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from sqlite_utils import Database

from crawler.health import rhythm
from crawler.health.completeness import Gaps, gaps, month_names
from crawler.health.judgement import STATES, Health, judge, looked_until
from crawler.settings import DISTRUST_DAYS
from spiders.dates import local_day
from spiders.source import Source
from storage import health, pacing

FORGOTTEN_AFTER = timedelta(days=30)  # a source that no catalogue has any more, and nobody asks: nobody waits for it
NOTED = timedelta(days=90)  # for which it is told what quick refreshes had missed
_BEFORE = 4  # months further back than those that are shown: they say what is usual


@dataclass(frozen=True, slots=True)
class Overview:
    """`healths`: the worst first, then by what is longest wrong. `never`: sources of the catalogue that were never asked;
    `left`: sources of the corpus that no catalogue has, and that were not asked for a month."""

    healths: tuple[Health, ...]
    never: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def unhealthy(self) -> tuple[Health, ...]:
        """Those that somebody should look at."""
        return tuple(each for each in self.healths if each.unhealthy)


def overview(
    db: Database, catalogue: Mapping[str, Source], names: Collection[str], now: datetime, *, everything: bool
) -> Overview:
    """The health of the named sources, or of all: those that were asked, and with `everything` those that never were.

    Raises CorpusError where a name is unknown to the corpus and to the catalogue.
    """
    health.check(db, names, catalogue)
    asked = health.asked(db)
    old = (now - FORGOTTEN_AFTER).isoformat()
    left = () if names else tuple(id for id, at in asked.items() if id not in catalogue and at < old)
    never = tuple(id for id in catalogue if id not in asked)
    chosen = list(dict.fromkeys(names)) or [id for id in asked if everything or id not in left]
    healths = [_health(db, id, catalogue.get(id), now) for id in chosen]
    if everything and not names:
        healths += [replace(judge(id, ()), exceptions=catalogue[id].exceptions) for id in never]
    healths.sort(key=lambda each: (not each.unhealthy, STATES.index(each.state), each.since or "", each.source))
    return Overview(tuple(healths), () if names or everything else never, () if everything else left)


def _health(db: Database, id: str, source: Source | None, now: datetime) -> Health:
    sightings = health.sightings(db, id)
    until = looked_until(sightings)
    fresh = health.fresh_at(db, id)
    states = rhythm.stated(source.expect) if source and source.expect is not None else None
    silence, learnt = None, states
    if until:
        days = _days(db, id, until)
        learnt = states or rhythm.learn(days)
        last = max([*map(date.fromisoformat, days), *([local_day(datetime.fromisoformat(fresh))] if fresh else [])],
                   default=None)  # fmt: skip
        silence = rhythm.silence(days, min(last, until), until, states) if last else None
    trouble = health.trouble(db, id) if sightings and sightings[-1].status in ("failed", "refused") else None
    judged = judge(id, sightings, silence, fresh, trouble, learnt.words if learnt else None)
    notes = tuple(_notes(db, id, source, now))
    return replace(judged, exceptions=source.exceptions if source else (), notes=notes)


def _notes(db: Database, id: str, source: Source | None, now: datetime) -> Iterator[str]:
    """What is worth knowing of how a source is refreshed, and nothing wrong."""
    if missed := health.missed(db, id, (now - NOTED).isoformat()):
        found = "a release" if missed == 1 else f"{missed} releases"
        yield f"looks back and sweeps found {found} in {NOTED.days} days that quick refreshes had missed"
    host = urlsplit(source.home).netloc.lower() if source else ""
    if health.is_distrusted(db, host, (now - timedelta(days=DISTRUST_DAYS)).isoformat()):
        yield f'{host} says "not modified" of what has changed: it is asked without conditions'


def completeness(
    db: Database, catalogue: Collection[str], names: Collection[str], today: date, number: int
) -> list[Gaps]:
    """The months of the named sources, or of all that have releases, those with most to mend first.

    Raises CorpusError where a name is unknown.
    """
    health.check(db, names, catalogue)
    wanted: Iterable[str] = dict.fromkeys(names) or health.asked(db)
    shown, before = month_names(today, number), month_names(today, number + _BEFORE)
    found = [_gaps(db, id, shown, before, today) for id in wanted]
    return sorted(
        (each for each in found if names or each.wrong or any(month.count for month in each.months)),
        key=lambda each: (-sum(month.wrong == "hole" for month in each.wrong), each.source),
    )


def _gaps(db: Database, id: str, shown: Sequence[str], before: Sequence[str], today: date) -> Gaps:
    oldest, whole = health.reach(db, id)
    counts = {name: 0 for name in before if oldest and name >= oldest}
    counts |= health.months(db, id, before[0], shown[-1])
    return gaps(id, counts, shown, rhythm.learn(_days(db, id, today)), oldest, whole)


def _days(db: Database, id: str, until: date) -> dict[str, int]:
    since = until - timedelta(days=rhythm.WINDOW)
    return pacing.publications(db, id, since.isoformat(), until.isoformat())
