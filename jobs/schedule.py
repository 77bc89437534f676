"""Every job: its name, what it runs, and how often. `make jobs-once` runs them in this order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jobs import (
    access_events,
    cancel_invalid_tours,
    close_tours,
    deliver_access,
    deliver_knock,
    deliver_mail,
    deliver_revocations,
    find_appointments,
    knock_notices,
    prospect_events,
    read_access,
    sync_communities,
    tidy,
)
from vendor_app.usecases.collaborators import Collaborators

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """One line of the table; `run` returns its counts, a dataclass. One that failed is tried again after `again_after`.

    One that `decides_by_clock` ends tours because of the time: it does not run while the machine's clock cannot be believed.
    """

    name: str
    run: Callable[[Collaborators, Clock], Any]
    every: timedelta
    again_after: timedelta | None = None
    decides_by_clock: bool = False


SCHEDULE = (
    Job("sync_communities", sync_communities.run, timedelta(days=1), again_after=timedelta(minutes=5)),
    Job("knock_notices", knock_notices.run, timedelta(seconds=2)),
    Job("access_events", access_events.run, timedelta(seconds=1)),
    Job("close_tours", close_tours.run, timedelta(seconds=15), decides_by_clock=True),
    Job("cancel_invalid_tours", cancel_invalid_tours.run, timedelta(seconds=10), decides_by_clock=True),
    Job("prospect_events", prospect_events.run, timedelta(minutes=1)),
    Job("find_appointments", find_appointments.run, timedelta(seconds=2)),
    Job("deliver_revocations", deliver_revocations.run, timedelta(seconds=1)),
    Job("deliver_access", deliver_access.run, timedelta(seconds=1)),
    Job("read_access", read_access.run, timedelta(seconds=1)),
    Job("deliver_mail", deliver_mail.run, timedelta(seconds=1)),
    Job("deliver_knock", deliver_knock.run, timedelta(seconds=1)),
    Job("tidy", tidy.run, timedelta(days=1), decides_by_clock=True),
)
