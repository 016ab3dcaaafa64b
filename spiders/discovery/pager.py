"""The next page of a list."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from spiders.discovery.addresses import resolve, same_page
from spiders.discovery.markup import Element, text_of

_LONGEST_LABEL = 80  # characters
_NEXT = re.compile(
    r"(?i)^\W*(?:(?:pagina|vai alla pagina|pag\.?)?\s*(?:successiv[aeio]|seguente|prossima|next|avanti|succ)(?:\s+(?:pagina|page|»|›|>))?"
    r"|next page|(?:articoli|notizie|post|news)\s+(?:più vecchi[e]?|meno recenti|precedenti)|older(?:\s+\w+)?|(?:nächste|weiter|suivante?|naslednja)(?:\s+\w+)?"
    r"|(?:carica|mostra|vedi|visualizza)\s+(?:altr[eio]|di più|più)(?:\s+\w+){0,2})\W*$"
)
_TURNS = frozenset(("next", "prev", "previous", "first", "last", "start"))
_PAGE_LABEL = re.compile(
    r"(?i)^\W*(?:(?:(?:vai (?:alla|a)|go to)\s+)?(?:pagina|pag\.?|page|seite)?\s*\d{0,4}|(?:pagina\s+)?(?:precedente|prima|primo|ultim[ao])|prev(?:ious)?|first|last"
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
# What pagers add to the address that was asked for: Plone's search its `sort_on`, TYPO3 its `cHash`.
_SETTING = re.compile(r"(?i)^(?:sort\w*|order\w*|dir|limit|per_?page|items_per_page|page_?size|chash|b_size(?::int)?)$")
_STEP_VALUE = re.compile(r"[\d,;]{0,9}$")
# Where a link or a button may keep the address that its script loads.
_ADDRESSES = (
    "href",
    "data-href",
    "data-url",
    "data-next",
    "data-next-url",
    "data-next-page",
    "data-page-url",
    "hx-get",
)
_STEP_PATH = re.compile(
    r"(?i)/(?:page|pagina|pag|p)[/-]?\d+/?$|/\(offset\)/\d+/?$|/(?!(?:19|20)\d\d/?$)\d{1,4}/?$|[-_/](?:p|pag|page|pagina)?\d{1,4}(?=\.\w+$)"
)


def next_page(tree: Element, base: str, current: str, card: Element | None = None) -> str | None:
    """The address of the next page of the list that `card` is in, or None.

    By the page's `<link rel=next>`; else by `rel`, a label in a pager or the number after the current one. A page may
    have several pagers (Torino's lists have two, of which `?page=%2C1` turns the second): the nearest is the list's.
    """
    for link in tree.iter("link"):
        # On articles it leads to the next article.
        if _related(link) and (url := _target(link, "href", base, current)) and _steps(current, url):
            return url
    found: list[tuple[int, int, str]] = []
    around = {node: far for far, node in enumerate(card.iterancestors())} if card is not None else {}
    anchors = [link for link in tree.iter("a", "button") if link.get("href") or link.tag == "button"]
    for link in anchors:
        sure = 0 if _related(link) else 1 if _says_next(link) else 2 if _is_following(link) else 3
        if sure < 3 and (url := _where(link, base, current)) and not _in_calendar(link):
            found.append((next((around[node] for node in link.iterancestors() if node in around), 0), sure, url))
    return min(found, key=lambda candidate: candidate[:2])[2] if found else None


def _related(link: Element) -> bool:
    return "next" in link.get("rel", "").lower().split()


def _where(link: Element, base: str, current: str) -> str | None:
    """The address behind a link or a button, if it is a later page of the same list."""
    for name in _ADDRESSES:
        written = link.get(name, "")
        if name != "href" and not re.search(r"[/?]", written):  # a number or a selector for the script
            continue
        if (url := _target(link, name, base, current)) and _steps(current, url):
            here = _position(current) if _stem(current) == _stem(url) else None
            there = _position(url)
            return url if here is None or (there is not None and there >= here) else None
    return None


def turns_page(link: Element, url: str, current: str) -> bool:
    """Whether a link leads to another page of the list at `current`, not to one of its releases."""
    if not _steps(current, url):
        return False
    text = text_of(link)
    relations = set(link.get("rel", "").lower().split())
    if len(text) > _LONGEST_LABEL:
        return bool(relations & _TURNS)
    return bool(relations & _TURNS) or _PAGE_LABEL.match(text) is not None or _NEXT.match(text) is not None


def _says_next(link: Element) -> bool:
    text = text_of(link)
    labels = (text, link.get("aria-label", ""), link.get("title", ""))
    if any(_NEXT.match(label) for label in labels if 0 < len(label) <= _LONGEST_LABEL):
        return True
    return (text in _ARROWS or bool(_NEXT_CLASS.search(_classes(link)))) and _in_pager(link)


def _classes(link: Element) -> str:
    parent = link.getparent()
    return f"{link.get('class', '')} {parent.get('class', '') if parent is not None else ''}"


def _names(link: Element) -> Iterator[str]:
    node: Element | None = link
    for _ in range(6):
        if node is None or node.tag == "body":
            return
        yield f"{node.get('class', '')} {node.get('id', '')} {node.get('aria-label', '')}"
        node = node.getparent()


def _in_pager(link: Element) -> bool:
    return any(map(_PAGER.search, _names(link)))


def _in_calendar(link: Element) -> bool:
    return any(map(_CALENDAR.search, _names(link)))


def _target(link: Element, name: str, base: str, current: str) -> str | None:
    if _OFF.search(_classes(link)) or link.get("aria-disabled") == "true":
        return None
    url = resolve(base, link.get(name, ""))
    if not url or same_page(url, current) or urlsplit(url).hostname != urlsplit(base).hostname:
        return None
    return url


def _steps(current: str, url: str) -> bool:
    """Whether an address is the current one but for what pages are counted by."""
    # `/2025/03/` is a month's first page and no third one: `/2025/03/page/2/` follows it.
    first = _stem(current, first=True)
    path, kept = _stem(url)
    if (path, kept) in (_stem(current), first):
        return True
    # A folder of Plone shows one of its pages, `/notizie/elenco?b_start:int=20` follows `/notizie`.
    within = path.startswith(f"{first[0]}/") and "/" not in path[len(first[0]) + 1 :]
    return within and kept == first[1] and any(map(_counts, parse_qsl(urlsplit(url).query)))


def _stem(url: str, first: bool = False) -> tuple[str, tuple[tuple[str, str], ...]]:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if not first:
        path = _STEP_PATH.sub("", path)
    kept = tuple(sorted(pair for pair in parse_qsl(parts.query) if not (_counts(pair) or _SETTING.match(pair[0]))))
    return re.sub(r"(?i)/(?:index)?\.\w+$", "", path.rstrip("/")), kept


def _counts(pair: tuple[str, str]) -> bool:
    return bool(_STEP_PARAMETER.match(pair[0]) and _STEP_VALUE.match(pair[1]))


def _position(url: str) -> int | None:
    """The number by which an address counts pages or items, or None where it has none or several."""
    parts = urlsplit(url)
    counted = [value for name, value in parse_qsl(parts.query) if _counts((name, value))]
    if not counted and (step := _STEP_PATH.search(unquote(parts.path))):
        counted = [step[0]]
    numbers = re.findall(r"\d+", counted[0]) if len(counted) == 1 else []
    return int(numbers[-1]) if numbers else None


def _is_following(link: Element) -> bool:
    """Whether a link's text is the number after the one that its pager shows as the current one."""
    text = text_of(link)
    numbers = _DIGITS.findall(text) if len(text) < 16 else []
    return bool(numbers) and _in_pager(link) and int(numbers[-1]) == _current_number(link) + 1


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
