"""How sources that are due are divided into batches: those that share a site go together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil

from crawler.settings import LARGEST_BATCH, SMALLEST_BATCH
from crawler.web.guard import sites_of
from spiders.source import Source


def divided(due: Sequence[Source], group: Mapping[str, str], room: int) -> Iterator[list[Source]]:
    """At most `room` batches of the sources, the first ones first; `group` is what `grouped` gives."""
    size = min(LARGEST_BATCH, max(SMALLEST_BATCH, ceil(len(due) / max(1, room))))
    groups: dict[str, list[Source]] = defaultdict(list)
    for source in due:
        groups[group[source.id]].append(source)
    batch: list[Source] = []
    for together in groups.values():
        if room <= 0:
            return
        batch += together[: LARGEST_BATCH - len(batch)]  # the others of the site come when these are done
        if len(batch) >= size:
            room -= 1
            yield batch
            batch = []
    if batch and room > 0:
        yield batch


def grouped(sources: Iterable[Source]) -> dict[str, str]:
    """For each source's id that of one source of its group: all that share a site, be it by way of a third."""
    first: dict[str, str] = {}  # by site

    def root(site: str) -> str:
        while first[site] != site:
            first[site] = first[first[site]]
            site = first[site]
        return site

    homes = {}
    for source in sources:
        sites = sorted(sites_of(source))
        for site in sites:
            first.setdefault(site, site)
            first[root(site)] = root(sites[0])
        homes[source.id] = sites[0]
    return {id: root(site) for id, site in homes.items()}
