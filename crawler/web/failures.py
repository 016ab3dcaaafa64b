"""Why a request brought no page: from what Scrapy raises to a reason of `storage.changes.REASONS`."""

from dataclasses import dataclass
from typing import Any

from OpenSSL import SSL
from scrapy import exceptions as scrapy_errors
from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from service_identity import VerificationError
from twisted.web.client import ResponseFailed

from crawler.extraction.values import Rejected


class Refused(IgnoreRequest):
    """We do not ask, or do not follow; for the arguments see `Failed`. `until`: the host asked for it until then (UTC)."""

    def __init__(
        self, reason: str, detail: str, *, again: bool = False, tried: bool = True, until: str | None = None
    ) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.again, self.tried, self.until = reason, detail, again, tried, until


@dataclass(frozen=True, slots=True)
class Failed:
    """A reason of REASONS, and a sentence.

    `again`: it may pass, so a later run should try once more. Not `tried`: nothing was asked for the page's own sake
    (the run was stopped, its host is left alone), so it waits for the next run as if this one had not known it.
    """

    reason: str
    detail: str
    again: bool
    tried: bool = True


_BY_TYPE: dict[type[BaseException], tuple[str, bool]] = {
    scrapy_errors.CannotResolveHostError: ("dns", True),
    scrapy_errors.DownloadTimeoutError: ("timeout", True),
    scrapy_errors.DownloadConnectionRefusedError: ("connection", True),
    scrapy_errors.DownloadCancelledError: ("too-large", False),
    scrapy_errors.ResponseDataLossError: ("connection", True),
    scrapy_errors.UnsupportedURLSchemeError: ("unreadable", False),
}


_DECOMPRESSORS = frozenset(("zlib", "gzip", "brotli", "_brotli", "zstandard", "compression"))


def explain(error: BaseException) -> Failed:
    """What an exception means for the page that was asked for."""
    if isinstance(error, Refused):
        return Failed(error.reason, error.detail, error.again, error.tried)
    if isinstance(error, HttpError):
        return by_status(error.response.status)
    if isinstance(error, IgnoreRequest):
        text = _sentence(error)
        words = {"redirect": "redirects", "DOWNLOAD_MAXSIZE": "too-large"}  # Scrapy's, of redirects and decompression
        return Failed(next((words[word] for word in words if word in text), "no-answer"), text, again=False)
    if isinstance(error, scrapy_errors.DownloadFailedError) and (broken := _of_tls(error)):
        return Failed("tls", broken, again=True)
    for kind, (reason, again) in _BY_TYPE.items():
        if isinstance(error, kind):
            return Failed(reason, _sentence(error), again)
    if isinstance(error, EOFError) or type(error).__module__.partition(".")[0] in _DECOMPRESSORS:
        return Failed("unreadable", f"its compression is broken: {_sentence(error)}", again=True)
    return Failed("connection", _innermost(error), again=True)


def rejected(found: Rejected, file: str | None = None) -> Failed:
    """What it means that a page holds no release, or not the `file` that should be the page's release."""
    detail = f"{found.detail} (the page's release, {file})" if file else found.detail
    return Failed(found.reason, detail, again=found.reason in ("refused", "extraction-crash"))


def by_status(status: int) -> Failed:
    """What an HTTP status that is not a success means."""
    if status in (404, 410):
        return Failed("gone", f"status {status}", again=False)
    if status in (401, 403, 429, 451):
        return Failed("refused", f"status {status}", again=True)
    return Failed("http-error", f"status {status}", again=status >= 500 or status == 408)


def _of_tls(error: BaseException) -> str | None:
    """What is wrong with a certificate or an encryption, if that is the cause of an error."""
    for cause in _causes(error):
        if isinstance(cause, VerificationError):
            own: list[Any] = [each for each in cause.errors if isinstance(each, str)]
            return str(own[0]) if own else "the certificate is another host's"
        if type(cause) is SSL.Error and cause.args:  # not those that say that the connection ended
            return ", ".join(str(each[-1]) for each in cause.args[0] if each)[:300] or None
    return None


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        if isinstance(error, ResponseFailed):  # Twisted keeps what happened in a list of failures
            found.extend(reason.value for reason in error.reasons)
        error = error.__cause__
    return found


def _innermost(error: BaseException) -> str:
    return _sentence(_causes(error)[-1])


def _sentence(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:300]
