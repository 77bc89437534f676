"""Settle a booking whose answer we do not know: the safety net under every request.

1. A notice from Knock that tells of this appointment (same start, unclaimed; its guest card has the same e-mail or phone,
   and community): adopt it.
2. Propexo has queued it: ask what became of the job. (A failure is no answer yet while Knock holds an appointment: see 4.)
3. Else ask again, which is safe: Knock keeps one upcoming appointment a prospect.
4. Knock refuses the time: our own first appointment may be what holds it. Its prospect's events tell whether there is one, and
   where nothing tells who they are in Knock, its silence (silence.py). There is, or may be: wait for the notice that names it,
   and tell the operator. There is none: rejected. What is carried out later still is claim_appointment's.

A tour that was cancelled meanwhile is not asked for again: only found out about, to cancel it in Knock too. (One that a newer
booking replaced is not even that: Knock has cancelled what it held, unless Propexo still has it in its queue.)
"""

import logging
from datetime import datetime

from vendor_app.clients.errors import Refused
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain.cancelling import Reason
from vendor_app.domain.delivery.outbox import Message
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import Status, Tour
from vendor_app.store import appointment_requests, appointments, tours
from vendor_app.store.appointment_requests import Outcome
from vendor_app.store.engine.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.booking.channels import QueuedAppointment, goes_through_propexo, request_again
from vendor_app.usecases.booking.outcomes import keep_job, record_appointment, record_propexo_booking
from vendor_app.usecases.booking.propexo_jobs import FIRST_POLL, end_of_job, forget_job
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import may_be_booked, told_by_notice
from vendor_app.usecases.knock.silence import notice_wait
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.operator_tasks import ask_about_time, need_nobody_at

log = logging.getLogger(__name__)

_UNKNOWN = frozenset({Status.REQUESTED, Status.CANCELLED})


def settle_booking(via: Collaborators, message: Message, now: datetime) -> Record:
    """Find out what became of the request, or make it again."""
    with via.db.read() as db:
        tour = tours.find_tour(db, message.subject_id)
        known = appointments.uncancelled_appointments(db, message.subject_id)
    if tour is None or tour.status not in _UNKNOWN or known or (tour.reason is Reason.REPLACED and not tour.job_id):
        return nothing_to_do
    if found := told_by_notice(via, tour, tour.starts_at):
        return _record(via, tour, found, now)
    if tour.job_id:
        return _settle_job(via, message, tour, tour.job_id, now)
    if tour.status is Status.CANCELLED or now >= tour.starts_at:
        return _nothing_found(via, message, tour, now)
    try:
        answer = request_again(via, message, tour, tour.local_span, now)
    except Refused as refusal:
        if may_be_booked(via, tour, tour.starts_at, now):
            raise waits_for_notice(via, message, tour, tour.starts_at, now) from refusal
        return nothing_to_look_for(tour, tour.starts_at, _rejected(tour, Reason.REFUSED, now, error=refusal.reason), now)
    if isinstance(answer, QueuedAppointment):
        keep_job(via, tour.tour_id, answer, now)
        raise NotYet("Propexo has queued it", now + FIRST_POLL)
    return _record(via, tour, answer, now)


def waits_for_notice(via: Collaborators, message: Message, tour: Tour, start: datetime, now: datetime) -> NotYet:
    """Knock (perhaps) holds an appointment at `start`, and only a notice tells its id: where none comes, the operator looks."""
    log.warning("tour %s: Knock may hold an appointment whose id we wait for; look at Knock's calendar", tour.tour_id)
    if now >= message.created_at + notice_wait(via):
        with via.db.transaction() as tx:
            ask_about_time(tx, tour, Task.LOOK_FOR_APPOINTMENT, start, now)
    return NotYet("Knock may hold an appointment; waiting for the notice with its id", now + via.config.pause)


def _settle_job(via: Collaborators, message: Message, tour: Tour, job_id: str, now: datetime) -> Record:
    if tour.status is Status.CANCELLED and now >= tour.ends_at:
        return nothing_to_do
    try:
        end = end_of_job(via, message, tour, job_id, now)
    except Refused as refusal:
        forget_job(via, tour.tour_id, now)
        raise NotYet(f"{refusal}; the booking is asked for again", now) from refusal
    if not end.is_booked:
        if may_be_booked(via, tour, tour.starts_at, now):
            raise waits_for_notice(via, message, tour, tour.starts_at, now)
        return job_refused(tour, tour.starts_at, _rejected(tour, Reason.REFUSED, now, error=end.errors), now)

    def record(tx: Connection) -> None:
        record_propexo_booking(via, tx, tour.tour_id, now)

    return record


def job_refused(tour: Tour, start: datetime, then: Record, now: datetime) -> Record:
    """Propexo's job has ended without a booking."""

    def record(tx: Connection) -> None:
        appointment_requests.answer_request(tx, tour.tour_id, start, Outcome.REFUSED, now)
        then(tx)

    return nothing_to_look_for(tour, start, record, now)


def _nothing_found(via: Collaborators, message: Message, tour: Tour, now: datetime) -> Record:
    """It is not to be asked for (again); but while Knock may hold an appointment, we wait to learn its id."""
    if now < tour.ends_at and may_be_booked(via, tour, tour.starts_at, now):
        raise waits_for_notice(via, message, tour, tour.starts_at, now)
    if _may_be_queued(via, message, tour, now):
        raise NotYet("Propexo may have it in its queue without having told us", now + via.config.pause)
    then = nothing_to_do if tour.status is Status.CANCELLED else _rejected(tour, Reason.NOT_CONFIRMED, now)
    return nothing_to_look_for(tour, tour.starts_at, then, now)


def nothing_to_look_for(tour: Tour, start: datetime, then: Record, now: datetime) -> Record:
    """Knock holds nothing at `start`, or its time is over: what the operator was asked to look for there is not needed."""

    def record(tx: Connection) -> None:
        for task in (Task.LOOK_FOR_APPOINTMENT, Task.CANCEL_IN_KNOCK):
            need_nobody_at(tx, tour.tour_id, task, start, now)
        then(tx)

    return record


def _may_be_queued(via: Collaborators, message: Message, tour: Tour, now: datetime) -> bool:
    with via.db.read() as db:
        asked_propexo = goes_through_propexo(via, db, tour)
    return asked_propexo and now < min(tour.ends_at, message.created_at + notice_wait(via))


def _record(via: Collaborators, tour: Tour, booked: BookedAppointment, now: datetime) -> Record:
    def record(tx: Connection) -> None:
        record_appointment(via, tx, tour.tour_id, booked, now, newest=True)

    return record


def _rejected(tour: Tour, reason: Reason, now: datetime, **detail: str) -> Record:
    def record(tx: Connection) -> None:
        current = tours.lock_tour(tx, tour.tour_id)
        if current is not None and current.status is Status.REQUESTED:
            note(tx, tour.tour_id, "tour.settled", now)
            transitions.reject_tour(tx, current, reason, now, **detail)

    return record
