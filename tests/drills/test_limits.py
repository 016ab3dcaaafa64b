"""Lists and addresses beyond all measure: cut, and on record."""

from collections.abc import Callable

from tests.drills.conftest import Tell
from tests.program import Program
from tests.site import Answer, Site

LINKS = 40


def test_a_list_may_name_so_many_pages_and_an_address_be_so_long(
    new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    site = new_site("127.1.0.1")
    items = site.releases(range(LINKS))
    long = [f"{site.url}/novita/mossa"]
    site.pages["/novita/mossa"] = Answer(b"", 302, {"Location": "/novita/" + "y" * 5000})
    urls = [*long, *(site.url + item.path for item in items)]
    sitemap = site.sitemap("/sitemap.xml", [*urls, *(f"{site.url}/novita/di-troppo-{number}" for number in range(50))])
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
    civicpress.set = {"LINKS_A_LIST": len(urls)}
    line = civicpress.crawl(prova={"home": site.url, "sitemaps": [sitemap], "include": ["."]}).source()
    assert line["new"] == LINKS, line
    found = {row["url"]: (row["reason"], row["detail"]) for row in civicpress.rows("select * from problems")}
    assert {url: reason for url, (reason, _) in found.items()} == {
        sitemap: "too-large", **dict.fromkeys(long, "unreadable")
    }  # fmt: skip
    assert str(len(urls) + 50) in found[sitemap][1]
    assert not any("di-troppo" in path or len(path) > 4096 for path in site.paths())
    tell(
        f"a list of {len(urls) + 50} pages: read to the {len(urls)}th, and on record; addresses of 5,000 characters: not asked"
    )
