"""The command `extract`: what would be stored from a saved page or an address."""

import asyncio
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.extraction.values import Article
from crawler.extraction.workers import Extracted, Workers, cores
from crawler.failures import Failed
from crawler.settings import SettingsError
from spiders.dates import rome_today
from spiders.source import check_address
from spiders.values import Link, Page

_TYPES = {".pdf": "application/pdf", ".html": "text/html", ".htm": "text/html"}
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Input:
    """A page to extract: its file's name or its address as it was given, and the page, or why there is none."""

    name: str
    page: Page | None
    url: str | None = None
    reason: str | None = None
    detail: str = ""


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
    from crawler.fetch import fetch

    waiting = list(pages)
    addresses = [each.name for each in waiting if each.page is None]
    if addresses:
        answers = fetch(addresses)
        waiting = [_answered(each, answers[each.name]) if each.page is None else each for each in waiting]
    workers = Workers(min(len(waiting), cores()))
    try:
        found = asyncio.run(_read_all(workers, waiting))
    finally:
        workers.close()
    return [_row(each, extracted) for each, extracted in zip(waiting, found, strict=True)]


async def _read_all(workers: Workers, waiting: Sequence[Input]) -> list[Extracted | None]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(each: Input) -> Extracted | None:
        async with room:
            return await workers.read(each.page, None, rome_today()) if each.page else None

    return await asyncio.gather(*(one(each) for each in waiting))


def _answered(each: Input, answer: Page | Failed) -> Input:
    if isinstance(answer, Page):
        return Input(each.name, answer, answer.url)
    return Input(each.name, None, each.name, answer.reason, answer.detail)


def _row(given: Input, extracted: Extracted | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(
        ("file", "url", "status", "title", "date", "date_origin", "date_confidence", "text", "language", "witnesses")
    )
    row |= {"file": given.name, "url": given.url, "witnesses": []}
    if extracted is None:
        return row | {"status": given.reason, "detail": given.detail}
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
    # Without an address, the page has one that says nothing: no site, no day.
    link = Link(url or "https://unknown.invalid/", origin="given")
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
