"""The sample press site: an invented town hall and an invented chamber of commerce, served on loopback.

What it announces is data (`*.toml`), and each release says when it was published, so that what a crawl makes of the
site can be compared with what it holds (`faults`). The pages are made by four templates, after four kinds of real site.
"""

from crawler.demo.check import faults
from crawler.demo.site import SampleSite

__all__ = ["SampleSite", "faults"]
