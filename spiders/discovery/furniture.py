"""What belongs to the site rather than to the page: menus, footers, breadcrumbs.

Nothing is left out for its class or role: a list inside `form role=search` and a body of class `has-one-sidebar` are
real. Only what HTML itself calls navigation is certain; names lower a part's standing and do no more.
"""

import re
from enum import IntEnum

from spiders.discovery.markup import Element

_NAMED = re.compile(
    r"(?i)(?:^|[\s_-])(?:menu|nav|navbar|navigation|breadcrumbs?|footer|sidebar|widget|cookie\w*|social\w*|share|sharing"
    r"|mega-?menu|offcanvas|topbar|toolbar|skiplinks?|tagcloud|chips?|pager|pagination|paginazione|mappa)(?:[\s_-]|$)"
)


# WordPress names a post's element after its subjects: `category-servizi-sociali` says nothing of what the element is.
SUBJECT = re.compile(r"(?i)(?:^|(?<=\s))(?:category|tag|post|type|term|argomento|tassonomia)[-_]\S+")


class Standing(IntEnum):
    """How sure it is that an element is part of the page's own content."""

    FURNITURE = 0
    DOUBTFUL = 1
    OPEN = 2
    MAIN = 3


class Ground:
    """The standing of a page's elements, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[Element | None, Standing] = {None: Standing.OPEN}

    def standing(self, element: Element) -> Standing:
        """The standing of an element, by its own name and its ancestors'."""
        unknown: list[Element] = []
        node: Element | None = element
        while node is not None and node not in self._known:
            unknown.append(node)
            node = node.getparent()
        standing = self._known[node]
        for node in reversed(unknown):
            standing = self._known[node] = _under(standing, node)
        return standing


def _under(above: Standing, element: Element) -> Standing:
    tag = element.tag
    if above is Standing.FURNITURE or tag in ("body", "html"):
        return above
    # A card has a header and a footer of its own: they are furniture only outside the content.
    if tag == "nav" or (tag in ("header", "footer") and above is not Standing.MAIN):
        return Standing.FURNITURE
    if above is Standing.DOUBTFUL:
        return above
    names = SUBJECT.sub("", f"{element.get('class', '')} {element.get('id', '')}")
    if tag == "aside" or _NAMED.search(names):
        return Standing.DOUBTFUL
    return Standing.MAIN if tag in ("main", "article") else above
