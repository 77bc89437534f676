"""Settle a booking whose answer we do not know: the safety net under every request.

1. A notice from Knock that tells of this appointment (same start, unclaimed; its guest card has the same e-mail or phone,
   and community): adopt it.
2. Propexo has queued it: ask what became of the job.
3. Else ask again, which is safe: Knock keeps one upcoming appointment a prospect.
4. Knock refuses the time: our own first appointment may be what holds it. Its prospect's events tell whether there is one.
   There is: wait for the notice that names it, and tell the operator. There is none: rejected.

A tour that was cancelled meanwhile is not asked for again: only found out about, to cancel it in Knock too. (One that a newer
booking replaced is not even that: Knock has cancelled what it held.)
"""

import logging
from datetime import datetime

from vendor_app.clients.errors import Refused
from vendor_app.clients.knock_records import BookedAppointment
from vendor_app.domain.outbox import Message
from vendor_app.domain.tours import Reason, Status, Tour
from vendor_app.store import appointments, tours
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases import transitions
from vendor_app.usecases.channels import QueuedAppointment, request_appointment
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.finding import has_appointment_in_knock, told_by_notice
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.outcomes import keep_job, record_appointment, record_propexo_booking
from vendor_app.usecases.propexo_jobs import FIRST_POLL, end_of_job, forget_job

log = logging.getLogger(__name__)

_UNKNOWN = frozenset({Status.REQUESTED, Status.CANCELLED})


def settle_booking(via: Collaborators, message: Message, now: datetime) -> Record:
    """Find out what became of the request, or make it again."""
    with via.db.read() as db:
        tour = tours.find_tour(db, message.subject_id)
        known = appointments.uncancelled_appointments(db, message.subject_id)
    if tour is None or tour.status not in _UNKNOWN or known or tour.reason is Reason.REPLACED:
        return nothing_to_do
    if found := told_by_notice(via, tour, tour.starts_at):
        return _record(via, tour, found, now)
    if tour.job_id:
        return _settle_job(via, message, tour, tour.job_id, now)
    if tour.status is Status.CANCELLED or now >= tour.starts_at:
        return _nothing_found(via, tour, now)
    try:
        answer = request_appointment(via, tour, tour.local_span, now)
    except Refused as refusal:
        if has_appointment_in_knock(via, tour, tour.starts_at, now):
            raise waits_for_notice(via, tour, now) from refusal
        return _rejected(tour, Reason.REFUSED, now, error=refusal.reason)
    if isinstance(answer, QueuedAppointment):
        keep_job(via, tour.tour_id, answer, now)
        raise NotYet("Propexo has queued it", now + FIRST_POLL)
    return _record(via, tour, answer, now)


def waits_for_notice(via: Collaborators, tour: Tour, now: datetime) -> NotYet:
    """Knock holds an appointment, and nothing but a notice tells its id."""
    log.warning("tour %s: Knock holds an appointment whose id we wait for; look at Knock's calendar", tour.tour_id)
    return NotYet("Knock holds an appointment; waiting for the notice with its id", now + via.config.pause)


def _settle_job(via: Collaborators, message: Message, tour: Tour, job_id: str, now: datetime) -> Record:
    try:
        end = end_of_job(via, message, tour, job_id, now)
    except Refused as refusal:
        forget_job(via, tour.tour_id, now)
        raise NotYet(f"{refusal}; the booking is asked for again", now) from refusal
    if not end.is_booked:
        return _rejected(tour, Reason.REFUSED, now, error=end.errors)

    def record(tx: Connection) -> None:
        record_propexo_booking(via, tx, tour.tour_id, now)

    return record


def _nothing_found(via: Collaborators, tour: Tour, now: datetime) -> Record:
    """It is not to be asked for (again); but while Knock may hold an appointment, we wait to learn its id."""
    if now < tour.ends_at and has_appointment_in_knock(via, tour, tour.starts_at, now):
        raise waits_for_notice(via, tour, now)
    return nothing_to_do if tour.status is Status.CANCELLED else _rejected(tour, Reason.NOT_CONFIRMED, now)


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
