"""Plone's own interface (plone.restapi's `@search`): the news items by day of publication, with their whole text."""

import html
from collections.abc import Iterator
from typing import Any

from scrapy.http import Response
from w3lib.url import add_or_replace_parameter, add_or_replace_parameters

from spiders.discovery.addresses import resolve
from spiders.discovery.interfaces import (
    day_of_moment,
    dicts,
    entries_of,
    line,
    mapping,
    parameter,
    plain,
    text,
    whole,
    with_lead,
)
from spiders.source import Source
from spiders.values import Link, Reading, Route

_BATCH = 100
_CHANGED = 30
QUERY = (
    f"@search?portal_type=News%20Item&sort_on=effective&sort_order=descending&b_size={_BATCH}&fullobjects=1"
    "&metadata_fields=effective"
)
PREFIXES = ("++api++/", "api/")  # of the interface's addresses, where Volto serves the pages
# Plone writes this for what was never published (1969-12-30 or -31, by the server's zone).
_NEVER = "1969-"
_TEXTS = ("text", "descrizione_estesa", "testo")  # the last two are fields of the Italian public bodies' theme


def read(response: Response, route: Route, source: Source) -> Reading:
    """The news items of an answer, and the next batch.

    Raises:
        Unreadable: the interface is closed, or the answer is not its.
    """
    answer, items = entries_of(response, "items", "Plone's items")
    links = tuple(_links(items, response, source))
    start = parameter(response, "b_start", 0)
    if not items or start + len(items) >= (whole(answer.get("items_total")) or 0):
        return Reading(links)
    following = add_or_replace_parameter(response.url, "b_start", str(start + len(items)))
    return Reading(links, (Route(following, route.strategy, route.start or route.url, route.advertised),))


def by_change(url: str) -> str:
    """The address of the items that were changed last. Fewer an answer: it is asked for the edits of a day."""
    return add_or_replace_parameters(
        url, {"sort_on": "modified", "sort_order": "descending", "b_size": str(_CHANGED)}
    )  # fmt: skip


def _links(items: list[dict[str, Any]], response: Response, source: Source) -> Iterator[Link]:
    for item in items:
        if item.get("review_state") == "private":
            continue
        url = resolve(response.url, _for_readers(text(item.get("@id")), response.url))
        if url and source.wants(url):
            yield Link(url, line(item.get("title")) or None, _day(item.get("effective")), "api", text_of(item))


def _for_readers(address: str, asked: str) -> str:
    """The page that people read: the interface may name its own addresses, which differ by a prefix."""
    root = asked.partition("@search")[0]
    for prefix in PREFIXES:
        if root.endswith(f"/{prefix}") and address.startswith(root):
            return root.removesuffix(prefix) + address.removeprefix(root)
    return address


def _day(written: Any) -> str | None:
    return None if text(written).startswith(_NEVER) else day_of_moment(written)


def text_of(item: dict[str, Any]) -> str | None:
    """The item's body as HTML: its texts and its blocks, after the description.

    Args:
        item: the JSON of a content object, as plone.restapi serialises it.
    """
    body = "".join(_blocks(item))
    for name in _TEXTS:
        field = item.get(name)
        body += text(mapping(field).get("data", field)) + "".join(_blocks(mapping(field)))
    return with_lead(line(item.get("description")), body) if plain(body) else None


def _blocks(holder: dict[str, Any]) -> Iterator[str]:
    blocks = mapping(holder.get("blocks"))
    order = mapping(holder.get("blocks_layout")).get("items")
    for key in order if isinstance(order, list) else ():
        yield from _block(mapping(blocks.get(key) if isinstance(key, str) else None))


def _block(block: dict[str, Any]) -> Iterator[str]:
    match block.get("@type"):
        case "title" | "description" | "image" | "listing" | "teaser" | "video" | "maps":
            return  # said elsewhere, or nobody's words
        case "slate":
            yield from map(_slate, dicts(block.get("value")))
        case "text":  # Draft.js, which Volto wrote before version 16
            yield from map(_draft, dicts(mapping(block.get("text")).get("blocks")))
        case "html":
            yield text(block.get("html"))
        case "slateTable" | "table":
            rows = "".join(map(_row, dicts(mapping(block.get("table")).get("rows"))))
            yield f"<table>{rows}</table>"
        case _:  # an accordion, a grid, an alert: blocks that hold words, or other blocks
            if title := line(block.get("title")):
                yield f"<h3>{html.escape(title)}</h3>"
            for field in (block.get("text"), block.get("description"), block.get("value")):
                yield from map(_draft, dicts(mapping(field).get("blocks")))
                yield from map(_slate, dicts(field))
            yield from _blocks(block)
            yield from _blocks(mapping(block.get("data")))
            for inner in dicts(block.get("subblocks")) + dicts(block.get("columns")):
                yield from _block(inner)


_TAGS = {"h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "p"}
_DRAFT = {"unordered-list-item": "li", "ordered-list-item": "li", "blockquote": "blockquote", "header-two": "h2"}
_DRAFT |= {"header-three": "h3", "header-four": "h4"}


def _slate(node: dict[str, Any]) -> str:
    if isinstance(node.get("text"), str):
        return html.escape(node["text"]).replace("\n", "<br>")
    inner = "".join(map(_slate, dicts(node.get("children"))))
    tag = node.get("type")
    return f"<{tag}>{inner}</{tag}>" if tag in _TAGS else inner


def _draft(block: dict[str, Any]) -> str:
    tag = _DRAFT.get(text(block.get("type")), "p")
    return f"<{tag}>{html.escape(text(block.get('text')))}</{tag}>"


def _row(row: dict[str, Any]) -> str:
    cells = "".join(f"<td>{''.join(map(_slate, dicts(cell.get('value'))))}</td>" for cell in dicts(row.get("cells")))
    return f"<tr>{cells}</tr>"
