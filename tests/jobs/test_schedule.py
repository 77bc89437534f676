"""The table of jobs."""

from datetime import timedelta
from unittest.mock import Mock, patch

from jobs.schedule import SCHEDULE
from vendor_app.domain.delivery.outbox import Lane

DELIVERIES = {"find_appointments", "read_access", *(job.name for job in SCHEDULE if job.name.startswith("deliver_"))}


def test_every_job_has_a_name_of_its_own() -> None:
    names = [job.name for job in SCHEDULE]
    assert len(names) == len(set(names))


def test_every_lane_is_delivered_once() -> None:
    """A lane that no job delivers would keep its messages for ever."""
    with patch("jobs.schedule.deliver_due") as deliver:
        for job in SCHEDULE:
            if job.name in DELIVERIES:
                job.run(Mock(), Mock())
    assert sorted(call.args[1] for call in deliver.call_args_list) == sorted(Lane)


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
