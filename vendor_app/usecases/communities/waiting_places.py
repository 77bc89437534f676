"""Bounds how many requests of a process wait for a partner at once, so that a partner that hangs holds up only those."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vendor_app.log_limit import LogLimit
from vendor_app.threads import waiting

log = logging.getLogger(__name__)


class WaitingPlaces:
    """So many places to wait in; a request that finds none free is refused at once."""

    def __init__(self, name: str, places: int) -> None:
        self.places = places
        self._name = name
        self._free = threading.Semaphore(places)
        self._log_limit = LogLimit(60)

    @contextmanager
    def place(self, refusal: Exception) -> Iterator[None]:
        """Hold a place within the block, where the thread counts as waiting. Raises `refusal` when there is none."""
        if not self._free.acquire(blocking=False):
            if self._log_limit.allows():
                log.warning("%s: %d wait for a partner already; others are refused", self._name, self.places)
            raise refusal
        try:
            with waiting():
                yield
        finally:
            self._free.release()
