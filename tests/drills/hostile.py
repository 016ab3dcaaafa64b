"""Servers that misbehave on purpose, below the level at which an HTTP server would let them."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable

Misbehave = Callable[[socket.socket, str], None]


class Hostile:
    """A server on loopback that hands each connection to `misbehave(connection, path)` once its request has come.

    robots.txt is an empty file unless `robots` misbehaves, too; with `tls`, it speaks HTTPS. `asked` has the path of every request. `closed` is set when
    the server ends: what never ends by itself must look at it.
    """

    def __init__(
        self,
        misbehave: Misbehave,
        host: str = "127.0.0.1",
        *,
        robots: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.misbehave, self.robots, self.tls = misbehave, robots, tls
        self.asked: list[str] = []
        self.closed = threading.Event()
        self.socket = socket.create_server((host, 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            stack.enter_context(connection)
            if self.tls:
                connection = stack.enter_context(self.tls.wrap_socket(connection, server_side=True))
            request = b""
            while b"\r\n\r\n" not in request:
                received = connection.recv(65536)
                if not received:
                    return
                request += received
            path = request.split(b" ", 2)[1].decode("latin-1")
            self.asked.append(path)
            if path == "/robots.txt" and not self.robots:
                connection.sendall(whole(b"", "text/plain"))
            else:
                self.misbehave(connection, path)

    def trickle(self, connection: socket.socket, pieces: Iterable[bytes], seconds: float = 0.05) -> None:
        """Sends pieces one by one, with a pause before each, until they or the server end."""
        for piece in pieces:
            if self.closed.wait(seconds):
                return
            connection.sendall(piece)

    def close(self) -> None:
        self.closed.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def whole(body: bytes, kind: str = "text/html; charset=utf-8", status: str = "200 OK", **headers: str) -> bytes:
    """A complete answer, after which the connection is closed; `headers` with `_` for `-`."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{more}\r\n"
    )
    return head.encode("latin-1") + body


class Forbidden:
    """A port to which nobody is to connect: of one address, or of all that this computer has, IPv6 ones too."""

    def __init__(self, host: str = "", port: int = 0) -> None:
        if not host and socket.has_dualstack_ipv6():
            self.socket = socket.create_server(("::", port), family=socket.AF_INET6, backlog=512, dualstack_ipv6=True)
        else:
            self.socket = socket.create_server((host, port), backlog=512)
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.connections: list[socket.socket] = []

    def seen(self) -> int:
        """How many connected so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.connections.append(self.socket.accept()[0])
        return len(self.connections)

    def heard(self) -> bytes:
        """All that was sent by those who connected and are gone again."""
        self.seen()
        said = b""
        for each in self.connections:
            each.settimeout(5)
            with contextlib.suppress(OSError):
                while received := each.recv(65536):
                    said += received
        return said

    def close(self) -> None:
        for each in (self.socket, *self.connections):
            each.close()
