"""What the readers of machine interfaces share."""

import html
import json
import re
from datetime import UTC, datetime
from typing import Any

from scrapy.http import Response
from w3lib.url import url_query_parameter

from spiders.dates import local_day
from spiders.values import Unreadable

# Only what is markup: "spese < 500 euro" is not.
_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>|<!--(?:(?!<!--|-->).)*-->", re.DOTALL)


def json_of(response: Response) -> Any:
    """The answer's JSON.

    Raises:
        Unreadable: it is none.
    """
    try:
        # A cut emoji leaves half a pair of surrogates, which no encoding takes.
        return _whole_characters(json.loads(response.body))
    except (ValueError, RecursionError) as error:
        raise Unreadable("The answer is not JSON.") from error


def _whole_characters(thing: Any) -> Any:
    if isinstance(thing, str):
        return thing if thing.isascii() else thing.encode("utf-8", "replace").decode()
    if isinstance(thing, list):
        return [_whole_characters(each) for each in thing]
    if isinstance(thing, dict):
        return {_whole_characters(key): _whole_characters(value) for key, value in thing.items()}
    return thing


def entries_of(response: Response, key: str, of: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The answer, and the entries that it lists under a key; `of` names them for the message.

    Raises:
        Unreadable: the answer is not JSON, or lists nothing under that key.
    """
    answer = json_of(response)
    entries = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise Unreadable(f"The answer is not a list of {of}.")
    return answer, dicts(entries)


def dicts(things: Any) -> list[dict[str, Any]]:
    """Those of some things that are JSON objects."""
    return [thing for thing in things if isinstance(thing, dict)] if isinstance(things, list) else []


def mapping(thing: Any) -> dict[str, Any]:
    """A JSON object, or an empty one where it is something else."""
    return thing if isinstance(thing, dict) else {}


def text(thing: Any) -> str:
    """A JSON string, or an empty one where it is something else."""
    return thing if isinstance(thing, str) else ""


def whole(thing: Any) -> int | None:
    """A number that JSON or an address writes, None where it is something else."""
    return int(thing) if re.fullmatch(r"\d{1,9}", str(thing)) else None


def parameter(response: Response, name: str, default: int) -> int:
    """A number in the address of an answer."""
    found = whole(url_query_parameter(response.url, name))
    return default if found is None else found


def plain(markup: Any) -> str:
    """The text of a piece of markup, on one line."""
    return line(html.unescape(_TAGS.sub(" ", text(markup))))


def line(words: Any) -> str:
    """A text that is no markup, on one line."""
    return " ".join(text(words).split())


def day_of_moment(written: Any) -> str | None:
    """The day in Rome of a moment as interfaces write it: in UTC where it names no other zone."""
    try:
        moment = datetime.fromisoformat(text(written))
    except ValueError:
        return None
    if len(text(written)) <= len("2026-01-31"):
        return moment.date().isoformat()
    return local_day(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def with_lead(lead: str, body: str) -> str:
    """A body as HTML, after the lead that is kept apart from it.

    Where the lead repeats the body's beginning it is there twice, as on the page: a release that was once read from its
    page and once by an interface has to be the same text, or each change of the route would be a new wording.

    Args:
        lead: plain text, may be empty.
        body: markup.
    """
    return f"<p>{html.escape(lead)}</p>{body}" if lead else body
