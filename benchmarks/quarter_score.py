"""What a simulated quarter's corpus has of what was published, edited and withdrawn, and why not the rest."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from sqlite_utils import Database

from benchmarks.quarter_kept import Kept, kept_in
from benchmarks.quarter_site import Site
from benchmarks.quarter_world import BREAKAGE, OUTAGE, PATIENCE, Publisher, Release, sound
from storage.looking import PAUSES

LONG_ENOUGH = timedelta(hours=48)  # of a sound site, in which a release can be seen at the slowest pace
SLACK = timedelta(hours=26)  # by which a look may be late: the slowest pace, with its jitter
DRIFT = timedelta(hours=12)
LOOKS = tuple(accumulate(PAUSES))  # after a release was first seen


@dataclass
class Score:
    """Counts, delays in hours, and misses in words."""

    counts: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    edit_delays: list[float] = field(default_factory=list)
    why: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Scorer:
    """Compares the corpus with the world. `visits`: when each source was crawled."""

    db: Database
    publishers: Sequence[Publisher]
    sites: Mapping[str, Site]
    visits: Mapping[str, list[datetime]]
    start: datetime
    end: datetime
    withdrawn: Mapping[tuple[str, str], str]
    score: Score = field(default_factory=Score)

    def all(self) -> Score:
        """The whole score."""
        kept = kept_in(self.db, self.publishers)
        owners: Counter[str] = Counter(each.id for each in kept.values())
        for publisher in self.publishers:
            for release in publisher.releases:
                if release.at >= self.end or not release.at >= self.start - timedelta(days=20):
                    continue
                found = kept.get((publisher.host, release.path))
                self._release(publisher, release, found)
                if found:
                    self.score.counts["merged"] += owners[found.id] > 1
                    self._edits(publisher, release, found)
                    self._revisions(publisher, release, found)
                    self._withdrawal(publisher, release, found)
        return self.score

    # -- releases -------------------------------------------------------------------------------------------------

    def _release(self, publisher: Publisher, release: Release, found: Kept | None) -> None:
        counts = self.score.counts
        if release.at < self.start:
            return
        counts["published"] += 1
        if not self._up_long_enough(publisher, release):
            counts["too short"] += 1
            return
        counts["releases"] += 1
        if found is None:
            self.score.why["releases missed"].append(self._said(publisher, release, ""))
            return
        counts["found"] += 1
        counts["wrong day"] += found.wordings[-1].date not in (None, release.day.isoformat())
        counts["no day"] += found.wordings[-1].date is None
        visits = [at for at in self.visits[publisher.id] if sound(publisher, at)]
        if (at := bisect_left(visits, release.at)) < len(visits):
            self.score.delays.append((found.first_seen - release.at) / timedelta(hours=1))
            self.score.best.append((visits[at] - release.at) / timedelta(hours=1))
            if self.score.delays[-1] > self.score.best[-1] + 24:
                self.score.why["releases late by a day"].append(
                    self._said(publisher, release, f"by {self.score.delays[-1]:.0f} h")
                )

    def _up_long_enough(self, publisher: Publisher, release: Release) -> bool:
        until = min(release.gone or self.end, self.end)
        lost = timedelta()
        for each in publisher.troubles:
            if each.kind in (OUTAGE, PATIENCE, BREAKAGE):
                # A site that fails is tried more and more seldom, up to three days later.
                after = min(each.end - each.begin, timedelta(days=3)) if each.kind != BREAKAGE else timedelta()
                lost += max(timedelta(), min(until, each.end + after) - max(release.at, each.begin))
        return until - release.at - lost >= LONG_ENOUGH

    # -- edits ----------------------------------------------------------------------------------------------------

    def _edits(self, publisher: Publisher, release: Release, found: Kept) -> None:
        counts, seen = self.score.counts, {each.version: each.seen for each in reversed(found.wordings)}
        for number, edit in enumerate(release.edits, 1):
            if edit.at >= self.end or not release.is_up(edit.at):
                continue
            if edit.at <= found.first_seen:
                counts["edited before seen"] += 1
                continue
            counts["edits"] += 1
            following = release.edits[number].at if number < len(release.edits) else self.end
            looks = [at for at in self._looks(publisher, release) if edit.at <= at]
            if number in seen:
                counts["edits found"] += 1
                self.score.edit_delays.append((seen[number] - edit.at) / timedelta(hours=1))
            elif following < self.end and not any(at < following for at in looks):
                counts["edits overtaken"] += 1
            elif not self._due(found, edit.at, self._last(release)):
                counts["edits too late"] += 1
            else:
                counts["edits missed"] += 1
                looked = f"{len(looks)} looks since, the first {looks[0]:%m-%d %H:%M}" if looks else "no look since"
                self.score.why["edits missed"].append(
                    self._said(
                        publisher,
                        release,
                        f"{edit.kind} at {edit.at:%m-%d %H:%M} ({(edit.at - found.first_seen) / timedelta(hours=1):.0f} h after it was seen), {looked}",
                    )
                )

    def _due(self, found: Kept, since: datetime, until: datetime) -> bool:
        """Whether one of the looks at a release falls between two moments; each is late by some hours, and so are those
        that follow it."""
        looks = enumerate(LOOKS)
        return any(
            since <= found.first_seen + look and found.first_seen + look + SLACK + number * DRIFT <= until
            for number, look in looks
        )

    def _looks(self, publisher: Publisher, release: Release) -> list[datetime]:
        return self.sites[publisher.host].looks.get(release.path, [])

    def _last(self, release: Release) -> datetime:
        gone = release.gone and not (release.back and release.back < self.end)
        return min(release.gone or self.end, self.end) if gone else self.end

    def _revisions(self, publisher: Publisher, release: Release, found: Kept) -> None:
        counts = self.score.counts
        for number, each in enumerate(found.wordings):
            if number == 0:
                if each.version is None:
                    counts["first wording unlike"] += 1
                    self.score.why["first wording unlike"].append(self._said(publisher, release, ""))
                continue
            counts["revisions"] += 1
            before = found.wordings[number - 1]
            if each.version is not None and before.version != each.version:
                # After a scrap of a broken page, the text itself is one more; it is the breakage's.
                counts["revisions by breakage"] += before.version is None
                continue
            broken = any(
                t.kind == BREAKAGE and t.begin <= each.seen <= t.end + timedelta(days=61) for t in publisher.troubles
            )
            counts["revisions by breakage" if broken else "false revisions"] += 1
            what = (
                f"{each.seen:%m-%d %H:%M} version {before.version} to {each.version}, day {before.date} to {each.date}"
            )
            self.score.why["revisions by breakage" if broken else "false revisions"].append(
                self._said(publisher, release, what)
            )

    # -- withdrawals ----------------------------------------------------------------------------------------------

    def _withdrawal(self, publisher: Publisher, release: Release, found: Kept) -> None:
        counts = self.score.counts
        for since in {since for id, since in self.withdrawn if id == found.id}:
            if release.is_up(datetime.fromisoformat(since)):
                counts["wrong withdrawals"] += 1
                self.score.why["wrong withdrawals"].append(self._said(publisher, release, f"at {since}"))
        if release.gone is None or release.gone >= self.end or release.gone <= found.first_seen:
            return
        counts["gone"] += 1
        until = min(release.back or self.end, self.end)
        if not any(
            release.gone <= found.first_seen + look <= until - timedelta(hours=24) - 2 * SLACK for look in LOOKS
        ):
            counts["gone too late or short"] += 1
            return
        counts["gone long enough"] += 1
        if any(id == found.id for id, _ in self.withdrawn):
            counts["gone noticed"] += 1
        else:
            self.score.why["gone unnoticed"].append(
                self._said(publisher, release, f"gone {release.gone:%m-%d %H:%M}, back {release.back}")
            )
        if release.back and release.back < self.end - timedelta(days=8) and found.withdrawn:
            counts["back unnoticed"] += 1
            self.score.why["back unnoticed"].append(self._said(publisher, release, f"back {release.back:%m-%d %H:%M}"))

    def _said(self, publisher: Publisher, release: Release, what: str) -> str:
        troubles = ", ".join(
            f"{t.kind} {t.how} {t.begin:%m-%d %H:%M} to {t.end:%m-%d %H:%M}" for t in publisher.troubles
        )
        dated = "" if release.day == release.at.date() else f" dated {release.day}"
        return (
            f"{publisher.id} ({publisher.shape}, {publisher.rate:.2f} a day, {publisher.validators}) {release.path[:20]} up {release.at:%m-%d %H:%M}{dated}"
            f"{f' gone {release.gone:%m-%d %H:%M}' if release.gone else ''}: {what} [{troubles}]"
        )


def misses(score: Score, number: int) -> Iterator[str]:
    """Some of each kind of misses."""
    for kind, each in score.why.items():
        yield f"{kind}: {len(each)}"
        yield from (f"  {line}" for line in each[:number])
