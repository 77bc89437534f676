"""Settles a request for a time, of a booking or a move, whose answer we do not know.

1. A notice from Knock names the appointment (same start, no tour's yet; its guest card has the same e-mail or phone, and
   community): it is the tour's.
2. Propexo has queued it: ask how the job ended. (After a failure Knock may still hold an appointment: see 4.)
3. Else ask again, which is safe: Knock keeps one upcoming appointment a prospect.
4. Knock refuses the time: our own first appointment may hold it. The prospect's events tell, and where nothing tells who the
   prospect is, whether a notice is overdue (notice_wait.py). If there may be one, wait for the notice that names it, and tell
   the operator; if not, the tour is rejected. What Knock carries out even later, claim_appointment.py takes.

A tour that was cancelled meanwhile is not asked for again: only its appointment is looked for, to cancel it in Knock. (Not for a
booking that a newer one replaced: Knock has cancelled its appointment, unless Propexo still has it in its queue.)

While a move is open the tour holds its old time and the new one. A notice that the old appointment was cancelled proves
nothing then: Knock cancels what a new booking replaces. It cancels the tour only once the move has certainly failed.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.errors import NotSent, Refused, Unknown
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import Kind, Message, Reason, Status, Task
from vendor_app.store import RequestOutcome, Tables
from vendor_app.usecases.booking.ask_for_time import QueuedAppointment, TimeRequest, ask_for_time, goes_through_propexo
from vendor_app.usecases.booking.propexo_jobs import FIRST_POLL, end_of_job, forget_job
from vendor_app.usecases.booking.record_answer import BookedTime, keep_job, record_booked, record_refused
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import find_in_notices, may_be_booked
from vendor_app.usecases.knock.notice_wait import notice_wait
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do, renew_lease
from vendor_app.usecases.tour.operator_tasks import ask_about_appointment, close_appointment_task

log = logging.getLogger(__name__)

_NEVER_CONFIRMED = "it was never confirmed"


@dataclass(frozen=True)
class _OpenRequest(TimeRequest):
    """A request whose answer is not known, with the message that is to settle it."""

    message: Message


def settle_request(via: Collaborators, message: Message, now: datetime) -> Record:
    """Find out what became of the message's request, or ask for its time again."""
    request = _find_request(via, message)
    if request is None:
        return nothing_to_do
    if request.is_move and request.tour.reason is Reason.REPLACED:
        return _not_booked(request, "a newer booking has taken its place", now)
    if decided := _decided_by_property(via, request, now):
        return decided
    if found := find_in_notices(via, request.tour, request.span.start):
        return _booked(via, request, found, now)
    if request.tour.job_id:
        return _settle_job(via, request, now)
    if request.tour.status is not (Status.CONFIRMED if request.is_move else Status.REQUESTED) or now >= request.span.start:
        return _nothing_found(via, request, now)
    return _ask_again(via, request, now)


def _find_request(via: Collaborators, message: Message) -> _OpenRequest | None:
    """The message's request, unless there is nothing left to settle."""
    with via.db.read() as db:
        tour = db.tours.find(message.subject_id)
        known = db.appointments.uncancelled(message.subject_id)
    if tour is None:
        return None
    if message.kind == Kind.RESCHEDULE:
        return _OpenRequest(tour, tour.next_span, is_move=True, message=message) if tour.next_span else None
    if tour.status not in (Status.REQUESTED, Status.CANCELLED) or known or (tour.reason is Reason.REPLACED and not tour.job_id):
        return None
    return _OpenRequest(tour, tour.local_span, is_move=False, message=message)


def _decided_by_property(via: Collaborators, request: _OpenRequest, now: datetime) -> Record | None:
    """What the property has decided about the new time, where it reviews requests. Raises NotYet while it has not."""
    tour, start = request.tour, request.span.start
    with via.db.read() as db:
        asked = db.appointments.standing_at(tour.tour_id, start, learned_since=request.message.created_at)
        asked = [one for one in asked if one != tour.appointment_id]
        decided = db.notices.latest_status(asked[0]) if asked else None
    if not asked:
        return None
    if decided == "CONFIRMED":
        return _booked(via, request, BookedAppointment(appointment_id=asked[0]), now)
    if now < start and tour.status is Status.CONFIRMED:
        raise _under_review(via, now)
    return _not_booked(request, "the property has not decided in time", now)


def _under_review(via: Collaborators, now: datetime) -> NotYet:
    return NotYet("the property reviews it", now + via.config.pause)


