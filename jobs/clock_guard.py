"""Whether the machine's clock can be believed: after a jump nothing is decided by it until it has run steadily for a while."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from vendor_app.clock import utcnow

log = logging.getLogger("jobs")

_JUMP = timedelta(minutes=2)
_STEADY_SECONDS = 600.0


class ClockGuard:
    """Compares the clock with one that only ever runs forward; safe to share between threads."""

    def __init__(self, clock: Callable[[], datetime] = utcnow, steady: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._steady = clock, steady
        self._lock = threading.Lock()
        self._last = (clock(), steady())
        self._believed_from = float("-inf")
        self._has_jumped = False

    def is_believable(self) -> bool:
        """Look at both clocks; call it often, for a jump is seen by the next look only."""
        with self._lock:
            now, ticks = self._clock(), self._steady()
            jump = now - self._last[0] - timedelta(seconds=ticks - self._last[1])
            self._last = (now, ticks)
            if abs(jump) > _JUMP:
                self._believed_from, self._has_jumped = ticks + _STEADY_SECONDS, True
                log.error(
                    "this machine's clock jumped by %s: tours are not ended by it for ten minutes; check the time service", jump
                )
            return ticks >= self._believed_from

    def has_jumped(self) -> bool:
        """Whether it has jumped since this was asked last: somebody has to set right what waits for another time."""
        with self._lock:
            jumped, self._has_jumped = self._has_jumped, False
            return jumped
