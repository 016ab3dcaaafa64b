"""Whether a page may be asked conditionally, and how: by ETag, by Last-Modified, or not at all.

A "not modified" is worth what its host is. Some hosts answer it although a list names other releases by now: the feeds of
WordPress do so after a deletion, caches with rules of their own do so for days. So every list is asked without a
condition now and then; where the answer carries the very validators that are held and names other things, the host is
found lying, and is asked without conditions for some months. Other hosts never say "not modified" at all.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from scrapy.http import Response

from crawler.service.pace import fraction
from crawler.settings import CHECK_DAYS, RETRY_VAIN_DAYS, VAIN_CONDITIONS
from storage.changes import Found, RouteState

CHECK = (
    "civicpress_check"  # in a request's meta: it is asked without a condition, to see whether the host tells the truth
)


def conditions(etag: str | None, last_modified: str | None, vain: int = 0) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, section 13.1); none where nothing is left that may match.

    `vain`: how often in a row a condition did not match although nothing had changed; after some times another one is
    tried. An ETag that a proxy weakened (`W/"…"`) matches nothing when it is sent back as it came, and while it is there
    If-Modified-Since counts for nothing: measured on nginx with gzip. Others match it as it came.
    """
    ways: list[dict[str, str]] = []
    if last_modified:
        ways.append({"If-Modified-Since": last_modified})
    if etag and etag.startswith("W/"):
        ways += [{"If-None-Match": etag.removeprefix("W/")}, {"If-None-Match": etag}]
    elif etag:
        ways.insert(0, {"If-None-Match": etag})
    tried = vain // VAIN_CONDITIONS
    return ways[tried] if tried < len(ways) else {}


def is_conditional(headers: Iterable[bytes]) -> bool:
    """Whether a request with these headers is a conditional one."""
    return not {b"if-none-match", b"if-modified-since"}.isdisjoint(name.lower() for name in headers)


def is_check_due(source: str, state: RouteState, now: datetime, often: str | None) -> bool:
    """Whether a list is to be asked without a condition, to see whether its host tells the truth.

    `often`: when the source had said "not modified" so many times, counted back from now, that a check is worth its bytes.
    Sources are checked on different days.
    """
    if state.checked is None or (often is not None and state.checked < often):
        return True
    spread = CHECK_DAYS * (0.75 + 0.5 * fraction(source, state.url))
    return now - datetime.fromisoformat(state.checked) >= timedelta(days=spread)


def forgiven(state: RouteState, now: datetime) -> RouteState:
    """The state of a page whose conditions never matched, to be tried anew after some months: sites change servers."""
    if state.vain and state.checked and now - datetime.fromisoformat(state.checked) >= timedelta(days=RETRY_VAIN_DAYS):
        return replace(state, vain=0)
    return state


def validators_of(response: Response) -> tuple[str | None, str | None]:
    """The ETag and the Last-Modified of an answer."""
    etag, modified = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
    return etag.decode("latin-1") if etag else None, modified.decode("latin-1") if modified else None


def told(rules: str, named: Iterable[Found], keys: Iterable[str], following: Iterable[str]) -> str:
    """A digest of what a list names: releases by their keys, with the digests of their texts, and further pages.

    `rules`: by what it was read, of which a digest stands in front.
    """
    pages = sorted(f"{key} {each.content or ''} {each.changed or ''}" for key, each in zip(keys, named, strict=True))
    read_by, says = (
        sha256(text.encode("utf-8", "replace")).hexdigest() for text in (rules, "\n".join((*pages, *following)))
    )
    return f"{read_by[:6]}:{says[:16]}"


def is_another(before: str | None, now: str) -> bool:
    """Whether a list names other things than before. What was read by other rules says nothing of that."""
    return before is not None and before != now and before.partition(":")[0] == now.partition(":")[0]


def host_of(url: str) -> str:
    """The host of an address, with its port where it is not the usual one."""
    return urlsplit(url).netloc.lower()
