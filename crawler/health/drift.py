"""Telling at once when a series stops being what it was, and not when it merely varies.

Both detectors are cumulative sums (Page, Continuous Inspection Schemes, Biometrika 41, 1954): each run adds how much
likelier what it saw is if the source broke than if it is as before. What was usual is learnt from the runs before; runs
under suspicion teach nothing until they are cleared, so that a breakage does not become the usual.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.health import LOST

_BROKEN = 0.85  # share of pages that lack something, once whatever gives it broke
_PRIOR, _PRIOR_WEIGHT = 0.02, 4.0  # share of pages that lack it before any was seen, and what that guess weighs
_LEAST = 8.0  # pages that must be known before anything can be told
# A single page proves no more than this: where 1 in 100 lacks a date, a source with a release a month would be under
# alarm for 1 day in 100 if one were enough.
_MOST_A_PAGE = 3.5
_MOST_A_RUN = 8  # pages of one run that count: those of one run are alike, be it for good reasons
_REMEMBERED = 400.0  # pages; older ones fade
_SHRUNK = math.log(4)  # a text of a quarter of its usual length is a broken one
# Standard deviation of the logarithm of lengths: 0.9 over 333 labelled texts of many sites, 0.4 to 0.9 within one.
_SPREAD, _SPREAD_COUNTS_AS = 0.8, 8.0  # before any was seen, and how many runs that weighs
_NARROWEST, _WIDEST = 0.4, 1.2  # less is luck of few texts, more would hide everything
_HEADLINE_ONLY = 2.5  # one text may be nothing but a headline and a file: it proves no more than this
_WORSE, _WORSE_SHARE = (
    2,
    0.4,
)  # known pages that lost their date or text, of those read again; one may be its author's doing
_TAKEN_DOWN = ("gone", "error-page")  # pages are taken down, several at a time; ...
_AWAY, _AWAY_SHARE = 3, 0.8  # ... but not nearly all
_FEW = 4  # a list that names fewer may be empty now and then


@dataclass(slots=True)
class Alarm:
    """A sum over `limit` is an alarm. `since` is the run at which what led to it began (its time)."""

    limit: float
    score: float = 0.0
    since: str = ""
    raised: bool = False

    def add(self, evidence: float, at: str) -> None:
        """Adds what a run saw. What is over the limit is forgotten, so that one good run ends an alarm."""
        if self.score <= 0:
            self.since = at
        self.score = min(max(0.0, self.score + evidence), self.limit * 1.05)
        self.raised = self.score >= self.limit

    @property
    def suspicious(self) -> bool:
        """Whether what was seen last must not teach what is usual."""
        return self.score > 0 or self.raised


@dataclass(slots=True)
class Share:
    """How many of a source's pages lack something: a date, a text."""

    alarm: Alarm
    lacking: float = _PRIOR * _PRIOR_WEIGHT
    known: float = _PRIOR_WEIGHT
    held: tuple[int, int] = (0, 0)  # under suspicion: how many lack it, of how many

    def add(self, lacking: int, pages: int, at: str) -> None:
        """A run saw `pages`, of which some lack it."""
        if not pages:
            return
        if self.expects:
            part = min(1.0, _MOST_A_RUN / pages)
            # what few pages teach may be luck: one standard deviation more is believed to be usual
            before = self.usual + math.sqrt(self.usual * (1 - self.usual) / self.known)
            broken = max(_BROKEN, min(0.97, before * 2))
            odds, against = min(_MOST_A_PAGE, math.log(broken / before)), math.log((1 - broken) / (1 - before))
            self.alarm.add(part * (lacking * odds + (pages - lacking) * against), at)
        self.held = (self.held[0] + lacking, self.held[1] + pages)
        if not self.alarm.suspicious:
            self._learn()

    @property
    def expects(self) -> bool:
        """Whether enough is known for a page that lacks it to be evidence."""
        return self.known - _PRIOR_WEIGHT >= _LEAST and self.usual < 0.4

    @property
    def usual(self) -> float:
        """The share that usually lacks it."""
        return self.lacking / self.known

    def _learn(self) -> None:
        fade = min(1.0, _REMEMBERED / (self.known + self.held[1]))
        self.lacking = (self.lacking + self.held[0]) * fade
        self.known = (self.known + self.held[1]) * fade
        self.held = (0, 0)


