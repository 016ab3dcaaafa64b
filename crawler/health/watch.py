"""What a source's runs lead to expect of it, and what stops being so: the detectors of `crawler.health.drift` over its runs."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from crawler.health.drift import Alarm, Emptiness, Length, Loss, Share
from crawler.health.lists import Detail, ListWatch
from spiders.dates import local_day
from storage.health import Sighting

# How much likelier a breakage must be than luck, as a logarithm; more for who publishes much, for luck has more chances.
_LIMIT = 5.5
_LIST_LIMIT = 3.5
_STILL_ASKED = 10  # runs in which a list was not among those that were read; then it is none of the source's any more
_KINDS = {
    "refused": ("refused", "robots", "not-public"),
    "failing": ("dns", "connection", "timeout", "tls", "http-error", "redirects", "too-large", "no-answer"),
    "ignored": ("forgotten",),
}
_KIND_OF = {reason: kind for kind, reasons in _KINDS.items() for reason in reasons}  # all others: changed
_SAYS = {
    "refused": "were refused",
    "failing": "brought no answer",
    "changed": "held no release that could be read",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: which state it makes, since when (UTC), and the evidence in a sentence. `of_pages`: it is
    about how pages of releases are read."""

    state: str
    since: str
    words: str
    of_pages: bool = False


def watch_of(sightings: Sequence[Sighting]) -> "Watch":
    """The detectors after some runs, the oldest first."""
    watch = Watch(_releases_a_day(sightings) if sightings else 0.0)
    for sighting in sightings:
        watch.see(sighting)
    return watch


def kinds(reasons: Mapping[str, int]) -> dict[str, int]:
    """How many pages were not kept, by the state that this makes."""
    found: dict[str, int] = {}
    for reason, number in reasons.items():
        kind = _KIND_OF.get(reason, "changed")
        found[kind] = found.get(kind, 0) + number
    return found


def _releases_a_day(sightings: Sequence[Sighting]) -> float:
    """How many pages are read a day, without the first run, which reads what was there before; of few days, a little
    less, for they say little."""
    days = (datetime.fromisoformat(sightings[-1].at) - datetime.fromisoformat(sightings[0].at)).days
    return sum(each.pages or 0 for each in sightings[1:]) / (days + 7)


