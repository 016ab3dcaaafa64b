"""How the revisions of a document are shown: by words, coloured on a terminal and marked in brackets elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from crawler.display.results import console, shown
from storage.differences import Piece, words_changed

_STYLES = {"same": "", "removed": "red strike", "added": "green"}
_MARKS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
_AROUND = 16  # words of what stayed, before and after a change


def difference(old: Mapping[str, Any], new: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """What changed from one revision of a document to another."""
    console.print(Text(shown(new["title"]), "bold"))
    console.print(Text(f"{row['id']} · {row['source']} · {row['url'] or 'no address'}", "dim"), soft_wrap=True)
    seen = f"revision {old['revision']} ({old['seen'][:16]}) → revision {new['revision']} ({new['seen'][:16]})"
    console.print(Text(seen, "dim"))
    if old["title"] != new["title"]:
        console.print(Text.assemble("\ntitle: ", _marked(words_changed(old["title"], new["title"]))))
    if old["date"] != new["date"]:
        pieces = [Piece("removed", old["date"] or "unknown"), Piece("added", new["date"] or "unknown")]
        console.print(Text.assemble("\ndate: ", _marked(pieces)))
    if old["body"] != new["body"]:
        console.print()
        console.print(_marked(_shortened(words_changed(old["body"], new["body"]))))


def _marked(pieces: Sequence[Piece]) -> Text:
    text = Text()
    for piece in pieces:
        opening, closing = ("", "") if console.is_terminal and not console.no_color else _MARKS[piece.kind]
        words = "\n\n".join(shown(part) for part in piece.text.strip().split("\n\n"))
        text.append(f"{opening}{words}{closing}", _STYLES[piece.kind])
        text.append("\n\n" if piece.text.endswith("\n\n") else " ")
    return text


def _shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """What stayed is shown near a change only."""
    found = []
    for at, piece in enumerate(pieces):
        words = piece.text.split(" ")
        if piece.kind == "same" and len(words) > 2 * _AROUND:
            before = words[:_AROUND] if at else []
            after = words[-_AROUND:] if at + 1 < len(pieces) else []
            piece = Piece("same", " ".join([*before, "…", *after]))
        found.append(piece)
    return found
