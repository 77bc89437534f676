"""Asks Propexo about the job of a queued appointment until it has ended.

PARTIAL_SUCCESS becomes an operator's task. With a record id it is a booking all the same; without one Knock's notice decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.clients.propexo.client import WriteState, WriteStatus
from vendor_app.domain import Message, Task, Tour
from vendor_app.domain.delivery.retry import growing_pause
from vendor_app.usecases.booking.ask_for_time import propexo_of
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import NotYet
from vendor_app.usecases.tour.operator_tasks import ask_operator

FIRST_POLL = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True)
class JobEnd:
    """How a job ended; `errors` are Propexo's own words, without contact data."""

    is_booked: bool
    errors: str = ""


def end_of_job(via: Collaborators, message: Message, tour: Tour, now: datetime) -> JobEnd:
    """How the tour's job ended. Raises NotYet while it has not, PartnerError when Propexo cannot say."""
    if _is_with_operator(via, tour):
        raise _waits_for_notice(now)
    status = propexo_of(via).write_status(tour.job_id or "", now)
    if status.state is WriteState.PENDING:
        raise NotYet("Propexo has not carried it out yet", now + growing_pause(FIRST_POLL, message.attempts, _LONGEST_PAUSE))
    if status.state is WriteState.PARTIAL_SUCCESS:
        _show_to_operator(via, tour, status, now)
        if status.record_id is None:
            raise _waits_for_notice(now)
    return JobEnd(status.state is not WriteState.FAILURE, "; ".join(status.errors))


def _is_with_operator(via: Collaborators, tour: Tour) -> bool:
    """Whether the job ended with PARTIAL_SUCCESS, which cannot change any more, and is a task already."""
    with via.db.read() as db:
        shown = db.tasks.of_tour(tour.tour_id, Task.CHECK_PARTIAL_BOOKING)
    return any(one.detail.get("jobId") == tour.job_id for one in shown)


def _waits_for_notice(now: datetime) -> NotYet:
    return NotYet("Propexo has done a part of it and names no record; waiting for Knock's notice", now + _LONGEST_PAUSE)


def forget_job(via: Collaborators, tour_id: str, now: datetime) -> None:
    """Propexo does not know the job (any more): the tour's time may be asked for again."""
    with via.db.transaction() as tx:
        if tour := tx.tours.lock(tour_id):
            tx.tours.save(tour.without_job())
            tx.timeline.note(tour_id, "propexo.job_unknown", now)


def _show_to_operator(via: Collaborators, tour: Tour, status: WriteStatus, now: datetime) -> None:
    told = {"jobId": tour.job_id, "errors": status.errors}
    with via.db.transaction() as tx:
        if ask_operator(tx, tour.tour_id, Task.CHECK_PARTIAL_BOOKING, now, about=tour.job_id or "", **told):
            tx.timeline.note(tour.tour_id, "propexo.partial_success", now, **told)
