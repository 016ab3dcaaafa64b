"""Gives a request the answer that it had already, while its site was explored: nothing is fetched twice."""

from scrapy import Request
from scrapy.http import Response

from spiders.press import ANSWER


class KnownAnswerMiddleware:
    """Downloader middleware, before all others."""

    def process_request(self, request: Request) -> Response | None:
        """The answer that came with the request."""
        answer: Response | None = request.meta.pop(ANSWER, None)
        if answer is not None:
            answer.request = request
        return answer
