"""How many requests of a process may wait for a partner at the same time, so that a partner who hangs holds up only those."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vendor_app.threads import waiting

log = logging.getLogger(__name__)

_TELL_EVERY_SECONDS = 60.0


class Room:
    """Has so many places, and nobody queues for one: who finds none is refused at once."""

    def __init__(self, name: str, places: int) -> None:
        self.places = places
        self._name = name
        self._free = threading.Semaphore(places)
        self._told_at = float("-inf")

    @contextmanager
    def place(self, refusal: Exception) -> Iterator[None]:
        """Hold a place within the block, where the thread counts as waiting. Raises `refusal` when there is none."""
        if not self._free.acquire(blocking=False):
            self._tell()
            raise refusal
        try:
            with waiting():
                yield
        finally:
            self._free.release()

    def _tell(self) -> None:
        """The log would else have a line for each of thousands."""
        if time.monotonic() - self._told_at > _TELL_EVERY_SECONDS:
            self._told_at = time.monotonic()
            log.warning("%s: %d wait for a partner already; others are refused", self._name, self.places)
