"""How many requests of a process may wait for a partner at the same time, so that a partner who hangs holds up only those."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vendor_app.seldom import Seldom
from vendor_app.threads import waiting

log = logging.getLogger(__name__)


class WaitingPlaces:
    """Has so many places, and nobody queues for one: who finds none is refused at once."""

    def __init__(self, name: str, places: int) -> None:
        self.places = places
        self._name = name
        self._free = threading.Semaphore(places)
        self._tell = Seldom(60)

    @contextmanager
    def place(self, refusal: Exception) -> Iterator[None]:
        """Hold a place within the block, where the thread counts as waiting. Raises `refusal` when there is none."""
        if not self._free.acquire(blocking=False):
            if self._tell.now():
                log.warning("%s: %d wait for a partner already; others are refused", self._name, self.places)
            raise refusal
        try:
            with waiting():
                yield
        finally:
            self._free.release()
