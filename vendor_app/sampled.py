"""A figure whose reckoning takes long is kept for a while, so that whoever asks often does not keep the database busy."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

_ValueT = TypeVar("_ValueT")

_QUICK_SECONDS = 0.02
# It is kept for so many times as long as it took.
_TIMES = 200


class Sampled(Generic[_ValueT]):
    """One a process; safe to share between threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: tuple[_ValueT, float] | None = None

    def get(self, reckon: Callable[[], _ValueT]) -> _ValueT:
        """The figure, reckoned anew unless it took long not long ago."""
        with self._guard:
            if self._kept and time.monotonic() < self._kept[1]:
                return self._kept[0]
            began = time.monotonic()
            value = reckon()
            took = time.monotonic() - began
            self._kept = (value, time.monotonic() + took * _TIMES) if took > _QUICK_SECONDS else None
            return value
