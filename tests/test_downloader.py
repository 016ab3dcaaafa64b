"""One request to a host at a time, however the event loop's turns fall."""

from scrapy import Request
from scrapy.core.downloader import Slot

from crawler.settings import DOWNLOADER
from crawler.web.downloader import OneAtATime


def test_a_host_is_taken_from_the_moment_at_which_a_request_gets_its_turn() -> None:
    slot, downloader = Slot(concurrency=1, delay=0.0, jitter=0.0), OneAtATime.__new__(OneAtATime)
    sending = downloader._wait_for_download(slot, Request("https://comune.example.it/1"), None)  # type: ignore[arg-type]
    assert slot.free_transfer_slots() == 0, "though nothing of it has run yet"
    sending.close()
    assert f"{OneAtATime.__module__}.{OneAtATime.__name__}" == DOWNLOADER
