"""Limits how often a log line is written that could come a thousand times a second."""

import time


class LogLimit:
    """Allows one line in so many seconds. Two threads may each write one at the same moment; that does no harm."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = float("-inf")

    def allows(self) -> bool:
        """Whether a line may be written now; if so, the next one has to wait."""
        at = time.monotonic()
        if at - self._last < self._seconds:
            return False
        self._last = at
        return True
