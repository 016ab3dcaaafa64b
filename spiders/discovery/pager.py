"""The next page of a list."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from spiders.discovery.addresses import resolve, same_page
from spiders.discovery.markup import Element, text_of

_NEXT = re.compile(
    r"(?i)^\W*(?:(?:pagina|vai alla pagina|pag\.?)?\s*(?:successiv[aeio]|seguente|prossima|next|avanti|succ)(?:\s+(?:pagina|page|»|›|>))?"
    r"|next page|(?:articoli|notizie|post|news)\s+(?:più vecchi[e]?|meno recenti|precedenti)|older(?:\s+\w+)?|(?:nächste|weiter|suivante?|naslednja)(?:\s+\w+)?"
    r"|(?:carica|mostra|vedi|visualizza)\s+(?:altr[eio]|di più|più)(?:\s+\w+){0,2})\W*$"
)
_TURNS = frozenset(("next", "prev", "previous", "first", "last", "start"))
_PAGE_LABEL = re.compile(
    r"(?i)^\W*(?:(?:pagina|pag\.?|page|seite)?\s*\d{0,4}|(?:pagina\s+)?(?:precedente|prima|primo|ultim[ao])|prev(?:ious)?|first|last"
    r"|inizio|fine|newer(?:\s+\w+)?|vorherige|zurück|précédente?)\W*$"
)
_DIGITS = re.compile(r"\d{1,4}")
_CURRENT = re.compile(r"(?i)\b(?:current|active|attiva|selected|corrente)\b")
_ARROWS = frozenset(("»", "›", ">", "→", ">>", "&gt;", "next"))
_NEXT_CLASS = re.compile(r"(?i)(?:^|[\s_-])(?:next|nav-previous|successiva|pager__item--next|load-more)(?:[\s_-]|$)")
_PAGER = re.compile(r"(?i)pag(?:e|ing|in|er)|nav-links|wp-pagenavi|posts-navigation|batch|listing-?bar")
_CALENDAR = re.compile(r"(?i)calend|datepicker|month|mese")
_OFF = re.compile(r"(?i)(?:^|\s)(?:disabled|inactive)(?:\s|$)")
_STEP_PARAMETER = re.compile(
    r"(?i)^(?:.*page.*|pag(?:ina|e)?\w*|p|pg|paged|b_start(?::int)?|offset|start(?:row|from)?|limitstart|from|skip|_.*_cur|.*cur|"
    r"np|num|n|currentpage|pagenum|pos|begin|first|inizio|da)$"
)
_STEP_PATH = re.compile(
    r"(?i)/(?:page|pagina|pag|p)[/-]?\d+/?$|/\(offset\)/\d+/?$|/\d{1,4}/?$|[-_/](?:p|pag|page|pagina)?\d{1,4}(?=\.\w+$)"
)


def next_page(tree: Element, base: str, current: str) -> str | None:
    """The address of the list's next page, or None: by `rel`, by a label in a pager, by the number after the current."""
    for link in tree.iter("link", "a"):
        if "next" not in link.get("rel", "").lower().split():
            continue
        if (url := _target(link, base, current)) and (link.tag == "link" or _steps(current, url)):
            return url
    anchors = [link for link in tree.iter("a") if link.get("href")]
    for link in anchors:
        if _says_next(link) and (url := _target(link, base, current)) and _steps(current, url):
            return url
    return _by_number(anchors, base, current)


def turns_page(link: Element, url: str, current: str) -> bool:
    """Whether a link leads to another page of the list at `current`, not to one of its releases."""
    if not _steps(current, url):
        return False
    text = text_of(link)
    relations = set(link.get("rel", "").lower().split())
    return bool(relations & _TURNS) or _PAGE_LABEL.match(text) is not None or _NEXT.match(text) is not None


def _says_next(link: Element) -> bool:
    text = text_of(link)
    labels = (text, link.get("aria-label", ""), link.get("title", ""))
    if any(_NEXT.match(label) for label in labels if label):
        return True
    return (text in _ARROWS or bool(_NEXT_CLASS.search(_classes(link)))) and _in_pager(link)


def _classes(link: Element) -> str:
    parent = link.getparent()
    return f"{link.get('class', '')} {parent.get('class', '') if parent is not None else ''}"


def _in_pager(link: Element) -> bool:
    node: Element | None = link
    for _ in range(6):
        if node is None:
            return False
        name = f"{node.get('class', '')} {node.get('id', '')} {node.get('aria-label', '')}"
        if _CALENDAR.search(name):
            return False
        if _PAGER.search(name):
            return True
        node = node.getparent()
    return False


def _target(link: Element, base: str, current: str) -> str | None:
    if _OFF.search(_classes(link)) or link.get("aria-disabled") == "true":
        return None
    url = resolve(base, link.get("href", ""))
    if not url or same_page(url, current) or urlsplit(url).hostname != urlsplit(base).hostname:
        return None
    return url


def _steps(current: str, url: str) -> bool:
    """Whether an address is the current one but for what pages are counted by."""
    return _stem(current) == _stem(url)


def _stem(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    parts = urlsplit(url)
    path = _STEP_PATH.sub("", unquote(parts.path)).rstrip("/")
    kept = tuple(sorted(pair for pair in parse_qsl(parts.query) if not _STEP_PARAMETER.match(pair[0])))
    return re.sub(r"(?i)/(?:index)?\.\w+$", "", path), kept


def _by_number(anchors: Iterable[Element], base: str, current: str) -> str | None:
    numbered = [(link, text_of(link)) for link in anchors]
    pages = [(link, int(found[-1])) for link, text in numbered if len(text) < 16 and (found := _DIGITS.findall(text))]
    for link, number in pages:
        url = _target(link, base, current)
        if url and _in_pager(link) and _steps(current, url) and number == _current_number(link) + 1:
            return url
    return None


def _current_number(link: Element) -> int:
    """The number of the page that a pager shows as the current one; 1 where it shows none."""
    node = link
    for _ in range(5):
        if (parent := node.getparent()) is None:
            break
        node = parent
        for found in node.iter("a", "span", "strong", "li", "b", "em", "button"):
            name = found.get("class", "")
            marked = found.get("aria-current") or found.tag in ("strong", "b") or _CURRENT.search(name)
            if marked and (number := _DIGITS.search(text_of(found))):
                return int(number[0])
    return 1
