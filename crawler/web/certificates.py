"""Certificates, as Twisted verifies them, without the hole that it leaves."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from scrapy.core.downloader import tls
from service_identity import VerificationError
from twisted.internet import _sslverify

tls.logger.setLevel(logging.ERROR)  # a certificate that a source excepts is told of in every report


def _refusing(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step of verification that refuses the certificate whatever goes wrong in it."""

    @wraps(step)
    def refusing(*args: Any) -> Any:
        try:
            return step(*args)
        except VerificationError:
            raise
        except Exception as error:
            raise VerificationError(errors=[f"the certificate is of no use: {error}"]) from error  # type: ignore[list-item]

    return refusing


def close_the_hole() -> None:
    """Has Twisted refuse certificates that name no host, or whose names cannot be read.

    Seen with Twisted 26.10 and service_identity 26.1: the first raises CertificateError and not VerificationError, which
    Twisted logs and passes over, so that one host's certificate was taken for every other's.
    """
    for name in ("extract_patterns", "verify_service_identity"):
        step = getattr(_sslverify, name)
        if not hasattr(step, "__wrapped__"):
            setattr(_sslverify, name, _refusing(step))
