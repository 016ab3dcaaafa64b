"""From what extraction found to what the corpus keeps."""

import json
from collections.abc import Collection
from urllib.parse import urlsplit

from crawler.extraction.values import VERSION, Article
from spiders.values import Page
from storage.addresses import address_key, canonical_url, host_of
from storage.changes import RawPage, Release
from storage.document import Document


def release_of(
    page: Page,
    article: Article,
    frame: bytes,
    source: str,
    lists: Collection[str] = (),
    shown_on: Page | None = None,
) -> Release:
    """The release that a page holds.

    `frame` is the page, compressed; `lists` are addresses that are no release's. `shown_on` is the page that leads to
    the release where that is a file: readers are sent there, and the file is another address of it.
    """
    link, shown = page.link, shown_on or page
    hints = {"title": link.title, "date": link.date, "origin": link.origin, "whole": page.whole}
    if link.content and not page.whole:  # what the list brought beside the page is not there a second time
        hints["content"] = link.content
    own = article.canonical
    return Release(
        source=source,
        url=canonical_url(own if own and _is_credible(own, shown.url, lists) else shown.url),
        document=Document(article.title, "\n\n".join(article.paragraphs), article.date[:7] if article.date else None),
        addresses=tuple(dict.fromkeys((shown.url, *shown.addresses, page.url, *page.addresses))),
        date=article.date,
        date_origin=article.date_origin,
        date_confidence=article.date_confidence,
        language=article.language,
        raw=RawPage(page.url, page.content_type, json.dumps(hints, ensure_ascii=False), frame),
        extraction=VERSION,
    )


def _is_credible(canonical: str, url: str, lists: Collection[str]) -> bool:
    """Whether a page may name its own address: on the same host, and neither the home page nor a list."""
    if host_of(canonical) != host_of(url):
        return False
    try:
        key = address_key(canonical)
    except ValueError:
        return False
    return bool(urlsplit(canonical).path.strip("/")) and key not in {address_key(each) for each in lists}
