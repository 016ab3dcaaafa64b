"""How far a list is read: to the first page that holds nothing new, as far back as releases are recent, or to its end.

The fast way stops at known items. Releases that are dated back come in behind these, so once a day a list is read as far
as its releases are recent, and now and then to its end: sooner where the last sweep found something, later where several
found nothing. What both find is counted, for it tells what the fast way is worth on this list.
"""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from crawler.service.pace import fraction
from crawler.settings import (
    LOOK_BACK_DAYS,
    LOOK_BACK_HOURS,
    LOOK_BACK_PAGES,
    SWEEP_DAYS,
    UNDATED_LOOK_BACK_PAGES,
)
from spiders.discovery import EDITS
from storage.changes import RouteState


class Reach(StrEnum):
    """How far a list is read on from one of its pages."""

    NEW = "new"  # until a page holds nothing new
    BACK = "back"  # as far as releases are recent
    EDITS = "edits"  # of a list by time of change: until a page ends with something known and unchanged
    ALL = "all"  # to its end
    FULL = "full"  # to its end, and the known releases that it names are read again


REACH = "civicpress_reach"  # in a request's meta
BEYOND = "civicpress_beyond"  # in a request's meta: the fast way would not have come to this page
TO_THE_END = (Reach.ALL, Reach.FULL)


def reach_of(source: str, start: RouteState, paged: bool, sweeping: bool, now: datetime) -> Reach:
    """How far a list is to be read that is asked from its first page.

    `paged`: whether it has further pages; `sweeping`: whether a sweep of it is under way, which goes on from where it was.
    """
    if not (start.complete and paged):
        return Reach.NEW
    if sweeping:
        return Reach.NEW
    begun = start.swept or start.asked or now.isoformat()
    shortest, usual, _ = SWEEP_DAYS
    # The first time from half to one and a half of the usual pause: most sources of a corpus were first read on one day.
    spread = 0.5 + fraction(source, start.url) if start.pause is None else 0.9 + 0.2 * fraction(source, begun)
    if now - datetime.fromisoformat(begun) >= timedelta(days=max(shortest, (start.pause or usual) * spread)):
        return Reach.ALL
    if start.looked_back is None or is_old(start.looked_back, now, LOOK_BACK_HOURS):
        return Reach.BACK
    return Reach.NEW


def is_old(moment: str, now: datetime, hours: float) -> bool:
    """Whether a moment is so many hours ago."""
    return now - datetime.fromisoformat(moment) >= timedelta(hours=hours)


def looks_further(days: Sequence[str | None], pages: int, today: date) -> bool:
    """Whether a look back goes on behind a page.

    `days` are those of the page's releases, in the order of the page; `pages`: how many pages were read by now. The last
    one that is dated counts: what is pinned to the top is often old.
    """
    dated = [day for day in days if day]
    if not dated:
        return pages < UNDATED_LOOK_BACK_PAGES
    since = (today - timedelta(days=LOOK_BACK_DAYS)).isoformat()
    return dated[-1] >= since[: len(dated[-1])] and pages < LOOK_BACK_PAGES


def ended(start: RouteState, reaches: Set[Reach], found: int, now: str) -> RouteState:
    """The state of a list's first page after all of it was read that was to be read in this run.

    `reaches`: how far its pages were read on from; `found`: the releases that the fast way had missed.
    """
    if start.complete and reaches.isdisjoint(TO_THE_END):
        return start if reaches <= {Reach.NEW} else replace(start, looked_back=now)
    pause = start.pause
    if start.complete:
        shortest, usual, longest = SWEEP_DAYS
        pause = max(shortest, (pause or usual) // 3) if found else min(longest, (pause or usual) * 3 // 2)
    return replace(start, complete=True, swept=now, looked_back=now, pause=pause)


def edits_of(state: RouteState) -> str | None:
    """The address of the same list by time of change, where its interface has one."""
    made = EDITS.get(state.strategy)
    return made(state.url) if made else None


def is_of_edits(strategy: str) -> bool:
    """Whether a list is one by time of change."""
    return strategy.endswith("-edits")


def are_edits_due(list_: RouteState, edits: RouteState | None, now: datetime) -> bool:
    """Whether a list by time of change is to be asked: about once a day, but not where all of the list was just read."""
    known = [moment for moment in (list_.swept, edits and edits.looked_back) if moment]
    return list_.complete and (not known or is_old(max(known), now, LOOK_BACK_HOURS))
