"""A deadline for a whole call. requests' own timeout starts again with every byte, so an answer that drips would never end.

One thread watches all calls of the process and shuts a call's socket when its time is up; reading from it then fails. A thread
for each call would cost a sixth of the call.
"""

import contextlib
import heapq
import itertools
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_of_thread = threading.local()


class Deadline:
    """Ends the call that this thread makes within the block after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._seconds = seconds
        self.has_ended = False
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        _of_thread.deadline = self
        _watcher.add(self, time.monotonic() + self._seconds)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.has_ended = True
        self._socket = None
        _of_thread.deadline = None

    def watch(self, connected: socket.socket) -> None:
        """Set the socket that the call reads from."""
        self._socket = connected
        if self.is_over:
            self.end()

    def end(self) -> None:
        """Time is up: shut the socket, unless the call has ended already."""
        connected = self._socket
        if self.has_ended:
            return
        self.is_over = True
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)


class _Watcher:
    """The thread that ends calls whose time is up. It starts with the first call, and again in a forked process."""

    def __init__(self) -> None:
        self._sooner = threading.Condition()
        self._numbers = itertools.count()
        self._calls: list[tuple[float, int, Deadline]] = []
        self._thread: threading.Thread | None = None

    def add(self, deadline: Deadline, ends: float) -> None:
        with self._sooner:
            heapq.heappush(self._calls, (ends, next(self._numbers), deadline))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            elif self._calls[0][2] is deadline:
                self._sooner.notify()

    def _watch(self) -> None:
        while True:
            self._next().end()

    def _next(self) -> Deadline:
        """Wait until the time of a call that is under way is up; that call's deadline."""
        with self._sooner:
            while True:
                while self._calls and self._calls[0][2].has_ended:
                    heapq.heappop(self._calls)
                left = self._calls[0][0] - time.monotonic() if self._calls else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._calls)[2]
                self._sooner.wait(left)


_watcher = _Watcher()


class _WatchedConnection(HTTPConnection):
    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class _WatchedTlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        _watch(self.sock)
        return super().getresponse()


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTlsConnection


class WatchedAdapter(HTTPAdapter):
    """Applies the thread's deadline to the connections of a requests session."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by requests."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTlsPool}


def _watch(connected: socket.socket | None) -> None:
    deadline: Deadline | None = getattr(_of_thread, "deadline", None)
    if deadline is not None and connected is not None:
        deadline.watch(connected)
