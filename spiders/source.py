"""What a source is: a body whose press releases are collected, declared in TOML (see CONTRIBUTING.md)."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise ValueError(f"{text!r} is not an http or https address")
    _ = parts.port  # raises ValueError where it is no port
    if parts.username or parts.password:
        raise ValueError("an address with a user name or password is not accepted")
    return text


def _span(value: Any) -> Any:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if not match or not float(match[1]):
        raise ValueError(f'{value!r} is not a span of time such as "30m", "6h" or "1d"')
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression ({error})") from error
    return text


Address = Annotated[str, AfterValidator(_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Source(BaseModel):
    """One source. Only `home` is required; the rest is discovered, and what is written down wins.

    `delay` is in seconds; `every` is how often the source is refreshed; `include` and `exclude` are regular
    expressions searched for in a link's address; `licence` is what the body publishes its texts under.
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
    delay: float = Field(default=1.0, ge=0, le=3600, strict=False)
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    licence: str | None = None
    include: tuple[Pattern, ...] = Field(default=(), strict=False)
    exclude: tuple[Pattern, ...] = Field(default=(), strict=False)

    @property
    def title(self) -> str:
        """The name for readers."""
        return self.name or self.id

    def wants(self, url: str) -> bool:
        """Whether a link's address passes `include` and `exclude`."""
        if self.include and not any(re.search(pattern, url) for pattern in self.include):
            return False
        return not any(re.search(pattern, url) for pattern in self.exclude)
