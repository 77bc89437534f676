"""A time limit over several calls."""

import time


class TimeLimit:
    """So many seconds from now on; no limit with None."""

    def __init__(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds left, at least 0.01; None without a limit."""
        return None if self._ends is None else max(0.01, self._ends - time.monotonic())
