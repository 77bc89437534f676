"""How long whoever needs the database waits for it: for a place among those who use it, and then for somebody else's lock."""

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
    """A wait takes at most `seconds`, or `seconds_of_inbox`, or only `in_vain` while somebody has just waited in vain.

    At most `most` wait at once; whoever comes besides is refused at once.
    """

    seconds: float
    seconds_of_inbox: float
    in_vain: float
    most: int


# Pages that wait keep threads and places from others. A job keeps them from nobody, and what it has done has to be written down.
OF_A_PAGE = Wait(seconds=5.0, seconds_of_inbox=2.0, in_vain=0.5, most=64)
OF_A_JOB = Wait(seconds=20.0, seconds_of_inbox=20.0, in_vain=20.0, most=1_000_000)


class Patience:
    """How long those of one kind wait, in this process."""

    def __init__(self, seconds: float, in_vain: float) -> None:
        self._seconds = seconds
        self._in_vain = in_vain
        self._lost_at = float("-inf")

    def seconds(self) -> float:
        """How long to wait for something now."""
        lost = time.monotonic() - self._lost_at < _IN_VAIN_FOR
        return self._in_vain if lost else self._seconds

    def lose(self) -> None:
        """One of them has waited in vain."""
        self._lost_at = time.monotonic()


class Gate:
    """Lets so many in at once.

    Whoever waits tells it to the threads they are of, and gives up after a while. But where places change hands quickly the next
    one is worth a moment, and not that another thread is woken.
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
    def place(self, patience: Patience) -> Iterator[None]:
        """Hold one of the places within the block. Raises StoreUnavailable."""
        try:
            self._free.get_nowait()
        except queue.Empty:
            self._wait(patience)
        try:
            yield
        finally:
            self._left_at = time.monotonic()
            self._free.put(None)

    def _wait(self, patience: Patience) -> None:
        if time.monotonic() - self._left_at < _QUICKLY_SECONDS:
            with suppress(queue.Empty):
                return self._free.get(timeout=self._moment)
        with self._counted(), waiting():
            try:
                self._free.get(timeout=patience.seconds())
            except queue.Empty:
                patience.lose()
                raise StoreUnavailable("the database is busy: others who use it do not come to an end") from None

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
