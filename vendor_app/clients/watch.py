"""Remembers how the last call with each of our keys went, for health checks and metrics."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from vendor_app.clients.errors import KeysRefused, NotSent, PartnerError, Throttled, Unknown

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallOutcome:
    """How a call went. `problem` is None for any answer, a refusal of the request too; `refused`: our key was refused."""

    problem: str | None = None
    refused: bool = False


class PartnerWatch:
    """The latest outcome by the setting that holds the key; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[str, CallOutcome] = {}
        self._new: set[str] = set()

    @contextlib.contextmanager
    def call(self, key: str) -> Iterator[None]:
        """Wrap a call with this key, and note how it went."""
        try:
            yield
        except PartnerError as error:
            is_problem = isinstance(error, NotSent | Unknown) and not isinstance(error, Throttled)
            self._note(key, CallOutcome(str(error), isinstance(error, KeysRefused)) if is_problem else CallOutcome())
            raise
        self._note(key, CallOutcome())

    def take_new(self) -> dict[str, CallOutcome]:
        """The latest outcome of each key that was used since the last time."""
        with self._lock:
            taken = {key: self._latest[key] for key in self._new}
            self._new.clear()
        return taken

    def _note(self, key: str, outcome: CallOutcome) -> None:
        with self._lock:
            before = self._latest.get(key)
            self._latest[key] = outcome
            self._new.add(key)
        if outcome.refused and not (before and before.refused):
            log.error("%s", outcome.problem)
