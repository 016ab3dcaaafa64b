"""Workers that are killed, hang, or run out of memory: each costs its page, and that is one problem."""

from collections import Counter
from pathlib import Path

from tests.drills.conftest import Tell
from tests.drills.poison import REASONS
from tests.program import Program
from tests.site import Item, Site

ROOT = Path(__file__).parents[2]


class Poisoned(Program):
    """The program with workers that some pages are poison to."""

    def command(self, *words: str) -> list[str]:
        python, how, code, *rest = super().command(*words)
        first, _, last = code.partition("from crawler.cli")
        return [python, how, f"{first}from tests.drills import poison; from crawler.cli{last}", *rest]


def test_a_worker_that_is_lost_costs_its_page_and_that_is_one_problem(site: Site, tmp_path: Path, tell: Tell) -> None:
    civicpress = Poisoned(tmp_path)
    civicpress.environment["PYTHONPATH"] = str(ROOT)
    civicpress.set = {"EXTRACTION_SECONDS": 8.0, "EXTRACTION_BYTES": 1 << 28}
    items = site.releases(range(20))
    for number, name in enumerate(REASONS):
        item = Item(f"/novita/{name}", f"Avviso del servizio {name} agli utenti", items[0].day)
        site.article(item.path, item.title, item.words)
        items.insert(3 * number + 1, item)
    done = civicpress.crawl(prova={"home": site.url, "listings": [site.listing("/novita", items)]})
    assert done.status == 0, done.err
    line = done.source()
    assert (line["new"], line["problems"]) == (20, len(REASONS))
    rows = civicpress.rows("select url, reason from problems")
    assert {row["url"].rpartition("/")[2]: row["reason"] for row in rows} == REASONS
    assert Counter(row["url"] for row in rows).most_common(1)[0][1] == 1
    assert max(Counter(path for path in site.paths() if "/novita/" in path).values()) == 1
    tell(
        f"workers killed, left, hung, out of memory: {len(rows)} problems for {len(REASONS)}, the other 20 pages are kept"
    )
