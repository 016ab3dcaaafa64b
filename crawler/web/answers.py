"""Gives a request the answer that it had already, while its site was explored: nothing is fetched twice."""

from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.stats import get_header_size, get_status_size
from scrapy.http import Response

from spiders.press import ANSWER


class KnownAnswerMiddleware:
    """Downloader middleware, before all others."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> Response | None:
        """The answer that came with the request."""
        answer: Response | None = request.meta.pop(ANSWER, None)
        if answer is not None:
            answer.request = request
            if self.crawler.stats:  # Scrapy counts it once more on its way, and it came over the wire once
                headers: Any = answer.headers
                size = len(answer.body) + get_header_size(headers) + get_status_size(answer.status) + 4
                self.crawler.stats.inc_value("downloader/response_bytes", -size)
        return answer
