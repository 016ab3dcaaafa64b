"""The command `extract`: what would be stored from a saved page or an address."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.extraction.values import Article, Rejected
from crawler.extraction.workers import Extracted, Workers, cores
from crawler.settings import SettingsError
from crawler.web.failures import Failed
from spiders.dates import rome_today
from spiders.source import check_address
from spiders.values import Link, Page

if TYPE_CHECKING:  # Scrapy, which nobody needs who reads saved pages
    from crawler.survey.fetch import Answer

_TYPES = {".pdf": "application/pdf", ".html": "text/html", ".htm": "text/html"}
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Input:
    """A page to extract: its file's name or its address as it was given; the page, if it was saved, and its address."""

    name: str
    page: Page | None
    url: str | None = None


def inputs(pages: Sequence[str], url: str | None, manifest: Path | None) -> list[Input]:
    """The pages that a call names. Raises SettingsError, naming the place, where one cannot be read."""
    if url is not None:
        _checked(url, "--url")
        if len(pages) != 1 or manifest:
            raise SettingsError("--url gives the address of one saved page; for many, use --manifest")
    if not pages and not manifest:
        raise SettingsError("nothing to extract: give a saved page, an address, or --manifest")
    found = [_given(page, url) for page in pages]
    return [*found, *_listed(manifest)] if manifest else found


def extract_all(pages: Iterable[Input]) -> list[dict[str, Any]]:
    """One row a page, in order, as `extract --json` prints it."""
    from crawler.survey.fetch import fetch

    waiting = list(pages)
    saved = [each.page for each in waiting if each.page]
    addresses = [each.name for each in waiting if each.page is None]
    answers = fetch(addresses) if addresses else {}
    found = iter(_read(saved) if saved else ())
    return [
        _row(each.name, each.url, next(found)) if each.page else _answered(each.name, answers[each.name])
        for each in waiting
    ]


def _read(pages: Sequence[Page]) -> list[Extracted]:
    workers = Workers(min(len(pages), cores()))
    try:
        return asyncio.run(_read_all(workers, pages))
    finally:
        workers.close()


async def _read_all(workers: Workers, pages: Sequence[Page]) -> list[Extracted]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(page: Page) -> Extracted:
        async with room:
            return await workers.read(page, None, rome_today())

    return await asyncio.gather(*(one(page) for page in pages))


def _answered(name: str, answer: "Answer | Failed") -> dict[str, Any]:
    if isinstance(answer, Failed):
        return _row(name, name, Extracted(Rejected(answer.reason, answer.detail)))
    page, extracted = answer
    return _row(name, page.url, extracted)


def _row(name: str, url: str | None, extracted: Extracted) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        ("file", "url", "status", "title", "date", "date_origin", "date_confidence", "text", "language", "witnesses")
    )
    row |= {"file": name, "url": url, "witnesses": []}
    found = extracted.found
    row["witnesses"] = [asdict(witness) for witness in found.witnesses]
    if not isinstance(found, Article):
        return row | {"status": found.reason, "detail": found.detail}
    return row | {
        "status": "ok", "title": found.title, "text": "\n\n".join(found.paragraphs), "language": found.language,
        "date": found.date, "date_origin": found.date_origin, "date_confidence": found.date_confidence,
    }  # fmt: skip


def _given(name: str, url: str | None) -> Input:
    if name.startswith(("http://", "https://")):
        return Input(_checked(name, name), None)
    return _saved(name, Path(name), url)


def _saved(name: str, path: Path, url: str | None) -> Input:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    kind = _TYPES.get("".join(suffixes[-2:-1] if packed else suffixes[-1:]))
    if kind is None:
        raise SettingsError(f"{name}: not a saved page (.html, .html.gz or .pdf) and not an http address")
    try:
        body = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    except (OSError, EOFError, ValueError, zlib.error) as error:  # ValueError: a null character in the name
        why = error.strerror if isinstance(error, OSError) and error.strerror else f"damaged ({error})"
        raise SettingsError(f"{name}: cannot be read: {why}") from error
    # Without an address, the page has one that says nothing: no site, no day, and no home page.
    link = Link(url or "https://unknown.invalid/-", origin="given")
    return Input(name, Page(link.url, body, kind, link), url)


def _listed(manifest: Path) -> Iterator[Input]:
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{manifest}: cannot be read ({error})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, url = row["file"], row.get("url")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SettingsError(f"{manifest}, line {number}: not a JSON object with `file` and `url`") from error
        if not isinstance(name, str) or not isinstance(url, str | None):
            raise SettingsError(f"{manifest}, line {number}: `file` and `url` are texts, in quotation marks")
        yield _saved(name, manifest.parent / name, _checked(url, f"{manifest}, line {number}") if url else None)


def _checked(url: str, place: str) -> str:
    try:
        return check_address(url)
    except ValueError as error:
        raise SettingsError(f"{place}: {error}") from error
