"""How releases are found: pure readers, one strategy a file, which take an answer and say what it lists.

A reader never fetches, stores or logs. A new strategy is a file with a `read` function and a line in `STRATEGIES`.
"""

from collections.abc import Callable

from scrapy.http import Response

from spiders.discovery import feed, ghost, home, listing, myportal, opencity, plone, rendered, sitemap, wordpress
from spiders.source import Source
from spiders.values import Reading, Route

Strategy = Callable[[Response, Route, Source], Reading]

STRATEGIES: dict[str, Strategy] = {
    "feed": feed.read,
    "sitemap": sitemap.read,
    "listing": listing.read,
    "home": home.read,
    "rendered": rendered.read,
    "wordpress": wordpress.read,
    "plone": plone.read,
    "ghost": ghost.read,
    "opencity": opencity.read,
    "myportal": myportal.read,
    "notizie": wordpress.read_notizie,
    "wordpress-edits": wordpress.read,
    "plone-edits": plone.read,
}
# The address of the same list by time of change, the last one first, of interfaces that have that. The list by date comes
# first all the same: a post that was scheduled appears with the time at which it was written.
EDITS: dict[str, Callable[[str], str]] = {"wordpress": wordpress.by_change, "plone": plone.by_change}
# What a strategy's answer has to be, where the site would send another representation without being asked.
ACCEPT: dict[str, str] = dict.fromkeys(
    ("wordpress", "plone", "ghost", "opencity", "myportal", "wordpress-edits", "plone-edits"), "application/json"
)
