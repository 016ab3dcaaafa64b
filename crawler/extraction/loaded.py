"""Imported in the process that workers are forked from: loads what reading a page needs, and reads one."""

import gc
import os
from datetime import date

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy, in the models: a thread and a buffer for each core

from crawler.extraction.article import read
from spiders.discovery import STRATEGIES
from spiders.values import Link, Page

__all__ = ("STRATEGIES",)  # lists that are too large for the event loop are read in workers, too

_URL = "https://www.comune.example.it/novita/orari"
_TEXT = "Da lunedì gli uffici del Comune seguono un orario nuovo, con due pomeriggi di apertura alla settimana. "
_PAGE = (
    f"<html><body><main><h1>Nuovi orari</h1><p>Pubblicato il 5 marzo 2024</p><p>{_TEXT * 5}</p></main></body></html>"
)
# One page that the model reads and one on which it is in doubt, so that trafilatura is loaded as well.
for _page in (_PAGE, "<html><body><h1>Avviso</h1><div>Vedi allegato</div></body></html>"):
    read(Page(_URL, _page.encode(), "text/html", Link(_URL, "Nuovi orari")), language="it", today=date(2024, 3, 6))
gc.collect()
gc.freeze()  # what is loaded is never collected: the workers' collections do not touch, and so not copy, its pages
