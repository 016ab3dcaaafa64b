"""From a page to the corpus."""

import logging
from functools import partial
from typing import Any, Self

from scrapy.crawler import Crawler

from crawler.ingest.attachments import fetch
from crawler.ingest.visit import Visit, visit_of
from spiders.values import Page

logger = logging.getLogger(__name__)


class KeepPipeline:
    """Has every page read in a worker process and keeps what it holds, or why it holds nothing."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        visit = visit_of(crawler)
        visit.fetch = partial(fetch, crawler)
        return cls(visit)

    async def process_item(self, item: Any) -> Any:
        """Keeps a page; other items pass."""
        if isinstance(item, Page):
            try:
                await self.visit.keep(item)
            except Exception as error:
                self.visit.crash = self.visit.crash or f"{type(error).__name__}: {error}"
                if self.visit.writer.failed is None:  # else the disk is full, and the run ends and says so once
                    logger.exception("cannot keep %s", item.url)
        return item
