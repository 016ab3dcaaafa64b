"""No password in what is logged, reported or written: of addresses, of redirects, of a proxy in the environment."""

from tests.drills.conftest import Tell
from tests.program import Program
from tests.site import Answer, Site

SECRET = "s3greto"


def test_no_password_is_shown_or_kept(site: Site, civicpress: Program, tell: Tell) -> None:
    address = site.url.replace("http://", f"http://utente:{SECRET}@")
    seen = []
    refused = civicpress.crawl(prova={"home": address})
    assert refused.status == 2
    seen += [refused.out, refused.err]
    page = (
        f"<html><body><main><li>12 maggio 2024 <a href='{address}/novita/1'>Una notizia con una parola</a></li></main>"
    )
    site.pages["/novita"] = Answer(page.encode())
    site.pages["/altrove"] = Answer(status=302, headers={"Location": f"{address}/novita/1"})
    site.pages["/feed"] = Answer(status=500)
    site.article("/novita/1", "Una notizia con una parola")
    civicpress.set = {"RETRY_TIMES": 0}
    feed = f"{site.url}/feed?token={SECRET}"
    done = civicpress.crawl(
        prova={"home": site.url, "listings": [f"{site.url}/novita"], "feeds": [feed, f"{site.url}/altrove"]}
    )
    assert "token=***" in (done.source()["error"] or "")
    plain = civicpress("crawl", "--only-sources", civicpress.folder / "sources.toml", "--full")
    seen += [done.out, done.err, plain.out, plain.err, civicpress("status").out]
    proxy = f"http://utente:{SECRET}@127.0.0.1:9"
    through = civicpress(
        "crawl", "--only-sources", civicpress.folder / "sources.toml", http_proxy=proxy, https_proxy=proxy, no_proxy=""
    )
    seen += [through.out, through.err]
    assert [text for text in seen if SECRET in text] == []
    assert all(SECRET not in asked.headers.get("Authorization", "") for asked in site.asked)
    kept = civicpress.rows("select url from corpus") + civicpress.rows("select url from copies")
    assert [row["url"] for row in kept if "@" in row["url"]] == []
    tell("passwords in addresses, redirects, parameters and a proxy: none shown, none kept with a document")
