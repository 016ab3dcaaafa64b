"""All settings: Scrapy's, as upper-case names (`scrapy.cfg` points here), and ours; the only reader of the environment.

| variable | meaning |
|---|---|
| CIVICPRESS_DB | the corpus file, where `--db` is not given |
| CIVICPRESS_SOURCES | TOML files or folders that add to the catalogue, with `:` between them, where `--sources` is not given |
| CIVICPRESS_ALLOW_NETWORKS | networks that may be contacted although they are not public, e.g. `127.0.0.0/8,10.1.0.0/16` |
| CIVICPRESS_CONTACT | an address at which sites reach the operator; it is named in the User-Agent |
| CIVICPRESS_CHROMIUM | the Chromium that runs the scripts of sources with `javascript = true`, where it is not the system's |
| CIVICPRESS_MEASURE_LAG | `1`: measure how late the event loop runs, and report it |
"""

import ipaddress
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PROJECT = "https://github.com/civicpress/civicpress"

# Limits on what one page may cost.
EXTRACTION_SECONDS = 20.0
EXTRACTION_BYTES = 1 << 30  # address space that reading one page may take, beyond what a ready worker has
LIST_BYTES_IN_LOOP = 250_000  # larger lists are worth starting a worker: parsing them would hold up the event loop
SOURCES_AT_ONCE = 64
# What one source may cost in one run: a trap of endless addresses ends here, and what is left waits for the next run.
LIST_PAGES_A_RUN = 1000  # of one list
PAGES_A_RUN = 20_000
UNDATED_PAGES_A_RUN = 3000  # of those, that no list dates: traps are among them, and releases seldom
LOOKS_A_RUN = 25  # at known pages, which may have been edited; those that wait longest go first
ROBOTS_HOURS = 24  # RFC 9309, section 2.4: a cached robots.txt should not be used for longer
ROBOTS_BYTES = 512 * 1024  # RFC 9309, section 2.5
# What is not trusted for ever: conditional requests, and lists of which only the beginning is read.
CHECK_DAYS = 7  # a list that is asked conditionally is asked without a condition after this,
CHECK_ANSWERS = 20  # or after so many answers of "not modified", if that is sooner
DISTRUST_DAYS = 120  # a host whose validators lie is asked without conditions for this long
CHECKED_LOOK = 3  # every third look at a known page is without a condition, the last one among them
VAIN_CONDITIONS = 3  # conditions that did not match although nothing had changed; then another one is tried, or none
RETRY_VAIN_DAYS = 90  # after which they are tried anew
LOOK_BACK_HOURS = 20  # between two looks over the recent part of a list: about once a day
LOOK_BACK_DAYS = 30  # of releases count as recent
LOOK_BACK_PAGES = 40  # of one list, whatever their days: ten releases a day on pages of ten are thirty
UNDATED_LOOK_BACK_PAGES = 3  # of a list that gives no days
SWEEP_DAYS = (10, 30, 90)  # between two readings of a list to its end: at least, at first, at most
EDITS_PAGES = 10  # of a list by time of change
HOME_DAYS = 7  # a home page whose lists are known is looked at again after this
FIRST_PAUSE = 5.0  # seconds after a 429 or 503 without Retry-After; doubled with every retry
LONGEST_PAUSE = 120.0  # seconds; a host that asks for more is left alone for the rest of the run
PAUSE_SCALE = 1.0  # of these pauses; 0 where time is simulated
LONGEST_CRAWL_DELAY = 300.0  # seconds; a source that asks for more would hold up a run for days
MOST_IN_A_ROW = 10  # failed requests to a host, retries counted; then it is left alone for the rest of the run
LONGEST_REMEMBERED_DAYS = 7  # a Retry-After of years is a mistake, and must not silence a source for ever
# The service: how it looks for due sources, and what a batch of them, which is a process, may cost.
TICK_SECONDS = 30.0  # what came due meanwhile shares a process: its start takes a second of processor time
BATCHES_AT_ONCE = 2
LONG_BATCH_SECONDS = 600.0  # a batch that is at work for longer does not count among those any more, but among these:
BATCHES_AT_MOST = 4
LARGEST_BATCH, SMALLEST_BATCH = 50, 10  # sources; smaller ones where fewer are due
BATCH_SECONDS = 3600.0
BATCH_BYTES = 1536 << 20  # of all its processes together, shared pages counted once (PSS)
BATCH_LOOKS = 2.0  # seconds between two looks at that
BEAT_SECONDS = 5.0  # between two signs of life of a batch
SILENT_SECONDS = 120.0  # without one, after which a batch counts as hanging
GRACE_SECONDS = 30.0  # in which a batch that is told to stop has to finish what is in flight
FIRST_WAIT, LONGEST_WAIT = 60.0, 1800.0  # seconds between two attempts while the corpus cannot be used
# Limits on an answer; DOWNLOAD_MAXSIZE and DOWNLOAD_TIMEOUT below are the others.
HEADER_BYTES = 256 * 1024
ADDRESS_CHARACTERS = 4096  # twice what servers commonly take
LINKS_A_LIST = 50_000  # what the sitemap protocol allows; feeds and pages name hundreds
MOST_ENCODINGS = 3  # layers of compression; one is usual, and two are the mistake of a proxy
MOST_MEMBERS = 100  # parts of a compressed answer (gzip's members, zstd's frames); one is usual
# Limits on what one page may cost in a browser; DOWNLOAD_TIMEOUT and DOWNLOAD_MAXSIZE hold there too.
BROWSER_PAGES_AT_ONCE = 2  # over all sources: a page takes a core and a process of some 100 MB
BROWSER_QUIET = 0.5  # seconds without a request, after which a page counts as complete
BROWSER_SETTLE = 10.0  # seconds after which a page that never comes to rest is taken as it is
BROWSER_PARTS = 60  # scripts and calls of one page
BROWSER_PARTS_BYTES = 20 << 20  # of one page, and of the scripts that are kept for the next
PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})


