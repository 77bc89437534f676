"""Every job: its name, what it runs, and how often. `make jobs-once` runs them in this order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vendor_app.domain import Lane
from vendor_app.usecases.booking.take_knock_notices import act_on_knock_notices
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.sync_communities import sync_communities
from vendor_app.usecases.deliver import deliver_due
from vendor_app.usecases.doors.act_on_access_events import act_on_access_events
from vendor_app.usecases.knock.prospect_events import read_prospect_events
from vendor_app.usecases.operators.tidy import tidy
from vendor_app.usecases.visit.cancel_invalid_tours import cancel_invalid_tours
from vendor_app.usecases.visit.close_tours import close_tours

Clock = Callable[[], datetime]
Run = Callable[[Collaborators, Clock], Any]


@dataclass(frozen=True)
class Job:
    """One row of the schedule; `run` returns its counts, a dataclass. A failed run is repeated after `again_after`.

    `runs_on_news`: it runs at once when something to do was stored. `decides_by_clock`: it ends tours or deletes rows because of
    the time, and does not run for ten minutes after the machine's clock has jumped (jobs/clock_guard.py).
    """

    name: str
    run: Run
    every: timedelta
    again_after: timedelta | None = None
    decides_by_clock: bool = False
    runs_on_news: bool = False


def _with_time(use_case: Callable[[Collaborators, datetime], Any]) -> Run:
    return lambda via, clock: use_case(via, clock())


def _deliver(lane: Lane) -> Run:
    return lambda via, clock: deliver_due(via, lane, clock)


def _sync(via: Collaborators, clock: Clock) -> Any:
    return sync_communities(via.db, via.knock, clock()).counts


SCHEDULE = (
    # The communities that Knock lists: the whole list, daily as Knock's documents want.
    Job("sync_communities", _sync, timedelta(days=1), again_after=timedelta(minutes=5)),
    # What Knock told us, and what lock systems told us: stored by the web, acted on here.
    Job("knock_notices", _with_time(act_on_knock_notices), timedelta(seconds=2), runs_on_news=True),
    Job("access_events", _with_time(act_on_access_events), timedelta(seconds=1), runs_on_news=True),
    # Tours whose window is over: completed, or nobody came.
    Job("close_tours", _with_time(close_tours), timedelta(seconds=15), decides_by_clock=True),
    # Tours that are no longer valid: cancelled, each with its reason.
    Job("cancel_invalid_tours", _with_time(cancel_invalid_tours), timedelta(seconds=10), decides_by_clock=True),
    # Knock's events about the prospects of our tours.
    Job("prospect_events", _with_time(read_prospect_events), timedelta(minutes=1)),
    # Messages that wait for Knock's notices: the appointments that Propexo has booked, late answers, cancellations in doubt.
    Job("find_appointments", _deliver(Lane.NOTICES), timedelta(seconds=2)),
    # Revocations, apart from grants that may hang.
    Job("deliver_revocations", _deliver(Lane.REVOCATIONS), timedelta(seconds=1), runs_on_news=True),
    # Grants; and reading the grants whose credential has not come yet.
    Job("deliver_access", _deliver(Lane.ACCESS), timedelta(seconds=1), runs_on_news=True),
    Job("read_access", _deliver(Lane.READINGS), timedelta(seconds=1)),
    # Mail to prospects.
    Job("deliver_mail", _deliver(Lane.MAIL), timedelta(seconds=1), runs_on_news=True),
    # Messages to Knock: bookings and moves to settle, cancellations, visits.
    Job("deliver_knock", _deliver(Lane.KNOCK), timedelta(seconds=1), runs_on_news=True),
    # Deletes what is too old to matter.
    Job("tidy", _with_time(tidy), timedelta(days=1), decides_by_clock=True),
)
"""Partners' notices and events are acted on before tours are closed or cancelled, and all of that before messages are sent."""
