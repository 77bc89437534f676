"""Threads that take jobs from one queue. A few are at work; one that waits for somebody else lets another work meanwhile.

Few are quicker than many, for only one of them runs Python at a time; but a booking waits for Knock for seconds. So whoever
waits says so (`waiting`), and only then one more is started, or woken; `most` bounds them all. Who comes back from waiting goes
on when one of those at work is done, and before anything new is begun: a hundred that come back at once would hold up each other.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

_of_thread = threading.local()


class QueueFull(Exception):
    """So many jobs wait already that another one would wait too long."""


class Threads:
    """Started as they are needed, ended when they were not for `idle_seconds`; they do not keep a process from ending."""

    def __init__(self, name: str, at_work: int, most: int, queued: int, idle_seconds: float) -> None:
        self._name = name
        self._at_work = at_work
        self._most = most
        self._queued = queued
        self._idle_seconds = idle_seconds
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._spare = threading.Semaphore(0)
        self._guard = threading.Lock()
        self._coming_back: deque[threading.Lock] = deque()
        self._started = self._resting = self._working = 0

    def submit(self, job: Callable[[], None]) -> None:
        """Have it done by the next free thread. Raises QueueFull."""
        if self._jobs.qsize() >= self._queued:
            raise QueueFull
        self._jobs.put(job)
        if self._working < self._at_work:
            self._add()

    def close(self) -> None:
        """Have each end when nothing is left to do, instead of waiting for more."""
        self._idle_seconds = 0.0
        self._jobs.put(_nothing)

    @contextmanager
    def step_aside(self) -> Iterator[None]:
        """The calling thread, which is one of these, waits within the block and does not count as being at work."""
        with self._guard:
            if not self._let_back():
                self._working -= 1
        if not self._jobs.empty():
            self._add()
        try:
            yield
        finally:
            self._come_back()

    def _come_back(self) -> None:
        with self._guard:
            if self._working < self._at_work:
                self._working += 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._coming_back.append(turn)
        self._jobs.put(_nothing)  # one of those at work may have nothing to do
        turn.acquire()

    def _let_back(self) -> bool:
        """Leave the calling thread's place among those at work to one that has waited, if there is one; with the guard held."""
        if self._coming_back:
            self._coming_back.popleft().release()
            return True
        return False

    def _add(self) -> None:
        """One more at work, if there may be one: one that rests, or else a new one."""
        with self._guard:
            starts = not self._resting
            if self._working >= self._at_work or (starts and self._started >= self._most):
                return
            self._working += 1
            if starts:
                self._started += 1
            else:
                self._resting -= 1
                self._spare.release()
        if starts:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        _of_thread.threads = self
        while (job := self._next()) is not None:
            try:
                job()
            except BaseException:  # a thread that is lost would still count as being at work
                log.exception("a job of the threads %s failed", self._name)
            del job  # what it holds must not live on until the next one comes
            if self._coming_back and not self._rest():
                return

    def _next(self) -> Callable[[], None] | None:
        """The next job; None when there has been none for so long that the thread is to end."""
        while True:
            try:
                return self._jobs.get(timeout=self._idle_seconds)
            except queue.Empty:
                with self._guard:
                    # Counted out first and looked after that: whoever submits does it the other way round, so none is overlooked.
                    self._working -= 1
                    if self._jobs.empty():
                        self._started -= 1
                        if self._started and not self._idle_seconds:
                            self._jobs.put(_nothing)  # wakes the next one to end
                        return None
                    self._working += 1

    def _rest(self) -> bool:
        """Let one go on that has waited, until this one is needed. False when it has rested so long that it is to end."""
        with self._guard:
            if not self._let_back():
                return True
            self._resting += 1
        if self._spare.acquire(timeout=self._idle_seconds):
            return True
        with self._guard:
            if self._resting:
                self._resting -= 1
                self._started -= 1
                return False
        return self._spare.acquire()  # it was called in this very moment


def _nothing() -> None:
    """A job that is done at once."""


@contextmanager
def waiting() -> Iterator[None]:
    """The calling thread waits within the block, for a partner or for the database. Outside of Threads it means nothing."""
    threads: Threads | None = getattr(_of_thread, "threads", None)
    if threads is None:
        yield
        return
    _of_thread.threads = None  # who waits within waiting waits only once
    try:
        with threads.step_aside():
            yield
    finally:
        _of_thread.threads = threads
