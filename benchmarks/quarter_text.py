"""Releases of a simulated quarter: what they say, and how their publishers edit them.

Words follow Zipf's law over a vocabulary that looks Italian, a third of them are the ones that hold any Italian text
together, each publisher opens and closes its releases with phrases of its own, and some have numbers, sums and hours.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from benchmarks.wordings import SMALL, Press

TYPO, TITLE, NUMBER, PARAGRAPH = "typo", "title", "number", "paragraph"
KINDS = (TYPO, TYPO, TITLE, NUMBER, NUMBER, PARAGRAPH, PARAGRAPH)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a publisher changes in a release, and when: `after` stands in the text from then on, `before` did until then
    (of a paragraph that is added, nothing did)."""

    at: datetime
    kind: str
    before: str
    after: str


class Words:
    """Words of a vocabulary that all publishers share."""

    def __init__(self, seed: int) -> None:
        press = Press(seed)
        self.names, self.weights = press.names, press.weights

    def some(self, pick: random.Random, count: int) -> list[str]:
        """Words as a text has them, without numbers."""
        long = pick.choices(self.names, self.weights, k=count)
        return [pick.choice(SMALL) if pick.random() < 0.36 else word for word in long]

    def sentence(self, pick: random.Random, words: int) -> list[str]:
        """A sentence's words, some with a sum, an hour or a share among them."""
        found = self.some(pick, words)
        if pick.random() < 0.15:
            found.insert(
                pick.randrange(1, words),
                pick.choice(
                    (f"{pick.randint(2, 990)}.000 euro", f"alle ore {pick.randint(8, 21)}", f"{pick.randint(2, 99)}%")
                ),
            )
        return found


def written(words: list[str]) -> str:
    """Words as a sentence."""
    text = " ".join(words)
    return f"{text[:1].upper()}{text[1:]}."


def edit_of(pick: random.Random, words: Words, at: datetime, number: int) -> Edit:
    """An edit at a moment; its words occur nowhere else in the release."""
    kind = pick.choice(KINDS)
    # Coined, so that a wording is known by them; an office that corrects a word writes another one of its vocabulary.
    right = f"{pick.choice(words.names)}{'aeiou'[number % 5]}l{pick.choice('aeiou')}"
    if kind == NUMBER:
        first = 1000 + number * 50 + pick.randint(1, 49)  # no two edits of a release have the same numbers
        before, after = f"{first}", f"{first + 5000 + pick.randint(1, 900)}"
    elif kind == PARAGRAPH:
        start, rest = [*words.some(pick, 2), right], words.sentence(pick, pick.randint(9, 30))
        before, after = "", written(start + rest)
    else:
        place = pick.randrange(1, len(right) - 2)
        before, after = right[:place] + right[place + 1] + right[place] + right[place + 2 :], right
        if before == after:
            before = right[:place] + right[place + 1 :]
    return Edit(at, kind, before, after)


@dataclass(frozen=True, slots=True)
class Text:
    """A title and paragraphs as they are at some time."""

    title: str
    paragraphs: tuple[str, ...]


@lru_cache(maxsize=40_000)
def text_of(seed: str, words: Words, frame: tuple[str, str], edits: tuple[Edit, ...], made: int) -> Text:
    """The text of the release of a seed when `made` of its edits were made; `frame`: the office's own phrases, which many
    of its releases open and end with."""
    pick = random.Random(seed)
    title = words.some(pick, pick.randint(5, 11))
    sentences = [words.sentence(pick, pick.randint(9, 24)) for _ in range(pick.randint(4, 18))]
    opens, closes = pick.random() < 0.4, pick.random() < 0.4
    extra: list[str] = []
    for number, edit in enumerate(edits):
        done = number < made
        word = edit.after if done else edit.before
        if edit.kind == PARAGRAPH:
            extra += [word] if done else []
        elif edit.kind == TITLE:
            title.insert(1 + number, word)
        else:
            sentence = sentences[pick.randrange(len(sentences))]
            sentence.insert(pick.randrange(1, len(sentence)), f"{word} euro" if edit.kind == NUMBER else word)
    lines = [written(sentence) for sentence in sentences]
    size = pick.randint(2, 4)
    paragraphs = [" ".join(lines[at : at + size]) for at in range(0, len(lines), size)]
    if opens:
        paragraphs[0] = f"{frame[0]} {paragraphs[0]}"
    paragraphs += extra
    if closes:
        paragraphs.append(frame[1])
    return Text(written(title)[:-1], tuple(paragraphs))


def version_of(edits: tuple[Edit, ...], title: str, body: str) -> int | None:
    """How many of a release's edits a stored wording has; None where it is none of the release's wordings."""
    whole = f"{title}\n{body}"
    found = [edit.after in whole for edit in edits]
    made = found.index(False) if False in found else len(found)
    for number, edit in enumerate(edits):
        if number < made:
            continue
        if found[number] or (edit.before and edit.before not in whole):
            return None
    return made
