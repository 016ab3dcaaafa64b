"""Imported in the process that workers are forked from: loads what reading pages and lists needs, and reads some."""

import gc
import os
from datetime import date

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy, in the models: a thread and a buffer for each core

from scrapy.http import HtmlResponse, TextResponse

from crawler.extraction.article import read
from crawler.extraction.language import language_of
from crawler.ingest.allocation import return_freed_memory
from spiders.discovery import STRATEGIES
from spiders.source import Source
from spiders.values import Link, Page, Route

return_freed_memory(128)
_HOME = "https://www.comune.example.it/"
_TEXT = "Da lunedì gli uffici del Comune seguono un orario nuovo, con due pomeriggi di apertura alla settimana. "
_PAGE = (
    f"<html><body><main><h1>Nuovi orari</h1><p>Pubblicato il 5 marzo 2024</p><p>{_TEXT * 5}</p></main></body></html>"
)
# One page that the model reads and one on which it is in doubt, so that trafilatura is loaded as well.
for _page in (_PAGE, "<html><body><h1>Avviso</h1><div>Vedi allegato</div></body></html>"):
    read(Page(_HOME, _page.encode(), "text/html", Link(_HOME, "Nuovi orari")), language="it", today=date(2024, 3, 6))
# No worker could unpack the model of the identifier of languages: it may write no file of that size.
language_of(("The offices of the town hall keep new hours from Monday, with two afternoons a week.",), "en")
_SOURCE = Source(id="sample", home=_HOME)
_LIST = '<html><body><main><h2><a href="/novita/orari">Nuovi orari</a></h2></main></body></html>'
STRATEGIES["listing"](HtmlResponse(_HOME, body=_LIST.encode()), Route(_HOME, "listing"), _SOURCE)
STRATEGIES["feed"](TextResponse(_HOME, body=b"<rss version='2.0'><channel/></rss>"), Route(_HOME, "feed"), _SOURCE)
gc.collect()
gc.freeze()  # what is loaded is never collected: the workers' collections do not touch, and so not copy, its pages
