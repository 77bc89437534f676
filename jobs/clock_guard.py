"""Notices when the machine's clock jumps. Jobs that decide by the clock (jobs/schedule.py) then pause for ten minutes."""

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
    """Compares the clock with the monotonic one; safe to share between threads."""

    def __init__(self, clock: Callable[[], datetime] = utcnow, steady: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._steady = clock, steady
        self._lock = threading.Lock()
        self._last = (clock(), steady())
        self._believed_from = float("-inf")
        self._has_jumped = False

    def is_believable(self) -> bool:
        """Whether the clock has not jumped for ten minutes. Call it often: it compares with the call before."""
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
        """Whether the clock has jumped since the last call: times stored by the wrong clock must then be repaired."""
        with self._lock:
            jumped, self._has_jumped = self._has_jumped, False
            return jumped
