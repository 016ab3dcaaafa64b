"""Releases that look Italian, their copies as other outlets print them, and releases that differ in numbers only.

Everything comes from one seed. Words follow Zipf's law, offices open and close their releases with phrases of their own,
and a third of the words are the ones that hold any Italian text together.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.changes import Release
from storage.document import Document

SMALL = (
    "di e il la che a per un in è del della dei delle alla al le i con una si da nel non gli dal sono come anche dalla nella "
    "più ai lo o se sul alle agli tra ha suo dello negli sulla questo presso entro"
).split()
RATES = (0.02, 0.05, 0.1, 0.3)
PARTS = (0.75, 0.5, 0.3)  # of the words that a trimmed version keeps
MONTHS = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
_PIECES = [
    "".join(pair)
    for pair in (
        onset + vowel for onset in "b c d f g l m n p r s t v ch gr pr st tr qu sc".split() for vowel in "aeiou"
    )
]
_ENDS = "zione mento tà tore nza ale ivo oso etto are ato ità ore ende ista ura".split()


@dataclass
class Piece:
    """A text with what it is: `release` tells which texts are one, `how` in what it differs from the first of them."""

    release: int
    how: str
    title: str
    body: str
    date: str
    source: str
    path: str = field(default="")

    def page(self, host: str = "https://{}.esempio.it") -> Release:
        """The page that carries it."""
        url = f"{host.format(self.source)}/{self.path}"
        document = Document.of(self.title, self.body, self.date[:7])
        return Release(self.source, url, document, (url,), self.date, "label", 0.9, "it")


class Press:
    """A press of 40 offices; the same seed makes the same releases."""

    def __init__(self, seed: int = 1) -> None:
        self.pick = random.Random(seed)
        pick = self.pick
        names = {
            pick.choice(_PIECES) + pick.choice(_PIECES) * pick.randint(0, 1) + pick.choice(_ENDS) for _ in range(9000)
        }
        self.names = sorted(names)
        pick.shuffle(self.names)
        self.weights = [1 / (rank + 20) for rank in range(len(self.names))]
        self.pool: list[str] = []
        self.offices = [f"ente-{number:02}" for number in range(40)]
        self.opening = {office: self.words(14) for office in self.offices}
        self.closing = {office: self.words(45) for office in self.offices}
        self.made = 0

    def words(self, count: int) -> list[str]:
        """Words without numbers."""
        if len(self.pool) < count:
            self.pool = self.pick.choices(self.names, self.weights, k=20_000)
        return [self.pick.choice(SMALL) if self.pick.random() < 0.36 else self.pool.pop() for _ in range(count)]

    def number(self) -> list[str]:
        """A sum, an hour, a share or a day."""
        pick = self.pick
        day = [str(pick.randint(1, 28)), pick.choice(MONTHS), str(pick.randint(2023, 2026))]
        return pick.choice([
            [f"{pick.randint(2, 990)}.000", "euro"], ["ore", str(pick.randint(7, 22))], [f"{pick.randint(2, 99)}%"], day, day,
        ])  # fmt: skip

    def release(self) -> Piece:
        """A release of its own: 60 to 500 words, some with no number at all."""
        office = self.pick.choice(self.offices)
        text = self.words(int(self.pick.triangular(60, 500, 150)))
        for _ in range(self.pick.choice([0, 1, 3, 5, 8])):
            at = self.pick.randrange(len(text))
            text[at:at] = self.number()
        if self.pick.random() < 0.4:
            text = self.opening[office] + text
        if self.pick.random() < 0.6:
            text += self.closing[office]
        self.made += 1
        return self.piece(self.made, "first", self.words(9), text, office)

    def piece(self, release: int, how: str, title: list[str], text: list[str], office: str) -> Piece:
        """Words as sentences and paragraphs, at an address of their own."""
        lines = [" ".join(text[at : at + 14]).capitalize() + "." for at in range(0, len(text), 14)]
        body = "\n\n".join(" ".join(lines[at : at + 4]) for at in range(0, len(lines), 4))
        date = f"{self.pick.randint(2023, 2026)}-{self.pick.randint(1, 12):02}-{self.pick.randint(1, 28):02}"
        self.made += 1
        return Piece(release, how, " ".join(title).capitalize(), body, date, office, f"n/{self.made}")

    def elsewhere(self, piece: Piece, how: str, text: list[str]) -> Piece:
        """The same release, worded otherwise, at another outlet."""
        return self.piece(piece.release, how, piece.title.split(), text, self.pick.choice(self.offices))

    def edited(self, piece: Piece, rate: float) -> Piece:
        """A part of the words replaced, left out, moved or joined by others; no number becomes another one."""
        text: list[str] = []
        for word in piece.body.split():
            if self.pick.random() >= rate:
                text.append(word)
                continue
            kind = self.pick.random()
            if kind < 0.5:
                text += self.words(1)
            elif kind < 0.8:
                text += [word, *self.words(1)]
            elif kind < 0.9 and text and not word[0].isdigit():
                text.insert(len(text) - 1, word)
        return self.elsewhere(piece, f"{rate:.0%} edited", text)

    def trimmed(self, piece: Piece, part: float) -> Piece:
        """The beginning only."""
        text = piece.body.split()
        return self.elsewhere(piece, f"{part:.0%} kept", text[: max(25, int(len(text) * part))])

    def twin(self, piece: Piece) -> Piece | None:
        """The office's next release: the same words, another number; None where there is no number in it."""
        text = piece.body.split()
        places = [at for at, word in enumerate(text) if word[0].isdigit() and word[-1].isdigit()]
        if not places:
            return None
        for at in self.pick.sample(places, min(len(places), self.pick.choice([1, 2, 9]))):
            text[at] = str(int(text[at].replace(".", "")) + self.pick.randint(1, 6))
        self.made += 1
        return self.piece(self.made, "twin", piece.title.split(), text, piece.source)

    def alerts(self, count: int) -> Iterator[Piece]:
        """Alerts of one office that differ in days, hours and levels; some are reprinted elsewhere with edits."""
        office, frame, title = self.pick.choice(self.offices), self.words(120), self.words(3)
        days = self.pick.sample(range(28 * 12 * 4), count)
        for number in days:
            day = [str(number % 28 + 1), MONTHS[number // 28 % 12], str(2023 + number // 336)]
            hours = [str(self.pick.randint(0, 12)), "alle", str(self.pick.randint(13, 23))]
            text = [
                *frame[:9],
                "allerta",
                self.pick.choice(["gialla", "arancione"]),
                "dalle",
                *hours,
                "del",
                *day,
                *frame[9:],
            ]
            self.made += 1
            alert = self.piece(self.made, "alert", [*title, *day], text, office)
            yield alert
            if self.pick.random() < 0.2:
                yield self.edited(alert, 0.02)


def library(seed: int, size: int) -> list[Piece]:
    """About `size` texts: half of them stand alone, the others are copies, twins and alerts, in a shuffled order."""
    press = Press(seed)
    found: list[Piece] = []
    while len(found) < size * 0.92:
        first = press.release()
        found.append(first)
        kind = press.pick.random()
        if kind < 0.28:
            found += [press.edited(first, rate) for rate in RATES if press.pick.random() < 0.7]
        elif kind < 0.42:
            found += [press.trimmed(first, press.pick.choice(PARTS))]
        elif kind < 0.6:
            found += [twin for _ in range(press.pick.randint(1, 3)) if (twin := press.twin(first))]
    while len(found) < size:
        found += press.alerts(min(80, max(1, size - len(found))))
    press.pick.shuffle(found)
    return found[:size]