def _settle_job(via: Collaborators, request: _OpenRequest, now: datetime) -> Record:
    if now >= request.span.end and request.tour.status is not Status.REQUESTED:
        return _not_booked(request, _NEVER_CONFIRMED, now)
    try:
        end = end_of_job(via, request.message, request.tour, now)
    except Refused as refusal:
        forget_job(via, request.tour.tour_id, now)
        raise NotYet(f"{refusal}; the time is asked for again", now) from refusal
    if end.is_booked:
        return _booked(via, request, None, now)
    if _may_be_booked(via, request, now):
        raise _wait_for_notice(via, request, now)  # an order of ours before this one has it
    not_booked = _not_booked(request, end.errors, now)

    def record(tx: Tables) -> None:
        tx.appointment_requests.answer(request.tour.tour_id, request.span.start, RequestOutcome.REFUSED, now)
        not_booked(tx)

    return record


def _nothing_found(via: Collaborators, request: _OpenRequest, now: datetime) -> Record:
    """End a request that must not be sent again; while Knock may hold an appointment for it, wait for the notice with its id."""
    if now < request.span.end and _may_be_booked(via, request, now):
        raise _wait_for_notice(via, request, now)
    if not request.is_move and _may_be_queued(via, request, now):
        raise NotYet("Propexo may have it in its queue without having told us", now + via.config.pause)
    return _not_booked(request, _NEVER_CONFIRMED, now, Reason.NOT_CONFIRMED)


def _ask_again(via: Collaborators, request: _OpenRequest, now: datetime) -> Record:
    with via.db.transaction() as tx:
        renew_lease(via, tx, request.message)
        tx.appointment_requests.note(request.tour.tour_id, request.span.start, now)
    match ask_for_time(via, request, now):
        case NotSent() | Unknown() as error:
            raise error
        case Refused() as refusal:
            if _may_be_booked(via, request, now):
                raise _wait_for_notice(via, request, now) from refusal
            return _not_booked(request, refusal.reason, now)
        case QueuedAppointment() as queued:
            with via.db.transaction() as tx:
                keep_job(tx, request, queued, now)
            raise NotYet("Propexo has queued it", now + FIRST_POLL)
        case booked:
            record = _booked(via, request, booked, now)
            if booked.is_confirmed or not request.is_move:
                return record
            with via.db.transaction() as tx:
                record(tx)
            raise _under_review(via, now)


def _may_be_booked(via: Collaborators, request: _OpenRequest, now: datetime) -> bool:
    since = request.message.created_at if request.is_move else request.tour.created_at
    return may_be_booked(via, request.tour, request.span.start, now, since)


def _may_be_queued(via: Collaborators, request: _OpenRequest, now: datetime) -> bool:
    with via.db.read() as db:
        asked_propexo = goes_through_propexo(via, db, request.tour)
    return asked_propexo and now < min(request.span.end, request.message.created_at + notice_wait(via))


def _wait_for_notice(via: Collaborators, request: _OpenRequest, now: datetime) -> NotYet:
    """Knock may hold an appointment, and only a notice tells its id: when it is overdue, an operator looks for it.

    The appointment of a cancelled tour's move an operator is asked to cancel at once.
    """
    tour, start = request.tour, request.span.start
    log.warning("tour %s: Knock may hold an appointment whose id we wait for; look at Knock's calendar", tour.tour_id)
    with via.db.transaction() as tx:
        if request.is_move and tour.status is Status.CANCELLED:
            ask_about_appointment(tx, tour, Task.CANCEL_IN_KNOCK, start, now)  # done as soon as a notice tells the id
        if now >= request.message.created_at + notice_wait(via):
            ask_about_appointment(tx, tour, Task.LOOK_FOR_APPOINTMENT, start, now)
    return NotYet("Knock may hold an appointment; waiting for the notice with its id", now + via.config.pause)


def _booked(via: Collaborators, request: TimeRequest, appointment: BookedAppointment | None, now: datetime) -> Record:
    def record(tx: Tables) -> None:
        record_booked(via, tx, BookedTime(request, appointment, is_newest=True), now)

    return record


def _not_booked(request: TimeRequest, why: str, now: datetime, reason: Reason = Reason.REFUSED) -> Record:
    """Record that Knock holds no appointment, or that its time is over; tasks to look for it are closed."""
    tour_id = request.tour.tour_id

    def record(tx: Tables) -> None:
        for task in (Task.LOOK_FOR_APPOINTMENT, Task.CANCEL_IN_KNOCK):
            close_appointment_task(tx, tour_id, task, request.span.start, now)
        tour = tx.tours.lock(tour_id)
        if tour and tour.status is Status.REQUESTED and not request.is_move:
            tx.timeline.note(tour_id, "tour.settled", now)
        record_refused(tx, request, why, now, reason)

    return record


def give_up_move(tx: Tables, message: Message, now: datetime) -> None:
    """The move's outcome could not be found out: the tour keeps its time, and an operator is asked to look."""
    tour = tx.tours.lock(message.subject_id)
    if tour is None or tour.next_span is None:
        return
    ask_about_appointment(tx, tour, Task.LOOK_FOR_MOVED_APPOINTMENT, tour.next_span.start, now)
    record_refused(tx, TimeRequest(tour, tour.next_span, is_move=True), "its outcome could not be found out", now)
