"""The load generator: connections that are kept, in a process of its own, each sends its next request when answered.

Of the generators of this kind (wrk, hey, oha, bombardier, vegeta) pip installs none: those names are not in the registry, or are
other things. So this is one, by asyncio's protocols on uvloop, which comes with granian.
"""

import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, cycle
from typing import cast

import uvloop

CONNECTIONS = 16
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Outcome:
    """How many were answered, in how many seconds, and after how long each."""

    answered: int
    seconds: float
    waits: list[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds


class Generator:
    """The process that asks."""

    def __init__(self) -> None:
        self._process = ProcessPoolExecutor(1, multiprocessing.get_context("forkserver"))

    def drive(self, port: int, requests: list[bytes], seconds: float, *, again: bool, connections: int = CONNECTIONS) -> Outcome:
        """Send the requests for so long, from the first on `again` when they are used up; else until each was sent once.

        Raises RuntimeError when one of them was answered with an error.
        """
        return self._process.submit(_drive, port, requests, seconds, again, connections).result()

    def close(self) -> None:
        """End the process."""
        self._process.shutdown()


class _Connection(asyncio.Protocol):
    """One at a time; `rest` is shared by all connections."""

    def __init__(self, rest: "_Rest", done: "asyncio.Future[None]") -> None:
        self._rest, self._done = rest, done
        self._answer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._answer[:end].lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(self._answer) < end + 4 + int(length or 0):
            return
        self._rest.waits.append(time.perf_counter() - self._sent_at)
        if self._answer[9:10] not in b"23":
            self._fail(self._answer[:300].decode(errors="replace"))
            return
        self._answer = b""
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        self._fail("the server closed the connection")

    def _send(self) -> None:
        request = self._rest.next()
        if request is None:
            if not self._done.done():
                self._done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def _fail(self, why: str) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(why))


class _Rest:
    """What is still to be asked, until when."""

    def __init__(self, requests: list[bytes], seconds: float, again: bool) -> None:
        self._requests = cycle(requests) if again else chain(requests)
        self._ends = time.perf_counter() + seconds
        self.waits: list[float] = []

    def next(self) -> bytes | None:
        """The next request, or None when it is over."""
        return next(self._requests, None) if time.perf_counter() < self._ends else None


def _drive(port: int, requests: list[bytes], seconds: float, again: bool, connections: int) -> Outcome:
    return uvloop.run(_ask_all(port, requests, seconds, again, connections))


async def _ask_all(port: int, requests: list[bytes], seconds: float, again: bool, connections: int) -> Outcome:
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    rest = _Rest(requests, seconds, again)
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(lambda end=end: _Connection(rest, end), "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(seconds + _PATIENCE_SECONDS):
        await asyncio.gather(*ends)
    return Outcome(len(rest.waits), time.perf_counter() - begun, rest.waits)
