"""Why a request brought no page: from what Scrapy raises to a reason of `storage.changes.REASONS`."""

from dataclasses import dataclass

from scrapy import exceptions as scrapy_errors
from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.web.client import ResponseFailed


class Refused(IgnoreRequest):
    """We do not ask, or do not follow: `reason` is one of REASONS, `again` whether a later run should try."""

    def __init__(self, reason: str, detail: str, *, again: bool = False) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.again = reason, detail, again


@dataclass(frozen=True, slots=True)
class Failed:
    """A reason, in one word and in one sentence; `again`: it may pass, so a later run should try once more."""

    reason: str
    detail: str
    again: bool


_BY_TYPE: dict[type[BaseException], tuple[str, bool]] = {
    scrapy_errors.CannotResolveHostError: ("dns", True),
    scrapy_errors.DownloadTimeoutError: ("timeout", True),
    scrapy_errors.DownloadConnectionRefusedError: ("connection", True),
    scrapy_errors.DownloadCancelledError: ("too-large", False),
    scrapy_errors.ResponseDataLossError: ("connection", True),
    scrapy_errors.UnsupportedURLSchemeError: ("unreadable", False),
}


def explain(error: BaseException) -> Failed:
    """What an exception means for the page that was asked for."""
    if isinstance(error, Refused):
        return Failed(error.reason, error.detail, error.again)
    if isinstance(error, HttpError):
        return by_status(error.response.status)
    if isinstance(error, IgnoreRequest):
        text = str(error)
        return Failed("redirects" if "redirect" in text else "no-answer", text, again=False)
    if isinstance(error, scrapy_errors.DownloadFailedError) and _is_tls(error):
        return Failed("tls", _innermost(error), again=True)
    for kind, (reason, again) in _BY_TYPE.items():
        if isinstance(error, kind):
            return Failed(reason, _sentence(error), again)
    return Failed("connection", _innermost(error), again=True)


def by_status(status: int) -> Failed:
    """What an HTTP status that is not a success means."""
    if status in (404, 410):
        return Failed("gone", f"status {status}", again=False)
    if status in (401, 403, 429, 451):
        return Failed("refused", f"status {status}", again=True)
    return Failed("http-error", f"status {status}", again=status >= 500 or status == 408)


def _is_tls(error: BaseException) -> bool:
    return any("SSL" in type(cause).__name__ or "ertificate" in repr(cause) for cause in _causes(error))


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
