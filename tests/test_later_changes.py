"""What happens when a source's entry, or the site, changes between two runs."""

from tests.program import Program
from tests.site import Answer, Site, prose


def test_a_list_that_is_written_down_later_replaces_those_that_were_found(site: Site, civicpress: Program) -> None:
    items = site.releases(range(8))
    site.feed("/feed", items[4:])
    site.pages["/"] = Answer(b'<link rel=alternate type="application/rss+xml" href="/feed"><p>Benvenuti</p>')
    assert civicpress.crawl(prova={"home": site.url + "/"}).source()["new"] == 4
    site.forget()
    done = civicpress.crawl(prova={"home": site.url + "/", "listings": [site.listing("/novita", items[:4])]})
    assert done.source()["new"] == 4
    assert "/feed" not in site.paths()


def test_what_is_excluded_later_is_not_fetched_although_it_waits(site: Site, civicpress: Program) -> None:
    items = site.releases(range(6))
    keys = {"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", [site.url + item.path for item in items])]}
    civicpress.crawl("--limit", "2", prova=keys)
    site.forget()
    civicpress.crawl(prova={**keys, "exclude": ["/novita/"]})
    assert [path for path in site.paths() if path != "/sitemap.xml"] == []


def test_the_page_after_the_last_one_is_asked_for_once(site: Site, civicpress: Program) -> None:
    keys = {"home": site.url, "feeds": [site.feed("/feed/", site.releases(range(10)))]}
    assert civicpress.crawl(prova=keys).source()["new"] == 10
    assert "/feed/?paged=2" in site.paths()
    site.forget()
    again = civicpress.crawl()
    assert (again.status, site.paths()) == (0, ["/feed/"])


def test_an_address_that_leads_to_another_text_under_its_own_name_costs_nothing(
    site: Site, civicpress: Program
) -> None:
    items = site.releases(range(3))
    keys = {"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", [site.url + item.path for item in items])]}
    civicpress.crawl(prova=keys)
    old = items[0].path
    site.pages[old] = Answer(status=302, headers={"Location": "/novita/altro"})
    site.pages["/novita/altro"] = Answer(
        f"""<html><head><title>Altro</title><link rel=canonical href="{old}"></head><body><main><h1>Tutt’altra notizia
        del Comune</h1><p>{prose("altro")}</p></main></body></html>""".encode()
    )
    done = civicpress.crawl("--full")
    assert (done.status, done.source()["status"], done.source()["new"]) == (0, "ok", 1)
    assert len(civicpress.rows("select id from corpus")) == 4


def test_a_host_that_answers_nothing_good_is_left_alone_and_its_pages_wait(site: Site, civicpress: Program) -> None:
    names = [f"/novita/n{number}" for number in range(40)]
    for name in names:
        site.pages[name] = Answer(b"<h1>Errore</h1>", 500)
    keys = {"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", [site.url + name for name in names])]}
    done = civicpress.crawl(prova=keys)
    assert done.source()["status"] == "failed"  # who is out of order refuses nothing
    assert "left alone" in done.source()["error"]
    assert len(site.paths()) < 20
    [waiting] = civicpress.rows("select count(*) as number from addresses where state = 'pending'")
    assert waiting["number"] > 25


def test_pages_without_a_day_wait_for_the_lists_that_give_it(site: Site, civicpress: Program) -> None:
    """A sitemap names all pages at once, a list names them page by page, with their days."""
    items = site.releases(range(40))
    for item in items:
        page = site.pages[item.path]
        assert isinstance(page, Answer)
        page.body = page.body.replace(item.words.encode(), b"")
    sitemap = site.sitemap("/sitemap.xml", [site.url + item.path for item in items])
    done = civicpress.crawl(
        prova={"home": site.url, "sitemaps": [sitemap], "listings": [site.listings("/novita", items)]}
    )
    assert done.source()["new"] == 40
    found = {row["url"]: row["date"] for row in civicpress.rows("select url, date from corpus")}
    assert found == {site.url + item.path: item.day.isoformat() for item in items}
