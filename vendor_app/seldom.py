"""For log lines that would else come by the thousand, and keep the process from its work."""

import time


class Seldom:
    """Says yes once in so many seconds. Two threads may both hear it; that does no harm."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = float("-inf")

    def now(self) -> bool:
        """Whether it is time again."""
        at = time.monotonic()
        if at - self._last < self._seconds:
            return False
        self._last = at
        return True
