"""From one fetched page to an article, or to the reason why it is none."""

from datetime import date
from urllib.parse import urljoin, urlsplit

from crawler.extraction import dates, markup, text, titles, verdict
from crawler.extraction.blocks import walk
from crawler.extraction.language import language_of
from crawler.extraction.values import Article, Rejected, Witness
from crawler.extraction.witnesses import witnesses_of
from spiders.values import Page


# How a link came to be known that does not say that it leads to a release.
_UNVOUCHED = frozenset(("sitemap", "stray", "page", "given", ""))


def read(page: Page, *, language: str | None = None, today: date) -> Article | Rejected:
    """The release that a page holds; `language` is what its source usually writes, `today` bounds plausible dates."""
    if not page.body.strip():
        return Rejected("empty", "the answer has no content")
    parsed = markup.parse(markup.decode(page.body, page.content_type))
    if parsed is None:
        return Rejected("unreadable", "the answer is not HTML")
    tree, head = parsed
    sheet = walk(tree)
    link = page.link
    title = link.title or "" if page.whole else titles.title_of(sheet.blocks, head, page.url, link.title)
    if not page.whole and (refused := verdict.refusal(sheet, head, title)):
        return Rejected(refused.reason, refused.detail)
    italian = head.language.lower().startswith("it") or (urlsplit(page.url).hostname or "").endswith(".it") or language == "it"
    origin = link.origin if link.date else ""
    seen = witnesses_of(sheet, head, page.url, title, italian, (link.date, origin)) if not page.whole else (
        [Witness(link.date, origin or "feed", "list")] if link.date else []
    )
    witnesses = tuple(seen)
    paragraphs = text.fragment(sheet, title) if page.whole else text.paragraphs_of(tree, sheet, title)
    if not title:
        return Rejected("no-title", "no title was found", witnesses)
    if not paragraphs:
        return Rejected("no-text", "no text was found", witnesses)
    named = bool(link.title) or link.date is not None and link.origin not in _UNVOUCHED
    if not page.whole and (no := verdict.not_a_release(sheet, head, title, paragraphs, named)):
        return Rejected(no.reason, no.detail, witnesses)
    judged = dates.judge(seen, today)
    lines = tuple(paragraphs)
    return Article(
        title=title,
        paragraphs=lines,
        date=judged.day if judged else None,
        date_origin=judged.origin if judged else None,
        date_confidence=judged.confidence if judged else None,
        language=language_of(lines, head.language, language),
        canonical=_canonical(head.links.get("canonical"), page.url),
        witnesses=witnesses,
    )


def _canonical(declared: str | None, url: str) -> str | None:
    """The page's own canonical address; one on another host, or the home page for every page, is not believed."""
    if not declared:
        return None
    try:
        address = urljoin(url, declared)
        there, here = urlsplit(address), urlsplit(url)
    except ValueError:
        return None
    if there.scheme not in ("http", "https") or (there.hostname or "").removeprefix("www.") != (here.hostname or "").removeprefix("www."):
        return None
    return None if there.path in ("", "/") and not there.query and here.path not in ("", "/") else address
