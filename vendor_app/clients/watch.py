"""What the last call with each of our keys came to, for those who watch the product."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from vendor_app.clients.errors import KeysRefused, NotSent, PartnerError, Throttled, Unknown

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CallOutcome:
    """`problem` is None for an answer, which a refusal of what was asked is too; `refused`: the key itself was."""

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
        """Around a call with this key."""
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
