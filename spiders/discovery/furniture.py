"""What belongs to the site rather than to the page: menus, footers, breadcrumbs.

Nothing is left out for its class or role: a list inside `form role=search` and a body of class `has-one-sidebar` are
real. Only what HTML itself calls navigation is certain; names lower a list's standing and do no more.
"""

import re
from enum import IntEnum

from spiders.discovery.markup import Element

_NAMED = re.compile(
    r"(?i)(?:^|[\s_-])(?:menu|nav|navbar|navigation|breadcrumbs?|footer|sidebar|widget|cookie\w*|social\w*|share|sharing"
    r"|megamenu|offcanvas|topbar|toolbar|skiplinks?|tagcloud|chips?|pager|pagination|paginazione|sitemap|mappa)(?:[\s_-]|$)"
)
_CONTENT = frozenset(("main", "article"))


class Standing(IntEnum):
    """How sure it is that an element is part of the page's own content."""

    FURNITURE = 0
    DOUBTFUL = 1
    OPEN = 2
    MAIN = 3


class Ground:
    """The standing of a page's elements, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[Element, Standing] = {}

    def standing(self, element: Element) -> Standing:
        """The standing of an element, by its own name and its ancestors'."""
        unknown = []
        node: Element | None = element
        while node is not None and node not in self._known:
            unknown.append(node)
            node = node.getparent()
        standing = self._known[node] if node is not None else Standing.OPEN
        for node in reversed(unknown):
            standing = self._known[node] = _under(standing, node)
        return standing


def _under(above: Standing, element: Element) -> Standing:
    tag = element.tag
    if above is Standing.FURNITURE or tag in ("body", "html"):
        return above
    if tag == "nav" or (tag in ("header", "footer") and above is not Standing.MAIN):
        return Standing.FURNITURE
    if above is Standing.DOUBTFUL:
        return above
    if tag == "aside" or _NAMED.search(element.get("class", "")) or _NAMED.search(element.get("id", "")):
        return Standing.DOUBTFUL
    return Standing.MAIN if tag in _CONTENT else above
