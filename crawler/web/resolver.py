"""Names that lead to addresses which are not public are not resolved at all."""

from typing import Any

from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from crawler.settings import Network
from crawler.web.guard import is_reachable


@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on the addresses that may be contacted; notes in `refused` a name that has others."""

    def __init__(self, receiver: Any, name: str, port: int, allowed: tuple[Network, ...], refused: dict[str, str]):
        self.receiver, self.name, self.port, self.allowed, self.refused = receiver, name, port, allowed, refused

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if is_reachable(address.host, self.port, self.allowed):
            self.receiver.addressResolved(address)
        else:
            self.refused[self.name] = address.host

    def resolutionComplete(self) -> None:  # noqa: N802
        self.receiver.resolutionComplete()


@implementer(IHostnameResolver)
class PublicResolver:
    """Wraps the reactor's resolver. Without an address left, Twisted reports that the name cannot be resolved, and
    `refused` has one of those that it leads to."""

    def __init__(self, inner: Any, allowed: tuple[Network, ...]) -> None:
        self.inner, self.allowed = inner, allowed
        self.refused: dict[str, str] = {}

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *args: Any, **kwargs: Any) -> Any:  # noqa: N802, N803
        """Twisted's interface: addresses are reported to `receiver`."""
        self.refused.pop(hostName, None)
        sieve = _Sieve(receiver, hostName, portNumber or 443, self.allowed, self.refused)
        return self.inner.resolveHostName(sieve, hostName, portNumber, *args, **kwargs)


def install(reactor: Any, allowed: tuple[Network, ...]) -> None:
    """Makes the reactor resolve names this way."""
    reactor.installNameResolver(PublicResolver(reactor.nameResolver, allowed))
