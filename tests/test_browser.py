"""Sites that are empty until a browser has run their scripts."""

import gzip
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from crawler.settings import chromium, user_agent
from tests.program import Program, wait_until
from tests.site import Answer, Item, Site, prose

needs_browser = pytest.mark.skipif(
    not find_spec("scrapy_playwright") or chromium() is None,
    reason="needs the extra `javascript` and Chromium (apt install chromium)",
)

pytestmark = pytest.mark.long
SHELL = b"""<!doctype html><html lang=it><head><meta charset=utf-8><title>Comune di Prova</title>
<link rel=stylesheet href=/style.css><script defer src=/app.js></script></head>
<body><div id=app></div><noscript>Questo sito richiede JavaScript.</noscript></body></html>"""
# What an application does: one shell for every address, and an interface for what is to be shown.
APPLICATION = """
const app = document.getElementById('app'), path = location.pathname;
const nav = '<header><nav><a href="/">Home</a> <a href="/novita">Novità</a> <a href="/contatti">Contatti</a></nav></header>';
const card = i => `<div class="card"><div class="card-body"><span class=data>${i.giorno}</span><h3 class="card-title">
  <a href="${i.path}">${i.titolo}</a></h3><p>Un breve riassunto della notizia.</p></div></div>`;
async function show() {
  if (path === '/novita') {
    const items = await (await fetch('/api/novita')).json();
    app.innerHTML = nav + '<main><h1>Novità</h1><div class=row>' + items.map(card).join('') + '</div></main>';
  } else if (path.startsWith('/novita/')) {
    const i = await (await fetch('/api' + path)).json();
    document.title = i.titolo + ' - Comune di Prova';
    app.innerHTML = nav + `<main><article><h1>${i.titolo}</h1><p class=data>Data: ${i.giorno}</p><div class=testo>` +
      i.testo.map(t => `<p>${t}</p>`).join('') + '</div></article></main><img src="/foto.jpg">';
  } else app.innerHTML = nav + '<main><h1>Comune di Prova</h1></main>';
}
show();
"""


def as_json(value: Any) -> Answer:
    return Answer(json.dumps(value).encode(), headers={"Content-Type": "application/json"})


def application(site: Site, count: int = 3, script: str = APPLICATION) -> list[Item]:
    """Makes a site one whose pages hold nothing but a script; returns its releases."""
    items = site.releases(range(count))
    site.pages["/app.js"] = Answer(script.encode(), headers={"Content-Type": "text/javascript"})
    for path in ("/", "/novita", "/contatti", *(item.path for item in items)):
        site.pages[path] = Answer(SHELL)
    short = [{"path": item.path, "titolo": item.title, "giorno": item.words} for item in items]
    site.pages["/api/novita"] = as_json(short)
    for item, known in zip(items, short, strict=True):
        text = [prose(item.title), prose(item.title + "2")]
        site.pages["/api" + item.path] = as_json({**known, "testo": text})
    return items


def keys(site: Site, **more: Any) -> dict[str, Any]:
    return {"home": site.url, "listings": [site.url + "/novita"], "javascript": True, **more}


def browsers(program: Program) -> list[int]:
    """The browser processes that a program started: they have sessions of their own, and its home folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"HOME={program.folder}\0".encode() in (process / "environ").read_bytes()
            if ours and b"chrom" in (process / "cmdline").read_bytes().partition(b"\0")[0]:
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A service on an address that is not to be contacted."""
    with socket.socket() as quiet:
        quiet.bind(("127.0.0.2", 0))
        quiet.listen()
        quiet.setblocking(False)
        yield quiet


