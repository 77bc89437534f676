"""Threads that step aside while they wait."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.processes import until
from vendor_app.threads import QueueFull, Threads, waiting

SOON = 60  # seconds, on a machine with much else to do


class Busy:
    """How many run at once, and the most that ever did."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._guard = threading.Lock()

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._guard:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            yield
        finally:
            with self._guard:
                self.now -= 1


@pytest.fixture
def two() -> Threads:
    return Threads("two", at_work=2, most=10, queued=100, idle_seconds=0.2)


def occupy(threads: Threads, count: int, *, tell_waiting: bool = False) -> tuple[threading.Event, Busy]:
    """So many jobs that run, or wait, until the event is set; returns when they do."""
    go_on, busy = threading.Event(), Busy()

    def job() -> None:
        with busy.counted():
            if tell_waiting:
                with waiting():
                    go_on.wait(SOON)
            else:
                go_on.wait(SOON)

    for _ in range(count):
        threads.submit(job)
    until(lambda: busy.now == min(count, 2 if not tell_waiting else count))
    return go_on, busy


def do(threads: Threads, job: Callable[[], None] = lambda: None) -> threading.Event:
    """Submit a job; set when it is done."""
    done = threading.Event()

    def act() -> None:
        job()
        done.set()

    threads.submit(act)
    return done


def test_no_more_than_a_few_work_at_once(two: Threads) -> None:
    go_on, busy = occupy(two, 5)
    later = do(two)
    assert (busy.now, later.wait(0.05)) == (2, False)
    go_on.set()
    assert later.wait(SOON)
    assert busy.most == 2


def test_one_that_waits_lets_another_work(two: Threads) -> None:
    go_on, _ = occupy(two, 8, tell_waiting=True)
    assert do(two).wait(SOON)
    go_on.set()


def test_no_more_than_the_most_are_started(two: Threads) -> None:
    go_on, _ = occupy(two, 10, tell_waiting=True)
    assert not do(two).wait(0.05)
    go_on.set()


def test_those_who_come_back_at_once_take_turns(two: Threads) -> None:
    go_on, back, busy = threading.Event(), threading.Semaphore(0), Busy()

    def job() -> None:
        with waiting():
            go_on.wait(SOON)
        with busy.counted():
            time.sleep(0.002)
        back.release()

    for _ in range(8):
        two.submit(job)
    go_on.set()
    assert all(back.acquire(timeout=SOON) for _ in range(8))
    assert busy.most <= 2


def test_one_that_comes_back_goes_on_though_all_others_are_idle() -> None:
    threads = Threads("long idle", at_work=2, most=10, queued=100, idle_seconds=600)
    go_on = threading.Event()

    def job() -> None:
        with waiting():
            go_on.wait(SOON)

    back = do(threads, job)
    for _ in range(20):
        assert do(threads).wait(SOON)
    go_on.set()
    assert back.wait(SOON)


def test_who_comes_back_goes_on_before_anything_new() -> None:
    one = Threads("one", at_work=1, most=10, queued=100, idle_seconds=0.2)
    order: list[str] = []
    waits, come_back, working = threading.Event(), threading.Event(), threading.Event()

    def first() -> None:
        with waiting():
            waits.set()
            come_back.wait(SOON)
        order.append("came back")

    back = do(one, first)
    assert waits.wait(SOON)

    def work() -> None:
        working.wait(SOON)

    one.submit(work)
    new = do(one, lambda: order.append("new"))
    come_back.set()
    until(lambda: bool(one._coming_back))
    working.set()
    assert back.wait(SOON) and new.wait(SOON)
    assert order == ["came back", "new"]


def test_waiting_within_waiting_counts_once(two: Threads) -> None:
    def job() -> None:
        with waiting(), waiting():
            pass

    assert do(two, job).wait(SOON)
    _, busy = occupy(two, 5)
    assert busy.now == 2


def test_waiting_means_nothing_to_other_threads() -> None:
    with waiting():
        pass


def test_a_full_queue_refuses() -> None:
    threads = Threads("full", at_work=2, most=2, queued=3, idle_seconds=1)
    go_on, _ = occupy(threads, 2)
    for _ in range(3):
        threads.submit(lambda: None)
    with pytest.raises(QueueFull):
        threads.submit(lambda: None)
    go_on.set()
    until(threads._jobs.empty)
    assert do(threads).wait(SOON)


@pytest.mark.parametrize("error", [ZeroDivisionError, SystemExit, KeyboardInterrupt])
def test_a_job_that_fails_costs_no_thread(two: Threads, error: type[BaseException], caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise error

    for _ in range(5):
        two.submit(fail)
    assert do(two).wait(SOON)
    until(lambda: len(caplog.records) == 5)
    assert {record.levelname for record in caplog.records} == {"ERROR"}


def test_idle_threads_end_and_new_ones_take_the_next_job(two: Threads) -> None:
    go_on, _ = occupy(two, 8, tell_waiting=True)
    go_on.set()
    until(lambda: two._started == 0)
    assert do(two).wait(SOON)


def test_a_thousand_jobs_that_wait_at_random_are_all_done() -> None:
    threads = Threads("many", at_work=3, most=30, queued=2000, idle_seconds=0.001)
    dice, busy, left = random.Random(1), Busy(), threading.Semaphore(0)

    def job(waits: float) -> None:
        with busy.counted():
            time.sleep(waits / 4)
        if waits:
            with waiting():
                time.sleep(waits)
        with busy.counted():
            left.release()

    for _ in range(1000):
        threads.submit(partial(job, dice.choice([0, 0, 0.001, 0.005])))
    assert all(left.acquire(timeout=SOON) for _ in range(1000))
    assert busy.most <= 3
    assert do(threads).wait(SOON)


def test_threads_that_are_closed_finish_their_jobs_and_end() -> None:
    closed = Threads("closed", at_work=2, most=10, queued=100, idle_seconds=3600)
    go_on, _ = occupy(closed, 2)
    last = do(closed)
    closed.close()
    go_on.set()
    assert last.wait(SOON)
    until(lambda: all(one.name != "closed" for one in threading.enumerate()))
