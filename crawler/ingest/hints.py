"""What lists say of a page, as the corpus remembers it between runs."""

import hashlib
import json
from typing import Any

from spiders.values import Link
from storage.changes import Found
from storage.looking import Look


def digest(link: Link) -> str | None:
    """A short digest of the title and the text that a feed or an interface carries; None where it carries no text."""
    said = f"{link.title or ''}\n{link.content}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16] if link.content else None


def hints_of(link: Link) -> str:
    """What a list said of a page, as it is remembered."""
    said = {"title": link.title, "date": link.date, "origin": link.origin}
    return json.dumps({key: value for key, value in said.items() if value}, ensure_ascii=False)


def link_of(found: Found | Look) -> Link:
    """The link to a page that an earlier run found."""
    said: dict[str, Any] = json.loads(found.hints)
    return Link(found.url, said.get("title"), said.get("date"), said.get("origin", "listing"))
