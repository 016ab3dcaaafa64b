"""No request reaches an address that is not public, a strange port, or another body's site; no answer is endless.

Three layers, because each alone has a hole: the middleware sees every request (also of redirects and robots.txt) and
knows addresses written as numbers; the resolver keeps names from leading to private addresses before a connection is
made; the handler looks at the peer of the very socket that is used, so that a name cannot change in between.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from twisted.internet import defer

from crawler.ingest.visit import visit_of
from crawler.settings import ADDRESS_CHARACTERS, HEADER_BYTES, PUBLIC_PORTS, Network, allowed_networks
from crawler.web import certificates
from crawler.web.failures import Refused
from spiders.discovery.addresses import domain_of
from spiders.source import Source

# Networks that the ipaddress module calls global and that lead elsewhere: carrier NAT, protocol assignments,
# benchmarking, NAT64 and its local form, 6to4, Teredo, site-local, IPv4-compatible (IANA special-purpose registries).
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
        "fec0::/10", "::/96",
    )
)  # fmt: skip
SENT = "civicpress/requests"  # in Scrapy's stats


def is_reachable(address: str, port: int, allowed: Iterable[Network]) -> bool:
    """Whether an IP address and port may be contacted: public and a web port, or in an allowed network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if any(ip.version == network.version and ip in network for network in allowed):
        return True
    public = ip.is_global and not (ip.is_multicast or ip.is_reserved)
    special = any(ip.version == network.version and ip in network for network in _SPECIAL)
    return public and not special and port in PUBLIC_PORTS


def literal_address(host: str) -> str | None:
    """The IP address that a host writes as a number, in any of the notations that a resolver takes, or None."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # also 127.1, 0x7f000001, 2130706433, 0177.0.0.1
    except OSError:
        return None


def body_of(url: str) -> str:
    """What tells one body's sites from another's: the registrable domain, or host and port of a numbered address."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if literal_address(host):
        return parts.netloc.rpartition("@")[2]
    return domain_of(host)


def sites_of(source: Source) -> frozenset[str]:
    """The sites that belong to a source: its home's and those of the lists that are written down."""
    return frozenset(body_of(url) for url in (source.home, *source.listings, *source.feeds, *source.sitemaps))


class GuardMiddleware:
    """Downloader middleware, the first of all."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.allowed = allowed_networks()
        self.sites = sites_of(visit_of(crawler).source)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises Refused where an address is not to be contacted."""
        if len(request.url) > ADDRESS_CHARACTERS:
            raise Refused("unreadable", f"an address of {len(request.url)} characters")
        parts = urlsplit(request.url)
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (KeyError, ValueError):
            raise Refused("unreadable", f"not an http or https address: {request.url[:200]}") from None
        if parts.username or parts.password:
            raise Refused("not-public", "the address carries a user name")
        host = parts.hostname or ""
        address = literal_address(host)
        if address and not is_reachable(address, port, self.allowed):
            raise Refused(
                "not-public", f"{host}:{port} is not a public address (CIVICPRESS_ALLOW_NETWORKS may allow it)"
            )
        if not address and port not in PUBLIC_PORTS and not self.allowed:
            raise Refused("not-public", f"port {port} is not one of {', '.join(map(str, sorted(PUBLIC_PORTS)))}")
        if body_of(request.url) not in self.sites:
            led = " (a redirect led there)" if request.meta.get("redirect_times") else ""
            raise Refused("offsite", f"{host} is not a site of this source{led}")

    def process_response(self, request: Request, response: Response) -> Response:
        """Raises Refused for a "not modified" that nobody asked for: there is nothing of which it could be true."""
        if response.status == 304 and not any(
            name in request.headers for name in ("If-None-Match", "If-Modified-Since")
        ):
            raise Refused("http-error", "status 304, to a request without conditions", again=True)
        return response


class PlainRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirects, without a Referer header."""

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """The next request, or the answer itself. Raises Refused where it leads to what is no address."""
        try:
            return super().process_response(request, response)
        except ValueError as error:  # a port beyond 65535, a bracket that is never closed
            raise Refused("unreadable", f"a redirect leads to what is no address ({error})") from None

    def handle_referer(self, request: Request, response: Response) -> None:
        """Takes the header off; Scrapy would look for a middleware that is switched off here."""
        request.headers.pop("Referer", None)

    def _engine_started(self) -> None:
        """Nothing to look up."""


class _GuardedProtocol(http11._LenientHTTP11ClientProtocol):
    """Counts the bytes of an answer's headers, which DOWNLOAD_MAXSIZE does not."""

    def request(self, request: Any) -> "defer.Deferred[Any]":
        answer = super().request(request)
        parser: Any = self._parser
        transport: Any = self.transport
        seen = 0
        original = parser.lineReceived

        def line_received(line: bytes) -> Any:
            nonlocal seen
            seen += len(line)
            if seen > HEADER_BYTES:
                parser.lineReceived = lambda _line: None  # what is still buffered is dropped
                transport.abortConnection()
                return None
            return original(line)

        parser.lineReceived = line_received
        return answer


class _RefusedProtocol(http11._LenientHTTP11ClientProtocol):
    """A connection to an address that is not to be contacted: closed before a byte is sent."""

    def request(self, request: Any) -> "defer.Deferred[Any]":
        transport: Any = self.transport
        transport.abortConnection()
        address = transport.getPeer().host
        return defer.fail(Refused("not-public", f"the host's name leads to {address}", again=True))


class _GuardedFactory(http11._LenientHTTP11ClientFactory):
    allowed: tuple[Network, ...] = ()

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802  (Twisted's name)
        host, port = getattr(addr, "host", None), getattr(addr, "port", 0)
        refused = host is not None and not is_reachable(host, port, self.allowed)
        return (_RefusedProtocol if refused else _GuardedProtocol)(self._quiescentCallback)


class GuardedHandler(http11.HTTP11DownloadHandler):
    """Scrapy's download handler, over connections that are looked at."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        certificates.close_the_hole()
        factory: Any = type("GuardedFactory", (_GuardedFactory,), {"allowed": allowed_networks()})
        self._pool._factory = factory

    async def download_request(self, request: Request) -> Response:
        """Counts what is really sent; Scrapy counts what waits in its queue too."""
        if self.crawler.stats:
            self.crawler.stats.inc_value(SENT)
        try:
            return await super().download_request(request)
        except CannotResolveHostError:
            from twisted.internet import reactor

            resolver: Any = getattr(reactor, "nameResolver", None)
            address = getattr(resolver, "refused", {}).get(urlsplit(request.url).hostname)
            if address is None:
                raise
        raise Refused("not-public", f"the host's name leads to {address}", again=True)
