"""Records the answer to a request for a time on its tour, whatever happened to the tour meanwhile.

Each function writes on one `tx` and locks the tour in it.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from vendor_app.clients.errors import DetailsRefused, KeysRefused, NotSent, Refused
from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import LIVE, Kind, Reason, Status, Task, Tour
from vendor_app.domain.tours import stay
from vendor_app.store import RequestOutcome, Tables
from vendor_app.usecases.booking.ask_for_time import QueuedAppointment, TimeAnswer, TimeRequest
from vendor_app.usecases.booking.propexo_jobs import FIRST_POLL
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.operator_tasks import close_appointment_task

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BookedTime:
    """The request's time is booked; `appointment` is None through Propexo, until a notice names it.

    Two requests for one time can both be answered (a slow first answer, and the safety net's). Knock keeps the last one:
    `is_newest` says that this is it.
    """

    request: TimeRequest
    appointment: BookedAppointment | None
    is_newest: bool

    @property
    def appointment_id(self) -> str | None:
        """The appointment's id in Knock, where that is known."""
        return self.appointment.appointment_id if self.appointment else None


def record_answer(via: Collaborators, tx: Tables, request: TimeRequest, answer: TimeAnswer, now: datetime) -> Tour:
    """Record the answer; the tour after it. An unknown answer changes nothing: the request's message settles it."""
    tour_id = request.tour.tour_id
    match answer:
        case BookedAppointment():
            return record_booked(via, tx, BookedTime(request, answer, is_newest=False), now)
        case QueuedAppointment():
            return keep_job(tx, request, answer, now)
        case NotSent():
            if isinstance(answer, KeysRefused):
                log.error("our key is refused: check VENDOR_KNOCK_APPOINTMENT_KEY, or VENDOR_PROPEXO_TOKEN (%s)", answer)
            log.warning("tour %s: its time could not be asked for (%s)", tour_id, answer)
            return record_refused(tx, request, str(answer), now, Reason.NOT_SENT)
        case Refused():
            why = str(answer) if isinstance(answer, DetailsRefused) else answer.reason
            return record_refused(tx, request, why, now)
    log.warning("tour %s: whether its time is booked is unknown (%s); it is settled later", tour_id, answer)
    tx.timeline.note(tour_id, "knock.answer_unknown", now, error=str(answer))
    return request.tour


def keep_job(tx: Tables, request: TimeRequest, queued: QueuedAppointment, now: datetime) -> Tour:
    """Propexo has queued the request: store its job, and have the request's message ask about it soon."""
    tour = replace(_locked(tx, request.tour.tour_id), job_id=queued.job_id)
    tx.tours.save(tour)
    tx.timeline.note(tour.tour_id, "propexo.queued", now, jobId=queued.job_id)
    tx.outbox.hasten(tour.tour_id, request.kind, now + FIRST_POLL)
    return tour


def record_booked(via: Collaborators, tx: Tables, booked: BookedTime, now: datetime) -> Tour:
    """The time is booked: confirm the tour or move it, or cancel the appointment if the tour wants none any more."""
    tour, start = _locked(tx, booked.request.tour.tour_id), booked.request.span.start
    tx.appointment_requests.answer(tour.tour_id, start, RequestOutcome.BOOKED, now)
    close_appointment_task(tx, tour.tour_id, Task.LOOK_FOR_APPOINTMENT, start, now)  # it is known by now
    record = _record_move if booked.request.is_move else _record_booking
    return record(via, tx, tour, booked, now)


def _record_booking(via: Collaborators, tx: Tables, tour: Tour, booked: BookedTime, now: datetime) -> Tour:
    """Confirm a requested tour; for one cancelled or rejected meanwhile the appointment is cancelled."""
    appointment = booked.appointment
    if tour.status is Status.REQUESTED:
        if appointment and not appointment.is_confirmed:
            return transitions.await_review(tx, tour, appointment, now)
        return transitions.confirm_tour(tx, tour, appointment, via.config, now)
    if appointment:
        transitions.attach_appointment(tx, tour, appointment.appointment_id, now)
    if tour.status not in LIVE:
        return _cancel_unwanted(tx, tour, booked, now)
    return transitions.use_appointment(tx, tour, appointment.appointment_id, now) if booked.is_newest and appointment else tour


def _record_move(via: Collaborators, tx: Tables, tour: Tour, booked: BookedTime, now: datetime) -> Tour:
    """Move the tour and its access; the old appointment is cancelled."""
    appointment, start = booked.appointment, booked.request.span.start
    if appointment:
        transitions.attach_appointment(tx, tour, appointment.appointment_id, now, start)
    wanted = tour.next_starts_at == start
    if wanted and appointment and not appointment.is_confirmed:
        tx.timeline.note(
            tour.tour_id, "knock.under_review", now, appointmentId=appointment.appointment_id, status=appointment.status
        )
        return tour
    tx.outbox.drop_pending(tour.tour_id, Kind.RESCHEDULE, "the new time is booked", now)
    if tour.status is Status.CONFIRMED and wanted:
        return _move(via, tx, tour, booked, now)
    is_there = not wanted and tour.starts_at == start
    if appointment and (tour.appointment_id == appointment.appointment_id or (is_there and not booked.is_newest)):
        return tour  # a slow answer to what the safety net has settled
    if tour.status in LIVE and appointment:
        # The tour has begun at its old time, and Knock has replaced that appointment by this one: the visit belongs to it.
        return transitions.use_appointment(tx, _save_stay(tx, tour), appointment.appointment_id, now)
    if appointment is None:
        # Knock has cancelled the earlier appointment itself.
        tx.outbox.drop_pending(tour.tour_id, Kind.CANCEL_APPOINTMENT, "the new time's appointment took its place", now)
    return _cancel_unwanted(tx, _save_stay(tx, tour), booked, now)


def _move(via: Collaborators, tx: Tables, tour: Tour, booked: BookedTime, now: datetime) -> Tour:
    appointment_id, to = booked.appointment_id, booked.request.span
    if appointment_id and to.start == tour.starts_at:  # its own time, asked for again
        return transitions.use_appointment(tx, _save_stay(tx, tour), appointment_id, now)
    moved = transitions.move_tour(tx, tour, to, appointment_id, via.config, now)
    if appointment_id and tour.appointment_id and tour.appointment_id != appointment_id:
        tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=tour.appointment_id)
    return moved


