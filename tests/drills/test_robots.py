"""robots.txt in every condition, by RFC 9309: what a crawl asks of a site afterwards."""

import socket
from collections.abc import Callable

from tests.drills.conftest import Tell
from tests.drills.hostile import Hostile
from tests.program import Program
from tests.site import Answer, Site

LIMIT = 512 * 1024  # RFC 9309, section 2.5: at least 500 KiB must be read
FORBID_ALL = b"User-agent: *\nDisallow: /\n"
ALLOW_ALL = {1, 2, 3}
TEXT = {"Content-Type": "text/plain"}


def text(body: bytes, status: int = 200, **headers: str) -> Answer:
    return Answer(body, status, {**TEXT, **headers})


def long(before: bytes, after: bytes) -> Answer:
    """Rules at the beginning and beyond 512 KiB, with harmless lines between."""
    filling = b"# " + b"x" * 97 + b"\n"
    return text(before + filling * ((LIMIT - len(before)) // len(filling) + 1) + after)


# The condition, and which of three releases may be asked; None: nothing at all.
CONDITIONS: dict[str, tuple[Answer, set[int] | None]] = {
    "rules": (text(b"User-agent: *\nDisallow: /novita/1\n\nUser-agent: civicpress\nDisallow: /novita/2\n"), {1, 3}),
    "rules for all": (text(b"\xef\xbb\xbfUSER-AGENT : *  # tutti\r\nDISALLOW : /*/1$\r\nAllow: /\r\n"), {2, 3}),
    "longest rule": (text(b"User-agent: *\nDisallow: /novita/\nAllow: /novita/3\nAllow: /feed\n"), {3}),
    "groups of one name": (
        text(
            b"User-agent: civicpress\nDisallow: /novita/1\n\nUser-agent: x\nUser-agent: civicpress\nDisallow: /novita/2\n"
        ),
        {3},
    ),
    "forbidden": (text(FORBID_ALL), None),
    "empty": (text(b""), ALLOW_ALL),
    "404": (text(FORBID_ALL, 404), ALLOW_ALL),
    "410": (text(FORBID_ALL, 410), ALLOW_ALL),
    "401": (text(FORBID_ALL, 401), ALLOW_ALL),
    "403": (text(FORBID_ALL, 403), ALLOW_ALL),
    "429": (text(b"", 429, **{"Retry-After": "0"}), None),
    "500": (text(b"", 500), None),
    "503": (text(b"", 503, **{"Retry-After": "0"}), None),
    "timeout": (Answer(b"", drips=True), None),
    "closed": (Answer(raw=b""), None),
    "five redirects": (text(b"", 302, Location="/r/1"), {2, 3}),
    "self redirect": (text(b"", 302, Location="/robots.txt"), None),
    "redirect offsite": (text(b"", 302, Location="http://127.1.0.9:9/robots.txt"), None),
    "html": (Answer(b"<html><body><h1>Pagina non trovata</h1>\nDisallow: \n</body></html>"), ALLOW_ALL),
    "512 KiB": (long(b"User-agent: *\nDisallow: /novita/1\n", b"Disallow: /novita/2\n"), {2, 3}),
    "binary": (text(b"\x00\xff\xfe" * 1000 + b"\nUser-agent: *\nDisallow: /novita/1\n"), {2, 3}),
    "long line": (text(b"User-agent: *\nDisallow: /" + b"*" * 300_000 + b"zzz\nDisallow: /novita/1\n"), {2, 3}),
    "slow": (text(b"User-agent: *\nCrawl-delay: 1\n"), ALLOW_ALL),
    "slow beyond reason": (text(b"User-agent: *\nCrawl-delay: 86400\n"), None),
    "slow nonsense": (text(b"User-agent: *\nCrawl-delay: -5\nCrawl-delay: NaN\nCrawl-delay: soon\n"), ALLOW_ALL),
}


def test_robots_txt_in_every_condition(
    new_site: Callable[[str], Site], hostile: Callable[..., Hostile], civicpress: Program, tell: Tell
) -> None:
    sites, sources = {}, {}
    for number, (name, (answer, _)) in enumerate(CONDITIONS.items()):
        site = sites[name] = new_site("127.1.0.1")
        site.seed = name
        feed = site.feed("/feed.xml", site.releases([1, 2, 3]))
        site.pages["/robots.txt"] = answer
        for step in range(1, 5):
            site.pages[f"/r/{step}"] = Answer(b"", 301, {"Location": f"/r/{step + 1}"})
        site.pages["/r/5"] = text(b"User-agent: *\nDisallow: /novita/1\n")
        sources[f"s{number}"] = {"home": site.url, "feeds": [feed]}
    with socket.socket() as nobody:  # bound and not listening: connections are refused
        nobody.bind(("127.1.0.1", 0))
        down = f"http://127.1.0.1:{nobody.getsockname()[1]}"
        sources["down"] = {"home": down, "feeds": [f"{down}/feed.xml"]}
        civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.1.0.0/16"
        civicpress.set = {"FIRST_PAUSE": 0.0, "DOWNLOAD_TIMEOUT": 5, "RETRY_TIMES": 1}
        done = civicpress.crawl(**sources, timeout=300)
    lines = {line["source"]: line for line in done.json["sources"]}
    assert lines["down"]["status"] == "failed"
    for number, (name, (_, allowed)) in enumerate(CONDITIONS.items()):
        paths = [path for path in sites[name].paths() if not path.startswith("/r/")]
        expected = sorted(f"/novita/{each}" for each in allowed or ())
        assert sorted(paths) == (["/feed.xml", *expected] if allowed is not None else []), name
        line = lines[f"s{number}"]
        assert line["new"] == len(allowed or ()), (name, line)
        if allowed is None:
            assert line["status"] in ("refused", "failed"), (name, line)
            assert "robots.txt" in line["error"], (name, line)
    # From the first to the last: a busy server may notice the first one late, which makes that time shorter.
    seen = [asked.at for asked in sites["slow"].asked]
    assert seen[-1] - seen[0] >= 0.75 * (len(seen) - 1)
    tell(
        f"robots.txt in {len(CONDITIONS) + 1} conditions: asked what the rules allow, and nothing where they cannot be had"
    )