@dataclass(slots=True)
class Watch:
    """The detectors over one source's runs, which are added in their order. `a_day`: pages of releases read a day."""

    a_day: float
    dates: Share = field(init=False)
    lengths: Length = field(init=False)
    problems: dict[str, Share] = field(init=False)
    lists: dict[str, ListWatch] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)  # by list: in how many runs since it was read last
    read: list[Sighting] = field(default_factory=list)
    loss: Loss = field(default_factory=Loss)

    def __post_init__(self) -> None:
        def alarm() -> Alarm:
            return Alarm(_LIMIT + math.log(max(1.0, self.a_day)))

        self.dates, self.lengths = Share(alarm()), Length(alarm())
        self.problems = {kind: Share(alarm()) for kind in _SAYS}

    def see(self, seen: Sighting) -> None:
        """Adds a run."""
        if seen.lists:
            for url in self.unseen:
                self.unseen[url] += 1
        for url, named in seen.lists.items():
            if named is not None:
                self.unseen[url] = 0
                if url not in self.lists:
                    self.lists[url] = ListWatch(Emptiness(Alarm(_LIST_LIMIT)))
                self.lists[url].empty.add(named, seen.at)
        for url, detail in seen.details.items():
            if url in self.lists:
                self.unseen[url] = 0
                if detail is None:
                    self.lists[url].stays(seen.fresh, seen.at)
                else:
                    self.lists[url].add(seen.lists.get(url) or 0, Detail(*detail), seen.fresh, seen.at)
        if not seen.pages:
            return
        self.read.append(seen)
        whole = seen.dated + seen.undated
        self.dates.add(seen.undated, whole, seen.at)
        if seen.letters is not None:
            self.lengths.add(seen.letters, whole, seen.at)
        failed = kinds(seen.reasons)
        for kind, share in self.problems.items():
            share.add(failed.get(kind, 0), whole + failed.get(kind, 0), seen.at)
        alarms = (self.dates.alarm, self.lengths.alarm, *(share.alarm for share in self.problems.values()))
        suspicious = any(alarm.suspicious for alarm in alarms)
        self.loss.add(seen.known, 0 if suspicious else seen.fresh, seen.at)

    @property
    def expects_dates(self) -> bool:
        """Whether a page without a date would be odd."""
        return self.dates.expects

    @property
    def shortest(self) -> float:
        """The letters below which a text is rather one of a source that broke than a short one; 0 where nothing is known."""
        return self.lengths.shortest

    def expects_no(self, reason: str) -> bool:
        """Whether a page that cannot be read for this reason would be odd. Not what is the network's fault: that is seen
        at the lists, and to ask more of a host that does not answer takes long."""
        kind = _KIND_OF.get(reason, "changed")
        return kind in ("changed", "refused") and self.problems[kind].expects

    @property
    def knows_pages(self) -> bool:
        """Whether pages of the source were read before, so that those which are not can be judged by that."""
        return any(each.dated + each.undated for each in self.read)

    def findings(self, last: Sighting) -> Iterator[Finding]:
        """What the detectors say now."""
        for url, each in self.lists.items():
            if self.unseen[url] >= _STILL_ASKED or last.lists.get(url, 0) is None:
                continue
            empty = each.empty
            if empty.alarm.raised:
                named = f"{empty.named} release{'' if empty.named == 1 else 's'}"
                words = f"its list {_place(url)} named {named} until {day_of(empty.last)}, none since"
                yield Finding("changed", empty.alarm.since, words)
            for since, words in each.findings(_place(url)):
                yield Finding("changed", since, words)
        if self.loss.raised:
            yield Finding("changed", self.loss.since, self.loss.words, of_pages=True)
        for kind, share in self.problems.items():
            if share.alarm.raised:
                yield Finding(kind, share.alarm.since, self._problem_words(kind, share), of_pages=True)
        if self.dates.alarm.raised:
            lacking, pages = self.dates.held
            has = f"{pages - lacking or 'none'} of the last {pages} {'have' if pages - lacking > 1 else 'has'} one"
            if pages == 1:
                has = "the last one has none"
            words = f"{_percent(1 - self.dates.usual)} of its releases had a date, {has}"
            yield Finding("changed", self.dates.alarm.since, words, of_pages=True)
        if self.lengths.alarm.raised:
            usual, now = round(math.exp(self.lengths.middle)), self.lengths.held
            pages = sum(weight for _, weight in now)
            letters = round(math.exp(sum(value * weight for value, weight in now) / pages))
            has = f"those of the last {pages} have {letters:,}" if pages > 1 else f"the last one has {letters:,}"
            words = f"its texts had {usual:,} letters, {has}"
            yield Finding("changed", self.lengths.alarm.since, words, of_pages=True)

    def _problem_words(self, kind: str, share: Share) -> str:
        failed, pages = share.held
        reasons: dict[str, int] = {}
        for seen in self.read:
            if seen.at >= share.alarm.since:
                for reason, number in seen.reasons.items():
                    if _KIND_OF.get(reason, "changed") == kind:
                        reasons[reason] = reasons.get(reason, 0) + number
        named = ", ".join(f"{reason} {number}" for reason, number in sorted(reasons.items(), key=lambda item: -item[1]))
        before = f"{_percent(share.usual)} of its pages before" if share.usual >= 0.01 else "hardly any before"
        return f"{failed} of the last {pages} pages {_SAYS[kind]} ({named}), {before}"


def _place(url: str) -> str:
    parts = urlsplit(url)
    place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return place if len(place) <= 50 else f"{place[:24]}…{place[-25:]}"


def day_of(at: str) -> str:
    """The day in Rome of a moment (UTC, ISO 8601)."""
    return local_day(datetime.fromisoformat(at)).isoformat()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
