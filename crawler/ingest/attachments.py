"""Asks for the file that is a page's release, with all the manners with which the page itself was asked for."""

from dataclasses import replace

import scrapy
from scrapy.crawler import Crawler

from crawler.extraction.values import Attachment
from crawler.web.failures import Failed, by_status, explain
from spiders.values import Link, Page


async def fetch(crawler: Crawler, attachment: Attachment) -> Page | Failed:
    """The file as a page to read, with what the page that leads to it says of the release; or why there is none.

    The request passes guard, robots.txt and the host's delay as every other. It has no line in the ledger: the page's
    line stays open until it is known what became of the file, so the two have one outcome together.
    """
    assert crawler.engine is not None
    try:
        response = await crawler.engine.download_async(scrapy.Request(attachment.url, dont_filter=True))
    except Exception as error:
        return _told(explain(error), attachment)
    if response.status >= 400:
        return _told(by_status(response.status), attachment)
    if b"%PDF-" not in response.body[:1024]:
        return _told(Failed("unreadable", "the answer is no PDF", again=False), attachment)
    asked = response.meta.get("redirect_urls", [response.url])
    link = Link(attachment.url, attachment.title, attachment.date, attachment.date_origin or "listing")
    return Page(response.url, response.body, "application/pdf", link, tuple(asked))


def _told(failed: Failed, attachment: Attachment) -> Failed:
    return replace(failed, detail=f"{failed.detail} (the page's release, {attachment.url})")
