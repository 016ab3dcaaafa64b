"""The programs that are compared, each as one function from a labelled page to what it reads there."""

from collections.abc import Callable
from datetime import date
from time import process_time

from benchmarks.labelled import Labelled
from benchmarks.scoring import Reading
from crawler.extraction import article, markup
from crawler.extraction.values import Article, Rejected
from crawler.extraction.votes import Memory
from spiders.values import Link, Page

TODAY = date(2026, 12, 31)  # after the newest labelled page: the same day in every run, so the same figures

Reader = Callable[[Labelled], Reading]


def page_of(page: Labelled, link: Link | None = None) -> Page:
    """The page as a crawl would have it; without a link, given by hand."""
    return Page(page.url, page.body, "text/html", link or Link(page.url, origin="given"))


def civicpress(page: Labelled) -> Reading:
    """Our own reading of a page that is the first of its site."""
    return _timed(page_of(page), None)[0]


def known_site(
    page: Page, language: str | None, memory: Memory | None = None, *, learn: bool = True
) -> tuple[Reading, Memory]:
    """Our own reading of a page whose source is known, with the memory of its other pages; and what it adds to that.

    With `learn`, the page adds something, which takes longer.
    """
    return _timed(page, language, memory, learn)


def _timed(
    page: Page, language: str | None, memory: Memory | None = None, learn: bool = True
) -> tuple[Reading, Memory]:
    begun = process_time()
    found = article.read(page, language=language, today=TODAY, memory=memory, learn=learn)
    seconds = process_time() - begun
    return reading_of(found, seconds), (found.votes or {}) if isinstance(found, Article) else {}


def reading_of(found: Article | Rejected, seconds: float = 0.0) -> Reading:
    """What was read; a page that is rejected has no title, date or text."""
    if isinstance(found, Rejected):
        return Reading(seconds=seconds, rejected=f"{found.reason}: {found.detail}")
    return Reading(found.title, found.date or "", "\n".join(found.paragraphs), seconds)


def trafilatura(page: Labelled) -> Reading:
    """trafilatura at its best: without readers' comments, with its metadata."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    body = page.body
    begun = process_time()
    found = bare_extraction(body, url=page.url, with_metadata=True, include_comments=False)
    seconds = process_time() - begun
    if not isinstance(found, Document):
        return Reading(seconds=seconds)
    return Reading(found.title or "", found.date or "", found.text or "", seconds)


def htmldate(page: Labelled) -> Reading:
    """htmldate's extensive search for the day of publication."""
    from htmldate import find_date

    body = markup.decode(page.body)
    begun = process_time()
    found = find_date(body, url=page.url, extensive_search=True, original_date=True)
    return Reading(date=found or "", seconds=process_time() - begun)


READERS: dict[str, Reader] = {"civicpress": civicpress, "trafilatura": trafilatura, "htmldate": htmldate}
