"""What has just been stored does not wait for a job's turn."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import Mock

import pytest

from jobs import runner
from jobs.schedule import Job
from jobs.wake import Wake
from tests.jobs.test_runner import Counts
from tests.launch.house import settings
from tests.processes import until
from vendor_app.config import Config
from vendor_app.usecases.collaborators import Collaborators

SELDOM = timedelta(days=1)


class Runs:
    """Counts the runs of a job."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _via: Collaborators, _clock: Callable[[], datetime]) -> Counts:
        self.count += 1
        return Counts()


@pytest.fixture
def via(database_url: str) -> Iterator[Collaborators]:
    """Collaborators on a database of their own; no partner is asked."""
    made = Collaborators.connect(Config.from_env({**settings("http://127.0.0.1:9"), "VENDOR_DATABASE_URL": database_url}))
    made.migrate_database()
    yield made
    made.close()


@contextmanager
def running(monkeypatch: pytest.MonkeyPatch, via: Collaborators, *jobs: Job) -> Iterator[None]:
    """The scheduler runs these jobs, each seldom, and has run them once."""
    monkeypatch.setattr(runner, "SCHEDULE", jobs)
    over = threading.Event()
    scheduler = threading.Thread(target=runner.run_forever, args=(via, over.wait))
    scheduler.start()
    try:
        yield
    finally:
        over.set()
        scheduler.join()


def announce_until(via: Collaborators, runs: Runs, count: int) -> None:
    """There is news again and again until the job has run so often: it may just begin to listen."""

    def has_run() -> bool:
        with via.db.transaction() as tx:
            tx.connection.announce()
        return runs.count >= count

    until(has_run)


def test_news_bring_the_turn_forward(monkeypatch: pytest.MonkeyPatch, via: Collaborators) -> None:
    quick, slow = Runs(), Runs()
    with running(monkeypatch, via, Job("quick", quick, SELDOM, runs_on_news=True), Job("slow", slow, SELDOM)):
        until(lambda: (quick.count, slow.count) == (1, 1))
        for runs in range(2, 5):
            announce_until(via, quick, runs)
        assert slow.count == 1


def test_a_job_that_runs_at_news_runs_once_more() -> None:
    scheduler = Mock()
    wake = Wake(scheduler, ["quick", "other"])
    wake.begin("quick")
    wake.wake()
    assert [call.args for call in scheduler.modify_job.call_args_list] == [("other",)]
    assert wake.end("quick")
    wake.begin("quick")
    assert not wake.end("quick")
    wake.wake()
    assert sorted(call.args for call in scheduler.modify_job.call_args_list[1:]) == [("other",), ("quick",)]


def test_a_run_with_news_meanwhile_is_followed_by_another(monkeypatch: pytest.MonkeyPatch, via: Collaborators) -> None:
    runs = Runs()
    real_end = Wake.end
    monkeypatch.setattr(Wake, "end", lambda self, job: real_end(self, job) or runs.count < 3)
    with running(monkeypatch, via, Job("quick", runs, SELDOM, runs_on_news=True)):
        until(lambda: runs.count == 3)
