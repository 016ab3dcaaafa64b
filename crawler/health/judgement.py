"""How a source fares, judged by what its runs saw: expectations, and their breach. Functions on values, nothing else.

A source is expected to go on as it did: its lists name releases, its pages have dates, texts of the usual length and few
problems, and something new comes as often as its rhythm says. In simulation (`python -m benchmarks.health`) fewer than 1 in
1,000 days of a source are under a false alarm, and 93 % and more of what breaks, of sources with 20 releases a day to 1 a
month, is told at the first run that could see it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crawler.health.rhythm import Silence, working_days
from crawler.health.watch import Finding, Watch, day_of, watch_of
from spiders.dates import local_day
from storage.health import Sighting

# What is wrong, the worst first; all but `quiet`, `new` and `healthy` is unhealthy, and so is a silence that is extreme.
STATES = ("failing", "refused", "changed", "quiet", "new", "healthy")


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
    notes: tuple[str, ...] = ()

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
    watch = watch_of(sightings)
    findings = [*_failures(last, trouble, watch), *watch.findings(last)]
    if silence and silence.quiet | silence.extreme:
        findings.append(Finding("quiet", silence.last.isoformat(), _silent(silence)))
    findings.sort(key=lambda finding: STATES.index(finding.state))
    if not findings:
        return Health(source, "healthy", False, None, last.at, last_new, silence, rhythm)
    first = findings[0]
    unhealthy = first.state != "quiet" or bool(silence and silence.extreme)
    return Health(source, first.state, unhealthy, first.since, last.at, last_new, silence, rhythm, tuple(findings))


def _failures(last: Sighting, trouble: tuple[str, int] | None, watch: Watch) -> Iterator[Finding]:
    """What a run that failed says of the source."""
    error = last.error or "it brought nothing"
    unread = any(named is None for named in last.lists.values())
    if last.status == "empty" and not any(each.empty.alarm.raised for each in watch.lists.values()):
        if not any(each.empty.readings for each in watch.lists.values()):
            yield Finding("failing", last.at, error)
        return
    if last.status not in ("failed", "refused") or ((last.fresh or last.again) and not unread):
        return
    if error.startswith("none of ") and watch.knows_pages and not unread:
        return  # one new page that cannot be read says little of a source: that is weighed with the others
    since, times = trouble or (last.at, 1)
    often = "in its last run" if times == 1 else f"in each of its last {times} runs, since {day_of(since)}"
    state = "refused" if last.status == "refused" else "failing"
    yield Finding(state, since, f"it {'refused us' if state == 'refused' else 'failed'} {often}: {error}")


def _silent(silence: Silence) -> str:
    days = working_days(silence.last, silence.until)
    nothing = f"nothing since {silence.last}, on {days} working day{'' if days == 1 else 's'}"
    if math.isinf(silence.rhythm.weight):
        return f"{nothing}, where its catalogue entry expects {silence.rhythm.words}"
    odds = f"{10 ** min(9, int(-math.log10(max(silence.chance, 1e-9)))):,}"
    return f"{nothing}; a chance of 1 in {odds} by its rhythm, {silence.rhythm.words} (its longest silence: {silence.longest})"


def looked_until(sightings: Sequence[Sighting]) -> date | None:
    """The day of the last run that could have seen something new: silence is known up to then, and not to today."""
    for seen in reversed(sightings):
        if seen.status in ("ok", "empty") or seen.fresh or seen.again:
            return local_day(datetime.fromisoformat(seen.at))
    return None
