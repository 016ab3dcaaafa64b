"""Compressed answers, unpacked in one go and never beyond the limits."""

import logging
import re
import zlib
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares import httpcompression
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.settings import MOST_ENCODINGS, MOST_MEMBERS
from crawler.web.failures import Refused

httpcompression.logger.setLevel(logging.ERROR)  # what is refused is a problem in the corpus, and told there

# How each part begins of formats that may have many. Of nine megabytes of empty parts (of 9 and 20 bytes), Scrapy's
# decoders hold up the event loop for 20 and 1.3 s. In other bytes these signs are too rare to count.
_MEMBERS = {
    b"gzip": re.compile(rb"\x1f\x8b\x08"),  # RFC 1952, section 2.3.1
    b"x-gzip": re.compile(rb"\x1f\x8b\x08"),
    b"zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),  # RFC 8878, sections 3.1.1 and 3.1.2
}


class DecompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's, with limits on layers and parts; whole gzip answers it unpacks 8 kB at a time, 1 ms a page."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """The answer unpacked. Raises Refused where it is compressed too often or unpacks to too much."""
        layers = b",".join(response.headers.getlist("Content-Encoding")).count(b",") + 1
        if layers > MOST_ENCODINGS:
            raise Refused("unreadable", f"it is compressed {layers} times over")
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            most = request.meta.get("download_maxsize", self._max_size)
            told = f"its {len(response.body)} bytes unpack to more than {most}"
            refused = error if isinstance(error, Refused) else Refused("too-large", told)
        # Not from the other: a traceback holds what was unpacked so far until the next garbage collection, and of thirty
        # bombs at once that was 500 MB.
        raise refused.with_traceback(None)

    @staticmethod
    def _decode(body: bytes, encoding: bytes, max_size: int) -> bytes:
        if (sign := _MEMBERS.get(encoding)) and sum(1 for _ in sign.finditer(body)) > MOST_MEMBERS:
            raise Refused("unreadable", f"its compression has more than {MOST_MEMBERS} parts")
        if encoding in (b"gzip", b"x-gzip"):
            unpacker = zlib.decompressobj(wbits=31)
            try:
                whole = unpacker.decompress(body, max_size + 1)
            except zlib.error:
                whole = b""
            if unpacker.eof and not unpacker.unused_data and len(whole) <= max_size:
                return whole
        return HttpCompressionMiddleware._decode(body, encoding, max_size)  # what is broken, in parts, or too large