def connections(listener: socket.socket) -> int:
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@needs_browser
def test_the_releases_of_an_application_are_found_from_its_home_page_and_stored(
    site: Site, civicpress: Program
) -> None:
    items = application(site)
    done = civicpress.crawl(prova={"home": site.url + "/", "javascript": True})
    assert (done.status, done.source()["status"], done.source()["new"]) == (0, "ok", 3), done
    rows = civicpress.rows("select title, date, url, body from corpus order by date desc")
    assert [(row["title"], row["date"], row["url"]) for row in rows] == [
        (item.title, item.day.isoformat(), site.url + item.path) for item in items
    ]
    assert rows[0]["body"] == f"{prose(items[0].title)}\n\n{prose(items[0].title + '2')}"
    assert done.source()["requests"] == len(site.asked), "what the pages ask for is counted"
    assert site.paths().count("/app.js") == 1, "a script is fetched once, not once a page"
    assert not {"/style.css", "/foto.jpg"} & set(site.paths())
    assert {asked.headers["User-Agent"] for asked in site.asked} == {user_agent()}
    assert browsers(civicpress) == []


def test_without_the_key_nothing_is_stored_and_the_report_says_what_is_wrong(site: Site, civicpress: Program) -> None:
    application(site)
    done = civicpress.crawl(prova=keys(site, javascript=False))
    assert (done.status, done.source()["status"], done.source()["new"]) == (1, "empty", 0)
    assert "no releases" in done.source()["error"]
    assert not [path for path in site.paths() if path.startswith("/a")]


@needs_browser
def test_a_home_page_that_is_an_empty_shell_is_run_without_being_told_and_so_are_its_lists_in_later_runs(
    site: Site, civicpress: Program
) -> None:
    items = application(site)
    site.pages["/app.js"] = Answer(
        APPLICATION.replace(
            "<h1>Comune di Prova</h1>", "<h1>Comune di Prova</h1><p>" + prose("benvenuti") + "</p>"
        ).encode(),
        headers={"Content-Type": "text/javascript"},
    )
    assert civicpress.crawl(prova={"home": site.url + "/"}).source()["new"] == 3
    more = application(site, 4)
    site.forget()
    line = civicpress.crawl().source()
    assert (line["status"], line["new"]) == ("ok", len(more) - len(items))
    assert "/" not in site.paths()


@needs_browser
def test_an_interface_on_another_host_of_the_body_is_asked_after_its_robots_txt(
    site: Site, other_site: Site, civicpress: Program
) -> None:
    application(site, 2, APPLICATION.replace("'/api", f"'{other_site.url}/api"))
    for path in [path for path in site.pages if path.startswith("/api")]:
        other_site.pages[path] = site.pages.pop(path)
    for answer in other_site.pages.values():
        assert isinstance(answer, Answer)
        answer.headers["Access-Control-Allow-Origin"] = "*"
    done = civicpress.crawl(prova=keys(site, home=other_site.url))
    assert (done.source()["status"], done.source()["new"]) == ("ok", 2), done
    assert [asked.path for asked in other_site.asked][:2] == ["/robots.txt", "/api/novita"]


@needs_browser
@pytest.mark.parametrize("how", ["location.replace('/novita/1')", "history.replaceState(0, '', '/novita/1')"])
def test_a_page_that_a_script_sends_elsewhere_is_read_where_it_arrives(
    how: str, site: Site, civicpress: Program
) -> None:
    items = application(site, 2)
    old = f"<script>if (location.pathname === '/vecchia') {how}</script>".encode()
    site.pages["/vecchia"] = Answer(SHELL.replace(b"<meta", old + b"<meta"))
    site.pages["/api/novita"] = as_json([
        {"path": item.path if item is items[0] else "/vecchia", "titolo": item.title, "giorno": item.words}
        for item in items
    ])  # fmt: skip
    done = civicpress.crawl(prova=keys(site))
    assert (done.source()["status"], done.source()["new"]) == ("ok", 2), done
    assert {row["url"] for row in civicpress.rows("select url from corpus")} == {site.url + item.path for item in items}


@needs_browser
def test_a_new_release_is_found_though_the_empty_shell_never_changes(site: Site, civicpress: Program) -> None:
    application(site, 2)
    assert civicpress.crawl(prova=keys(site)).source()["new"] == 2
    application(site, 3)
    site.forget()
    again = civicpress.crawl()
    assert (again.source()["status"], again.source()["new"]) == ("ok", 1), again
    assert sorted(site.paths()) == ["/api/novita", "/api/novita/2", "/app.js", "/novita", "/novita/2"]


