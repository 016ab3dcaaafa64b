"""The command `sources record`: a case of a source, fetched with all the manners of a crawl."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from scrapy.settings import Settings

from crawler.extraction.workers import Workers
from crawler.ingest.beside import beside_crawls
from crawler.ingest.counts import Options
from crawler.ingest.reactor import in_reactor, stoppable
from crawler.ingest.run import scrapy_settings, utc_now
from crawler.ingest.visit import Visit, attach
from crawler.ingest.writer import Writer
from crawler.settings import SettingsError, allowed_networks
from crawler.survey.cases import Answer, Case, outcome, save
from crawler.web.failures import Failed, by_status, explain
from spiders.dates import rome_today
from spiders.press import PressSpider, spider_of
from spiders.source import Source
from spiders.values import Link, Page, Reading, Route, Unreadable
from storage.addresses import address_key
from storage.corpus import Corpus

_MOST_LISTS = 6
_DEPTH = 2  # how far an index of sitemaps is followed
# Headers that say nothing of the page, or something of who asked for it.
_LEFT_OUT = frozenset(
    "age cache-control connection content-encoding content-length date etag expires keep-alive last-modified"
    " nel pragma report-to set-cookie transfer-encoding vary via".split()
)


class RecordingError(Exception):
    """A case could not be recorded, because of the site; the message is one sentence."""


def record(source: Source, into: Path, pages: int, *, force: bool = False) -> tuple[Path, Case, dict[str, Any]]:
    """Fetches the first page of each of a source's lists and its newest releases, and saves them as a case.

    Args:
        source: the source; of one without lists, those that its home page leads to are recorded.
        into: the folder of cases; the case is the folder in it that has the source's id.
        pages: how many of the newest releases.
        force: replaces a case that is there.

    Returns:
        The case's folder, the case, and what the program makes of it, which is what the case expects.

    Raises:
        SettingsError: the case must not or cannot be written; nothing was fetched.
        RecordingError: something could not be fetched; nothing is written.
    """
    folder = into / source.id
    _check(folder, force)
    networks, settings = allowed_networks(), scrapy_settings()
    case: Case = in_reactor(lambda: stoppable(_fetch(source, pages, settings)), networks)
    workers = Workers(1)
    try:
        found = asyncio.run(outcome(case, workers))
    finally:
        workers.close()
    try:
        save(case, found, folder)
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return folder, case, found


def _check(folder: Path, force: bool) -> None:
    try:
        if folder.parent.exists() and not folder.parent.is_dir():
            raise SettingsError(f"{folder.parent}: not a folder; cases are folders in one, which --into names")
        if not folder.exists():
            return
        ours = (folder / "case.json").is_file()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise SettingsError(f"{folder}: cannot be used ({getattr(error, 'strerror', None) or error})") from error
    if not ours:
        raise SettingsError(f"{folder}: is there already and is no case; name another folder with --into")
    if not force:
        raise SettingsError(f"{folder}: this case is there already; replace it with --force")


async def _fetch(source: Source, pages: int, settings: Settings) -> Case:
    with tempfile.TemporaryDirectory(prefix="civicpress-") as place, Corpus(Path(place) / "record.db") as corpus:
        writer = Writer(corpus, corpus.start_run(utc_now()), utc_now)
        workers = Workers(1)  # read lists, which may be anything
        recorder = Recorder(source, pages, workers)
        crawler = AsyncCrawlerRunner(settings).create_crawler(_spider_of(source))
        visit = Visit(source, Options(), writer, workers, rome_today)
        attach(crawler, visit)
        try:
            with beside_crawls() as beside:
                visit.left_alone = beside.left_alone
                async with beside.turn(source):
                    await AsyncCrawlerRunner(settings).crawl(crawler, recorder=recorder)
                    beside.shared.asked(source, crawler, visit.held_until)
        finally:
            workers.close()
            writer.close()
    if recorder.failure or not recorder.case:
        raise RecordingError(recorder.failure or f"{source.id}: ended before it was recorded")
    return recorder.case


class Recorder:
    """What a recording is to bring, and what it brought: the case, or why there is none."""

    def __init__(self, source: Source, pages: int, workers: Workers) -> None:
        self.source, self.pages, self.workers = source, pages, workers
        self.case: Case | None = None
        self.failure: str | None = None


def _spider_of(source: Source) -> type[PressSpider]:
    return type("RecordingSpider", (RecordingSpider,), {**vars(spider_of(source)), "__module__": __name__})


class RecordingSpider(PressSpider):
    """Fetches what a case needs; all that it does is in `start`."""

    def __init__(self, recorder: Recorder, **kwargs: Any) -> None:
        super().__init__(reader=recorder.workers.read_list, **kwargs)
        self.recorder = recorder

    async def start(self) -> AsyncIterator[Any]:
        """The recording; yields nothing."""
        try:
            self.recorder.case = await self._record()
        except RecordingError as error:
            self.recorder.failure = f"{self.source.id}: {error}"
        except Exception as error:
            self.recorder.failure = f"{self.source.id}: {type(error).__name__}: {error}"
        nothing: tuple[Any, ...] = ()
        for each in nothing:
            yield each

    async def _record(self) -> Case:
        home: Answer | None = None
        lists: list[tuple[Answer, Reading]] = []
        routes = list(self.routes())
        if routes[0].strategy == "home":
            home, lists = await self._found(routes[0])
        for route in routes if home is None else ():
            lists += await self._asked(route)
        links = _newest([reading for _, reading in lists], self.source)
        pages = [await self._page(link) for link in links[: self.recorder.pages]]
        return Case(self.source, self.today(), home, tuple(answer for answer, _ in lists), tuple(pages))

    async def _found(self, route: Route) -> tuple[Answer, list[tuple[Answer, Reading]]]:
        """The home page, and the lists that it leads to."""
        page = await self._download(route)
        found = await self.explored(page)
        if not found.chosen:
            raise RecordingError(
                f"no list was found from {route.url}: {found.why_none}; write its lists down in the source"
            )
        chosen = found.chosen[:_MOST_LISTS]
        lists = [(_answer(each.route, each.answer or page), Reading(each.links)) for each in chosen]
        return _answer(route, page), lists

    async def _asked(self, route: Route, depth: int = 0) -> list[tuple[Answer, Reading]]:
        """A list that is written down; of an index of lists, the first of them too."""
        response = await self._download(route)
        try:
            reading = await self.reader(response, route, self.source)
        except Unreadable:  # that is what the case will say
            reading = Reading()
        lists = [(_answer(route, response), reading)]
        if not reading.links and reading.following and depth < _DEPTH:
            lists += await self._asked(reading.following[0], depth + 1)
        return lists

    async def _download(self, route: Route) -> Response:
        return await self._sent(self.ask(route))

    async def _page(self, link: Link) -> Page:
        bare = replace(link, content=None)
        if link.content and link.date:  # as a crawl does: the text came with the list
            return Page(link.url, link.content.encode(), "text/html; charset=utf-8", bare, (link.url,), whole=True)
        return next(self.read(await self._sent(self.follow(link)), bare))

    async def _sent(self, request: Any) -> Response:
        assert self.crawler.engine is not None
        try:
            response: Response = await self.crawler.engine.download_async(request)
        except Exception as error:
            failed = explain(error)
        else:
            if response.status < 400:
                return response
            failed = by_status(response.status)
        raise RecordingError(_sentence(request.url, failed))


def _sentence(url: str, failed: Failed) -> str:
    return f"{url} could not be fetched: {failed.reason}: {failed.detail}"


def _answer(route: Route, response: Response) -> Answer:
    headers = {
        name.decode("latin-1"): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values and name.decode("latin-1").lower() not in _LEFT_OUT
    }
    return Answer(route, response.url, headers, response.body)


def _newest(readings: Sequence[Reading], source: Source) -> list[Link]:
    """The releases that lists name, each once, the newest first; those without a day after them, in the lists' order."""
    best: dict[str, Link] = {}
    for reading in readings:
        for link in reading.links:
            key = address_key(link.url)
            if source.wants(link.url) and (key not in best or (link.date and not best[key].date)):
                best[key] = link
    return sorted(best.values(), key=lambda link: link.date or "", reverse=True)