class SettingsError(ValueError):
    """An environment variable is wrong; the message names it."""


@cache
def civicpress_version() -> str:
    """The installed version."""
    try:
        return version("civicpress")
    except PackageNotFoundError:  # a checkout that was never installed
        return "0"


def default_corpus() -> Path:
    """The corpus file of `CIVICPRESS_DB`, else the one in the user's data directory."""
    if path := os.environ.get("CIVICPRESS_DB"):
        return Path(path).expanduser()
    from platformdirs import user_data_path

    return user_data_path("civicpress", appauthor=False) / "civicpress.db"


def added_sources() -> list[Path]:
    """The files and folders of `CIVICPRESS_SOURCES`."""
    return [Path(path).expanduser() for path in os.environ.get("CIVICPRESS_SOURCES", "").split(os.pathsep) if path]


def allowed_networks() -> tuple[Network, ...]:
    """The networks of `CIVICPRESS_ALLOW_NETWORKS`. Raises SettingsError where one is none."""
    names = os.environ.get("CIVICPRESS_ALLOW_NETWORKS", "").replace(",", " ").split()
    try:
        return tuple(ipaddress.ip_network(name) for name in names)
    except ValueError as error:
        raise SettingsError(f"CIVICPRESS_ALLOW_NETWORKS: {error}") from error


def allow_loopback() -> None:
    """Allows this computer's own addresses, and no others that are not public, to this process and its workers."""
    os.environ["CIVICPRESS_ALLOW_NETWORKS"] = "127.0.0.0/8"
    # A proxy of the user's network cannot reach them.
    os.environ["no_proxy"] = ",".join(filter(None, (os.environ.get("no_proxy"), "127.0.0.1")))


def measures_lag() -> bool:
    """Whether the event loop's lateness is to be measured."""
    return os.environ.get("CIVICPRESS_MEASURE_LAG") == "1"


def chromium() -> Path | None:
    """The browser's program: of `CIVICPRESS_CHROMIUM`, else the system's, or None where there is none."""
    if named := os.environ.get("CIVICPRESS_CHROMIUM"):
        found = shutil.which(Path(named).expanduser())
    else:
        names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
        found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