@needs_browser
def test_nothing_that_a_page_s_scripts_do_reaches_an_address_that_is_not_public_or_another_body_s(
    site: Site, other_site: Site, listener: socket.socket, civicpress: Program
) -> None:
    port = listener.getsockname()[1]
    attack = """
    const hosts = ['127.0.0.2', '127.0.0.2.', '2130706434', '0x7f000002', '[::ffff:7f00:2]', 'localhost', '169.254.169.254'];
    for (const host of hosts) {
      const url = `http://${host}:PORT/secret`;
      fetch(url).catch(() => 0); fetch(url, {mode: 'no-cors', method: 'POST', body: 'x'}).catch(() => 0);
      navigator.sendBeacon(url, 'x'); new Image().src = url;
      for (const [name, key] of [['script', 'src'], ['iframe', 'src'], ['link', 'href'], ['video', 'src'], ['object', 'data']]) {
        const e = document.createElement(name); e[key] = url; e.rel = 'preload stylesheet prefetch'; document.head.append(e);
      }
      try { new WebSocket(`ws://${host}:PORT/`); new EventSource(url); } catch {}
      try { window.open(url); } catch {}
      try { new Worker(URL.createObjectURL(new Blob([`fetch('${url}'); new WebSocket('ws://${host}:PORT/')`]))); } catch {}
      try { const c = new RTCPeerConnection({iceServers: [{urls: `turn:${host}:PORT?transport=tcp`, username: 'a', credential: 'b'}]});
            c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o)); } catch {}
      try { const f = document.createElement('form'); f.action = url; f.target = '_blank'; document.body.append(f); f.submit(); } catch {}
    }
    fetch('OTHER/api').catch(() => 0); fetch('/leads-away').catch(() => 0);
    """.replace("PORT", str(port)).replace("OTHER", other_site.url)  # fmt: skip
    items = application(site, 2, attack + APPLICATION)
    site.pages["/leads-away"] = Answer(b"", 302, {"Location": f"http://127.0.0.2:{port}/secret"})
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.0.0.1/32"
    done = civicpress.crawl(prova=keys(site))
    assert connections(listener) == 0
    assert other_site.asked == []
    assert "/leads-away" in site.paths(), "the script ran"
    assert (done.source()["status"], done.source()["new"]) == ("ok", len(items)), done
    assert done.source()["requests"] == len(site.asked)


@needs_browser
def test_the_browser_by_itself_reaches_nothing_at_all(listener: socket.socket) -> None:
    import asyncio

    from crawler.web.chromium import SharedBrowser

    async def visit() -> list[str]:
        provider, said = SharedBrowser(None), []
        page = await (await (await provider.launch_browser()).new_context()).new_page()
        for host in ("127.0.0.2", "localhost", "[::1]"):
            try:
                await page.goto(f"http://{host}:{listener.getsockname()[1]}/")
            except Exception as error:
                said.append(str(error).partition(" at ")[0])
        await provider.close()
        return said

    assert len(asyncio.run(visit())) == 3
    assert connections(listener) == 0


@needs_browser
def test_what_robots_txt_forbids_a_page_s_scripts_is_not_asked_and_is_on_record(
    site: Site, civicpress: Program
) -> None:
    application(site, 1)
    robots = b"User-agent: *\nDisallow: /api/novita/0\n"
    site.pages["/robots.txt"] = Answer(robots, headers={"Content-Type": "text/plain"})
    done = civicpress.crawl(prova=keys(site))
    assert done.source()["new"] == 0
    assert "/api/novita/0" not in site.paths()
    problems = {row["url"]: row["reason"] for row in civicpress.rows("select url, reason from problems")}
    assert problems[site.url + "/api/novita/0"] == "robots"
    assert site.url + "/novita/0" in problems


