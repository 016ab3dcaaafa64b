"""How a source fares, judged by what its runs saw: expectations, and their breach. Functions on values, nothing else.

A source is expected to go on as it did: its lists name releases, its pages have dates, texts of the usual length and few
problems, and something new comes as often as its rhythm says. In simulation (`python -m benchmarks.health`) 0.85 of 1,000
days of a source are under a false alarm; of sources with a release a day and more, 97 % of what breaks is told at the
first run, of all sources (down to one a month) two thirds and more, most others at the second page; an empty list, an
outage and a refusal at the first run everywhere.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlsplit

from crawler.drift import Alarm, Emptiness, Length, Share
from crawler.rhythm import Silence, working_days
from spiders.dates import local_day
from storage.health import Sighting

# What is wrong, the worst first; all but `quiet`, `new` and `healthy` is unhealthy, and so is a silence that is extreme.
STATES = ("failing", "refused", "changed", "quiet", "new", "healthy")
# How much likelier a breakage must be than luck, as a logarithm; more for who publishes much, for luck has more chances.
_LIMIT = 5.5
_LIST_LIMIT = 3.5
_LOST = 2  # pages that were read before and are no releases any more; one may have been emptied by its author
_LOST_SHARE = 0.4  # of those that were looked at again
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


@dataclass(frozen=True, slots=True)
class Health:
    """A source's health. `since` is when that began; `findings` are all that is wrong, the worst first;
    `exceptions` are those of `Source`."""

    source: str
    state: str
    unhealthy: bool = False
    since: str | None = None
    last_run: str | None = None
    last_new: str | None = None
    silence: Silence | None = None
    rhythm: str | None = None
    findings: tuple[Finding, ...] = ()
    exceptions: tuple[str, ...] = ()

    @property
    def evidence(self) -> tuple[str, ...]:
        """What is wrong, in sentences."""
        return tuple(finding.words for finding in self.findings)


def judge(
    source: str,
    sightings: Sequence[Sighting],
    silence: Silence | None = None,
    last_new: str | None = None,
    trouble: tuple[str, int] | None = None,
    rhythm: str | None = None,
) -> Health:
    """The health of a source by its runs, the oldest first, and by its silence. `trouble`: since when, and how often in a
    row, it failed and brought nothing, also beyond the runs that are given."""
    if not sightings:
        return Health(source, "new", rhythm=rhythm)
    last = sightings[-1]
    watch = Watch(_releases_a_day(sightings))
    for sighting in sightings:
        watch.see(sighting)
    findings = [*_failures(last, trouble, watch), *watch.findings(last)]
    if silence and silence.quiet | silence.extreme:
        findings.append(Finding("quiet", silence.last.isoformat(), _silent(silence)))
    findings.sort(key=lambda finding: STATES.index(finding.state))
    if not findings:
        return Health(source, "healthy", False, None, last.at, last_new, silence, rhythm)
    first = findings[0]
    unhealthy = first.state != "quiet" or bool(silence and silence.extreme)
    return Health(source, first.state, unhealthy, first.since, last.at, last_new, silence, rhythm, tuple(findings))


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
    lists: dict[str, Emptiness] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)  # by list: in how many runs since it was read last
    read: list[Sighting] = field(default_factory=list)

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
                    self.lists[url] = Emptiness(Alarm(_LIST_LIMIT))
                self.lists[url].add(named, seen.at)
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

    @property
    def knows_pages(self) -> bool:
        """Whether pages of the source were read before, so that those which are not can be judged by that."""
        return any(each.dated + each.undated for each in self.read)

    def findings(self, last: Sighting) -> Iterator[Finding]:
        """What the detectors say now."""
        for url, each in self.lists.items():
            if each.alarm.raised and self.unseen[url] < _STILL_ASKED and last.lists.get(url, 0) is not None:
                named = f"{each.named} release{'' if each.named == 1 else 's'}"
                words = f"its list {_place(url)} named {named} until {_day(each.last)}, none since"
                yield Finding("changed", each.alarm.since, words)
        if last.lost >= _LOST and last.lost >= _LOST_SHARE * (last.lost + last.again):
            words = f"{last.lost} pages that were read before hold no release any more, or a scrap of it"
            yield Finding("changed", last.at, words, of_pages=True)
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


def _failures(last: Sighting, trouble: tuple[str, int] | None, watch: Watch) -> Iterator[Finding]:
    """What a run that failed says of the source."""
    error = last.error or "it brought nothing"
    unread = any(named is None for named in last.lists.values())
    if last.status == "empty" and not any(each.alarm.raised for each in watch.lists.values()):
        if not any(each.readings for each in watch.lists.values()):
            yield Finding("failing", last.at, error)
        return
    if last.status not in ("failed", "refused") or ((last.fresh or last.again) and not unread):
        return
    if error.startswith("none of ") and watch.knows_pages and not unread:
        return  # one new page that cannot be read says little of a source: that is weighed with the others
    since, times = trouble or (last.at, 1)
    often = "in its last run" if times == 1 else f"in each of its last {times} runs, since {_day(since)}"
    state = "refused" if last.status == "refused" else "failing"
    yield Finding(state, since, f"it {'refused us' if state == 'refused' else 'failed'} {often}: {error}")


def _silent(silence: Silence) -> str:
    days = working_days(silence.last, silence.until)
    nothing = f"nothing since {silence.last}, on {days} working day{'' if days == 1 else 's'}"
    if math.isinf(silence.rhythm.weight):
        return f"{nothing}, where its catalogue entry expects {silence.rhythm.words}"
    odds = f"{10 ** min(9, int(-math.log10(max(silence.chance, 1e-9)))):,}"
    return f"{nothing}; a chance of 1 in {odds} by its rhythm, {silence.rhythm.words} (its longest silence: {silence.longest})"


def _place(url: str) -> str:
    parts = urlsplit(url)
    place = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return place if len(place) <= 50 else f"{place[:24]}…{place[-25:]}"


def _day(at: str) -> str:
    return local_day(datetime.fromisoformat(at)).isoformat()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def looked_until(sightings: Sequence[Sighting]) -> date | None:
    """The day of the last run that could have seen something new: silence is known up to then, and not to today."""
    for seen in reversed(sightings):
        if seen.status in ("ok", "empty") or seen.fresh or seen.again:
            return local_day(datetime.fromisoformat(seen.at))
    return None
