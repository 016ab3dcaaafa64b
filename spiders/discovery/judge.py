"""Whether what was found on a site is its press section: by freshness, by variety, and by what its links are about.

An answer with status 200 proves nothing: feeds are frozen for years, empty, or hold tenders, readers' comments or
appointments.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from spiders.values import Link

FRESH_DAYS = 400  # a small town that announces something once a year is fresh; a list left behind by a new site is not
_FEW = 3
_MOST = 0.8  # the share of a list from which it counts as holding nothing else
_TENDERS = re.compile(
    # What a village announces as news too (an order to close the school, a poetry prize, the list of the nursery) is none.
    r"(?i)\b(?:band[oi]\b(?! musical)|gar[ae] (?:d'appalto|per|n)|appalt[oi]|concors[oi] pubblic\w+|selezion[ei] pubblic\w+"
    r"|graduatori[ae] (?:final\w+|provvisori\w+|definitiv\w+|di merito|del concorso)|determin[ae]|deliber[ae]|determinazion[ei]"
    r"|deliberazion[ei]|manifestazione (?:di|d')\s?interesse|affidament[oi] (?:dirett\w+|de[il])|albo pretorio"
    r"|pubblicazion[ei] di matrimonio|mobilità volontaria|avviso (?:di )?selezione|ausschreibung(?:en)?)\b"
)
_APPOINTMENTS = re.compile(
    r"(?i)\b(?:appuntament[oi] (?:del|di|n|ore|per)|prenotazion[ei]|prenota|slot|permess[oi] (?:di|ztl)|ticket|biglietto n"
    r"|prenota un appuntamento|turno)\b"
)
_EVENTS = re.compile(
    r"(?i)/(?:event[io]s?|calendari[oi]|agenda|appuntamenti|veranstaltungen|evenements|dogodki)(?:/|$|\?)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a list is worth: `fit` to be asked in every run, `stale` where only its age speaks against it.

    `why` is a sentence for people. `newest` is the day of the newest release (YYYY-MM-DD) and `gap` the usual number of
    days between two, where the list tells.
    """

    fit: bool
    why: str
    stale: bool = False
    newest: str | None = None
    gap: float | None = None


def judge(links: Sequence[Link], today: date) -> Verdict:
    """Judges the releases that a list names."""
    if not links:
        return Verdict(False, "names no releases")
    days = sorted((link.date for link in links if link.date and link.date <= today.isoformat()), reverse=True)
    newest, gap = (days[0], usual_gap(days)) if days else (None, None)
    if subject := _only(links):
        return Verdict(False, f"holds {subject}", newest=newest, gap=gap)
    titles = {link.title for link in links if link.title}
    if len(links) > _FEW and len(titles) == 1:
        return Verdict(False, f"has the same title {len(links)} times", newest=newest, gap=gap)
    if newest and (today - date.fromisoformat(newest)).days > FRESH_DAYS:
        return Verdict(False, f"frozen: nothing newer than {newest}", stale=True, newest=newest, gap=gap)
    return Verdict(True, _praise(links, newest), newest=newest, gap=gap)


def usual_gap(days: Iterable[str]) -> float | None:
    """The usual number of days between two releases, by the newest thirty days of publication; None of fewer than four."""
    dates = sorted({date.fromisoformat(day) for day in days}, reverse=True)[:30]
    gaps = [(later - earlier).days for later, earlier in pairwise(dates)]
    return float(median(gaps)) if len(gaps) >= _FEW else None


def _only(links: Sequence[Link]) -> str | None:
    """What a list holds, where that is not news."""
    if len(links) < _FEW:
        return None
    enough = _MOST * len(links)
    if sum(bool(_TENDERS.search(link.title or "")) for link in links) >= enough:
        return "only tenders, competitions and official acts"
    if sum(bool(_APPOINTMENTS.search(link.title or "")) for link in links) >= enough:
        return "appointments and bookings"
    if sum(bool(_EVENTS.search(link.url)) for link in links) >= enough:
        return "only events"
    return None


def _praise(links: Sequence[Link], newest: str | None) -> str:
    whole = sum(link.content is not None for link in links)
    parts = [f"{len(links)} releases" if len(links) > 1 else "1 release"]
    if whole:
        parts.append("with their whole text" if whole == len(links) else f"{whole} with their whole text")
    parts.append(f"newest {newest}" if newest else "without days")
    return ", ".join(parts)
