"""What a run notes of a source beside its counts, so that its health can be judged later (see `crawler.health.judgement`)."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from crawler.health.drift import is_lost
from crawler.health.lists import Detail, detail_of
from crawler.ingest.reach import is_of_edits
from spiders.values import Link, Route
from storage.changes import Found, Release, RouteState

_LISTS = 40  # of one run; an index of sitemaps may name hundreds


@dataclass(slots=True)
class Evidence:
    """What the lists of a source answered in a run, and what its pages held.

    `lists`: by address, how many releases a list named, or None where it could not be read; lists that answered "not
    modified" are not among them. `letters`: of each text that was read. `reasons`: why pages were not kept. `known`: how
    pages fared from which a document came before: `sound`, `undated`, `scrap`, or a reason. `details`: of the lists, None of one
    that is not modified.
    """

    lists: dict[str, int | None] = field(default_factory=dict)
    dated: int = 0
    undated: int = 0
    letters: list[int] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    details: dict[str, Detail | None] = field(default_factory=dict)
    known: Counter[str] = field(default_factory=Counter)

    def named(self, state: RouteState, found: Collection[Found], following: bool) -> None:
        """A list was read. Further pages of a list may well be empty, and an index or a home page names no releases, and a list
        of edits only what changed."""
        first = state.url == state.start or state.strategy == "sitemap"
        if first and state.strategy != "home" and not is_of_edits(state.strategy) and (found or not following):
            self.lists[state.url] = len(found)

    def detailed(self, route: Route, links: Sequence[Link], known: int) -> None:
        """A list was read: what it named, and how much of that was known."""
        if route.url in self.lists:
            self.details[route.url] = detail_of(links, known)

    def stays(self, route: Route) -> None:
        """A list answered that it is not modified."""
        if route.url == (route.start or route.url):
            self.details[route.url] = None

    def read(self, release: Release) -> None:
        """A page was read, and the corpus has what it holds."""
        self.dated += release.date is not None
        self.undated += release.date is None
        self.letters.append(len(release.document.body))

    def failed(self, url: str, reason: str, is_list: bool) -> None:
        """A page, or a list, brought nothing."""
        if is_list:
            self.lists[url] = None
        else:
            self.reasons[reason] += 1

    @property
    def site_changed(self) -> bool:
        """Whether so many known pages have lost what they held that it is their site's doing."""
        return is_lost(self.known)

    def as_row(self) -> dict[str, Any]:
        """The columns of `run_sources`: `pages` are those that were read or rejected, `letters` is the median."""
        lists = dict(list(self.lists.items())[:_LISTS])
        return {
            "pages": self.dated + self.undated + self.reasons.total(),
            "dated": self.dated,
            "undated": self.undated,
            "letters": round(median(self.letters)) if self.letters else None,
            "reasons": json.dumps(self.reasons) if self.reasons else None,
            "details": _packed(dict(list(self.details.items())[:_LISTS])),
            "known": json.dumps(self.known) if self.known else None,
            "lists": json.dumps(lists, ensure_ascii=False) if lists else None,
        }


def _packed(details: Mapping[str, Detail | None]) -> str | None:
    rows = {url: detail and (detail.dated, detail.known, detail.mark) for url, detail in details.items()}
    return json.dumps(rows, ensure_ascii=False) if rows else None
