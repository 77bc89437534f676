"""Runs jobs within milliseconds of a transaction that stored something for them.

They also run at their intervals, for news may get lost.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterable

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from vendor_app.clock import utcnow
from vendor_app.log_limit import LogLimit
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.operators.operate import EXPECTED_FAILURES

log = logging.getLogger(__name__)

_LISTEN_SECONDS = 30.0
# What is stored within this time is acted on in one run.
_TOGETHER_SECONDS = 0.005
_LISTEN_AGAIN_SECONDS = 1.0


class Wake:
    """Starts these jobs when there is news; one that is running then runs once more."""

    def __init__(self, scheduler: BackgroundScheduler, jobs: Iterable[str]) -> None:
        self._scheduler = scheduler
        self._jobs = frozenset(jobs)
        self._guard = threading.Lock()
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._log_limit = LogLimit(60)

    def start(self, via: Collaborators) -> None:
        """Listen on a thread of its own until the process ends."""
        threading.Thread(target=self._listen, args=(via,), name="news", daemon=True).start()

    def begin(self, job: str) -> None:
        """A run of this job begins; it may not see what is stored from now on."""
        with self._guard:
            self._running.add(job)
            self._again.discard(job)

    def end(self, job: str) -> bool:
        """The run has ended; whether there was news meanwhile, so that it must run again at once."""
        with self._guard:
            self._running.discard(job)
            return job in self._again

    def wake(self) -> None:
        """There is news: start the jobs that are not running, and note it for those that are."""
        with self._guard:
            self._again |= self._jobs & self._running
            resting = self._jobs - self._running
        for job in resting:
            with contextlib.suppress(JobLookupError):  # all has been stopped meanwhile
                self._scheduler.modify_job(job, next_run_time=utcnow())

    def _listen(self, via: Collaborators) -> None:
        while True:
            try:
                with via.db.news() as news:
                    while True:
                        if news.wait(_LISTEN_SECONDS):
                            self.wake()
                            time.sleep(_TOGETHER_SECONDS)
            except EXPECTED_FAILURES as error:
                if self._log_limit.allows():
                    log.warning("news of the database are not heard, jobs run at their intervals: %s", error)
                time.sleep(_LISTEN_AGAIN_SECONDS)
