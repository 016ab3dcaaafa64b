"""What a source's own pages teach of its template, on pages whose template nobody named."""

import json
from collections.abc import Iterator

import pytest

from crawler.extraction.article import read
from crawler.extraction.values import Article
from crawler.extraction.votes import KINDS, LIMIT, Memory, merged, pages_in
from crawler.ingest.template import FIRST, THEN, Template
from spiders.values import Link, Page
from tests.pages import TODAY, document
from tests.program import Program
from tests.site import Answer, Item, Site, prose

SHARE = "<ul class='s4'><li>Condividi su</li><li><a href='/f'>Facebook</a></li><li><a href='/s'>Stampa</a></li></ul>"
FIGURES = "<div class='g'><div>Nord</div><div>12 euro</div><div>Sud</div><div>14 euro</div></div>"
FILES = (
    "<ul class='q'><li><a href='/a.pdf'>Modulo di domanda</a></li><li><a href='/b.pdf'>Elenco delle vie</a></li></ul>"
)


def page(number: int, extra: str = "", box: str = "c", around: str = "") -> str:
    """A page of a site whose classes say nothing; each has a text of its own, and the same bar to share it."""
    title = prose(f"titolo {number}", 1)[:60]
    text = "".join(f"<p>{prose(f'{number} {each}', 4)}</p>" for each in range(3))
    inside = f"<h1>{title}</h1><div class='{box}'>{SHARE}{text}{extra}</div>{around}"
    return document(f"<div class='r {box}'>{inside}</div>", title=title)


def seen(html: str, memory: Memory | None = None, learn: bool = True) -> Article:
    url = "https://www.comune.prova.it/avvisi/avviso"
    found = read(Page(url, html.encode(), "text/html", Link(url)), today=TODAY, memory=memory, learn=learn)
    assert isinstance(found, Article), found
    return found


@pytest.fixture(scope="module")
def taught() -> Memory:
    """What ten pages of the site teach."""
    return merged({}, *(seen(page(number)).votes for number in range(FIRST)))


def test_what_stands_in_the_texts_place_is_text_although_no_other_page_has_the_like(taught: Memory) -> None:
    alone, known = seen(page(50, FIGURES)).paragraphs, seen(page(50, FIGURES), taught).paragraphs

    assert "Sud" not in " ".join(alone)  # else this page is too easy to show anything
    assert " ".join(known).endswith("Nord 12 euro Sud 14 euro")


def test_links_to_files_in_the_texts_place_stay_out(taught: Memory) -> None:
    assert seen(page(51, FILES), taught).paragraphs == seen(page(51), taught).paragraphs


def test_what_most_pages_have_in_the_texts_place_and_is_never_text_stays_out(taught: Memory) -> None:
    assert not {"Condividi su", "Facebook", "Stampa"} & set(seen(page(51), taught, learn=False).paragraphs)


def test_a_known_template_is_read_alike_without_the_model(taught: Memory) -> None:
    for number in range(60, 65):
        with_model, without = seen(page(number), taught), seen(page(number), taught, learn=False)
        assert without.paragraphs == with_model.paragraphs
        assert with_model.votes
        assert not without.votes


def test_a_changed_template_is_read_by_the_model_and_learnt(taught: Memory) -> None:
    changed = seen(page(70, box="nuovo"), taught, learn=False)
    assert changed.votes
    memory = taught
    for number in range(71, 76):
        memory = merged(memory, seen(page(number, box="nuovo"), memory).votes)

    assert changed.paragraphs == seen(page(70, box="nuovo")).paragraphs
    assert not seen(page(80, box="nuovo"), memory, learn=False).votes


def test_a_page_with_much_that_its_site_never_had_is_read_by_the_model(taught: Memory) -> None:
    unheard = "".join(f"<div class='z{n}'><section><p>{prose(f'altro {n}', 4)}</p></section></div>" for n in range(3))

    assert seen(page(90, around=unheard), taught, learn=False).votes


def test_a_text_that_a_few_pages_repeat_is_kept() -> None:
    notice = "<p>Per informazioni ci si può rivolgere all’ufficio relazioni con il pubblico, in piazza Garibaldi 1.</p>"
    memory = merged({}, *(seen(page(number, notice)).votes for number in range(FIRST)))

    assert notice[3:-4] in seen(page(40, notice), memory, learn=False).paragraphs


def test_old_pages_weigh_less_once_there_are_many() -> None:
    memory = merged({}, *({"0badcafe": [0.0, 1, 1]} for _ in range(LIMIT + 1)))
    memory = merged(memory, *({"0badcafe": [1.0, 1, 1]} for _ in range(LIMIT // 2)))

    total, blocks, _ = memory["0badcafe"]
    assert total / blocks > 0.45


def test_a_memory_passes_through_json_and_stays_small(taught: Memory) -> None:
    assert json.loads(json.dumps(taught)) == taught
    large = merged(taught, {f"{number:08x}": [0.5, 1, 1] for number in range(5000)})
    assert len(large) == KINDS
    assert set(taught) <= set(large)  # the rarest went


def test_the_first_pages_teach_and_later_one_in_ten() -> None:
    template = Template()
    assert all(template.learns() for _ in range(FIRST))
    template.add({"pages": [0, 0, FIRST]})

    assert sum(template.learns() for _ in range(10 * THEN)) == 10
    assert Template(template.packed).packed == template.packed


def releases(site: Site, numbers: range, extra: str = "") -> Iterator[Item]:
    for item in site.releases(numbers):
        site.pages[item.path] = Answer(page(item.day.toordinal(), extra).encode())
        yield item


def test_what_a_crawl_learnt_serves_the_next_one(site: Site, civicpress: Program) -> None:
    source = {"home": site.url, "feeds": [site.feed("/feed.xml", list(releases(site, range(1, 13))))]}
    assert civicpress.crawl(valdoria=source).json["totals"]["new"] == 12
    [kept] = civicpress.rows("select memory from templates where source = 'valdoria'")
    assert pages_in(json.loads(kept["memory"])) >= FIRST

    site.feed("/feed.xml", list(releases(site, range(20, 21), FIGURES)))
    assert civicpress.crawl(valdoria=source).json["totals"]["new"] == 1
    [newest] = civicpress.rows("select body from corpus order by seq desc limit 1")
    assert newest["body"].endswith("Nord\n\n12 euro\n\nSud\n\n14 euro")
