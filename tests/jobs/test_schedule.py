"""The table of jobs."""

from datetime import timedelta
from pathlib import Path

import jobs
from jobs.schedule import SCHEDULE

# What runs jobs is no job.
_MACHINERY = {"__init__", "__main__", "runner", "schedule", "clock_guard"}


def test_the_table_lists_every_job_file_exactly_once() -> None:
    (folder,) = jobs.__path__
    files = {path.stem for path in Path(folder).glob("*.py")} - _MACHINERY
    assert sorted(job.name for job in SCHEDULE) == sorted(files)


def test_every_job_runs_the_file_of_its_name() -> None:
    assert [job.run.__module__ for job in SCHEDULE] == [f"jobs.{job.name}" for job in SCHEDULE]


def test_what_partners_told_us_is_taken_in_before_tours_are_closed_or_cancelled_and_all_of_it_before_sending() -> None:
    names = [job.name for job in SCHEDULE]
    heard = max(names.index(name) for name in ("sync_communities", "knock_notices", "access_events"))
    decided = [names.index(name) for name in ("close_tours", "cancel_invalid_tours")]
    sent = min(names.index(name) for name in ("deliver_knock", "deliver_access"))
    assert heard < min(decided) <= max(decided) < sent


def test_communities_are_fetched_daily_and_messages_looked_for_every_second() -> None:
    every = {job.name: job.every for job in SCHEDULE}
    assert every["sync_communities"] == timedelta(days=1)
    assert every["deliver_knock"] == every["deliver_access"] == timedelta(seconds=1)