def piped_width() -> int:
    """How wide output is that goes to no terminal: as `COLUMNS` says, else so wide that few lines are broken."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) else 160


def user_agent() -> str:
    """Who we are and how to reach us: civicpress, its version, its project page, the operator's contact."""
    contact = os.environ.get("CIVICPRESS_CONTACT", "").strip()
    if not contact.isascii() or not contact.isprintable() or len(contact) > 200:
        raise SettingsError("CIVICPRESS_CONTACT: not a plain address of at most 200 ASCII characters")
    return f"civicpress/{civicpress_version()} (+{PROJECT}{f'; {contact}' if contact else ''})"


BOT_NAME = "civicpress"
SPIDER_LOADER_CLASS = "spiders.loader.CatalogueLoader"
CIVICPRESS_SOURCES = [str(path) for path in added_sources()]  # for the loader; `scrapy crawl -s` may set it
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

ROBOTSTXT_OBEY = True  # by crawler.web.politeness, which replaces Scrapy's own middleware
COOKIES_ENABLED = False
DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy's default is False; a source's `tls` may say so for its own site
REMOTE_CONTROL_ENABLED = False  # Scrapy's default opens a port
TELNETCONSOLE_ENABLED = False
LOG_LEVEL = "WARNING"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "it,de;q=0.7,fr;q=0.7,sl;q=0.7,en;q=0.5",
}

CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_REQUESTS = 8
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.0  # a delay is a promise: never less
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 10 << 20
DOWNLOAD_WARNSIZE = 0
# Scrapy starts CONCURRENT_ITEMS tasks for every response; a page gives one item, a feed a few.
CONCURRENT_ITEMS = 4
WARN_ON_GENERATOR_RETURN_VALUE = False  # it reads the source of each callback for each answer
# What is fetched and not yet read, for each source: the downloader pauses above it.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 1 << 18
RETRY_TIMES = 2
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the report says it
RETRY_HTTP_CODES = [429, 500, 502, 503, 504, 522, 524, 408]
REDIRECT_MAX_TIMES = 8
HTTPERROR_ALLOWED_CODES = [304]

DOWNLOAD_HANDLERS = {
    "http": "crawler.web.browser.BrowserHandler",  # crawler.web.guard.GuardedHandler, but for pages that need a browser
    "https": "crawler.web.browser.BrowserHandler",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
PLAYWRIGHT_BROWSER_PROVIDER = "crawler.web.chromium.SharedBrowser"
PLAYWRIGHT_ABORT_REQUEST = "crawler.web.chromium.abort"
DOWNLOADER = "crawler.web.downloader.OneAtATime"
DOWNLOADER_MIDDLEWARES = {
    "crawler.web.browser.BrowserMiddleware": 10,
    "crawler.web.answers.KnownAnswerMiddleware": 10,
    "crawler.web.guard.GuardMiddleware": 20,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # redirects pass it; GuardMiddleware sees them
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.web.politeness.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "crawler.web.politeness.PatienceMiddleware": 550,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.web.guard.PlainRedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.web.decompression.DecompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
}
SPIDER_MIDDLEWARES = {
    "crawler.ingest.outcomes.OutcomesMiddleware": 50,  # nearest to the engine: it sees every request that is really started
    "crawler.ingest.revisit.RevisitMiddleware": 500,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
}
ITEM_PIPELINES = {"crawler.ingest.pipelines.KeepPipeline": 100}
EXTENSIONS = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.logcount.LogCount": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
    "scrapy.extensions.feedexport.FeedExporter": None,
}


# USER_AGENT is made when Scrapy reads it: a wrong CIVICPRESS_CONTACT is to be an error of the command, not of the import.
def __getattr__(name: str) -> str:
    if name == "USER_AGENT":
        return user_agent()
    raise AttributeError(name)


def __dir__() -> list[str]:
    return [*globals(), "USER_AGENT"]


@contextmanager
def away_from_the_current_folder() -> Iterator[None]:
    """While a Python process is started by `python -c`, which would look for modules in the current folder first: a
    `crawler.py` that happens to be there is not ours."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTHONSAFEPATH"]
        if before is not None:
            os.environ["PYTHONSAFEPATH"] = before
