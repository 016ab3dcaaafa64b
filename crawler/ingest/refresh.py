"""Which of the lists that were found on a site are asked again in a run.

A home page can lead to a dozen lists that name the same releases, an index of sitemaps to hundreds of files of which
one changes. Three requests a source are enough to learn that nothing is new; where something is, the other lists are
asked too.
"""

from collections.abc import Sequence

from crawler.ingest.reach import is_of_edits
from storage.changes import RouteState

ASKED_AT_FIRST = 3  # requests to a source, those for the lists of the catalogue counted


def is_found(state: RouteState) -> bool:
    """Whether a list page was found on the site and may name new releases: an advertised list, a child of an index."""
    if is_of_edits(state.strategy):
        return False
    return state.advertised if state.url == state.start else state.strategy == "sitemap"


def choose(found: Sequence[RouteState], room: int, run: int) -> tuple[list[RouteState], list[RouteState]]:
    """The lists to ask at first, `room` of them but at least one, and those to ask where these name something new.

    At first: the feed that changed last, for feeds are short and hold all sections, then what else changed last, and
    one of the others, which takes turns from run to run, so that each is asked in the end.
    """
    if len(found) <= room:
        return list(found), []
    recent = sorted(found, key=lambda state: state.asked or "", reverse=True)
    feed = next((state for state in recent if state.strategy == "feed"), recent[0])
    recent.remove(feed)
    first = [feed, *recent][: max(0, room - 1)]
    rest = [state for state in found if state not in first]
    first.append(rest.pop(run % len(rest)))
    return first, rest
