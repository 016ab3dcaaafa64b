"""What a source is: a body whose press releases are collected, declared in TOML (see CONTRIBUTING.md)."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Labels of a host name, or an IPv6 address; an underscore is not in the standard and does occur.
_HOST = re.compile(r"(?i)(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_UNFIT = re.compile(r"[\s\x00-\x20\x7f-\x9f\\<>\"]")
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([mhd])", re.ASCII)
_UNITS = {"m": 60, "h": 3600, "d": 86400}
_YEAR = 366 * 86400
_RATE = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*/\s*(day|week|month|year)", re.ASCII)
_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


def check_address(text: str) -> str:
    """The same address. Raises ValueError where it is no http or https address, or carries a user name."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises ValueError where it is no port
        host = (parts.hostname or "").encode("idna" if not text.isascii() else "ascii").decode()
    except ValueError:  # UnicodeError too
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or _UNFIT.search(text):
        raise ValueError(f'"{_shown(text)}" is not an http or https address')
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address with a user name or password is not accepted")
    return text


def _span(value: Any) -> Any:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0
    if not 60 <= seconds <= _YEAR:
        raise ValueError(f'"{_shown(value)}" is not a span of time such as "30m", "6h" or "1d"')
    return timedelta(seconds=seconds)


def _rate(value: Any) -> Any:
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'"{_shown(value)}" is not a number of releases such as "2/day", "3/week" or "0/year"')
    return float(match[1]) / _DAYS[match[2]]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f'"{_shown(text)}" is not a regular expression ({error})') from error
    return text


def _shown(value: Any) -> str:
    text = str(value)[:200]
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


Address = Annotated[str, AfterValidator(check_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Source(BaseModel):
    """One source. Only `home` is required; the rest is discovered, and what is written down wins.

    `delay` is in seconds; `every` is how often the source is refreshed; `expect` is how many releases a day are expected
    of it at least (TOML: `"3/week"`), where its own history is not to be believed; `include` and `exclude` are regular
    expressions searched for in a link's address; `licence` is what the body publishes its texts under;
    `javascript` says that the site's pages are empty until a browser has run their scripts; `tls = "unverified"` takes the
    site's certificate as it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    home: Address
    name: str = ""
    kind: Literal["municipality", "chamber", "other"] = "other"
    listings: tuple[Address, ...] = Field(default=(), strict=False)
    feeds: tuple[Address, ...] = Field(default=(), strict=False)
    sitemaps: tuple[Address, ...] = Field(default=(), strict=False)
    platform: str | None = None
    every: Annotated[timedelta | None, BeforeValidator(_span)] = None
    expect: Annotated[float | None, BeforeValidator(_rate)] = None
    delay: float = Field(default=1.0, ge=0, le=3600, allow_inf_nan=False)
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    licence: str | None = None
    include: tuple[Pattern, ...] = Field(default=(), strict=False)
    exclude: tuple[Pattern, ...] = Field(default=(), strict=False)
    javascript: bool = False
    tls: Literal["verified", "unverified"] = "verified"

    @property
    def title(self) -> str:
        """The name for readers."""
        return self.name or self.id

    @property
    def exceptions(self) -> tuple[str, ...]:
        """From which of our rules the source is excepted, in sentences; whoever looks at the source is shown them."""
        return ("its certificate is not verified",) if self.tls == "unverified" else ()

    def wants(self, url: str) -> bool:
        """Whether a link's address passes `include` and `exclude`."""
        if self.include and not any(re.search(pattern, url) for pattern in self.include):
            return False
        return not any(re.search(pattern, url) for pattern in self.exclude)
