"""Names that lead where they should not, now or a moment later; and sites that lead to another body's."""

import socket
from collections.abc import Callable

import pytest

from tests.drills.addresses import ALLOWED
from tests.drills.conftest import Tell
from tests.drills.hostile import Forbidden, Hostile, whole
from tests.drills.names import looking_up
from tests.program import Program
from tests.site import Answer, Site, prose

OURS, THEIRS = "127.1.0.1", "127.2.0.1"
NAMES: dict[str, list[list[str]]] = {  # what a name leads to at the first question, and at those after it
    "at-once.test": [[THEIRS]],
    "after-one.test": [[OURS], [THEIRS]],
    "after-two.test": [[OURS], [OURS], [THEIRS]],
    "after-three.test": [[OURS], [OURS], [OURS], [THEIRS]],
    "to-and-fro.test": [[OURS], [THEIRS], [OURS], [THEIRS]],
    "mapped.test": [[OURS], [f"::ffff:{THEIRS}"]],
    "loopback.test": [[OURS], ["::1"]],
    "zeros.test": [[OURS], ["0.0.0.0", "::"]],
    "both.test": [[THEIRS, OURS, f"::ffff:{THEIRS}"]],
    "localhost": [[OURS], [THEIRS]],
}


def releases(connection: socket.socket, path: str) -> None:
    """A feed of four pages, and the pages; each answer ends its connection, so that the name is looked up again."""
    if path == "/feed.xml":
        links = "".join(f"<item><title>Avviso numero {n}</title><link>/novita/{n}</link></item>" for n in range(4))
        connection.sendall(whole(f"<rss><channel>{links}</channel></rss>".encode(), "application/rss+xml"))
    else:
        connection.sendall(whole(f"<main><h1>Avviso {path}</h1><p>{prose(path)}</p></main>".encode()))


@pytest.mark.parametrize("blind", [False, True], ids=["", "where-the-resolver-is-fooled"])
def test_a_name_that_leads_to_a_forbidden_address_now_or_later(
    blind: bool, hostile: Callable[..., Hostile], civicpress: Program, tell: Tell
) -> None:
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = ALLOWED
    civicpress.first = looking_up(NAMES)
    if blind:  # the layer below it must hold alone: it sees the connection, and sends nothing
        civicpress.first += "\nimport crawler.web.resolver; crawler.web.resolver.install = lambda *_: None\n"
    server = hostile(releases, OURS)
    there = Forbidden(THEIRS, server.port)
    try:
        sources = {}
        for name in NAMES:
            home = f"http://{name}:{server.port}/"
            sources[name.partition(".")[0].replace("-", "_")] = {"home": home, "feeds": [f"{home}feed.xml"]}
        done = civicpress.crawl(**sources)
        seen, heard = there.seen(), there.heard()
    finally:
        there.close()
    lines = {line["source"]: line for line in done.json["sources"]}
    both = lines["both"]["new"] + lines["both"]["duplicates"]  # of other names' same pages
    assert blind or both == 4, "a name that has an allowed address, too, is asked there"
    assert heard == b""
    told = {row["detail"] for row in civicpress.rows("select detail from problems where reason = 'not-public'")}
    assert any(THEIRS in each for each in told), told
    for name, line in lines.items():
        if name not in ("both", "to-and-fro", "after-three"):
            assert line["status"] in ("refused", "failed"), (name, line)
    if blind:
        assert seen, "the name led there"
        tell(f"names that lead elsewhere, with a resolver that is fooled: {seen} connections closed, 0 bytes sent")
    else:
        assert seen == 0
        tell(f"names that lead elsewhere (DNS rebinding): {len(NAMES)} names, 0 forbidden connections")


def test_redirects_stay_with_the_body_and_say_where_they_would_have_led(
    new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    site, foreign = new_site(OURS), new_site("127.1.0.2")
    ours = ("www.comune.torino.it", "comune.torino.it", "novita.comune.torino.it", "COMUNE.Torino.it.")
    theirs = (
        "www.arpa.torino.it.esempio.org", "torino.it", "www.provincia.to.it", "xcomune-torino.it", "comune.torino.it.to",
        "comune-torino.it", "www.altro.it",
    )  # fmt: skip
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = ALLOWED
    names = {**{each.lower().rstrip("."): OURS for each in ours}, **dict.fromkeys(theirs, "127.1.0.2")}
    civicpress.first = looking_up({name: [[address]] for name, address in names.items()})
    home = f"http://{ours[0]}:{site.port}"
    urls, away = [], []
    items = site.releases(range(len(ours)), "/atti")
    for number, (host, item) in enumerate(zip(ours, items, strict=True)):
        site.pages[f"/nostro/{number}"] = Answer(b"", 302, {"Location": f"http://{host}:{site.port}{item.path}"})
        urls.append(f"{home}/nostro/{number}")
    foreign.article("/x", "Avviso di un altro ente")
    for host in theirs:
        for status, before in ((301, ()), (302, ()), (303, ()), (307, ()), (308, ()), (302, (503,)), (302, (503, 503))):
            path = f"/altro/{len(away)}"
            answers = iter([Answer(b"", each, {"Retry-After": "0"}) for each in before])
            there = Answer(b"", status, {"Location": f"http://{host}:{foreign.port}/x"})
            site.pages[path] = lambda answers=answers, there=there: next(answers, there)  # type: ignore[misc]
            away.append(home + path)
    # By way of our own host, and back to it.
    site.pages["/altro/via"] = Answer(b"", 302, {"Location": "/altro/0"})
    foreign.pages["/indietro"] = Answer(b"", 302, {"Location": home + items[0].path})
    site.pages["/altro/indietro"] = Answer(b"", 302, {"Location": f"http://{theirs[-1]}:{foreign.port}/indietro"})
    away += [home + "/altro/via", home + "/altro/indietro"]
    civicpress.set = {"FIRST_PAUSE": 0.0}
    site.url, own = home, site.url
    site.sitemap("/s.xml", [*urls, *away])
    site.url = own
    done = civicpress.crawl(prova={"home": home, "sitemaps": [f"{home}/s.xml"], "include": ["."]})
    assert done.source()["new"] == len(ours), done.out
    found = {row["url"]: row for row in civicpress.rows("select url, reason, detail from problems")}
    assert found.keys() == set(away)
    assert {row["reason"] for row in found.values()} == {"offsite"}
    assert all("a redirect led there" in row["detail"] for row in found.values())
    assert foreign.asked == []
    tell(f"redirects to another body's site, also after 503s: {len(away)} refused and on record, 0 requests there")
