"""A value that is slow to compute is kept for a while, so that frequent reads do not keep the database busy."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_ValueT = TypeVar("_ValueT")

_QUICK_SECONDS = 0.02
# A slow value is kept for this many times as long as it took.
_TIMES = 200


class Sampled(Generic[_ValueT]):
    """One value a process; safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: tuple[_ValueT, float] | None = None

    def get(self, compute: Callable[[], _ValueT]) -> _ValueT:
        """The kept value, or a new one when none is kept any more."""
        with self._guard:
            if self._kept and time.monotonic() < self._kept[1]:
                return self._kept[0]
            began = time.monotonic()
            value = compute()
            took = time.monotonic() - began
            self._kept = (value, time.monotonic() + took * _TIMES) if took > _QUICK_SECONDS else None
            return value