@pytest.mark.alone
@needs_browser
def test_one_page_at_a_time_and_the_pause_holds_between_pages(site: Site, civicpress: Program) -> None:
    items = application(site, 3)
    assert civicpress.crawl(prova=keys(site, delay=1.0)).source()["new"] == 3
    asked = [each for each in site.asked if each.path != "/robots.txt"]
    assert all(one.done <= two.at + 0.05 for one, two in pairwise(asked)), "one request at a time"
    pages = [index for index, each in enumerate(asked) if each.path in {item.path for item in items}]
    assert all(asked[index].at - asked[index - 1].done > 0.95 for index in pages)


@pytest.mark.alone
@needs_browser
def test_an_interface_that_asks_for_a_pause_gets_it_and_the_page_is_asked_again(
    site: Site, civicpress: Program
) -> None:
    application(site, 1)
    good, answers = site.pages["/api/novita/0"], iter([Answer(b"", 503, {"Retry-After": "2"})])
    assert isinstance(good, Answer)
    site.pages["/api/novita/0"] = lambda: next(answers, good)
    done = civicpress.crawl(prova=keys(site))
    assert (done.source()["status"], done.source()["new"]) == ("ok", 1), done
    first, second = (asked for asked in site.asked if asked.path == "/api/novita/0")
    assert second.at - first.at > 1.95


@needs_browser
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("while (true) {}", "timeout"),
        ("show().then(() => { document.body.append('x'.repeat(1200000)) })", "too-large"),
        ("const all = []; while (true) all.push(new Array(1e6).fill(Math.random()));", "connection"),
    ],
    ids=["hangs", "grows", "eats-memory"],
)
def test_a_page_that_costs_too_much_costs_itself_only(
    script: str, reason: str, site: Site, civicpress: Program
) -> None:
    application(site, 3, APPLICATION + f"if (path === '/novita/1') {{ {script} }}")
    civicpress.set = {"DOWNLOAD_TIMEOUT": 6, "DOWNLOAD_MAXSIZE": 1_000_000, "RETRY_TIMES": 0}
    done = civicpress.crawl(prova=keys(site))
    assert (done.source()["status"], done.source()["new"], done.source()["problems"]) == ("ok", 2, 1), done
    [row] = civicpress.rows("select reason, url from problems")
    assert row["url"] == site.url + "/novita/1"
    assert row["reason"] == reason
    assert "Traceback" not in done.err
    assert browsers(civicpress) == []


@needs_browser
def test_a_page_may_ask_for_so_much_and_no_more(site: Site, civicpress: Program) -> None:
    endless = "let n = 0; setInterval(() => fetch('/api/count?' + n++).catch(() => 0), 1);"
    application(site, 1, APPLICATION + endless)
    site.pages |= {f"/api/count?{n}": as_json(n) for n in range(500)}
    civicpress.set = {"BROWSER_PARTS": 12, "BROWSER_SETTLE": 2.0}
    assert civicpress.crawl(prova=keys(site)).source()["new"] == 1
    parts = [path for path in site.paths() if path.startswith("/api")]
    assert len(parts) <= 2 * 12


@needs_browser
def test_compressed_answers_and_old_encodings_are_read(site: Site, civicpress: Program) -> None:
    [item] = application(site, 1)
    title = "Più sicurezza nelle città: più luci, perché no"
    release = {"titolo": title, "giorno": item.words, "testo": [prose("é"), prose("à")], "path": item.path}
    site.pages["/api/novita/0"] = as_json(release)
    shell = SHELL.replace(b"charset=utf-8", b"charset=iso-8859-1")
    site.pages[item.path] = Answer(shell, headers={"Content-Type": "text/html; charset=ISO-8859-1"})
    for path in (item.path, "/api/novita/0", "/app.js"):
        answer = site.pages[path]
        assert isinstance(answer, Answer)
        if path == "/app.js":  # read as the page's encoding says, unless its own type says otherwise
            answer.headers["Content-Type"] = "text/javascript; charset=utf-8"
        site.pages[path] = Answer(gzip.compress(answer.body), headers={**answer.headers, "Content-Encoding": "gzip"})
    assert civicpress.crawl(prova=keys(site)).source()["new"] == 1
    assert [row["title"] for row in civicpress.rows("select title from corpus")] == [title]


