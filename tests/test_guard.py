"""Nothing that is not public is contacted, however it is written; and nothing listens."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.web.guard import _GuardedFactory, _RefusedProtocol, is_reachable, literal_address
from tests.program import Program, wait_until
from tests.site import Answer, Site

LOOPBACK = (
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0", "localhost", "LOCALHOST.", "ip6-localhost",
    socket.gethostname().lower(),
)  # fmt: skip


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    """Two sockets on one port, IPv4 and, where there is any, IPv6, that nobody should ever connect to."""
    sockets = [socket.socket()]
    sockets[0].bind(("127.0.0.1", 0))
    port = sockets[0].getsockname()[1]
    try:
        sockets.append(socket.socket(socket.AF_INET6))
        sockets[1].bind(("::1", port))
    except OSError:
        sockets.pop().close()
    for each in sockets:
        each.listen(64)
        each.setblocking(False)
    yield sockets
    for each in sockets:
        each.close()


def contacted(listeners: list[socket.socket]) -> bool:
    """Whether somebody connected."""
    for each in listeners:
        try:
            each.accept()[0].close()
        except BlockingIOError:
            continue
        return True
    return False


@pytest.mark.parametrize("allowed", ["", "192.0.2.0/24"], ids=["by-default", "where-other-networks-are-allowed"])
def test_addresses_that_are_not_public_are_never_contacted(
    allowed: str, listeners: list[socket.socket], civicpress: Program
) -> None:
    port = listeners[0].getsockname()[1]
    hosts = [*LOOPBACK, "10.0.0.1", "169.254.169.254", "[fe80::1]", "[64:ff9b::7f00:1]", "100.64.0.1"]
    sources = {
        f"fonte_{number}": {"home": f"http://{host}:{port}/", "feeds": [f"http://{host}:{port}/feed"]}
        for number, host in enumerate(hosts)
    }
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = allowed
    done = civicpress.crawl(**sources)
    assert not contacted(listeners)
    assert done.status == 1
    assert len(done.json["sources"]) == len(hosts)
    for host, line in zip(hosts, sorted(done.json["sources"], key=lambda each: int(each["source"][6:])), strict=True):
        assert line["status"] in ("refused", "failed"), (host, line)
        assert line["error"].startswith(("not-public: ", "dns: ")), (host, line)
        assert (line["new"], line["bytes"]) == (0, 0)


def test_a_redirect_or_a_list_leads_nowhere_that_is_not_public_or_another_body_s(
    new_site: Callable[[str], Site], listeners: list[socket.socket], civicpress: Program
) -> None:
    site, port = new_site("127.0.0.2"), listeners[0].getsockname()[1]
    hosts = LOOPBACK[:-1]
    for number, host in enumerate(hosts):
        site.pages[f"/novita/{number}"] = Answer(b"", 302, {"Location": f"http://{host}:{port}/"})
    urls = [f"{site.url}/novita/{number}" for number in range(len(hosts))]
    urls += [f"http://{host}:{port}/novita/x" for host in hosts]
    urls += [f"http://user:secret@127.0.0.2:{site.port}/novita/z", "https://www.example.com/novita/y"]
    good = site.releases([99])
    urls.append(site.url + good[0].path)
    civicpress.environment["CIVICPRESS_ALLOW_NETWORKS"] = "127.0.0.2/32"
    done = civicpress.crawl(prova={"home": site.url, "sitemaps": [site.sitemap("/sitemap.xml", urls)]})
    assert not contacted(listeners)
    assert (done.source()["new"], done.source()["status"]) == (1, "ok")
    reasons = {row["reason"] for row in civicpress.rows("select reason from problems")}
    assert reasons <= {"not-public", "offsite"}
    assert len(civicpress.rows("select * from problems")) >= len(hosts)
    assert done.source()["requests"] == len(site.asked)


def test_an_allowed_network_opens_itself_only_and_there_any_port_goes() -> None:
    import ipaddress

    allowed = (ipaddress.ip_network("127.0.0.0/8"),)
    assert is_reachable("127.0.0.1", 9, allowed)
    assert not is_reachable("10.0.0.1", 80, allowed)
    assert not is_reachable("::1", 80, allowed)
    assert is_reachable("93.184.216.34", 443, ())
    assert not is_reachable("93.184.216.34", 22, ())
    for address in (
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.168.1.1",
        "172.16.0.1",
        "198.18.0.1",
        "2002:7f00:1::",
        "fc00::1",
    ):
        assert not is_reachable(address, 80, ()), address
    assert literal_address("comune.torino.it") is None


@pytest.mark.parametrize(("host", "refused"), [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("93.184.216.34", False)])
def test_the_very_socket_is_looked_at_before_a_byte_is_sent(host: str, refused: bool) -> None:
    factory = _GuardedFactory(lambda _: None, None)
    peer = IPv6Address("TCP", host, 443) if ":" in host else IPv4Address("TCP", host, 443)
    assert isinstance(factory.buildProtocol(peer), _RefusedProtocol) is refused


def listening(pids: list[int]) -> set[str]:
    """The inodes of sockets on which processes listen for connections from the network."""
    inodes = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            state, inode = line.split()[3], line.split()[9]
            if state == ("0A" if table.startswith("tcp") else "07"):
                inodes.add(f"socket:[{inode}]")
    held = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                held.add(str(entry.readlink()))
            except OSError:
                continue
    return inodes & held


def test_a_crawl_opens_no_port(site: Site, civicpress: Program) -> None:
    feed = site.feed("/feed.xml", site.releases([1]))
    page = site.pages["/novita/1"]
    assert isinstance(page, Answer)
    page.wait = 20
    running = civicpress.start("crawl", "--only-sources", civicpress.sources(prova={"home": site.url, "feeds": [feed]}))
    try:
        assert wait_until(lambda: "/novita/1" in site.paths())
        assert listening([os.getpid()]), "the test sees the site's own port"
        assert not listening(running.processes())
        running.tell(signal.SIGTERM)
        running.tell(signal.SIGTERM)
    finally:
        running.close()
