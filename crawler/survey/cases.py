"""Recorded cases: a few answers of a site, and what the program is to make of them, in a folder that tests replay.

`case.json` holds both, the answers' facts (address, headers, file) beside what is expected of each. It is made to be
corrected by hand: where the program is wrong, the right value is written there, and the test fails until it is right.
"""

import gzip
import json
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from crawler.extraction.values import Article
from crawler.extraction.workers import Workers
from spiders.discovery.exploration import explore
from spiders.source import Source
from spiders.values import Link, Page, Route, Unreadable

_NAMED = 30  # links of a list that are written down: a sitemap has thousands
_BEGINNING, _END = 160, 80  # characters of a release's text: enough to see where it starts and stops
_ENDINGS = {"json": ".json", "pdf": ".pdf", "xml": ".xml", "rss": ".xml", "html": ".html"}
# What the source is, without how often and how slowly it is asked.
_MANNERS = {"id", "every", "delay", "licence"}


class CaseError(ValueError):
    """A folder is no case; the message names it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from a list or a home page: `url` is where it came from in the end."""

    route: Route
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def response(self) -> Response:
        """The answer as the readers take it."""
        headers = {name.encode(): value.encode("latin-1") for name, value in self.headers.items()}
        kind = responsetypes.from_args(headers=headers, url=self.url, body=self.body[:5000])
        return kind(url=self.url, headers=headers, body=self.body)


@dataclass(frozen=True, slots=True)
class Case:
    """A source as it was on a day: its home page, where its lists are found from there, its lists, and some releases."""

    source: Source
    day: date
    home: Answer | None
    lists: tuple[Answer, ...]
    pages: tuple[Page, ...]


async def outcome(case: Case, workers: Workers) -> dict[str, Any]:
    """What the program makes of a case today: of its home page, each of its lists and each of its pages."""
    home = await _of_home(case, workers) if case.home else None
    return {
        "home": home,
        "lists": [await _of_list(case, each, workers) for each in case.lists],
        "pages": [await _of_page(case, each, workers) for each in case.pages],
    }


async def _of_home(case: Case, workers: Workers) -> dict[str, Any]:
    assert case.home
    answers = {each.route.url: each for each in case.lists}

    async def ask(route: Route) -> Response | str:
        return answers[route.url].response if route.url in answers else "is not in the case"

    found = await explore(case.home.response, case.source, ask, workers.read_list, case.day)
    return {"platform": found.evidence.platform, "lists": [each.route.url for each in found.chosen]}


async def _of_list(case: Case, answer: Answer, workers: Workers) -> dict[str, Any]:
    try:
        reading = await workers.read_list(answer.response, answer.route, case.source)
    except Unreadable as error:
        return {"unreadable": str(error)}
    links = [link for link in reading.links if case.source.wants(link.url)]
    return {
        "count": len(links),
        "links": [{"url": link.url, "title": link.title, "date": link.date} for link in links[:_NAMED]],
        "next": [route.url for route in reading.following[:_NAMED]],
    }


async def _of_page(case: Case, page: Page, workers: Workers) -> dict[str, Any]:
    found = (await workers.read(page, case.source.language, case.day)).found
    if not isinstance(found, Article):
        return {"status": found.reason}
    text = "\n\n".join(found.paragraphs)
    return {
        "status": "ok", "title": found.title, "date": found.date, "begins": text[:_BEGINNING], "ends": text[-_END:],
    }  # fmt: skip


def save(case: Case, expected: Mapping[str, Any], folder: Path) -> None:
    """Writes a case. Whole or not at all: an earlier case in the folder is replaced at the end.

    Raises:
        OSError: it cannot be written.
    """
    part = folder.with_name(f".{folder.name}.part")
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        rows: dict[str, Any] = {
            "source": {
                "id": case.source.id,
                **case.source.model_dump(mode="json", exclude=_MANNERS, exclude_defaults=True),
            },
            "day": case.day.isoformat(),
        }
        if case.home:
            rows["home"] = {**_put_answer(part, "home", case.home), "expected": expected["home"]}
        rows["lists"] = [
            {**_put_answer(part, f"list-{number}", answer), "expected": wanted}
            for number, (answer, wanted) in enumerate(zip(case.lists, expected["lists"], strict=True), 1)
        ]
        rows["pages"] = [
            {**_put_page(part, f"page-{number}", page), "expected": wanted}
            for number, (page, wanted) in enumerate(zip(case.pages, expected["pages"], strict=True), 1)
        ]
        text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
        (part / "case.json").write_text(text, encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def load(folder: Path) -> tuple[Case, dict[str, Any]]:
    """Reads a case: the answers, and what is expected of them, in the shape of `outcome`.

    Raises:
        CaseError: the folder holds no case, or something in it is wrong.
    """
    path = folder / "case.json"
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        home = rows.get("home")
        case = Case(
            source=Source.model_validate(rows["source"]),
            day=date.fromisoformat(rows["day"]),
            home=_get_answer(folder, home) if home else None,
            lists=tuple(_get_answer(folder, row) for row in rows["lists"]),
            pages=tuple(_get_page(folder, row) for row in rows["pages"]),
        )
        expected = {
            "home": home["expected"] if home else None,
            **{part: [row["expected"] for row in rows[part]] for part in ("lists", "pages")},
        }
    except OSError as error:
        raise CaseError(f"{error.filename or path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zlib.error, ValidationError) as error:
        raise CaseError(f"{path}: not a case: {type(error).__name__}: {error}") from error
    return case, expected


def _put_answer(folder: Path, name: str, answer: Answer) -> dict[str, Any]:
    kind = next((value for key, value in answer.headers.items() if key.lower() == "content-type"), "")
    return {
        **asdict(answer.route), "answered": answer.url, "headers": dict(answer.headers),
        "file": _put(folder, name, kind, answer.body),
    }  # fmt: skip


def _get_answer(folder: Path, row: Mapping[str, Any]) -> Answer:
    route = Route(row["url"], row["strategy"], row["start"], row["advertised"])
    return Answer(route, row["answered"], row["headers"], gzip.decompress((folder / row["file"]).read_bytes()))


def _put_page(folder: Path, name: str, page: Page) -> dict[str, Any]:
    link = {key: value for key, value in asdict(page.link).items() if key != "content"}
    return {
        "url": page.url, "addresses": list(page.addresses), "type": page.content_type, "whole": page.whole,
        "link": link, "file": _put(folder, name, page.content_type, page.body),
    }  # fmt: skip


def _get_page(folder: Path, row: Mapping[str, Any]) -> Page:
    body = gzip.decompress((folder / row["file"]).read_bytes())
    return Page(row["url"], body, row["type"], Link(**row["link"]), tuple(row["addresses"]), row["whole"])


def _put(folder: Path, name: str, kind: str, body: bytes) -> str:
    file = f"{name}{next((ending for word, ending in _ENDINGS.items() if word in kind.lower()), '')}.gz"
    (folder / file).write_bytes(gzip.compress(body, mtime=0))  # the same bytes whenever it is recorded
    return file