@needs_browser
def test_a_release_that_is_a_file_is_read_as_everywhere(site: Site, civicpress: Program) -> None:
    application(site, 1)
    site.pages["/api/novita"] = as_json([
        {"path": "/novita/0", "titolo": prose("a", 1), "giorno": "12 marzo 2024"},
        {"path": "/novita/foto", "titolo": prose("b", 1), "giorno": "11 marzo 2024"},
    ])  # fmt: skip
    site.pages["/novita/foto"] = Answer(b"PK\x03\x04" + bytes(100), headers={"Content-Type": "application/zip"})
    assert civicpress.crawl(prova=keys(site)).source()["new"] == 1
    assert [row["reason"] for row in civicpress.rows("select reason from problems")] == ["not-html"]


@needs_browser
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
def test_no_browser_outlives_its_run(number: signal.Signals, site: Site, civicpress: Program) -> None:
    application(site, 4)
    slow = site.pages["/api/novita/2"]
    assert isinstance(slow, Answer)
    slow.wait = 2
    running = civicpress.start("crawl", "--only-sources", civicpress.sources(prova=keys(site)))
    try:
        assert wait_until(lambda: "/api/novita/2" in site.paths())
        assert browsers(civicpress)
        running.tell(number)
        running.ended()
        assert wait_until(lambda: not browsers(civicpress))
        assert running.leaves_nobody()
    finally:
        running.close()
        for pid in browsers(civicpress):
            os.kill(pid, signal.SIGKILL)
    done = civicpress.crawl()
    assert (done.status, len(civicpress.rows("select * from corpus"))) == (0, 4)


@pytest.mark.parametrize(
    ("environment", "prepared", "wanted"),
    [
        ({"CIVICPRESS_CHROMIUM": "/nowhere/chromium"}, "", "apt install chromium"),
        pytest.param({"CIVICPRESS_CHROMIUM": "false"}, "", "does not start", marks=needs_browser),
        ({}, "import sys; sys.modules['scrapy_playwright'] = None", "pip install 'civicpress[javascript]'"),
    ],
    ids=["no-chromium", "broken-chromium", "no-extra"],
)
def test_a_source_whose_browser_is_missing_fails_with_what_to_install_and_the_others_go_on(
    environment: dict[str, str], prepared: str, wanted: str, new_site: Callable[[], Site], civicpress: Program
) -> None:
    shell, plain = new_site(), new_site()
    application(shell)
    civicpress.environment |= environment
    if prepared:  # a machine without the extra
        (civicpress.folder / "sitecustomize.py").write_text(prepared)
        civicpress.environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(civicpress.folder), os.environ.get("PYTHONPATH"))))  # fmt: skip
    done = civicpress.crawl(
        guscio=keys(shell), piana={"home": plain.url, "feeds": [plain.feed("/feed.xml", plain.releases([1]))]}
    )
    assert done.status == 1
    assert done.source("guscio")["status"] == "failed"
    assert wanted in done.source("guscio")["error"]
    assert len(shell.asked) == (2 if wanted == "does not start" else 0)
    assert (done.source("piana")["status"], done.source("piana")["new"]) == ("ok", 1)


def test_nothing_of_a_browser_is_loaded_where_no_source_needs_one(site: Site, civicpress: Program) -> None:
    civicpress.sources(prova={"home": site.url, "feeds": [site.feed("/feed.xml", site.releases([1]))]})
    (civicpress.folder / "watch.py").write_text(
        "import sys, atexit\natexit.register(lambda: print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr))"
    )
    (civicpress.folder / "sitecustomize.py").write_text("import watch")
    civicpress.environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(civicpress.folder), os.environ.get("PYTHONPATH"))))  # fmt: skip
    done = civicpress.crawl()
    assert done.source()["new"] == 1
    assert "'scrapy'" in done.err
    assert "playwright" not in done.err
