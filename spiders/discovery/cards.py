"""The card of a release in a list: where it begins and ends, and which text in it is the title."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice, pairwise

from lxml import etree

from spiders.dates import days_in
from spiders.discovery.carddates import is_day, lines_of
from spiders.discovery.groups import Anchor
from spiders.discovery.markup import HEADINGS, Element, hidden, shown_text, text_of

_BUTTON = re.compile(
    r"(?i)^\W*(?:(?:leggi|vedi|scopri|vai|continua|apri|visualizza|approfondisci|mostra|ulteriori|maggiori|per saperne|clicca)"
    r"(?:\W+(?:di|a|al|alla|all|la|il|tutto|tutti|tutte|l|più|piu|altro|ancora|leggere|lettura|notizia|news|pagina|scheda"
    r"|dettagli|dettaglio|contenuto|articolo|avviso|comunicato|informazioni|qui|con|le|i|gli|novità))*"
    r"|dettagli|dettaglio|altro|(?:read|learn|see|continue|view)?\s*(?:more|on|reading|article|details)|weiterlesen|mehr(?: lesen| erfahren)?|lire la suite|en savoir plus"
    r"|preberi več|link|qui|info|scarica|download|allegat[oi]|pdf|immagine|foto|condividi|stampa|nuov[oa]|new)?\W*$"
)
_LEAD = re.compile(
    r"(?i)^(?:(?:vai|leggi|apri|vedi|visualizza|approfondisci|scopri|continua|link|maggiori|collegamento|dettagli)\b"
    r"(?:\W+(?:di|a|al|alla|all|la|il|lo|l|tutto|più|piu|leggere|lettura|notizia|news|pagina|scheda|dettagli|dettaglio"
    r"|contenuto|articolo|avviso|comunicato|informazioni|su|sulla|sul|sull|della|del|dell))*|notizia|avviso|comunicato)\s*[:’'–-]?\s+"
)
_ADDRESS = re.compile(r"(?i)^https?://\S+$")
_READ_ON = re.compile(r"(?i)^(?:leggi|continua|vai|vedi|read|weiter)\b[^:]{0,25}:\s+(?=\S)")
_TITLE_CLASS = re.compile(r"(?i)(?<!sub)titl|titol|headline|oggetto")
ELLIPSIS = re.compile(r"\s*(?:…|\.\.\.)$")
_TOP = frozenset(("body", "html", "main"))
_MANY = ""
_LONGEST_SINGLE = 1500
_MOST_HEADINGS = 12  # of a card: a page may be nothing but headings in headings
_SHORTEST = 12  # letters of a title that stands among other lines


def cut_cards(anchors: Sequence[Anchor]) -> list[Element]:
    """Each link's card: the largest element without another address of the list, as high as most cards are."""
    cards = _cut(anchors)
    return _cut(anchors) if _fence(cards) else cards


def _cut(anchors: Sequence[Anchor]) -> list[Element]:
    if len({anchor.url for anchor in anchors}) == 1:
        return [_climb(anchor.element, _single(anchor.element)) for anchor in anchors]
    owner: dict[Element, str] = {}
    for anchor in anchors:
        for node in (anchor.element, *anchor.element.iterancestors()):
            known = owner.setdefault(node, anchor.url)
            if known == _MANY:
                break
            if known != anchor.url:
                owner[node] = _MANY
    heights = [_reach(anchor, owner) for anchor in anchors]
    usual = min(Counter(heights).items(), key=lambda pair: (-pair[1], pair[0]))[0]
    return [_climb(anchor.element, min(height, usual)) for anchor, height in zip(anchors, heights, strict=True)]


def _reach(anchor: Anchor, owner: dict[Element, str]) -> int:
    height = 0
    for node in anchor.element.iterancestors():
        if owner[node] != anchor.url or node.tag in _TOP:
            break
        height += 1
    return height


def _single(element: Element) -> int:
    """How high a card without fellows reaches: until a second heading comes in, or more text than a card has."""
    height = 0
    for node in element.iterancestors():
        headings = sum(not hidden(heading) for heading in node.iter(*HEADINGS))
        if node.tag in _TOP or headings > 1 or height > 6 or len(text_of(node)) > _LONGEST_SINGLE:
            break
        height += 1
    return height


def _climb(element: Element, height: int) -> Element:
    for _ in range(height):
        if (parent := element.getparent()) is not None:
            element = parent
    return element


