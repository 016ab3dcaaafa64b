"""From a home page to the lists worth asking: which platform serves the site, what it offers, and what that is worth.

Machine interfaces go first: one that brings dated releases makes all other lists superfluous. Otherwise all fit feeds and
sections are taken together, and the sitemaps that robots.txt names, which alone may reach back to the beginning.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from urllib.parse import urljoin

from scrapy.http import Response

from spiders.discovery import home, listing
from spiders.discovery.addresses import bare
from spiders.discovery.judge import Verdict, judge
from spiders.discovery.platforms import lists_of, routes_of
from spiders.discovery.recognise import UNKNOWN, Evidence, needs_javascript, platform_of
from spiders.source import Source
from spiders.values import Link, Reading, Route, Unreadable

MOST_PROBES = 11  # requests, redirects counted; with the home page, robots.txt and a redirect or two at most 15 a site
_FOR_SITEMAPS = 2  # of these, kept for sitemaps while nothing else was found
_DATED = 0.8
_OVERLAP = 0.5
_FEW = 3
_SAME_AGE = timedelta(days=60)

# Asks for a list; returns the answer, or why there is none.
Ask = Callable[[Route], Awaitable[Response | str]]
Reader = Callable[[Response, Route, Source], Awaitable[Reading]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A list that may be worth asking, what it named, and the verdict; `answer` is what the verdict was made of."""

    route: Route
    verdict: Verdict
    links: tuple[Link, ...] = ()
    answer: Response | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found out about a site. `chosen` are the lists to ask in every run, the best first; `empty_shell` tells
    that the home page has no words without JavaScript."""

    evidence: Evidence
    chosen: tuple[Candidate, ...]
    rejected: tuple[Candidate, ...]
    empty_shell: bool = False
    left: int = 0  # probes that were not needed

    def rendered(self) -> "Exploration":
        """The same, its lists to be read in a browser in every run."""
        chosen = (
            replace(each, route=replace(each.route, strategy="rendered")) if each.route.strategy == "listing" else each
            for each in self.chosen
        )
        return replace(self, chosen=tuple(chosen))

    @property
    def why_none(self) -> str:
        """Why no list was chosen, in a sentence."""
        if self.empty_shell:
            return (
                "the home page is an empty shell that needs JavaScript, and no interface answers; with the extra "
                "civicpress[javascript] and Chromium installed, its scripts are run"
            )
        if not self.rejected:
            return "the home page leads to no press section, feed or sitemap"
        told = [f"{each.route.url} {each.verdict.why}" for each in self.rejected[:3]]
        more = f"; and {len(self.rejected) - 3} more" if len(self.rejected) > 3 else ""
        return f"nothing that was found is a press section: {'; '.join(told)}{more}"


async def explore(
    page: Response, source: Source, ask: Ask, read: Reader, today: date, most: int = MOST_PROBES
) -> Exploration:
    """Explores a site from its home page.

    Args:
        page: the answer of the home page.
        source: the source; its `platform` wins over what is recognised.
        ask: fetches a list; called at most `most` times, and once for robots.txt.
        read: reads a list.
        today: the present day, by which freshness is judged.
        most: how many requests may be sent.
    """
    evidence = Evidence(source.platform, "written down in the catalogue") if source.platform else platform_of(page)
    probes = _Probes(source, ask, read, today, page, most)
    advertised = _advertised(page, source)
    for route in routes_of(evidence.platform, page):
        if route.strategy != "listing" and probes.fit():
            continue  # whole texts without days: what is wanted beside them is a list that knows the days
        found = await probes.probe(route)
        if found and route.strategy != "listing" and await _suffices(found, page, source, advertised, probes):
            return probes.done(evidence, [found])
    interface = [each for each in probes.fit() if each.route.strategy != "listing"]
    for route in advertised:
        if not (interface and route.strategy == "feed"):
            await probes.probe(route)
    if not any(each.route.strategy == "listing" for each in probes.fit()):
        for route in lists_of(evidence.platform, page):
            await probes.probe(route)
    if not interface:
        for route in await probes.sitemaps():
            await probes.probe(route)
    return probes.done(evidence, probes.chosen())


async def examine(
    routes: Iterable[Route], page: Response | None, source: Source, ask: Ask, read: Reader, today: date
) -> Exploration:
    """Judges lists that are written down, instead of exploring the site; for the arguments see `explore`."""
    probes = _Probes(source, ask, read, today, page, MOST_PROBES)
    for route in routes:
        await probes.probe(route)
    evidence = platform_of(page) if page is not None else Evidence(UNKNOWN, "no home page was seen")
    return probes.done(evidence, probes.chosen())


class _Probes:
    """The lists that were asked for, each judged."""

    def __init__(self, source: Source, ask: Ask, read: Reader, today: date, page: Response | None, most: int) -> None:
        self.source, self.ask, self.read, self.today, self.page = source, ask, read, today, page
        self.judged: dict[str, Candidate] = {}
        self.left = most

    async def probe(self, route: Route) -> Candidate | None:
        """Asks for a list and judges it, and then the sections that it leads to; None where it is not asked."""
        if route.url in self.judged:
            return self.judged[route.url]
        if self.page is not None and route.url.partition("#")[0] == self.page.url:
            return await self._judge(route, self.page)  # a home page that is itself the list
        kept = 0 if route.strategy == "sitemap" or self.fit() else _FOR_SITEMAPS
        if self.left <= kept:
            return None
        self.left -= 1
        answer = await self.ask(route)
        if isinstance(answer, str):
            return self._keep(Candidate(route, Verdict(False, answer)))
        if answer.request is not None:
            self.left = max(0, self.left - int(answer.request.meta.get("redirect_times", 0)))
        candidate = await self._judge(route, answer)
        if route.strategy == "listing":
            for part in home.parts_of(answer, self.source):
                await self.probe(part)
            if candidate.verdict.fit and not candidate.verdict.newest:  # its own feed may know the days
                for feed in home.feeds_of(answer):
                    await self.probe(feed)
        return candidate

    async def sitemaps(self) -> list[Route]:
        """The sitemaps that robots.txt names; the usual address where it names none and nothing else was found."""
        robots = Route(urljoin(self.source.home, "/robots.txt"), "home")
        answer = await self.ask(robots)
        named: Sequence[Route] = ()
        if not isinstance(answer, str):
            with suppress(Unreadable):
                named = home.read(answer, robots, self.source).following
        if not named and not self.fit():
            url = urljoin(self.source.home, "/sitemap.xml")
            named = [Route(url, "sitemap", url, advertised=True)]
        return list(named)[:2]

    def fit(self) -> list[Candidate]:
        """Those that are fit, in the order in which they were asked."""
        return [each for each in self.judged.values() if each.verdict.fit]

    def chosen(self) -> list[Candidate]:
        """Those worth asking: what is fit; old sections too, for their history; and old feeds where nothing else is."""
        fit, stale = self.fit(), self._stale()
        if any(each.route.strategy != "sitemap" for each in fit):
            stale = [each for each in self.judged.values() if each.verdict.stale and each.route.strategy == "listing"]
        several: list[Candidate] = []
        for each in (*fit, *stale) if fit else stale:
            named = {link.url for link in each.links}
            twin = each.route.strategy == "listing" and any(
                other.route.strategy == "listing" and named == {link.url for link in other.links} for other in several
            )
            if not twin:  # /novita and /novita/ are one list
                several.append(each)
        return several

    def _stale(self) -> list[Candidate]:
        """The freshest of those that are only old: better than nothing, for a town may wake up."""
        old = [
            (date.fromisoformat(each.verdict.newest or ""), each) for each in self.judged.values() if each.verdict.stale
        ]
        newest = max((day for day, _ in old), default=date.min)
        return [each for day, each in old if newest - day <= _SAME_AGE]

    def done(self, evidence: Evidence, chosen: list[Candidate]) -> Exploration:
        """The result, with what was chosen."""
        taken = {each.route.url for each in chosen}
        rejected = tuple(each for each in self.judged.values() if each.route.url not in taken)
        shell = not chosen and self.page is not None and needs_javascript(self.page)
        return Exploration(evidence, tuple(chosen), rejected, shell, self.left)

    async def _judge(self, route: Route, answer: Response) -> Candidate:
        try:
            reading = await self.read(answer, route, self.source)
        except Unreadable as error:
            why = str(error).rstrip(".")
            return self._keep(Candidate(route, Verdict(False, f"cannot be read: {why[:1].lower()}{why[1:]}")))
        except Exception as error:  # an answer that breaks its reader costs itself only
            return self._keep(
                Candidate(route, Verdict(False, f"breaks its reader: {type(error).__name__}: {error}"[:300]))
            )
        verdict = _of_sitemap(reading) if route.strategy == "sitemap" else judge(reading.links, self.today)
        return self._keep(Candidate(route, verdict, reading.links, answer))

    def _keep(self, candidate: Candidate) -> Candidate:
        self.judged[candidate.route.url] = candidate
        return candidate


def _advertised(page: Response, source: Source) -> list[Route]:
    try:
        return list(home.read(page, Route(source.home, "home", source.home), source).following)
    except Unreadable:
        return []


async def _suffices(
    found: Candidate, page: Response, source: Source, advertised: Sequence[Route], probes: _Probes
) -> bool:
    """Whether an interface gives everything: days, what the home page shows, and what its first section holds."""
    dated = [link.date for link in found.links if link.date]
    if not (found.verdict.fit or found.verdict.stale) or len(dated) < _DATED * len(found.links):
        return False
    named = {bare(link.url) for link in found.links}
    try:
        shown = [link for link in listing.read(page, Route(page.url, "listing"), source).links if link.date]
    except Unreadable:
        shown = []
    if len(shown) >= _FEW and not _holds(named, shown, min(dated)):
        return False
    own = page.url.partition("#")[0]
    sections = [route for route in advertised if route.strategy == "listing" and route.url.partition("#")[0] != own]
    first = await probes.probe(sections[0]) if sections else None
    if first and len(first.links) >= _FEW and not _holds(named, first.links, min(dated)):
        return False
    # What is old is right where the home page shows the same: the whole site is old then.
    return found.verdict.fit or len(shown) >= _FEW


def _holds(named: set[str], links: Sequence[Link], since: str) -> bool:
    """Whether most of what a list shows is among the addresses that an interface names, as far back as its answer goes.

    By folders of the address, so that a kind of release that the interface lacks is seen beside others.
    """
    kinds: dict[str, list[bool]] = {}
    for link in links:
        if not link.date or link.date >= since:
            folder = bare(link.url).rpartition("/")[0]
            kinds.setdefault(folder, []).append(bare(link.url) in named)
    return all(sum(found) >= _OVERLAP * len(found) for found in kinds.values() if len(found) >= _FEW)


def _of_sitemap(reading: Reading) -> Verdict:
    if reading.links:
        return Verdict(True, f"names {len(reading.links)} addresses")
    if reading.following:
        return Verdict(True, f"leads to {len(reading.following)} sitemaps")
    return Verdict(False, "names no addresses of a press section")
