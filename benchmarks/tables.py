"""The figures as tables of at most 80 columns."""

from collections.abc import Mapping

from benchmarks.scoring import Score

HEAD = f"""{"":15}{"text":^15}{"title, %":^12}{"day, %":^19}{"un-":>7}{"CPU":>6}
{"":15}{"F1":>7}{"≥.95 %":>8}{"=":>6}{"⊂":>6}{"right":>7}{"wrong":>6}{"none":>6}{"dated":>7}{"ms":>6}"""


def title(name: str, found: Score) -> str:
    """A line over the rows of some pages: how many there are, and how many have a text, a title, a day as labels."""
    return f"{name}: {found.pages} ({found.texts}, {found.titles}, {found.dates})"


def row(name: str, found: Score, *, pooled: bool = False) -> str:
    """A line of figures; empty where no page has such a label, or the program reads no such thing."""
    reads_texts = bool(found.texts and found.our_grams)
    reads_titles = bool(found.titles and found.contained)
    f1 = f"{found.pooled if pooled else found.f1:7.3f}".replace(" 0.", "  .") if reads_texts else " " * 7
    return (
        f"  {name:13}{f1}{_percent(found.good, found.texts * reads_texts, 8)}"
        f"{_percent(found.equal, found.titles * reads_titles, 6)}{_percent(found.contained, found.titles * reads_titles, 6)}"
        f"{_percent(found.day, found.dates, 7)}{_percent(found.wrong, found.dates, 6)}"
        f"{_percent(found.missing, found.dates, 6)}"
        f"{f'{found.invented}/{found.undated}' if found.undated else '':>7}"
        f"{f'{1000 * found.seconds / found.pages:6.1f}' if found.seconds else ''}"
    ).rstrip()


def checks(name: str, told: Mapping[str, tuple[int, int]]) -> str:
    """A line of checks, each as how many of how many pages pass."""
    parts = [f"{what.replace('_', ' ')} {passed}/{count}" for what, (passed, count) in told.items() if count]
    lines, line = [], f"  {name}: "
    for part in parts:
        if len(line) + len(part) > 78:
            lines.append(line.rstrip())
            line = "    "
        line += f"{part}, " if part is not parts[-1] else part
    return "\n".join([*lines, line])


def _percent(share: int, count: int, width: int) -> str:
    return f"{100 * share / count:{width}.1f}" if count else " " * width
