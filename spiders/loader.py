"""Lets `scrapy list` and `scrapy crawl SOURCE` find the catalogue's sources."""

from pathlib import Path
from typing import Self

from scrapy import Request
from scrapy.settings import BaseSettings

from spiders.catalogue import load
from spiders.press import PressSpider, spider_of
from spiders.source import Source


class CatalogueLoader:
    """Scrapy's SPIDER_LOADER_CLASS: a spider for every source."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self.sources = sources

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """The packaged catalogue and the files of CIVICPRESS_SOURCES. Raises CatalogueError where one is wrong."""
        return cls(load([Path(path) for path in settings.getlist("CIVICPRESS_SOURCES")]))

    def load(self, spider_name: str) -> type[PressSpider]:
        """The spider of a source. Raises KeyError where there is no such source."""
        return spider_of(self.sources[spider_name])

    def find_by_request(self, request: Request) -> list[str]:
        """The sources that have the request's address written down or as their home."""
        return [id for id, s in self.sources.items() if request.url in (s.home, *s.listings, *s.feeds, *s.sitemaps)]

    def list(self) -> list[str]:
        """The ids of all sources."""
        return sorted(self.sources)
