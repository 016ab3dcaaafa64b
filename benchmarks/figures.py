"""The figures of a run, as shares from 0 to 1 under names, and how they are held against those that were recorded.

A figure is better the higher it is, but for those in `LOWER`. CPU time is no figure: machines differ.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.labelled import Labelled
from benchmarks.scoring import Reading, Score, folded

RECORDED = Path(__file__).with_name("quality.toml")
FALL = 0.005  # half a point: a figure that is worse by more has fallen
LOWER = frozenset(("wrong_day", "undated_dated"))
MANY = 100  # pages from which the share of pages read well is a figure: on fewer, one page is worth more than a point

Pairs = Iterable[tuple[Labelled, Reading]]
Figures = dict[str, dict[str, float]]


def of_score(found: Score, *, pooled: bool = False) -> dict[str, float]:
    """The figures of a group of pages; those that no page of it is labelled for are left out."""
    shares = {
        "text_equal": (found.good, found.texts if found.texts >= MANY else 0),
        "right_day": (found.day, found.dates),
        "wrong_day": (found.wrong, found.dates),
        "undated_dated": (found.invented, found.undated),
        "title_equal": (found.equal, found.titles),
        "title_contained": (found.contained, found.titles),
    }
    told = {name: round(part / whole, 4) for name, (part, whole) in shares.items() if whole}
    return {"text_f1": round(found.pooled if pooled else found.f1, 4), **told} if found.texts else told


def of_checks(checks: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """The figures of checks that each count how many of how many pages pass."""
    return {name: round(passed / count, 4) for name, (passed, count) in checks.items() if count}


def checks_of(pages: Pairs) -> dict[str, tuple[int, int]]:
    """How many captured and model pages are read as their labels say, of how many that say it."""
    told: dict[str, list[bool]] = {name: [] for name in _CHECKS}
    for page, read in pages:
        text = folded(read.text)
        if page.listing:
            told["lists_rejected"].append(bool(read.rejected))
        if page.parts:
            told["parts_present"].append(all(folded(part) in text for part in page.parts))
        if page.strangers:
            told["strangers_absent"].append(not any(folded(part) in text for part in page.strangers))
        if page.lead and not page.doubtful:
            begun = map(folded, read.text.split("\n")[:2])  # the first may be a subtitle
            told["lead_right"].append(any(line.startswith(folded(page.lead)) for line in begun))
        if page.title and not page.doubtful:
            told["title_right"].append(folded(page.title) == folded(read.title))
        if page.date and not page.doubtful:
            told["day_right"].append(page.date == read.date)
    return {name: (sum(passed), len(passed)) for name, passed in told.items()}


_CHECKS = ("parts_present", "strangers_absent", "lead_right", "title_right", "day_right", "lists_rejected")


def fallen(figures: Figures, recorded: Figures) -> list[str]:
    """One line for each recorded figure that is worse now by more than half a point, or that is not there any more."""
    found = []
    for group, named in recorded.items():
        for name, before in named.items():
            now = figures.get(group, {}).get(name)
            if now is None:
                found.append(f"{group}.{name}: recorded as {before:.4f}, not measured")
            elif (now - before if name in LOWER else before - now) > FALL + 1e-9:
                found.append(f"{group}.{name}: {before:.4f} was recorded, {now:.4f} now")
    return found


def load(path: Path = RECORDED) -> Figures:
    """The recorded figures."""
    with path.open("rb") as file:
        return tomllib.load(file)


def save(figures: Figures, path: Path = RECORDED) -> None:
    """Records figures, for people to read and for later runs to be held against."""
    lines = [
        "# What `python -m benchmarks.quality` showed. `--check` fails where a figure is worse by more than .005;",
        "# `--record` writes this file anew. wrong_day and undated_dated are better the lower they are.",
    ]
    for group, named in figures.items():
        lines += ["", f"[{group}]", *(f"{name} = {value:.4f}" for name, value in named.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
