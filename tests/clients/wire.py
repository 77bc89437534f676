"""A partner on a real socket that answers what a test tells it to, byte for byte, or does not."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Conduct = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Request:
    """What the client sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON values."""
        return json.loads(self.body)


def says(body: Any = None, status: int = 200, **headers: str) -> bytes:
    """A whole answer; `body` is text or bytes as they are, or JSON values. Header names have _ for -."""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    given = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    given |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status} As Told\r\n{lines}\r\n".encode("latin-1") + content


@dataclass
class Wire:
    """`answers` are given one after the other, the last one from then on: bytes, or what to do with the socket."""

    answers: list[bytes | Conduct] = field(default_factory=lambda: [says({})])
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.over, self.hung_up = threading.Event(), threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def answer(self, *answers: bytes | Conduct) -> None:
        """From now on."""
        self.answers = list(answers)

    @property
    def last(self) -> Request:
        """The request that came last."""
        return self.requests[-1]

    def drip(self, content: bytes, every: float, before: bytes = b"") -> Conduct:
        """Send `before` at once and then `content` byte by byte, as long as the test goes on."""

        def conduct(connection: socket.socket) -> None:
            connection.sendall(before)
            for byte in content:
                if self.over.wait(every):
                    return
                connection.sendall(bytes([byte]))

        return conduct

    def hang(self, connection: socket.socket) -> None:
        """Say nothing as long as the test goes on."""
        self.over.wait(120)

    def wait_until_hung_up(self) -> None:
        """Until a connection was closed from this end."""
        assert self.hung_up.wait(30)

    def close(self) -> None:
        """End everything."""
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with closing_told(self.hung_up, connection), suppress(OSError):
            while True:
                self.requests.append(self._read(connection))
                now = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if not isinstance(now, bytes):
                    now(connection)
                    break
                connection.sendall(now)

    def _read(self, connection: socket.socket) -> Request:
        """The next request. Raises OSError when there is none any more."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += _some(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += _some(connection)
        return Request(method, target, headers, body)


@contextmanager
def closing_told(told: threading.Event, connection: socket.socket) -> Iterator[None]:
    with connection:
        yield
    told.set()


def _some(connection: socket.socket) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise ConnectionResetError
    return chunk


def unused_address() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return f"http://127.0.0.1:{gone.getsockname()[1]}"
