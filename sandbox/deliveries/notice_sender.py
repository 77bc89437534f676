"""Carries notices to the vendor: at least once, and in order within a lane (one appointment, one access grant)."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import requests

from sandbox.memory import Memory

# Knock: every 15 minutes for 3 days (Scheduling API, "Appointment Webhook Notifications")
ATTEMPTS = 288
TIMEOUT_SECONDS = 10


@dataclass(eq=False)
class Notice:
    """Something the vendor must be told. `message_id` stays the same however often it is sent.

    What tells of several things at once lies in `also` as well: it comes after what any of these lanes already holds.
    """

    lane: str
    content: dict[str, Any]
    message_id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    attempts: int = 0
    due: float = 0.0
    also: list[str] = field(default_factory=list)


PreparedRequest = tuple[bytes, dict[str, str]]


class NoticeSender:
    """A queue and the thread that empties it; notices wait until `start`, and across restarts of the sandbox.

    `write` turns a notice into body and headers at the moment it is sent.
    """

    def __init__(
        self, url: str, write: Callable[[Notice], PreparedRequest], memory: Memory, retry_seconds: float, attempts: int = ATTEMPTS
    ) -> None:
        self.pending: list[Notice] = []
        self._url, self._write, self._memory = url, write, memory
        self._retry_seconds, self._attempts = retry_seconds, attempts
        self._changed = threading.Condition(memory.lock)
        self._paused = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, lane: str, content: dict[str, Any], also: Iterable[str] = (), copies: int = 1) -> None:
        """Queue a notice. Call it inside `memory.change()`, so that it is saved with what caused it.

        Copies are one message that is delivered several times: they have one id.
        """
        if self._url:
            with self._changed:
                notice = Notice(lane, content, also=list(also))
                self.pending += [notice, *(replace(notice) for _ in range(copies - 1))]
                self._changed.notify_all()

    def reverse(self) -> None:
        """Turn the queue around, lanes too."""
        with self._memory.change():
            self.pending.reverse()
            self._changed.notify_all()

    def shuffle(self, dice: random.Random) -> None:
        """Mix up the queue; what is in one lane keeps its order. A queue with what lies in several lanes stays as it is."""
        with self._memory.change():
            if any(notice.also for notice in self.pending):
                return
            lanes: dict[str, list[Notice]] = {}
            for notice in self.pending:
                lanes.setdefault(notice.lane, []).append(notice)
            turns = [notice.lane for notice in self.pending]
            dice.shuffle(turns)
            self.pending = [lanes[lane].pop(0) for lane in turns]
            self._changed.notify_all()

    @property
    def paused(self) -> bool:
        """While paused, notices pile up."""
        return self._paused

    @paused.setter
    def paused(self, value: bool) -> None:
        """Pause, or go on."""
        with self._changed:
            self._paused = value
            self._changed.notify_all()

    def drain(self, timeout: float) -> None:
        """Wait until everything is delivered, or raise TimeoutError. What is held back by a pause is not waited for."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._paused or not self.pending, timeout):
                raise TimeoutError(f"{len(self.pending)} notices for {self._url} are not delivered after {timeout} s")

    def start(self) -> None:
        """Begin to deliver; may be called again after `close`."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._ended,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop delivering; what is undelivered stays queued."""
        with self._changed:
            self._ended.set()
            self._changed.notify_all()
        if self._thread:
            self._thread.join(timeout=1)

    def remember(self) -> list[dict[str, Any]]:
        """The undelivered notices."""
        return [asdict(notice) | {"due": 0.0} for notice in self.pending]

    def recall(self, kept: list[dict[str, Any]]) -> None:
        """Take the undelivered notices back."""
        self.pending = [Notice(**notice) for notice in kept]

    def _run(self, ended: threading.Event) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while not ended.is_set():
                if notice := self._next(ended):
                    self._settle(notice, self._delivered(session, notice))

    def _next(self, ended: threading.Event) -> Notice | None:
        with self._changed:
            now, heads = time.monotonic(), self._heads()
            ready = next((notice for notice in heads if notice.due <= now), None)
            if ready is None and not ended.is_set():
                self._changed.wait(min((notice.due - now for notice in heads), default=None))
            return ready

    def _heads(self) -> list[Notice]:
        """The oldest notice of each lane: the only ones that may be sent."""
        heads: list[Notice] = []
        taken: set[str] = set()
        for notice in [] if self._paused else self.pending:
            lanes = {notice.lane, *notice.also}
            if not lanes & taken:
                heads.append(notice)
            taken |= lanes
        return heads

    def _delivered(self, session: requests.Session, notice: Notice) -> bool:
        body, headers = self._write(notice)
        return deliver(session, self._url, body, headers) // 100 == 2

    def _settle(self, notice: Notice, delivered: bool) -> None:
        with self._memory.change():
            notice.attempts += 1
            notice.due = time.monotonic() + self._retry_seconds
            if delivered or notice.attempts >= self._attempts:
                self.pending = [one for one in self.pending if one is not notice]
            self._changed.notify_all()


def deliver(session: requests.Session, url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST one JSON body to the vendor; the status of the answer, or 0 when none came."""
    headers = {"Content-Type": "application/json"} | headers
    try:
        with session.post(url, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
            return answer.status_code
    except requests.RequestException:
        return 0
