"""What a site offers, found out with all the manners of a crawl and kept nowhere: for `sources add` and `sources check`."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response

from crawler.extraction.values import Article
from crawler.extraction.workers import Workers
from crawler.ingest.beside import beside_crawls
from crawler.ingest.counts import Options
from crawler.ingest.reactor import in_reactor, stoppable
from crawler.ingest.run import scrapy_settings, utc_now
from crawler.ingest.visit import Visit, attach
from crawler.ingest.writer import Writer
from crawler.settings import allowed_networks
from crawler.web.browser import can_render
from crawler.web.failures import Failed, by_status, explain
from crawler.web.guard import SENT
from spiders.dates import rome_today
from spiders.discovery.exploration import Candidate, Exploration, examine
from spiders.discovery.judge import usual_gap
from spiders.discovery.marks import Marks, marks_of
from spiders.discovery.recognise import UNKNOWN, Evidence
from spiders.discovery.walls import wall_of
from spiders.press import Interrupted, PressSpider, spider_of
from spiders.source import Source
from spiders.values import Link, Page, Route
from storage.corpus import Corpus

SHORT = 200  # characters of text, below which a release is worth a second look
AT_ONCE = 16  # sources of a check


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the newest releases as it would be stored; `doubt` is what is wrong or unsure about it."""

    url: str
    title: str | None
    date: str | None
    length: int | None
    doubt: str | None = None


@dataclass(slots=True)
class Survey:
    """What was found out about a source.

    `failure` says why the site cannot be a source, with `advice` on what to do; where it is None, `chosen` lists are
    there. `requests` were sent to recognise and discover, `reading` more to read the newest releases.
    """

    source: Source
    declared: str = ""  # the home page's address as it was given
    evidence: Evidence = field(default_factory=lambda: Evidence(UNKNOWN, ""))
    chosen: tuple[Candidate, ...] = ()
    rejected: tuple[Candidate, ...] = ()
    marks: Marks = field(default_factory=Marks)
    samples: tuple[Sample, ...] = ()
    gap: float | None = None
    requests: int = 0
    reading: int = 0
    finished: bool = False
    reason: str | None = None
    failure: str | None = None
    advice: str = ""

    @property
    def frozen(self) -> str | None:
        """A sentence where all lists that could be chosen are old."""
        lists = [each.verdict for each in self.chosen if each.route.strategy != "sitemap"]
        if not lists or not all(verdict.stale for verdict in lists):
            return None
        newest = max(verdict.newest or "" for verdict in lists)
        return f"nothing newer than {newest} was found: look whether the body has another site or section by now"


def survey(sources: Sequence[Source], samples: int, done: Callable[[Survey], None] = lambda _: None) -> list[Survey]:
    """Surveys sites, several at once, each at its own pace; `done` is called with each survey as it ends.

    `samples` newest releases of each are read. Raises SettingsError where a variable of the environment is wrong, Stopped
    where it is stopped.
    """
    networks, settings = allowed_networks(), scrapy_settings()
    found: list[Survey] = in_reactor(lambda: stoppable(_survey_all(sources, samples, done, settings)), networks)
    return found


async def _survey_all(
    sources: Sequence[Source], samples: int, done: Callable[[Survey], None], settings: Any
) -> list[Survey]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="civicpress-")))
        corpus = stack.enter_context(Corpus(folder / "survey.db"))
        beside = stack.enter_context(beside_crawls(AT_ONCE))
        writer = Writer(corpus, corpus.start_run(utc_now()), utc_now)
        runner, workers = AsyncCrawlerRunner(settings), Workers()

        async def one(source: Source) -> Survey:
            result = Survey(source, source.home)
            visit = Visit(source, Options(), writer, workers, rome_today)
            visit.left_alone = beside.left_alone
            crawler = runner.create_crawler(_spider_of(source))
            attach(crawler, visit)
            arguments = {"survey": result, "samples": samples, "workers": workers}
            async with beside.turn(source):
                try:
                    await runner.crawl(crawler, **arguments, reader=visit.read_list, can_render=can_render)
                except Exception as error:  # one site that breaks us costs itself only
                    result.reason, result.failure, result.finished = "error", f"{type(error).__name__}: {error}", True
                beside.shared.asked(source, crawler, visit.held_until)
                if result.finished:
                    done(result)
            return result

        try:
            return await asyncio.gather(*map(one, sources))
        finally:
            workers.close()
            writer.close()