@dataclass(slots=True)
class Length:
    """How long a source's texts are, as logarithms: they spread evenly around the middle there."""

    alarm: Alarm
    total: float = 0.0
    known: float = 0.0
    deviations: float = _SPREAD**2 * _SPREAD_COUNTS_AS
    runs: float = _SPREAD_COUNTS_AS
    held: tuple[tuple[float, int], ...] = ()

    def add(self, letters: int, pages: int, at: str) -> None:
        """A run read `pages` whose texts have `letters` in the middle."""
        value, weight = math.log(max(1, letters)), _precision(min(pages, _MOST_A_RUN))
        if self.known >= _LEAST:
            evidence = _SHRUNK / self.spread**2 * (self._believed - value - _SHRUNK / 2)
            self.alarm.add(weight * min(evidence, _HEADLINE_ONLY), at)
        self.held = (*self.held, (value, pages))
        if not self.alarm.suspicious:
            self._learn()

    @property
    def _believed(self) -> float:
        return self.middle - 2 * self.spread / math.sqrt(self.known)  # what few texts teach may be luck

    @property
    def shortest(self) -> float:
        """The letters below which a text speaks for a breakage; 0 where too little is known."""
        return math.exp(self._believed - _SHRUNK / 2) if self.known >= _LEAST else 0.0

    @property
    def middle(self) -> float:
        """The logarithm of the usual length."""
        return self.total / max(1.0, self.known)

    @property
    def spread(self) -> float:
        """The standard deviation of that logarithm, of single texts."""
        return min(max(math.sqrt(self.deviations / self.runs), _NARROWEST), _WIDEST)

    def _learn(self) -> None:
        for value, pages in self.held:
            if self.known >= _LEAST:
                fade = min(1.0, _REMEMBERED / (self.runs + 1))
                self.deviations = (self.deviations + _precision(pages) * (value - self.middle) ** 2) * fade
                self.runs = (self.runs + 1) * fade
            fade = min(1.0, _REMEMBERED / (self.known + pages))
            self.total, self.known = (self.total + pages * value) * fade, (self.known + pages) * fade
        self.held = ()


def _precision(pages: int) -> float:
    """How many single texts the median of some is worth: that of many varies by pi/2 more than their mean."""
    return float(pages) if pages <= 2 else 0.64 * pages + 0.7


@dataclass(slots=True)
class Emptiness:
    """Whether a list that used to name releases names none."""

    alarm: Alarm
    readings: int = 0
    spells: int = 0  # of emptiness: a list that is empty for a week was once empty
    longest: int = 0  # of them, in readings
    empty: int = 0  # readings in a row
    named: int = 0  # when it last named any
    last: str = ""  # when that was
    smallest: int = 0

    def add(self, named: int, at: str) -> None:
        """The list was read."""
        if named:
            self.spells += self.empty > 0
            self.longest, self.empty = max(self.longest, self.empty), 0
            self.alarm.score, self.alarm.raised = 0.0, False
            self.readings += 1
            self.smallest = min(self.smallest or named, named)
            self.named, self.last = named, at
        elif self.readings:
            self.empty += 1
            prior = math.exp(-min(_FEW, self.smallest))
            usual = min(0.5, (prior + self.spells) / (1 + self.readings))
            # who names a dozen never names none by chance; who names one or two may, and for some time
            often = self.smallest < _FEW and self.empty <= max(3, self.longest)
            self.alarm.add(0.0 if often else math.log(0.95 / usual), at)


def is_lost(known: Mapping[str, int]) -> bool:
    """Whether known pages that were read again tell that their site changed, by how many were how: `sound`, `undated`,
    a `scrap` of the text, or the reason why they could not be read."""
    worse = sum(known.get(how, 0) for how in (*LOST, "undated", "scrap"))
    away = sum(known.get(how, 0) for how in _TAKEN_DOWN)
    looked_at = worse + away + known.get("sound", 0)
    return (worse >= _WORSE and worse >= _WORSE_SHARE * looked_at) or (
        worse + away >= _AWAY and worse + away >= _AWAY_SHARE * looked_at
    )


@dataclass(slots=True)
class Loss:
    """Whether known pages lost what they had, which no chance does. It ends where sound pages outnumber the others."""

    since: str = ""
    raised: bool = False
    lost: Counter[str] = field(default_factory=Counter)
    sound: int = 0  # pages since then

    def add(self, known: Mapping[str, int], fresh: int, at: str) -> None:
        """A run read known pages again, and `fresh` sound ones that it had not seen before."""
        sound, others = known.get("sound", 0) + fresh, sum(known.values()) - known.get("sound", 0)
        if is_lost(known):
            self.since = self.since if self.raised else at
            self.raised, self.lost, self.sound = True, Counter(known), 0
        elif self.raised:
            self.sound = self.sound + sound - others
            self.raised = self.sound < _WORSE

    @property
    def words(self) -> str:
        """The evidence in a sentence."""
        told = {"undated": "no date", "scrap": "a scrap of the text"}
        lost = [
            f"{told.get(how, how)} {number}" for how, number in self.lost.most_common() if how != "sound" and number
        ]
        number = self.lost.total() - self.lost["sound"]
        return f"{number} of {self.lost.total()} known pages that were read again have lost what they held ({', '.join(lost)})"
