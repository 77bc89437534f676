"""How long whoever needs the database waits for it: for a place among those who use it, and then for somebody else's lock."""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vendor_app.store.errors import StoreUnavailable
from vendor_app.threads import waiting

_IN_VAIN_FOR = 5.0


@dataclass(frozen=True)
class Wait:
    """A wait takes at most `seconds`, or only `in_vain` while somebody has just waited in vain.

    At most `most` wait at once; whoever comes besides is refused at once.
    """

    seconds: float
    in_vain: float
    most: int


# Pages that wait keep threads and places from others. A job keeps them from nobody, and what it has done has to be written down.
OF_A_PAGE = Wait(seconds=5.0, in_vain=0.5, most=64)
OF_A_JOB = Wait(seconds=20.0, in_vain=20.0, most=1_000_000)


class Patience:
    """What is left of it in this process."""

    def __init__(self, wait: Wait) -> None:
        self._wait = wait
        self._lost_at = float("-inf")

    def seconds(self) -> float:
        """How long to wait for something now."""
        lost = time.monotonic() - self._lost_at < _IN_VAIN_FOR
        return self._wait.in_vain if lost else self._wait.seconds

    def lose(self) -> None:
        """Somebody has waited in vain."""
        self._lost_at = time.monotonic()


class Gate:
    """Lets so many in at once. Whoever waits for a place tells it to the threads they are of, and gives up after a while."""

    def __init__(self, places: int, wait: Wait, patience: Patience) -> None:
        self._free: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(places):
            self._free.put(None)
        self._most = wait.most
        self._patience = patience
        self._guard = threading.Lock()
        self._waiting = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places within the block. Raises StoreUnavailable."""
        try:
            self._free.get_nowait()
        except queue.Empty:
            self._wait()
        try:
            yield
        finally:
            self._free.put(None)

    def _wait(self) -> None:
        with self._counted(), waiting():
            try:
                self._free.get(timeout=self._patience.seconds())
            except queue.Empty:
                self._patience.lose()
                raise StoreUnavailable("the database is busy: others who use it do not come to an end") from None

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._guard:
            if self._waiting >= self._most:
                raise StoreUnavailable(f"the database is busy: {self._waiting} wait for it already")
            self._waiting += 1
        try:
            yield
        finally:
            with self._guard:
                self._waiting -= 1