def _spider_of(source: Source) -> type[PressSpider]:
    return type("SurveySpider", (SurveySpider,), {**vars(spider_of(source)), "__module__": __name__})


class SurveySpider(PressSpider):
    """Looks at a site and stores nothing: all that it does is in `start`."""

    def __init__(self, survey: Survey, samples: int, workers: Workers, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.survey, self.samples, self.workers = survey, samples, workers

    async def start(self) -> AsyncIterator[Any]:
        """The survey; yields nothing."""
        try:
            await self._survey()
        except Interrupted as error:
            self._fails("refused", str(error), "try again later")
        except Exception as error:  # Scrapy would log it and go on as if all were well
            self._fails("error", f"{type(error).__name__}: {error}"[:300], "tell the makers of civicpress")
        self.survey.finished = True  # not where the survey was stopped
        nothing: tuple[Any, ...] = ()
        for each in nothing:
            yield each

    async def _survey(self) -> None:
        found = self.survey
        page = await self._fetch(Route(self.source.home, "home"))
        if isinstance(page, Failed):
            if self._written():
                await self._examined(None)
            if not found.chosen:
                self._fails(page.reason, *_explained(page, self.source.home))
        elif wall := wall_of(page):
            self._fails(wall.kind, f"{page.url} is no home page but {_a(wall.kind)} ({wall.seen})", _ADVICE[wall.kind])
        else:
            found.source = found.source.model_copy(update={"home": _home(self.source.home, page)})
            found.marks = marks_of(page)
            await self._examined(page)
        found.requests = self._sent()
        if found.chosen:
            found.failure = found.reason = None
            await self._read_newest()

    async def _examined(self, page: Response | None) -> None:
        found = self.survey
        if self._written():
            result: Exploration = await examine(
                list(self.routes()), page, self.source, self.probe, self.reader, self.today()
            )
        else:
            assert page is not None
            result = await self.explored(page)
            if self.javascript:
                found.source = found.source.model_copy(update={"javascript": True})
        found.evidence, found.chosen, found.rejected = result.evidence, result.chosen, result.rejected
        if not result.chosen:
            advice = "open the site, look for its news page, and give its address with --listing"
            if result.empty_shell:
                advice = "give --javascript, with the extra civicpress[javascript] and Chromium installed"
            self._fails("no press section", f"no press section was found: {result.why_none}", advice)

    def _written(self) -> bool:
        return bool(self.source.listings or self.source.feeds or self.source.sitemaps)

    async def _fetch(self, route: Route) -> Response | Failed:
        assert self.crawler.engine is not None
        try:
            response: Response = await self.crawler.engine.download_async(self.ask(route))
        except Exception as error:
            return explain(error)
        return response if response.status < 400 else by_status(response.status)

    async def _read_newest(self) -> None:
        """Reads the newest releases, as a crawl would; a list whose pages are all none is rejected."""
        found = self.survey
        links = newest(found.chosen)
        found.gap = usual_gap(link.date for link in links if link.date)
        found.samples = tuple([await self._sample(link) for link in links[: self.samples]])
        found.reading = self._sent() - found.requests
        read = [each for each in found.samples if each.length is not None]
        if found.samples and not read:
            why = found.samples[0].doubt or "no text"
            self._fails(
                "no releases", f"the lists lead to no releases: {found.samples[0].url}: {why}", _ADVICE["no releases"]
            )

    async def _sample(self, link: Link) -> Sample:
        page = await self._page(link)
        if isinstance(page, Failed):
            return Sample(link.url, link.title, link.date, None, f"{page.reason}: {page.detail}")
        article = (await self.workers.read(page, self.source.language, self.today())).found
        if not isinstance(article, Article):
            return Sample(link.url, link.title, link.date, None, f"{article.reason}: {article.detail}")
        length = sum(map(len, article.paragraphs))
        return Sample(page.url, article.title, article.date, length, _doubt(article, length))

    async def _page(self, link: Link) -> Page | Failed:
        if link.content and link.date:
            return Page(
                link.url,
                link.content.encode("utf-8", "replace"),
                "text/html; charset=utf-8",
                replace(link, content=None),
                whole=True,
            )
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(self.follow(link))
        except Exception as error:
            return explain(error)
        if response.status >= 400:
            return by_status(response.status)
        return next(self.read(response, replace(link, content=None)))

    def _sent(self) -> int:
        assert self.crawler.stats is not None
        return int(self.crawler.stats.get_value(SENT, 0))

    def _fails(self, reason: str, failure: str, advice: str) -> None:
        self.survey.reason, self.survey.failure, self.survey.advice = reason, failure, advice


def newest(chosen: Sequence[Candidate]) -> list[Link]:
    """The releases that the chosen lists name, each once, the newest first; those without a day in the lists' order."""
    best: dict[str, Link] = {}
    for candidate in chosen:
        if candidate.route.strategy == "sitemap" and best:
            continue  # it names thousands, without their days
        for link in candidate.links:
            old = best.get(link.url)
            if old is None:
                best[link.url] = link
            elif not old.date and link.date:
                best[link.url] = replace(old, date=link.date, origin=link.origin)
    return sorted(best.values(), key=lambda link: link.date or "", reverse=True)


def _doubt(article: Article, length: int) -> str | None:
    doubts = []
    if not article.date:
        doubts.append("no date")
    elif (article.date_confidence or 0) < 0.7:
        doubts.append(f"date unsure ({article.date_origin})")
    if length < SHORT:
        doubts.append("short")
    return ", ".join(doubts) or None


def _home(given: str, page: Response) -> str:
    """The home page's address: where a redirect led, if that is another scheme or host and not a page below it."""
    before, after = urlsplit(given), urlsplit(page.url)
    moved = (before.scheme, before.netloc) != (after.scheme, after.netloc)
    return urlunsplit((after.scheme, after.netloc, before.path or "/", before.query, "")) if moved else given


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _explained(failed: Failed, home: str) -> tuple[str, str]:
    """What a home page that cannot be read means, and what to do."""
    says = {
        "dns": f"no site at {home}: its host's name is not known",
        "connection": f"no site answers at {home}",
        "timeout": f"{home} does not answer in time",
        "tls": f"the certificate or encryption of {home} is not valid",
        "gone": f"{home} is not there",
        "refused": f"{home} refuses us",
        "robots": f"robots.txt of {home} does not let us in",
        "offsite": f"{home} leads to another body's site",
        "too-large": f"the home page {home} is larger than the limit",
        "not-public": f"{home} is not on the public internet",
    }
    failure = f"{says.get(failed.reason, f'{home} cannot be read')} ({failed.reason}: {failed.detail})"
    return failure, _ADVICE.get(failed.reason, "try again later, or look at the address in a browser")


_ADVICE = {
    "dns": "look for a typing error; try the address with or without www",
    "connection": "try again later, or the address with https:// or http://, with or without www",
    "timeout": "try again later",
    "tls": 'tell the body that its certificate is broken; `tls = "unverified"` in a source\'s entry takes it as it is',
    "gone": "look for the body's present address",
    "refused": "nothing: a site that refuses is left alone; ask the body for access, or for a feed",
    "robots": "nothing: robots.txt is obeyed; ask the body whether it means its press releases too",
    "offsite": "if that is the body's new site, add that address",
    "too-large": "give the address of the press section with --listing",
    "not-public": "name the network in CIVICPRESS_ALLOW_NETWORKS if it is yours",
    "parked domain": "look for the body's present address",
    "login page": "look for the body's public site",
    "anti-bot wall": "nothing: a site that refuses is left alone; ask the body for access, or for a feed",
    "server without a site": "look for the body's present address",
    "empty answer": "try again later, or look at the address in a browser",
    "file instead of a page": "give the address of the home page",
    "no releases": "look at that page in a browser; if it is a release, give its list with --listing",
}
