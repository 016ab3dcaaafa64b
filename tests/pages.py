"""Pages as public bodies' sites serve them, written after the real markup, and how they are read."""

import os
from datetime import date
from pathlib import Path

import pytest

from crawler.extraction.article import read
from crawler.extraction.values import Article, Rejected
from spiders.values import Link, Page

TODAY = date(2026, 11, 25)
URL = "https://www.comune.prova.it/novita/nuovi-orari-degli-uffici"
TITLE = "Nuovi orari degli uffici comunali"
FIRST = (
    "Dal mese prossimo gli uffici di piazza Garibaldi seguiranno un orario nuovo, con due pomeriggi di apertura alla "
    "settimana e uno sportello dedicato a chi ha preso appuntamento."
)
SECOND = (
    "La sperimentazione durerà sei mesi, spiega l’assessora ai servizi civici, e servirà a capire in quali ore i "
    "cittadini preferiscono venire in municipio per le loro pratiche."
)
SHARED = Path(os.environ.get("CIVICPRESS_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def document(body: str, head: str = "", title: str = TITLE, lang: str = "it") -> str:
    """A page with the usual furniture around its main part."""
    return f"""<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} - Comune di Prova</title>{head}</head>
<body><header><nav class="menu"><a href="/">Home</a> <a href="/novita">Novità</a> <a href="/servizi">Servizi</a></nav></header>
<main>{body}</main>
<footer><p>Comune di Prova, piazza Garibaldi 1 - Partita IVA 01234567890</p><p>© 2020-2026 Comune di Prova</p></footer></body></html>"""


def release(above: str = "", inside: str = f"<p>{FIRST}</p><p>{SECOND}</p>", head: str = "", title: str = TITLE) -> str:
    """A release's page: the headline, what stands `above` the text, and the text."""
    return document(f'<article><h1>{title}</h1>{above}<div class="testo">{inside}</div></article>', head, title)


def outcome(
    html: str | bytes,
    url: str = URL,
    link: Link | None = None,
    today: date = TODAY,
    kind: str = "text/html",
    **more: bool,
) -> Article | Rejected:
    """What reading a page brings."""
    body = html.encode() if isinstance(html, str) else html
    return read(Page(url, body, kind, link or Link(url, origin="given"), **more), today=today)


def article(html: str | bytes, url: str = URL, link: Link | None = None, **more: bool) -> Article:
    """The article that a page holds."""
    found = outcome(html, url, link, **more)
    assert isinstance(found, Article), found
    return found


def rejected(html: str | bytes, url: str = URL, link: Link | None = None) -> Rejected:
    """Why a page is not kept."""
    found = outcome(html, url, link)
    assert isinstance(found, Rejected), found.title
    return found


def shared(*parts: str) -> Path:
    """A file of the labelled pages, which are not part of the repository; skips the test where they are absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{path} is not there; CIVICPRESS_SHARED names the folder of labelled pages")
    return path
