"""How many requests are left in the present minute, by the sandbox's clock."""

import threading

from sandbox.times import Clock


class Allowance:
    """Counts anew when the minute turns; a restart forgets the count."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._minute, self._taken = 0, 0

    def take(self, per_minute: int) -> bool:
        """One request more; False when the minute's allowance is used up."""
        with self._lock:
            self._turn()
            self._taken += 1
            return self._taken <= per_minute

    def remaining(self, per_minute: int) -> int:
        """What is left until the minute turns."""
        with self._lock:
            self._turn()
            return max(0, per_minute - self._taken)

    def _turn(self) -> None:
        minute = int(self._clock().timestamp()) // 60
        if minute != self._minute:
            self._minute, self._taken = minute, 0
