"""The memory that a source has of its template: the votes of its pages, added up.

It is a plain dictionary that JSON holds, so that the main process, which keeps it, needs nothing of what reads pages.
`templates` makes the votes and says what they mean.
"""

from collections.abc import Mapping, Sequence

# Of a kind of block: sum of the probabilities, blocks, pages. Of an element: sums of two parts (0 to 1), pages.
Memory = Mapping[str, Sequence[float]]

ALL = "pages"  # the name under which the pages are counted
LIMIT = 60  # pages; then older ones count half, so that a new template's kinds prevail
KINDS = 600  # the most that is kept; the rarest go first


def merged(memory: Memory, *pages: Memory) -> dict[str, list[float]]:
    """A memory with further pages' votes; the order of the pages matters only once `LIMIT` is passed."""
    result = {kind: list(vote) for kind, vote in memory.items()}
    for votes in pages:
        for kind, vote in votes.items():
            known = result.setdefault(kind, [0.0, 0, 0])
            for at, value in enumerate(vote):
                known[at] = round(known[at] + value, 4)
            if known[2] > LIMIT:
                result[kind] = [round(value / 2, 4) for value in known]
    if len(result) > KINDS:
        kept = sorted(result, key=lambda kind: (result[kind][2], kind), reverse=True)[:KINDS]
        result = {kind: result[kind] for kind in kept}
    return result


def pages_in(memory: Memory) -> int:
    """How many pages a memory was made of; half as many each time it passes `LIMIT`."""
    return int(memory[ALL][2]) if ALL in memory else 0
