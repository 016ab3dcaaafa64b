"""Pages in the browser: nothing that they hold or do reaches an address that is not to be contacted."""

import html
import json
from collections.abc import Callable

from tests.drills.addresses import ALLOWED, notations
from tests.drills.conftest import Tell
from tests.drills.hostile import Forbidden
from tests.program import Program
from tests.site import Answer, Site, prose
from tests.test_browser import needs_browser

# What markup asks for by itself, and what scripts ask for; URL stands for an address.
MARKUP = (
    '<link rel=stylesheet href="URL">', '<link rel=preload as=fetch href="URL">', '<link rel=prefetch href="URL">',
    '<link rel=preconnect href="URL">', '<link rel=dns-prefetch href="URL">', '<link rel=modulepreload href="URL">',
    '<link rel=manifest href="URL">', '<link rel=icon href="URL">', '<script src="URL"></script>',
    '<script type=module src="URL"></script>', '<img src="URL" srcset="URL 2x">', '<iframe src="URL"></iframe>',
    '<embed src="URL">', '<object data="URL"></object>', '<video src="URL" poster="URL" autoplay></video>',
    '<audio src="URL" autoplay></audio>', '<input type=image src="URL">', '<svg><image href="URL"/><use href="URL#x"/></svg>',
    '<style>@import "URL"; body { background: url("URL") } @font-face { font-family: x; src: url("URL") }</style>',
    '<form action="URL" method=post id=form><input name=a value=b></form>', '<a ping="URL" href="#x" id=ping>x</a>',
)  # fmt: skip
SCRIPT = """
const each = (url) => { const attempts = [
  () => fetch(url), () => fetch(url, {mode: 'no-cors', method: 'POST', body: 'x', keepalive: true}),
  () => { const x = new XMLHttpRequest(); x.open('GET', url); x.send(); }, () => navigator.sendBeacon(url, 'x'),
  () => new WebSocket(url.replace('http', 'ws')), () => new EventSource(url), () => import(url),
  () => window.open(url), () => new Worker(url), () => new SharedWorker(url),
  () => navigator.serviceWorker.register(url), () => new Worker(URL.createObjectURL(new Blob([`fetch('${url}')`]))),
  () => new WebTransport(url.replace('http:', 'https:')),
  () => { const c = new RTCPeerConnection({iceServers: [{urls: 'stun:' + new URL(url).host}]});
          c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o)); },
]; for (const attempt of attempts) { try { const p = attempt(); if (p && p.catch) p.catch(() => 0); } catch {} } };
for (const url of URLS) each(url);
document.getElementById('ping').click();
document.getElementById('form').target = '_blank'; document.getElementById('form').submit();
document.querySelector('main').append(document.createElement('hr'));
"""


@needs_browser
def test_pages_in_the_browser_contact_nothing_forbidden(
    new_site: Callable[[str], Site], forbidden: Forbidden, civicpress: Program, tell: Tell
) -> None:
    site = new_site("127.1.0.1")
    urls = list(notations(forbidden.port).values())
    items = site.releases(range(4))
    markup = "".join(
        part.replace("URL", html.escape(urls[number % len(urls)])) for number, part in enumerate(MARKUP, 16)
    )
    leaving = (
        f'<meta http-equiv=refresh content="0;url={urls[0]}">', f"<script>location = '{urls[5]}'</script>",
        "<script src=/via.js></script><script>fetch('/via.js'); fetch('/via.js', {method: 'POST'})</script>",
        "<script>fetch('/pronto')</script>",  # and one that is as good as it looks
    )  # fmt: skip
    for number, (item, more) in enumerate(zip(items, leaving, strict=True)):
        scripts = SCRIPT.replace("URLS", json.dumps(urls[number * 4 : number * 4 + 4]))  # so many may a page ask for
        text = f"<main><h1>{item.title}</h1><p>Data: {item.words}</p><p>{prose(item.path)}</p></main>"
        site.pages[item.path] = Answer(
            f"<html><head>{markup}</head>{text}<script>{scripts}</script>{more}</html>".encode()
        )
    site.pages["/via.js"] = Answer(b"", 302, {"Location": urls[0]})
    site.pages["/pronto"] = Answer(b"{}", headers={"Content-Type": "application/json"})
    feed = site.feed("/feed.xml", items)
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = ALLOWED
    civicpress.set = {"DOWNLOAD_TIMEOUT": 40}
    done = civicpress.crawl(prova={"home": site.url, "feeds": [feed], "javascript": True}, timeout=240)
    assert forbidden.seen() == 0
    assert "/via.js" in site.paths(), done.out
    assert "/pronto" in site.paths(), "scripts ran to their end"
    line = done.source()  # a part that is refused may be a problem of its own
    assert line["new"] + line["duplicates"] + line["problems"] >= len(items), line
    ways = len(MARKUP) + SCRIPT.count("() =>") + len(leaving)
    tell(f"pages in the browser: {ways} ways to {16 + len(MARKUP)} forbidden addresses, 0 connections")
