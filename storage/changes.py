"""What can be told to a corpus: the values that cross this room's door on the way in, and what became of each."""

from dataclasses import dataclass, field
from enum import StrEnum

from storage.document import Document


class Outcome(StrEnum):
    """What saving a release did."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"


# Every reason that a row of `problems` may have, with what it means. The list only grows.
REASONS = {
    "dns": "the host's name could not be resolved",
    "connection": "no connection, or it was closed or reset before the answer was complete",
    "timeout": "no complete answer within the time limit",
    "tls": "the host's certificate or its encryption is not valid",
    "http-error": "an answer with an error status (the status is in the detail)",
    "gone": "the page is not there (404 or 410)",
    "refused": "the host refuses us: 401, 403, 429, 451 or an anti-bot page",
    "robots": "robots.txt does not allow this address, or asks for too long a pause",
    "not-public": "the address is not on the public internet",
    "offsite": "a redirect led to another body's site",
    "redirects": "too many redirects, or a circle of them",
    "too-large": "the answer is larger than the limit",
    "not-html": "the answer is of a type that is not read",
    "empty": "the answer has no content",
    "unreadable": "the answer is not what its address promised: not HTML, no PDF, no feed, no sitemap, or broken",
    "no-text": "no text of a release was found on the page, or in its PDF (which may be a scan)",
    "no-title": "no title was found on the page",
    "not-a-release": "a list, a service sheet or another page that announces nothing",
    "error-page": "a page that says that something is missing or wrong, with status 200",
    "shrunk": "a known page of which only a scrap is left, as of others of its site, which has changed; the earlier text stays",
    "extraction-timeout": "reading the page took longer than the limit; its worker was stopped",
    "extraction-memory": "reading the page took more memory than the limit",
    "extraction-crash": "the worker died while it read the page",
    "extraction-error": "the page broke the reader (the error is in the detail)",
    "forgotten": "the address was taken down with `civicpress forget`, and is kept out",
    "no-answer": "the request ended without an answer and without an error",
}


@dataclass(frozen=True, slots=True)
class RawPage:
    """The page as it was fetched: `body` is a zstd frame (`storage.archive`), `hints` what the list said (JSON)."""

    url: str
    content_type: str
    hints: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Release:
    """A page that was read as a press release.

    `url` is its canonical URL; `addresses` are all under which it was reached. `date` is `YYYY-MM-DD`, `YYYY-MM` or
    None, `date_confidence` from 0 to 1. `extraction` is the version of the rules that read it.
    """

    source: str
    url: str | None
    document: Document
    addresses: tuple[str, ...] = ()
    date: str | None = None
    date_origin: str | None = None
    date_confidence: float | None = None
    language: str | None = None
    raw: RawPage | None = None
    extraction: int = 0
    id: str | None = None  # wanted, for documents that have one already
    # The address at which the page may be looked at again, and how its host wants to be asked then.
    look: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    # What it says otherwise than the corpus is a better reading of the same page, and no edit.
    better: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A page that was asked for and not stored. `again`: a later run should try once more."""

    source: str
    url: str
    reason: str
    detail: str = ""
    again: bool = False
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """An address that a list names, with what the lists say about it (JSON), and the digest of the text, if carried.

    `changed`: when the list says that the page was last changed (UTC).
    """

    url: str
    hints: str = "{}"
    content: str | None = None
    changed: str | None = None


@dataclass(frozen=True, slots=True)
class RouteState:
    """One page of a list, as remembered: how it answered last, and whether it is still to be read.

    `named` is a digest of what it named; `checked`: when it was last asked without a condition; `vain`: how often in a
    row a condition did not match although nothing had changed. Of a `pending` page `reach` tells how far the list is to be
    read on from there. Of a first page: when its list was last `looked_back` over and `swept`, and after how many days
    (`pause`) it is to be swept again. Times are UTC, ISO 8601.
    """

    url: str
    strategy: str
    start: str
    advertised: bool = False
    pending: bool = False
    complete: bool = False
    etag: str | None = None
    last_modified: str | None = None
    asked: str | None = None
    named: str | None = None
    checked: str | None = None
    vain: int = 0
    reach: str | None = None
    looked_back: str | None = None
    swept: str | None = None
    pause: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list was read: what it named, which pages of it are still to be read, how it may be asked next time.

    `again`: the known releases that it names are to be read again, all of them, by the next run if this one ends before.
    """

    source: str
    route: RouteState
    found: tuple[Found, ...] = ()
    following: tuple[RouteState, ...] = field(default=())
    again: bool = False


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a source's pages taught of its template, as JSON: kept for the next crawl, and not looked into here."""

    source: str
    memory: bytes


@dataclass(frozen=True, slots=True)
class Looked:
    """A known page was asked for, and its site says that it is as before."""

    source: str
    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Distrusted:
    """A host whose validators lie: it says, or would say, "not modified" of what has changed."""

    host: str
    why: str


Change = Release | Problem | Listed | Learnt | Looked | Distrusted
