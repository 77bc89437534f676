"""Propexo's rate limit: so many calls a minute (150 by default), counted down in every answer; 429 until the minute turns.

The minute is that of the `now` we are given. Where Propexo's turns at another second, its next answer puts us right.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from vendor_app.clients.errors import Throttled

_MINUTE = timedelta(minutes=1)
_LONGEST_HOLD = timedelta(hours=1)


class CallsLeft:
    """How many calls this minute still has; safe to share between threads, one object a token."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: int | None = None
        self._turns_at = self._held_until = datetime(1970, 1, 1, tzinfo=UTC)

    def take(self, call: str, now: datetime, reserve: int) -> None:
        """Count a call that is about to be sent. Throttled when none is left beside the `reserve` kept for others."""
        with self._lock:
            self._turn(now)
            low = self._left is not None and self._left <= reserve
            opens_at = max(self._held_until, self._turns_at) if low else self._held_until
            if opens_at > now:
                raise Throttled(call, "held back, for this minute's calls are used up", opens_at - now)
            if self._left is not None:
                self._left -= 1

    def hear(self, headers: Mapping[str, str], now: datetime) -> None:
        """An answer to a call made at `now` came. Calls still under way are not in its count, so the smaller one holds."""
        said = headers.get("x-ratelimit-remaining", "")
        if not (said.isascii() and said.isdigit() and len(said) < 10):
            return
        with self._lock:
            if _end_of_minute(now) == self._turns_at:
                self._left = int(said) if self._left is None else min(int(said), self._left)

    def hold(self, throttled: Throttled, now: datetime) -> timedelta:
        """A 429 came: how long nothing may be sent. Propexo's own word where it gave one, else until the minute turns."""
        with self._lock:
            self._turn(now)
            wait = min(throttled.retry_after or self._turns_at - now, _LONGEST_HOLD)
            self._held_until = max(self._held_until, now + wait)
            return wait

    def _turn(self, now: datetime) -> None:
        """A new minute has all its calls. One before ours is a thread that was late, or else a clock that was set back."""
        turns_at = _end_of_minute(now)
        if self._turns_at - turns_at > _LONGEST_HOLD:
            self._held_until = now
        elif turns_at <= self._turns_at:
            return
        self._turns_at, self._left = turns_at, None


def _end_of_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + _MINUTE
