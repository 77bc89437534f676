"""Settle a tour's move to another time whose answer we do not know, in the way of settle_booking.

While it is open the tour keeps its old time, and holds both. A notice that the old appointment was cancelled says nothing by
itself: Knock cancels what a new booking replaces. Only when the move has certainly failed does that cancel the tour.
"""

from datetime import datetime

from vendor_app.clients.errors import Refused
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain.cancelling import Reason
from vendor_app.domain.delivery.outbox import Message
from vendor_app.domain.slots import Span
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import Status, Tour
from vendor_app.store import appointments, notices, tours
from vendor_app.store.engine.database import Connection
from vendor_app.usecases.booking.channels import QueuedAppointment, request_again
from vendor_app.usecases.booking.outcomes import keep_job, record_move, record_stay
from vendor_app.usecases.booking.propexo_jobs import FIRST_POLL, end_of_job, forget_job
from vendor_app.usecases.booking.settle_booking import job_refused, nothing_to_look_for, waits_for_notice
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import may_be_booked, told_by_notice
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.tour.operator_tasks import ask_about_time


def settle_move(via: Collaborators, message: Message, now: datetime) -> Record:
    """Find out what became of the request for the new time, or make it again."""
    with via.db.read() as db:
        tour = tours.find_tour(db, message.subject_id)
    span = tour.next_span if tour else None
    if tour is None or span is None:
        return nothing_to_do
    if tour.reason is Reason.REPLACED:
        return _stays(via, tour, "a newer booking has taken its place", now)
    if decided := _decided(via, message, tour, span, now):
        return decided
    if tour.job_id:
        return _settle_job(via, message, tour, span, tour.job_id, now)
    if tour.status is not Status.CONFIRMED or now >= span.start:
        if now < span.end and may_be_booked(via, tour, span.start, now, since=message.created_at):
            raise _waits(via, message, tour, span, now)
        return _stays(via, tour, "it was never confirmed", now)
    return _ask_again(via, message, tour, span, now)


def _decided(via: Collaborators, message: Message, tour: Tour, span: Span, now: datetime) -> Record | None:
    """What Knock's notices tell of the new time. Raises NotYet while the property reviews it, PartnerError."""
    if reviewed := _under_review(via, message, tour, span, now):
        return reviewed
    found = told_by_notice(via, tour, span.start)
    return _moved(via, tour, span, found, now) if found else None


def _ask_again(via: Collaborators, message: Message, tour: Tour, span: Span, now: datetime) -> Record:
    try:
        answer = request_again(via, message, tour, span, now)
    except Refused as refusal:
        if may_be_booked(via, tour, span.start, now, since=message.created_at):
            raise _waits(via, message, tour, span, now) from refusal
        return _stays(via, tour, refusal.reason, now)
    if isinstance(answer, QueuedAppointment):
        keep_job(via, tour.tour_id, answer, now)
        raise NotYet("Propexo has queued it", now + FIRST_POLL)
    if not answer.is_confirmed:
        with via.db.transaction() as tx:
            record_move(via, tx, tour.tour_id, span, answer, now, newest=True)
        raise NotYet("the property reviews it", now + via.config.pause)
    return _moved(via, tour, span, answer, now)


def _under_review(via: Collaborators, message: Message, tour: Tour, span: Span, now: datetime) -> Record | None:
    """What the property has decided about the new time, where it reviews requests. Raises NotYet while it has not."""
    with via.db.read() as db:
        asked = appointments.standing_at(db, tour.tour_id, span.start, learned_since=message.created_at)
        asked = [one for one in asked if one != tour.appointment_id]
        decided = notices.latest_status(db, asked[0]) if asked else None
    if not asked:
        return None
    if decided == "CONFIRMED":
        return _moved(via, tour, span, BookedAppointment(appointment_id=asked[0]), now)
    if now < span.start and tour.status is Status.CONFIRMED:
        raise NotYet("the property reviews it", now + via.config.pause)
    return _stays(via, tour, "the property has not decided in time", now)


def give_up_move(tx: Connection, message: Message, now: datetime) -> None:
    """Nobody could tell what became of it: the tour is as it was before, and the operator is asked to look."""
    tour = tours.lock_tour(tx, message.subject_id)
    if tour is None or tour.next_span is None:
        return
    ask_about_time(tx, tour, Task.LOOK_FOR_MOVED_APPOINTMENT, tour.next_span.start, now)
    record_stay(tx, tour.tour_id, "its outcome could not be found out", now)


def _waits(via: Collaborators, message: Message, tour: Tour, span: Span, now: datetime) -> NotYet:
    """Knock holds an appointment whose id only a notice tells; for a tour that is cancelled somebody can cancel it sooner."""
    if tour.status is Status.CANCELLED:
        with via.db.transaction() as tx:
            ask_about_time(tx, tour, Task.CANCEL_IN_KNOCK, span.start, now)  # done as soon as a notice tells the id
    return waits_for_notice(via, message, tour, span.start, now)


def _settle_job(via: Collaborators, message: Message, tour: Tour, span: Span, job_id: str, now: datetime) -> Record:
    if now >= span.end:
        return _stays(via, tour, "it was never confirmed", now)
    try:
        end = end_of_job(via, message, tour, job_id, now)
    except Refused as refusal:
        forget_job(via, tour.tour_id, now)
        raise NotYet(f"{refusal}; the new time is asked for again", now) from refusal
    if end.is_booked:
        return _moved(via, tour, span, None, now)
    if may_be_booked(via, tour, span.start, now, since=message.created_at):
        raise _waits(via, message, tour, span, now)  # an order of ours before this one has it
    return job_refused(tour, span.start, _stays(via, tour, end.errors, now), now)


def _moved(via: Collaborators, tour: Tour, span: Span, booked: BookedAppointment | None, now: datetime) -> Record:
    def record(tx: Connection) -> None:
        record_move(via, tx, tour.tour_id, span, booked, now, newest=True)

    return record


def _stays(via: Collaborators, tour: Tour, why: str, now: datetime) -> Record:
    def record(tx: Connection) -> None:
        record_stay(tx, tour.tour_id, why, now)

    return nothing_to_look_for(tour, tour.next_starts_at, record, now) if tour.next_starts_at else record
