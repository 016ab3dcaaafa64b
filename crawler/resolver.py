"""Names that lead to addresses which are not public are not resolved at all."""

from typing import Any

from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from crawler.guard import is_reachable
from crawler.settings import Network


@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on the addresses that may be contacted."""

    def __init__(self, receiver: Any, port: int, allowed: tuple[Network, ...]) -> None:
        self.receiver, self.port, self.allowed = receiver, port, allowed

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        # The port is judged by the handler; here 443 stands for any port that is allowed.
        if is_reachable(address.host, 443, self.allowed):
            self.receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.receiver.resolutionComplete()


@implementer(IHostnameResolver)
class PublicResolver:
    """Wraps the reactor's resolver. Without an address left, Twisted reports that the name cannot be resolved."""

    def __init__(self, inner: Any, allowed: tuple[Network, ...]) -> None:
        self.inner, self.allowed = inner, allowed

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *args: Any, **kwargs: Any) -> Any:  # noqa: N802, N803
        """Twisted's interface: addresses are reported to `receiver`."""
        sieve = _Sieve(receiver, portNumber, self.allowed)
        return self.inner.resolveHostName(sieve, hostName, portNumber, *args, **kwargs)


def install(reactor: Any, allowed: tuple[Network, ...]) -> None:
    """Makes the reactor resolve names this way."""
    reactor.installNameResolver(PublicResolver(reactor.nameResolver, allowed))
