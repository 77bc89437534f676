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
    """One row of the table; `run` returns its counts, a dataclass. One that failed is tried again after `again_after`.

    One that runs `at_news` does not wait for its turn when something to do has just been stored.

    One that `decides_by_clock` ends tours because of the time: it does not run while the machine's clock cannot be believed.
    """

    name: str
    run: Run
    every: timedelta
    again_after: timedelta | None = None
    decides_by_clock: bool = False
    at_news: bool = False


def _at_once(use_case: Callable[[Collaborators, datetime], Any]) -> Run:
    return lambda via, clock: use_case(via, clock())


def _deliver(lane: Lane) -> Run:
    return lambda via, clock: deliver_due(via, lane, clock)


def _sync(via: Collaborators, clock: Clock) -> Any:
    return sync_communities(via.db, via.knock, clock()).counts


SCHEDULE = (
    # The communities that Knock lists: the whole list, for which Knock asks daily.
    Job("sync_communities", _sync, timedelta(days=1), again_after=timedelta(minutes=5)),
    # What Knock told us, and what lock systems told us: stored by the web, acted on here.
    Job("knock_notices", _at_once(act_on_knock_notices), timedelta(seconds=2), at_news=True),
    Job("access_events", _at_once(act_on_access_events), timedelta(seconds=1), at_news=True),
    # Tours whose window is over: completed, or nobody came.
    Job("close_tours", _at_once(close_tours), timedelta(seconds=15), decides_by_clock=True),
    # Tours that are no longer valid: cancelled, each with its reason.
    Job("cancel_invalid_tours", _at_once(cancel_invalid_tours), timedelta(seconds=10), decides_by_clock=True),
    # What Knock's feeds tell of the prospects of our tours.
    Job("prospect_events", _at_once(read_prospect_events), timedelta(minutes=1)),
    # Which appointments Propexo has booked: Knock's notices alone tell, and nothing else waits for that.
    Job("find_appointments", _deliver(Lane.NOTICES), timedelta(seconds=2)),
    # What must open nothing any more, apart from what waits for grants.
    Job("deliver_revocations", _deliver(Lane.REVOCATIONS), timedelta(seconds=1), at_news=True),
    # What we ask of lock systems: grants; and how those stand whose credential has not come yet.
    Job("deliver_access", _deliver(Lane.ACCESS), timedelta(seconds=1), at_news=True),
    Job("read_access", _deliver(Lane.READINGS), timedelta(seconds=1)),
    # What prospects are told.
    Job("deliver_mail", _deliver(Lane.MAIL), timedelta(seconds=1), at_news=True),
    # What we owe Knock: bookings to settle, cancellations, visits.
    Job("deliver_knock", _deliver(Lane.KNOCK), timedelta(seconds=1), at_news=True),
    # What can matter no more is dropped.
    Job("tidy", _at_once(tidy), timedelta(days=1), decides_by_clock=True),
)
"""What partners told us is taken in before tours are closed or cancelled, and all of that before anything is sent."""
