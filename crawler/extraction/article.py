"""From one fetched page to an article, or to the reason why it is none."""

from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

from crawler.extraction import dates, markup, pdf, text, titles, verdict
from crawler.extraction.attachments import attachments_of, release_among
from crawler.extraction.blocks import Sheet, walk
from crawler.extraction.language import language_of
from crawler.extraction.markup import Head
from crawler.extraction.values import Article, Attachment, Rejected, Witness
from crawler.extraction.votes import Memory
from crawler.extraction.witnesses import witnesses_of
from spiders.discovery.addresses import resolve
from spiders.values import Link, Page
from storage.document import clean_line

# How a link came to be known that does not say that it leads to a release.
_UNVOUCHED = frozenset(("stray", "page", "given", ""))
# What only releases show or declare, and lists do not.
_COMPLETE = 0.8  # of the letters that the page shows: readers' comments and captions may be more, half a text is less
_OF_RELEASES = frozenset(("label", "data-label", "time-published", "meta-published"))


def read(
    page: Page,
    *,
    language: str | None = None,
    today: date,
    memory: Memory | None = None,
    learn: bool = True,
) -> Article | Rejected:
    """The release that a page holds; `language` is what its source usually writes, `today` bounds plausible dates.

    `memory` is what the source's other pages said of its template; with `learn`, what this one says is in `votes`.
    """
    if not page.body.strip():
        return Rejected("empty", "the answer has no content")
    if not page.whole and pdf.is_pdf(page):
        return _of_pdf(page, language, today)
    parsed = markup.parse(markup.decode(page.body, page.content_type))
    if parsed is None:
        return Rejected("unreadable", "the answer is not HTML, or broken")
    tree, head = parsed
    sheet = walk(tree)
    if page.whole:
        return _whole(page, sheet, language, today)
    link = page.link
    title = titles.title_of(sheet, head, page.url, link.title)
    if refused := verdict.refusal(sheet, head, title):
        return Rejected(refused.reason, refused.detail)
    headline = titles.headline_of(sheet.blocks, title)
    italian = _is_italian(head, page.url, language)
    witnesses = witnesses_of(sheet, head, page.url, title, headline, italian=italian, listed=_listed(link))
    title = clean_line(title)
    if not title:
        return Rejected("no-title", "no title was found", tuple(witnesses))
    dated = any(witness.origin in _OF_RELEASES for witness in witnesses)
    if no := verdict.not_a_release(sheet, head, title, page.url, named=_is_named(link), dated=dated):
        return Rejected(no.reason, no.detail, tuple(witnesses))
    attachments = attachments_of(tree, sheet, page.url)
    shown = text.text_of(tree, sheet, title, headline, memory, learn)
    paragraphs = _given(link, title, shown.paragraphs) or shown.paragraphs
    found = _article(title, paragraphs, witnesses, today, head, page.url, language)
    if isinstance(found, Article):
        found = replace(found, votes=shown.votes)
    address, says_something = release_among(attachments, paragraphs, title)
    if address is None:
        return found
    judged = dates.judge(witnesses, today)
    day, origin = (judged.day, judged.origin) if judged else (None, None)
    canonical = _canonical(head.links.get("canonical"), page.url)
    attachment = Attachment(address, title, day, origin, canonical, alone=not says_something)
    if isinstance(found, Rejected):
        found = replace(found, detail=f"{found.detail}; the release is the file {address}")
    return replace(found, attachment=attachment)


def _whole(page: Page, sheet: Sheet, language: str | None, today: date) -> Article | Rejected:
    """A release whose body a feed or an interface gave, with title and day."""
    day, origin = _listed(page.link)
    witnesses = [Witness(day, origin, "list")] if day else []
    title = clean_line(page.link.title or "")
    if not title:
        return Rejected("no-title", "the list gives no title", tuple(witnesses))
    return _article(title, text.fragment(sheet, title), witnesses, today, Head(), page.url, language)


def _given(link: Link, title: str, shown: list[str]) -> list[str] | None:
    """The body that a feed or an interface gave beside the page, if it is no less than what the page shows.

    Pages that no list dates are read for their day; what came with the list has nothing of the template in it.
    """
    if not link.content or (parsed := markup.parse(link.content)) is None:
        return None
    given = text.fragment(walk(parsed[0]), title)
    return given if sum(map(len, given)) >= _COMPLETE * sum(map(len, shown)) else None


def _of_pdf(page: Page, language: str | None, today: date) -> Article | Rejected:
    found = pdf.read(page, italian=_is_italian(Head(), page.url, language))
    if isinstance(found, Rejected):
        return found
    title = clean_line(found.title)
    return _article(title, found.paragraphs, found.witnesses, today, found.head, page.url, language)


def _article(
    title: str, paragraphs: list[str], witnesses: list[Witness], today: date, head: Head, url: str, language: str | None
) -> Article | Rejected:
    lines = tuple(line for line in map(clean_line, paragraphs) if line)
    if not lines or verdict.says_nothing(lines, title):
        return Rejected("no-text", "no text was found", tuple(witnesses))
    judged = dates.judge(witnesses, today)
    return Article(
        title=title,
        paragraphs=lines,
        date=judged.day if judged else None,
        date_origin=judged.origin if judged else None,
        date_confidence=judged.confidence if judged else None,
        language=language_of(lines, head.language, language),
        canonical=_canonical(head.links.get("canonical"), url),
        witnesses=tuple(witnesses),
    )


def _listed(link: Link) -> tuple[str | None, str]:
    """The day that the list gave, and which kind of list; a witness without a kind is a card's."""
    return link.date, link.origin or "listing"


def _is_named(link: Link) -> bool:
    """Whether a list called the page a release. Sitemaps name every page, but for those that give titles (of news)."""
    if link.origin == "sitemap":
        return bool(link.title)
    return link.origin not in _UNVOUCHED and bool(link.title or link.date)


def _is_italian(head: Head, url: str, language: str | None) -> bool:
    host = urlsplit(url).hostname or ""
    return language == "it" or head.language.lower().startswith("it") or host.endswith(".it")


def _canonical(declared: str | None, url: str) -> str | None:
    """The page's own canonical address; one on another host, or the home page for every page, is not believed."""
    if not declared:
        return None
    address = resolve(url, declared)
    if address is None:
        return None
    there, here = urlsplit(address), urlsplit(url)
    if _bare(there.hostname) != _bare(here.hostname):
        return None
    return None if there.path in ("", "/") and not there.query and here.path not in ("", "/") else address


def _bare(host: str | None) -> str:
    return (host or "").removeprefix("www.")
