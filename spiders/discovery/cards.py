"""The card of a release in a list: where it begins and ends, and which text in it is the title."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spiders.discovery.furniture import Standing
from spiders.discovery.markup import HEADINGS, Element, hidden, text_of

_BUTTON = re.compile(
    r"(?i)^\W*(?:(?:leggi|vedi|scopri|vai|continua|apri|visualizza|approfondisci|mostra|ulteriori|maggiori|per saperne)"
    r"(?:\s+(?:di|a|al|alla|all|la|il|tutto|tutti|tutte|l|più|piu|altro|ancora|leggere|lettura|notizia|news|pagina|scheda"
    r"|dettagli|dettaglio|contenuto|articolo|avviso|comunicato|informazioni|qui|con|le|i|gli|novità))*"
    r"|dettagli|dettaglio|continua|altro|more|read more|weiterlesen|mehr(?: lesen| erfahren)?|lire la suite|en savoir plus"
    r"|preberi več|link|qui|clicca qui|info|scarica|download|allegato|pdf|immagine|foto|share|condividi|stampa|»|>)\W*$"
)
_LEAD = re.compile(
    r"(?i)^(?:(?:vai|leggi|apri|vedi|visualizza|approfondisci|scopri|continua|link|maggiori)\b"
    r"(?:\s+(?:di|a|al|alla|all|la|il|tutto|più|piu|leggere|lettura|notizia|news|pagina|scheda|dettagli|dettaglio"
    r"|contenuto|articolo|avviso|comunicato|informazioni|su|sulla|sul|della|del|dell))*|notizia|avviso|comunicato)\s*[:’'\-–]?\s*"
)
_TITLE_CLASS = re.compile(r"(?i)titl|titol|headline|oggetto")
_ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.)$")
_TOP = frozenset(("body", "html", "main"))
_MANY = ""


@dataclass(slots=True)
class Anchor:
    """A link of the page: its element, address and text, and how sure it is that it belongs to the content."""

    element: Element
    url: str
    text: str
    standing: Standing


def cut_cards(anchors: Sequence[Anchor]) -> list[Element]:
    """Each link's card: the largest element without another address of the list, as high as most cards are."""
    owner: dict[Element, str] = {}
    for anchor in anchors:
        node: Element | None = anchor.element
        while node is not None:
            known = owner.setdefault(node, anchor.url)
            if known == _MANY:
                break
            if known != anchor.url:
                owner[node] = _MANY
            node = node.getparent()
    alone = len({anchor.url for anchor in anchors}) == 1
    reach = [_single(anchor) if alone else _reach(anchor, owner) for anchor in anchors]
    usual = min(Counter(reach).most_common(), key=lambda pair: (-pair[1], pair[0]))[0]
    return [_climb(anchor.element, min(height, usual)) for anchor, height in zip(anchors, reach, strict=True)]


def _reach(anchor: Anchor, owner: dict[Element, str]) -> int:
    height, node = 0, anchor.element
    while (parent := node.getparent()) is not None and owner[parent] == anchor.url and parent.tag not in _TOP:
        node, height = parent, height + 1
    return height


def _single(anchor: Anchor) -> int:
    """How high a card without fellows reaches: until a second heading, or another link's text, comes in."""
    height, node = 0, anchor.element
    while (parent := node.getparent()) is not None and parent.tag not in _TOP and height < 6:
        if sum(1 for found in parent.iter(*HEADINGS) if not hidden(found)) > 1 or len(text_of(parent)) > 1500:
            break
        node, height = parent, height + 1
    return height


def _climb(element: Element, height: int) -> Element:
    for _ in range(height):
        element = element.getparent()
    return element


def repeated(anchors: Sequence[Anchor]) -> frozenset[str]:
    """Link texts that stand under many addresses, and so are no titles."""
    texts = Counter(text for _, text in {(anchor.url, anchor.text.lower()) for anchor in anchors})
    most = max(2, len({anchor.url for anchor in anchors}) * 0.4)
    return frozenset(text for text, count in texts.items() if count > most)


def title_in(card: Element, anchor: Anchor, dull: frozenset[str]) -> str | None:
    """The title of a card's release: its linked heading, link text, heading, or the link's label; or None."""
    element = anchor.element
    linked = [found for found in element.iter(*HEADINGS)]
    around = [node for node in element.iterancestors() if node.tag in HEADINGS and _within(node, card)]
    for heading in (*linked, *around):
        if title := _fit(text_of(heading), dull):
            return _whole(title, element)
    if (title := _titled(element)) and (title := _fit(title, dull)):
        return title
    if title := _fit(anchor.text, dull):
        return _whole(title, element)
    for heading in card.iter(*HEADINGS):
        if not hidden(heading) and (title := _fit(text_of(heading), dull)):
            return title
    if (title := _titled(card)) and (title := _fit(title, dull)):
        return title
    for name in ("aria-label", "title"):
        if title := _fit(_LEAD.sub("", " ".join(element.get(name, "").split())), dull):
            return title
    return None


def is_button(text: str) -> bool:
    """Whether a link's text says what clicking does instead of what the page is about."""
    return bool(_BUTTON.match(text))


def _fit(text: str, dull: frozenset[str]) -> str | None:
    return text if len(text) > 2 and text.lower() not in dull and not is_button(text) else None


def _whole(title: str, link: Element) -> str:
    """The full title where the list cuts it and the link's `title` attribute does not."""
    full = " ".join(link.get("title", "").split())
    stem = _ELLIPSIS.sub("", title)
    return full if stem != title and len(full) > len(stem) and full.startswith(stem) else title


def _titled(element: Element) -> str | None:
    for node in element.iterdescendants():
        if _TITLE_CLASS.search(node.get("class", "")):
            return text_of(node)
    return None


def _within(node: Element, card: Element) -> bool:
    return node is card or any(above is card for above in node.iterancestors())
