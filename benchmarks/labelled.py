"""The labelled pages that extraction is measured on and its body model learns from, and which of them belong together.

They are their publishers' and not part of the repository: see `benchmarks.site.shared`.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.site import give_up

CMS = ("wordpress", "plone", "plone-nobyline", "plone-navtree")
FOLDS = 6
APART = 0  # the fold of the sites whose single pages nobody looks at
_PART = 5  # of five sites one is kept apart


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page with its labels; None is what nobody labelled. `undated` pages have no publication date at all.

    `group` is the collection, `subsets` what the page is beside (`public`, `italian`, `municipal`). `lead` is how its
    first paragraph begins; a `listing` is no release; `parts` are in the text, `strangers` are not. `doubtful` labels may be wrong.
    """

    group: str
    name: str
    path: str
    url: str
    title: str | None = None
    date: str | None = None
    text: str | None = None
    undated: bool = False
    subsets: frozenset[str] = frozenset()
    lead: str | None = None
    listing: bool = False
    parts: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    doubtful: bool = False

    @property
    def body(self) -> bytes:
        """The page as it was fetched."""
        stored = Path(self.path).read_bytes()
        return gzip.decompress(stored) if self.path.endswith(".gz") else stored

    @property
    def site(self) -> str:
        """What its template is known by: the host, or the content-management system of the pages made by one."""
        if self.group in CMS:
            return self.group.split("-")[0]
        return (urlsplit(self.url).hostname or self.name).removeprefix("www.")

    @property
    def fold(self) -> int:
        """Which of the `FOLDS` parts its site falls into, by a hash; `APART` holds a fifth of the real sites."""
        place = int(md5(self.site.encode(), usedforsecurity=False).hexdigest(), 16)
        if self.group not in CMS and place % _PART == 0:
            return APART
        return 1 + place // _PART % (FOLDS - 1)


def labelled(folder: Path) -> list[Labelled]:
    """All labelled pages, in the order in which they are reported."""
    found = []
    for row in rows(folder / "eval" / "gold.jsonl"):
        # One of the sources labels no dates: there, none is no label.
        undated = not row["date"] and "scrapinghub" not in row["source_repo"]
        found.append(_page("eval", folder / "eval", row, undated, _subsets(row)))
    for kind in CMS:
        found += [_page(kind, folder / "cms" / kind, row) for row in rows(folder / "cms" / kind / "gold.jsonl")]
    return found + _static(folder / "eval" / "comuni") + _captured(folder / "captures")


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of labels. Leaves with status 2 where it is absent."""
    if not path.is_file():
        give_up(f"{path} is not there; name the folder of shared test material in CIVICPRESS_SHARED")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# The hosts of towns among the pages tagged as public bodies'; no page is labelled as municipal.
_TOWNS = ("austintexas.", "cityof", "portagein.", "townof")


def _subsets(row: Mapping[str, Any]) -> frozenset[str]:
    public, host = "public_body" in row["tags"], urlsplit(row["url"]).hostname or ""
    italian = "italian" in row["tags"] or row["lang"] == "it"
    municipal = public and any(part in host for part in _TOWNS)
    return _named(public=public, italian=italian, municipal=municipal)


def _named(**holds: bool) -> frozenset[str]:
    return frozenset(name for name, held in holds.items() if held)


def _page(
    group: str, folder: Path, row: Mapping[str, Any], undated: bool = False, subsets: frozenset[str] = frozenset()
) -> Labelled:
    name = str(row.get("id") or Path(row["file"]).stem)
    path = str(folder / row["file"])
    return Labelled(group, name, path, row["url"], row["title"], row["date"], row.get("text"), undated, subsets)


# What the model pages of town halls show, read by eye: title, day, how the text begins. The others are lists, sections,
# service sheets and office pages, none of which has a day.
_RELEASES = {
    "novita-dettaglio.html": (
        "Stralcio automatico dei debiti fino a mille euro",
        "2023-01-31",
        "Delibera del Consiglio comunale in merito ai carichi",
    ),
    "notizia.html": (
        "Contributi per il diritto allo studio 2017",
        "2019-08-29",
        "Pubblicati gli elenchi definitivi per l'assegnazione",
    ),
    "evento-dettaglio.html": ("363^ Festa di Sant'Efisio", None, "Il 1° maggio 2019 Cagliari e tutta la Sardegna"),
    "evento.html": ("Urban Trail 2019", None, "Sabato 7 settembre 2019 nel centro storico di Cagliari"),
}


def _static(folder: Path) -> list[Labelled]:
    """The national model's static pages and those of a town's prototype."""
    subsets = _named(public=True, italian=True, municipal=True)
    found = []
    for path in sorted(folder.rglob("*.html")):
        title, day, lead = _RELEASES.get(path.name, (None, None, None))
        url = f"https://www.comune.example.it/{path.name}"
        found.append(Labelled("comuni", path.name, str(path), url, title, day, None, day is None, subsets, lead))
    return found


def _captured(folder: Path) -> list[Labelled]:
    """The captured pages whose labels speak of releases, and lists, none of which has a day of its own."""
    found = []
    for row in rows(folder / "gold.jsonl"):
        if row["kind"] not in ("article", "listing"):
            continue
        article, host = row["kind"] == "article", str(row.get("host", ""))
        ends = (row["body_first_words"], row["body_last_words"]) if article else ()
        found.append(
            Labelled(
                group="captures",
                name=Path(row["file"]).stem,
                path=str(folder / row["file"]),
                url=row["url"],
                title=row.get("title"),
                date=row.get("date"),
                undated=not row.get("date"),
                subsets=_named(public=not row.get("control"), italian=True, municipal=host.startswith("comune.")),
                listing=not article,
                parts=(*ends, *row.get("must_contain", ())),
                strangers=tuple(row.get("must_not_contain", ())),
                doubtful=bool(row.get("doubtful")),
            )
        )
    return found
