"""Writes every 15 seconds that this process is alive, and what its last calls to partners came to.

For the web it also tells since when Knock's notices could reach us without a break (usecases/knock/notice_wait.py).
"""

import logging
import threading
import time
from datetime import datetime, timedelta

from vendor_app.store import StoreError, Tables, heartbeats
from vendor_app.usecases.collaborators import Collaborators

log = logging.getLogger(__name__)

# A run that takes longer is stuck, and no heartbeat is written for it any more.
_LONGEST_RUN_SECONDS = 600.0


def keep_new_outcomes(tx: Tables, via: Collaborators, now: datetime) -> None:
    """Store what this process's last calls to partners came to, for all processes to see."""
    for key, outcome in via.watch.take_new().items():
        tx.partner_outcomes.keep(key, outcome.problem, outcome.refused, now)


class HeartbeatWriter:
    """Writes this process's heartbeats on a thread from `start` until `stop`; a scheduler's also for its jobs."""

    def __init__(self, via: Collaborators, name: str) -> None:
        self._via, self._name = via, name
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[str, tuple[float, timedelta]] = {}
        self._done: dict[str, timedelta] = {}
        self._begins = True

    @classmethod
    def of_jobs(cls, via: Collaborators) -> "HeartbeatWriter":
        """The one of the scheduler."""
        return cls(via, heartbeats.JOBS)

    @classmethod
    def of_web(cls, via: Collaborators) -> "HeartbeatWriter":
        """The one of the web application."""
        return cls(via, heartbeats.WEB)

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._go_on, name=f"heart of {self._name}", daemon=True).start()

    def stop(self) -> None:
        """Write no more heartbeats."""
        self._stopped.set()

    def begin(self, job: str, every: timedelta) -> None:
        """A run of this job begins; its next heartbeat is due after `every`."""
        with self._lock:
            self._running[job] = time.monotonic(), every

    def end(self, job: str, *, done: bool) -> None:
        """The run has ended; only one that was `done` counts as a heartbeat of the job."""
        with self._lock:
            _, every = self._running.pop(job)
            if done:
                self._done[job] = every

    def beat(self) -> None:
        """Write the heartbeats once. Raises StoreError."""
        now, longest = self._via.clock(), time.monotonic() - _LONGEST_RUN_SECONDS
        with self._lock:
            done = dict(self._done)
            running = {job: every for job, (began, every) in self._running.items() if began > longest}
        with self._via.db.transaction() as tx:
            tx.heartbeats.beat(self._name, now, begins=self._begins)
            for job, every in {**done, **running}.items():
                tx.heartbeats.beat(f"{self._name}: {job}", now, max(every, heartbeats.BEAT))
            keep_new_outcomes(tx, self._via, now)
        self._begins = False
        with self._lock:
            self._done = {job: every for job, every in self._done.items() if job not in done}

    def _go_on(self) -> None:
        while not self._stopped.is_set():
            try:
                self.beat()
            except StoreError as error:
                log.warning("%s could not say that it is alive: %s", self._name, error)
            self._stopped.wait(heartbeats.BEAT.total_seconds())
