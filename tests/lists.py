"""Pages that list releases, made of the card templates of tests. They are ours, after the markup of the platforms."""

from collections.abc import Sequence

from scrapy.http import HtmlResponse

from spiders.discovery import listing
from spiders.source import Source
from spiders.values import Reading, Route

URL = "https://www.comune.prova.it/novita/notizie"
TITLES = (
    "Nuovi orari degli uffici anagrafe", "Al via i lavori in via Garibaldi", "Mercato spostato per la festa patronale",
    "Bando per il sostegno agli affitti", "Chiusura della piscina comunale", "Mostra Chiese Barocche",
)  # fmt: skip
DAYS = ("23 MAG 25", "18 maggio 2025", "07-05-2025", "3.5.2025", "Mercoledì, 30 Aprile 2025", "1° aprile 2025")
ISO = ("2025-05-23", "2025-05-18", "2025-05-07", "2025-05-03", "2025-04-30", "2025-04-01")
MENU = """<header><nav><ul><li><a href="/amministrazione">Amministrazione</a></li><li><a href="/novita">Novità</a></li>
    <li><a href="/servizi">Servizi</a></li><li><a href="/vivere-il-comune">Vivere il Comune</a></li></ul></nav></header>"""
FOOTER = """<footer><ul><li><a href="/note-legali">Note legali</a></li><li><a href="/privacy">Privacy</a></li>
    <li><a href="/amministrazione-trasparente">Amministrazione trasparente</a></li></ul></footer>"""


def path(number: int) -> str:
    return f"/novita/notizie/{TITLES[number].lower().replace(' ', '-')}"


def page(main: str, url: str = URL, body: str = "<body>") -> Reading:
    markup = f"<!doctype html><html lang=it><head><title>Notizie</title></head>{body}{MENU}{main}{FOOTER}</body></html>"
    source = Source(id="comune-prova", home="https://www.comune.prova.it/")
    return listing.read(HtmlResponse(url, body=markup.encode()), Route(url, "listing", url), source)


def cards(template: str, numbers: Sequence[int] = range(6)) -> str:
    filled = (template.format(path=path(n), title=TITLES[n], day=DAYS[n], iso=ISO[n], n=n) for n in numbers)
    return "<main><h1>Notizie</h1>" + "".join(filled) + "</main>"


def expected(dates: Sequence[str | None] = ISO) -> list[tuple[str, str, str | None]]:
    return [(f"https://www.comune.prova.it{path(n)}", TITLES[n], dates[n]) for n in range(6)]


def found(reading: Reading) -> list[tuple[str, str | None, str | None]]:
    return [(link.url, link.title, link.date) for link in reading.links]


DRUPAL = """<article class="node node--type-notizia node--view-mode-teaser"><div class="field--name-created">
        <time datetime="{iso}T10:00:00Z">{day}</time></div><h2><a href="{path}"><span>{title}</span></a></h2>
        <div class="field--name-body"><p>Un breve riassunto della notizia.</p></div></article>"""
