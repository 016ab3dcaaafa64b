"""What extraction finds: values that cross from the worker processes to the crawler.

They stand apart from the readers, so that the main process, which gets them, imports none of those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# The version of the rules; it grows when a change of them would read stored pages differently.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Witness:
    """A candidate for the publication date: the day it names, the kind of witness, where it stood, its very words."""

    day: str
    origin: str
    place: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """The address of a PDF that a page without a text of its own leads to, with what that page says of the release.

    `alone`: the page says nothing but that there is the file, so without the file there is nothing to keep.
    """

    url: str
    title: str
    date: str | None = None
    date_origin: str | None = None
    canonical: str | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """A release as it was read. `date` is `YYYY-MM-DD`, `YYYY-MM` or None; `canonical` the page's own rel=canonical.

    Where there is an `attachment`, the release is that, and this is what the page holds if it cannot be read. `votes` is
    what the page says of its site's template (`crawler.extraction.templates`), empty where it was not asked.
    """

    title: str
    paragraphs: tuple[str, ...]
    date: str | None = None
    date_origin: str | None = None
    date_confidence: float | None = None
    language: str | None = None
    canonical: str | None = None
    witnesses: tuple[Witness, ...] = ()
    attachment: Attachment | None = None
    votes: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that is not kept, unless its `attachment` is; `reason` is one of `storage.changes.REASONS`."""

    reason: str
    detail: str
    witnesses: tuple[Witness, ...] = ()
    attachment: Attachment | None = None
