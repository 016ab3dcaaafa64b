"""What people see of `status`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import fill
from typing import Any

from rich.text import Text

from crawler.display.results import console, counted, shown
from crawler.health.completeness import Gaps, Month
from crawler.health.judgement import STATES, Health
from crawler.health.overview import Overview
from spiders.dates import local_day

_COLOURS = {
    "failing": "red", "refused": "yellow", "changed": "red", "quiet": "yellow", "new": "dim", "healthy": "green",
}  # fmt: skip
_HEALTHY = 40  # so many healthy sources are shown without `--all`
_SHADES = " ░▒▓█"
_LETTERS = "JFMAMJJASOND"
_WRONG_MONTHS = 12  # sources whose months are named


def overview(seen: Overview, *, everything: bool) -> None:
    """A table of the sources, the unhealthy first, each with the evidence below it."""
    healthy = [each for each in seen.healths if not each.unhealthy]
    hidden = 0 if everything or len(healthy) <= _HEALTHY else len(healthy)
    listed = [each for each in seen.healths if each.unhealthy or each.state == "quiet" or not hidden]
    _rows(listed)
    told = Counter(each.state for each in seen.healths)
    words = [f"{told[state]} {state}" for state in (*STATES[-1:], *STATES[:-1]) if told[state]]
    console.print(
        Text(f"{counted(len(seen.healths), 'source')}: {', '.join(words) or 'none was ever crawled'}", "bold")
    )
    if hidden:
        console.print(Text(f"Healthy ones are not shown: --all shows {hidden} more", "dim"))
    if seen.never:
        console.print(Text(f"{counted(len(seen.never), 'source')} of the catalogue never crawled", "dim"))
    if seen.left:
        text = f"{counted(len(seen.left), 'source')} in no catalogue and not crawled for a month: --all shows them"
        console.print(Text(text, "dim"))


def problems(found: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """The last pages of some sources that were not kept: when, why, and where."""
    for source, each in found.items():
        if each:
            console.print(Text(f"\nThe last pages of {source} that were not kept", "bold"))
        for problem in each:
            told = f"{_day(problem['seen'])}  {problem['reason']}: {problem['detail']}"
            console.print(Text(shown(told)[: console.width]), soft_wrap=True)
            console.print(Text(f"    {shown(problem['url'])}", "dim"), soft_wrap=True)


def unhealthy(seen: Overview) -> None:
    """The unhealthy sources, with the evidence; nothing where all are well."""
    if seen.unhealthy:
        _rows(seen.unhealthy)


def _rows(healths: Sequence[Health]) -> None:
    if not healths:
        return
    id_width = min(max(len(each.source) for each in healths), max(16, console.width - 55))
    head = f"{'source':{id_width}} {'health':8} {'since':10} {'last run':10} {'last new':10} rhythm"
    console.print(Text(head, "bold"))
    console.print(Text("─" * min(console.width, max(79, id_width + 55)), "dim"))
    for each in healths:
        id = each.source
        row = Text()
        if len(id) > id_width:  # a long name has a line of its own: numbers stay in their columns
            console.print(Text(id, "bold"))
            id = ""
        row.append(f"{id:{id_width}} ", "bold" if each.unhealthy else "")
        row.append(f"{each.state:8} ", _COLOURS[each.state] if each.unhealthy or each.state != "quiet" else "")
        row.append(f"{_day(each.since):10} {_day(each.last_run):10} {_day(each.last_new):10} {each.rhythm or '·'}")
        console.print(row, soft_wrap=True)
        for words in (*each.evidence, *each.exceptions, *each.notes):
            told = fill(shown(words), console.width, initial_indent="    ", subsequent_indent="    ")
            console.print(Text(told), soft_wrap=True)
    console.print()


def _day(at: str | None) -> str:
    if at is None:
        return "·"
    return at if len(at) == 10 else local_day(datetime.fromisoformat(at)).isoformat()


def as_json(
    seen: Overview, *, only_unhealthy: bool, problems: Mapping[str, Sequence[Mapping[str, str]]]
) -> dict[str, Any]:
    """What `status --json` prints; `problems` of the sources that were asked for by name."""
    listed = seen.unhealthy if only_unhealthy else seen.healths
    return {
        "sources": [
            _health_as_json(each) | ({"problems": list(problems[each.source])} if each.source in problems else {})
            for each in listed
        ],
        "counts": dict(Counter(each.state for each in seen.healths)),
        "unhealthy": len(seen.unhealthy),
        "never_crawled": list(seen.never),
    }


def _health_as_json(each: Health) -> dict[str, Any]:
    silence = each.silence
    return {
        "source": each.source,
        "health": each.state,
        "unhealthy": each.unhealthy,
        "since": each.since,
        "evidence": list(each.evidence),
        "notes": list(each.notes),
        "exceptions": list(each.exceptions),
        "last_run": each.last_run,
        "last_new": each.last_new,
        "rhythm": each.rhythm,
        "silent_since": silence.last.isoformat() if silence else None,
        "expected_since": round(silence.expected, 2) if silence else None,
        "chance_of_silence": silence.chance if silence else None,
    }


def gaps(found: Sequence[Gaps], *, everything: bool) -> None:
    """Source × month: how many releases, shaded by the source's own measure; then what to do about the months that
    look wrong."""
    if not found:
        console.print(Text("No source has a release with a date yet."))
        return
    names = [month.month for month in found[0].months]
    listed = found if everything else found[: _HEALTHY + sum(bool(each.wrong) for each in found)]
    digits = max(1, *(len(str(month.count)) for each in listed for month in each.months))
    width = max(16, console.width - 2)
    id_width = min(max(len(each.source) for each in listed), max(12, width - len(names) * (digits + 2)))
    if id_width + len(names) * (digits + 2) > width:  # more months than the line has room for: shades alone
        digits = 0
    head = Text("")
    for name in names:
        head.append(f" {_LETTERS[int(name[5:]) - 1]:>{digits}} " if digits else _LETTERS[int(name[5:]) - 1])
    console.print(Text(f"{names[0]} to {names[-1]}", "dim"))
    console.print(Text(f"{'source':{id_width}} ", "bold") + head, soft_wrap=True)
    for each in listed:
        most = max(month.count for month in each.months)
        row = Text(f"{each.source[:id_width]:{id_width}} ")
        for month in each.months:
            row.append_text(_cell(month, most, digits))
        console.print(row, soft_wrap=True)
    legend = f"{_SHADES[1:]} up to a source's busiest month; ! far fewer than usual; ? not fetched"
    console.print(Text(legend, "dim"))
    if len(listed) < len(found):
        console.print(Text(f"… and {len(found) - len(listed)} more: --all shows them", "dim"))
    _wrong(found, everything=everything)


def _cell(month: Month, most: int, digits: int) -> Text:
    shade = _SHADES[0 if not month.count else min(4, 1 + 4 * month.count // (most + 1))]
    mark = {"hole": "!", "unreached": "?"}.get(month.wrong or "", shade)
    style = "bold red" if month.wrong == "hole" else "green" if month.count else "dim"
    if not digits:
        return Text(mark if month.count or month.wrong else "·", style)
    return Text(f" {month.count or '·':>{digits}}{mark}", style)


def _wrong(found: Sequence[Gaps], *, everything: bool) -> None:
    holes = [each for each in found if any(month.wrong == "hole" for month in each.months)]
    unreached = [each for each in found if each.wrong and each not in holes]
    for each in holes if everything else holes[:_WRONG_MONTHS]:
        named = [f"{month.month} ({month.count}, usual {month.expected or 0:.0f})" for month in each.months
                 if month.wrong == "hole"]  # fmt: skip
        console.print(Text.assemble("\n", (each.source, "bold"), f": ! {', '.join(named)}"))
        console.print(Text(f"  {each.command}", "cyan"), soft_wrap=True)
    if len(holes) > _WRONG_MONTHS and not everything:
        console.print(Text(f"… and {len(holes) - _WRONG_MONTHS} more sources with holes: --all names them", "dim"))
    if unreached:
        number = counted(len(unreached), "source")
        console.print(
            Text(f"\n? {number} with lists that were not read to their end: months before the oldest release")
        )
        for each in unreached if everything else unreached[:3]:
            console.print(Text(f"  {each.command}", "cyan"), soft_wrap=True)


def gaps_as_json(each: Gaps) -> dict[str, Any]:
    """A source of `status --gaps --json`."""
    return {
        "source": each.source,
        "months": [
            {"month": month.month, "count": month.count, "wrong": month.wrong,
             "expected": None if month.expected is None else round(month.expected, 1)}
            for month in each.months
        ],
        "command": each.command,
    }  # fmt: skip
