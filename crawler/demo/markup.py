"""What the templates share."""

import re
from collections.abc import Sequence
from html import escape
from itertools import groupby

SHELL = """<!doctype html>
<html lang="it"{attributes}>
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
</head>
{body}
</html>
"""


def page(title: str, body: str, head: str = "", attributes: str = "") -> str:
    """A page of HTML; `title` is plain text."""
    return SHELL.format(title=text(title), body=body, head=head, attributes=attributes)


def text(plain: str) -> str:
    """Plain text as HTML, also inside an attribute."""
    return escape(plain).replace("&#x27;", "'")


def paragraphs(parts: Sequence[str]) -> str:
    """Paragraphs as HTML; those that begin with "- " are the items of a list."""
    blocks = []
    for listed, group in groupby(parts, lambda part: part.startswith("- ")):
        if listed:
            blocks.append("<ul>\n" + "\n".join(f"<li>{part[2:]}</li>" for part in group) + "\n</ul>")
        else:
            blocks.extend(f"<p>{part}</p>" for part in group)
    return "\n".join(blocks)


def teaser(part: str, length: int = 150) -> str:
    """The beginning of a paragraph, cut at a word."""
    plain = re.sub(r"<[^>]*>", "", part)
    return plain if len(plain) <= length else plain[:length].rsplit(" ", 1)[0] + "…"


def portions(rows: Sequence[str], size: int) -> list[str]:
    """The rows of a list, joined page by page; a list without rows has one page."""
    return ["\n".join(rows[start : start + size]) for start in range(0, max(1, len(rows)), size)]
