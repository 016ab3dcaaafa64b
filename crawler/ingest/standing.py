"""How a source did in a run: its status, and the reason in one sentence."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crawler.web.failures import Failed

if TYPE_CHECKING:
    from crawler.ingest.visit import Visit


def standing(visit: "Visit") -> tuple[str, str | None]:
    """`ok`, `failed`, `refused` or `empty`, and why."""
    if visit.crash:
        return "failed", visit.crash
    # A home page may advertise what is not there; that is a failure where no other list can be read.
    failures = [failed for route, failed in visit.lists.failures if not (route.advertised and visit.lists.read)]
    if failures:
        first = failures[0]
        refused = _are_refusals(failures) and not visit.lists.read
        return "refused" if refused else "failed", f"{first.reason}: {first.detail}"
    if visit.stopping:
        return "failed", "stopped before it was done; the next run goes on from there"
    if visit.left:
        return "failed", f"{len(visit.left)} pages wait for the next run: {visit.left[0].detail}"
    if _kept_none(visit):
        first = visit.page_failures[0]
        status = "refused" if _are_refusals(visit.page_failures) else "failed"
        return status, f"none of {len(visit.started)} pages could be kept; {first.reason}: {first.detail}"
    if not visit.lists.seen and not visit.counts.not_modified:
        if visit.lists.exploration and not visit.lists.exploration.chosen:
            return "empty", visit.lists.exploration.why_none
        return "empty", "its lists name no releases"
    if visit.over_budget:
        return "ok", f"{visit.over_budget} addresses wait for the next run: the budget of one run is used up"
    return "ok", None


def _kept_none(visit: "Visit") -> bool:
    """Whether all pages failed, and not only for what is now and then wrong with the one new page of a site."""
    counts = visit.counts
    if len(visit.page_failures) < max(1, len(visit.started)) or (
        counts.new + counts.revised + counts.unchanged + counts.duplicates
    ):
        return False
    return any(failed.again for failed in visit.page_failures) or not (visit.lists.known or counts.not_modified)


def _are_refusals(failures: Iterable[Failed]) -> bool:
    return all(failed.reason in ("refused", "robots", "not-public") for failed in failures)
