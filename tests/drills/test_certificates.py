"""Bad certificates: refused before anything is asked, but where a source excepts its own site."""

import ssl
import warnings
from collections.abc import Callable
from pathlib import Path

from tests.drills.certificates import issue, server
from tests.drills.conftest import Tell
from tests.drills.hostile import Hostile
from tests.drills.test_names import releases
from tests.program import Program
from tests.site import Site

HOST = "127.1.0.1"


def contexts(folder: Path) -> dict[str, ssl.SSLContext]:
    """What servers show, good (`good`, `chain`) and bad. The authority is to be trusted."""
    authority = issue("Autorità di prova", None, authority=True)
    between = issue("Autorità intermedia", authority, authority=True)
    stranger = issue("Autorità ignota", None, authority=True)
    (folder / "trusted.pem").write_bytes(authority.pem())
    old = server(folder, issue("old", authority, HOST))
    with warnings.catch_warnings(action="ignore"):  # that it is deprecated is the point
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("ALL:@SECLEVEL=0")
    return {
        "good": server(folder, issue("good", authority, HOST)),
        "chain": server(folder, issue("chain", between, HOST), between),
        "self-signed": server(folder, issue("self-signed", None, HOST)),
        "stranger": server(folder, issue("stranger", stranger, HOST), stranger),
        "expired": server(folder, issue("expired", authority, HOST, days=(-30, -1))),
        "not-yet": server(folder, issue("not-yet", authority, HOST, days=(10, 30))),
        "other-host": server(folder, issue("other-host", authority, "www.altro.it", "127.1.0.2")),
        "name-only": server(folder, issue(HOST, authority)),
        "incomplete": server(folder, issue("incomplete", between, HOST)),
        "no-authority": server(folder, issue("no-authority", issue("leaf", authority, HOST), HOST)),
        "tls-1.0": old,
    }


def test_bad_certificates_are_refused_unless_the_source_says_otherwise(
    hostile: Callable[..., Hostile], new_site: Callable[[str], Site], civicpress: Program, tell: Tell
) -> None:
    civicpress.environment |= {
        "CIVICPRESS_ALLOW_NETWORKS": "127.1.0.0/16", "SSL_CERT_FILE": str(civicpress.folder / "tls" / "trusted.pem")
    }  # fmt: skip
    folder = civicpress.folder / "tls"
    folder.mkdir()
    servers = {name: hostile(releases, HOST, tls=context) for name, context in contexts(folder).items()}
    plain = new_site(HOST)
    excepted = hostile(releases, HOST, tls=servers["expired"].tls)
    sources = {
        name.replace("-", "_").replace(".", "_"): {"home": each.url, "feeds": [f"{each.url}/feed.xml"]}
        for name, each in servers.items()
    }
    sources["no_tls"] = {
        "home": plain.url.replace("http:", "https:"),
        "feeds": [f"https://{HOST}:{plain.port}/feed.xml"],
    }
    sources["excepted"] = {"home": excepted.url, "feeds": [f"{excepted.url}/feed.xml"], "tls": "unverified"}
    civicpress.set = {"FIRST_PAUSE": 0.0, "RETRY_TIMES": 1, "DOWNLOAD_TIMEOUT": 10}
    done = civicpress.crawl(**sources)
    lines = {line["source"]: line for line in done.json["sources"]}
    for name in ("good", "chain", "excepted"):
        assert lines[name]["status"] == "ok", lines[name]
    bad = lines.keys() - {"good", "chain", "excepted"}
    for name in bad:
        assert lines[name]["status"] == "failed", lines[name]
        assert lines[name]["error"].startswith("tls: "), lines[name]
    assert not any(each.asked for name, each in servers.items() if name not in ("good", "chain"))
    assert not done.err
    tell(f"bad certificates: {len(bad)} kinds refused before a request, 1 excepted by its source, which is shown")
    # The exception is the source's, and whoever looks at it is told.
    assert {name for name, line in lines.items() if "exceptions" in line} == {"excepted"}
    file = civicpress.folder / "sources.toml"
    for words in (("sources", "--only-sources", file), ("status", "--sources", file)):
        assert "certificate is not verified" in " ".join(civicpress(*words).out.split())
    assert (
        civicpress("crawl", "excepted", "--only-sources", file).out.count("excepted: its certificate is not verified")
        == 1
    )
