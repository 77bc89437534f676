"""Bounds how many threads use the database at once, and how long a thread waits for its turn or for a lock."""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from vendor_app.store.errors import StoreUnavailable
from vendor_app.threads import waiting

_IN_VAIN_FOR = 5.0
_QUICKLY_SECONDS = 0.2


@dataclass(frozen=True)
class Wait:
    """How long a wait for the database may take: `seconds`, `seconds_of_inbox` for the inbox, `in_vain` just after a timeout.

    At most `most` threads wait at once; another one is refused at once.
    """

    seconds: float
    seconds_of_inbox: float
    in_vain: float
    most: int


# A page that waits holds a thread that others need. A job does not, and what it has done must be stored.
OF_A_PAGE = Wait(seconds=5.0, seconds_of_inbox=2.0, in_vain=0.5, most=64)
OF_A_JOB = Wait(seconds=20.0, seconds_of_inbox=20.0, in_vain=20.0, most=1_000_000)


class WaitLimit:
    """How long waits of one kind may take in this process: shorter for a while after one has timed out."""

    def __init__(self, seconds: float, in_vain: float) -> None:
        self._seconds = seconds
        self._in_vain = in_vain
        self._lost_at = float("-inf")

    def seconds(self) -> float:
        """The longest wait that begins now."""
        lost = time.monotonic() - self._lost_at < _IN_VAIN_FOR
        return self._in_vain if lost else self._seconds

    def note_timeout(self) -> None:
        """A wait has timed out."""
        self._lost_at = time.monotonic()


class Gate:
    """So many places; a thread that finds none free waits, and gives up after its limit.

    A waiting thread lets another one work meanwhile (threads.py). Where places are freed quickly it first waits `moment` seconds
    without doing so, which is cheaper.
    """

    def __init__(self, places: int, most_waiting: int, moment: float) -> None:
        self._free: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(places):
            self._free.put(None)
        self._most_waiting = most_waiting
        self._moment = moment
        self._guard = threading.Lock()
        self._waiting = 0
        self._left_at = time.monotonic()

    @contextmanager
    def place(self, limit: WaitLimit) -> Iterator[None]:
        """Hold one of the places within the block. Raises StoreUnavailable."""
        try:
            self._free.get_nowait()
        except queue.Empty:
            self._wait(limit)
        try:
            yield
        finally:
            self._left_at = time.monotonic()
            self._free.put(None)

    def _wait(self, limit: WaitLimit) -> None:
        if time.monotonic() - self._left_at < _QUICKLY_SECONDS:
            with suppress(queue.Empty):
                return self._free.get(timeout=self._moment)
        with self._counted(), waiting():
            try:
                self._free.get(timeout=limit.seconds())
            except queue.Empty:
                limit.note_timeout()
                raise StoreUnavailable("the database is busy: no place became free in time") from None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._guard:
            if self._waiting >= self._most_waiting:
                raise StoreUnavailable(f"the database is busy: {self._waiting} wait for it already")
            self._waiting += 1
        try:
            yield
        finally:
            with self._guard:
                self._waiting -= 1