def record_refused(tx: Tables, request: TimeRequest, why: str, now: datetime, reason: Reason = Reason.REFUSED) -> Tour:
    """The time is refused: a requested tour is rejected for this reason, a tour that was to move keeps its time."""
    if request.is_move:
        return record_move_refused(tx, request.tour.tour_id, why, now)
    tour = _locked(tx, request.tour.tour_id)
    return transitions.reject_tour(tx, tour, reason, now, error=why) if tour.status is Status.REQUESTED else tour


def record_move_refused(tx: Tables, tour_id: str, why: str, now: datetime) -> Tour:
    """The new time is refused: the tour keeps its own, unless Knock has cancelled that meanwhile."""
    tour = _locked(tx, tour_id)
    if tour.next_starts_at is None:
        return tour
    tx.outbox.drop_pending(tour_id, Kind.RESCHEDULE, "the tour keeps its time", now)
    tx.timeline.note(tour_id, "tour.move_refused", now, start=tour.next_starts_at.isoformat(), error=why)
    kept = _save_stay(tx, tour)
    tx.outbox.hasten(tour_id, Kind.CANCEL_APPOINTMENT, now)  # which appointment the tour has is known now
    for undecided in tx.appointments.standing_at(tour_id, tour.next_starts_at):
        if undecided != tour.appointment_id:
            tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour_id, now, appointmentId=undecided)
    if kept.appointment_id is None and kept.status in LIVE:
        tx.outbox.enqueue(Kind.FIND_APPOINTMENT, tour_id, now)
    elif kept.appointment_id:
        # Its notices, an agent's changes among them, had to wait for the end of the move.
        tx.notices.reopen(kept.appointment_id)
    own = tx.appointments.find(kept.appointment_id) if kept.appointment_id else None
    if own is None or own.cancelled_at is None:
        return kept
    if tour.next_starts_at == tour.starts_at and kept.status is Status.CONFIRMED:
        return transitions.cancel_tour(tx, kept, Reason.LOST, now)  # its own time, asked for again, is given to somebody else
    return transitions.drop_appointment(tx, kept, own.appointment_id, now)


def _cancel_unwanted(tx: Tables, tour: Tour, booked: BookedTime, now: datetime) -> Tour:
    """The tour does not want the booked appointment any more: cancel it in Knock."""
    tx.timeline.note(tour.tour_id, "knock.booked_too_late", now, appointmentId=booked.appointment_id)
    tx.outbox.drop_pending(tour.tour_id, Kind.BOOK_APPOINTMENT, "its appointment is known", now)
    start = booked.request.span.start
    if booked.appointment is None and _all_are_known(tx, tour, start):
        return tour  # what Propexo has booked was found by its notice, and is cancelled or is being cancelled
    tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=booked.appointment_id, startsAt=start.isoformat())
    return tour


def _all_are_known(tx: Tables, tour: Tour, start: datetime) -> bool:
    """Whether we have learned of as many appointments of the tour at this time as we have asked for."""
    asked = tx.appointment_requests.count(tour.tour_id, start)
    return 0 < asked <= tx.appointments.count_at(tour.tour_id, start, tour.created_at)


def _save_stay(tx: Tables, tour: Tour) -> Tour:
    kept = stay(tour)
    tx.tours.save(kept)
    return kept


def _locked(tx: Tables, tour_id: str) -> Tour:
    tour = tx.tours.lock(tour_id)
    if tour is None:
        raise LookupError(f"no tour {tour_id}")
    return tour
