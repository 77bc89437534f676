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
    """How many calls are left in this minute; safe to share between threads, one object a token."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: int | None = None
        self._minute_ends_at = self._held_until = datetime(1970, 1, 1, tzinfo=UTC)

    def take(self, call: str, now: datetime, reserve: int) -> None:
        """Count a call that is about to be sent. Raises Throttled when only the `reserve` kept for other calls is left."""
        with self._lock:
            self._begin_minute(now)
            low = self._left is not None and self._left <= reserve
            opens_at = max(self._held_until, self._minute_ends_at) if low else self._held_until
            if opens_at > now:
                raise Throttled(call, "held back, for this minute's calls are used up", opens_at - now)
            if self._left is not None:
                self._left -= 1

    def note_headers(self, headers: Mapping[str, str], now: datetime) -> None:
        """Take the calls left from an answer to a call made at `now`; the smaller count holds, for calls may be under way."""
        said = headers.get("x-ratelimit-remaining", "")
        if not (said.isascii() and said.isdigit() and len(said) < 10):
            return
        with self._lock:
            if _end_of_minute(now) == self._minute_ends_at:
                self._left = int(said) if self._left is None else min(int(said), self._left)

    def note_throttled(self, throttled: Throttled, now: datetime) -> timedelta:
        """A 429 came: send nothing for so long as it returns: Propexo's Retry-After, or until the minute ends."""
        with self._lock:
            self._begin_minute(now)
            wait = min(throttled.retry_after or self._minute_ends_at - now, _LONGEST_HOLD)
            self._held_until = max(self._held_until, now + wait)
            return wait

    def _begin_minute(self, now: datetime) -> None:
        """Begin a new minute. An earlier one comes from a late thread, or, far back, from a clock that was set back."""
        ends_at = _end_of_minute(now)
        if self._minute_ends_at - ends_at > _LONGEST_HOLD:
            self._held_until = now
        elif ends_at <= self._minute_ends_at:
            return
        self._minute_ends_at, self._left = ends_at, None


def _end_of_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + _MINUTE