def _fence(cards: Sequence[Element]) -> bool:
    """Puts an element around each card of a list that has none, as in `<h3>…</h3><p>…</p><h3>…</h3><p>…</p>`, where
    what belongs to a card follows it or goes before it. Tells whether there was such a list."""
    rows: dict[Element, list[Element]] = defaultdict(list)
    for card in dict.fromkeys(cards):
        if (parent := card.getparent()) is not None:
            rows[parent].append(card)
    fenced = False
    for parent, row in rows.items():
        order = {child: place for place, child in enumerate(parent)}
        places = [order[card] for card in row]
        gaps = [after - before for before, after in pairwise(places)]
        if len(row) < 3 or min(gaps) < 1 or (max(gaps) == 1 and not any((card.tail or "").strip() for card in row)):
            continue
        _enclose(parent, row, places, Counter(gaps).most_common(1)[0][0])
        fenced = True
    return fenced


def _enclose(parent: Element, row: Sequence[Element], places: Sequence[int], usual: int) -> None:
    children = list(parent)
    ahead = _precedes(parent, children, places, usual)
    for number, (card, place) in enumerate(zip(row, places, strict=True)):
        if ahead:
            first = places[number - 1] + 1 if number else max(0, place - usual + 1)
            members = children[first : place + 1]
        else:
            last = places[number + 1] if number + 1 < len(places) else min(len(children), place + usual)
            members = children[place:last]
        fence = etree.Element("div")
        members[0].addprevious(fence)
        if ahead and not number and parent.text and parent.text.strip() and first == 0:
            fence.text, parent.text = parent.text, None
        elif ahead and number:
            before = fence.getprevious()
            if before is not None and before.tail:
                fence.text, before.tail = before.tail, None
        fence.extend(members)
        if ahead:
            fence.tail, card.tail = card.tail, None


def _precedes(parent: Element, children: list[Element], places: Sequence[int], usual: int) -> bool:
    """Whether a card's day stands before it: the first card has one before it, and the last has none after it."""
    first, last = places[0], places[-1]
    before = " ".join(_with_tail(node) for node in children[max(0, first - usual + 1) : first])
    if first < usual:
        before = f"{parent.text or ''} {before}"
    after = " ".join([children[last].tail or "", *(_with_tail(node) for node in children[last + 1 : last + usual])])
    return bool(next(days_in(before), None)) and not next(days_in(after), None)


def _with_tail(node: Element) -> str:
    return f"{text_of(node)} {node.tail or ''}"


def repeated(anchors: Sequence[Anchor]) -> frozenset[str]:
    """Link texts that stand under many addresses, and so are no titles."""
    texts = Counter(text for _, text in {(anchor.url, anchor.text.lower()) for anchor in anchors})
    most = max(2, len({anchor.url for anchor in anchors}) * 0.4)
    return frozenset(text for text, count in texts.items() if count > most)


def title_in(card: Element, anchor: Anchor, dull: frozenset[str]) -> str | None:
    """The title of a card's release: its linked heading, link text, heading, or the link's label; or None."""
    link = anchor.element
    for element in (*islice(link.iter(*HEADINGS), _MOST_HEADINGS), *_titled(link)):
        if title := _fit(shown_text(element), dull):
            return _whole(title, link)
    if title := _fit(_first_line(link), dull):
        return _whole(title, link)
    for element in (*islice(card.iter(*HEADINGS), _MOST_HEADINGS), *_titled(card)):
        if not hidden(element) and (title := _fit(shown_text(element), dull)):
            return _whole(title, link)
    for name in ("aria-label", "title"):
        if title := _fit(_LEAD.sub("", " ".join(link.get(name, "").split())), dull):
            return title
    return None


def _first_line(link: Element) -> str:
    """The part of a link's text that is its title, where the link is the whole card: in bold, or the first long line."""
    shown = shown_text(link)
    if len(link):
        bold = next(link.iter("strong", "b"), None)
        if bold is not None and len(text := shown_text(bold)) >= _SHORTEST:
            before, _, after = shown.partition(text)
            if len(after) > _SHORTEST and (not before.strip() or is_day(before)):
                return text
        lines = [line for line in lines_of(link) if not is_day(line)]
        if len(lines) > 1 or (lines and lines[0] != shown and lines[0] in shown):
            return next((line for line in lines if len(line) >= _SHORTEST), max(lines, key=len))
    return _READ_ON.sub("", shown)


def _titled(element: Element) -> list[Element]:
    return [node for node in element.iterdescendants() if _TITLE_CLASS.search(node.get("class", ""))][:2]


def _fit(text: str, dull: frozenset[str]) -> str | None:
    if len(text) < 3 or text.lower() in dull or (len(text) < 80 and _BUTTON.match(text)) or _ADDRESS.match(text[:500]):
        return None
    return None if len(text) < 60 and is_day(text) else text


def _whole(title: str, link: Element) -> str:
    """The full title where the list cuts it and the link's label does not."""
    stem = ELLIPSIS.sub("", title)
    if stem == title:
        return title
    labels = (" ".join(link.get(name, "").split()) for name in ("title", "aria-label"))
    full = (text for label in labels for text in (label, _LEAD.sub("", label)))
    return next((text for text in full if len(text) > len(stem) and text.startswith(stem)), title)
