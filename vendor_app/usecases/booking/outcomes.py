"""What becomes of a tour once the outcome of asking for an appointment is known, whatever happened to the tour meanwhile.

Each is written on one `tx`, with the tour locked in it.
"""

from dataclasses import replace
from datetime import datetime

from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain.cancelling import Reason
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.domain.slots import Span
from vendor_app.domain.tasks import Task
from vendor_app.domain.tours import LIVE, Status, Tour, stay
from vendor_app.store import appointment_requests, appointments, notices, outbox, tours
from vendor_app.store.appointment_requests import Outcome
from vendor_app.store.engine.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.booking.channels import QueuedAppointment
from vendor_app.usecases.booking.propexo_jobs import FIRST_POLL
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.operator_tasks import need_nobody_at


def record_appointment(
    via: Collaborators, tx: Connection, tour_id: str, booked: BookedAppointment, now: datetime, *, newest: bool
) -> Tour:
    """Knock has booked: confirm the tour, or do what its state asks for by now.

    Two requests for one tour can both be answered (a slow first answer, and the safety net's). Knock keeps the one asked
    for last: `newest` says that this is it. A tour that was cancelled or rejected meanwhile wants no appointment.
    """
    tour = _locked(tx, tour_id)
    _is_known(tx, tour_id, tour.starts_at, now)
    if tour.status is Status.REQUESTED and not booked.is_confirmed:
        return transitions.await_review(tx, tour, booked, now)
    if tour.status is Status.REQUESTED:
        return transitions.confirm_tour(tx, tour, booked, via.config, now)
    transitions.attach_appointment(tx, tour, booked.appointment_id, now)
    if tour.status in LIVE:
        return transitions.use_appointment(tx, tour, booked.appointment_id, now) if newest else tour
    _give_back(tx, tour, booked, now)
    return tour


def record_propexo_booking(via: Collaborators, tx: Connection, tour_id: str, now: datetime) -> None:
    """Propexo has booked; which appointment that is in Knock, only a notice will tell."""
    tour = _locked(tx, tour_id)
    _is_known(tx, tour_id, tour.starts_at, now)
    if tour.status is Status.REQUESTED:
        transitions.confirm_tour(tx, tour, None, via.config, now)
    elif tour.status not in LIVE:
        _give_back(tx, tour, None, now)


def keep_job(via: Collaborators, tour_id: str, queued: QueuedAppointment, now: datetime) -> Tour:
    """Propexo has queued the request: its job is asked about soon, by the message that would have settled it anyway."""
    with via.db.transaction() as tx:
        tour = replace(_locked(tx, tour_id), job_id=queued.job_id)
        tours.save_tour(tx, tour)
        note(tx, tour_id, "propexo.queued", now, jobId=queued.job_id)
        kind = Kind.BOOK_APPOINTMENT if tour.status is Status.REQUESTED else Kind.RESCHEDULE
        outbox.hasten(tx, tour_id, kind, now + FIRST_POLL)
    return tour


def record_move(
    via: Collaborators,
    tx: Connection,
    tour_id: str,
    to: Span,
    booked: BookedAppointment | None,
    now: datetime,
    *,
    newest: bool,
) -> Tour:
    """The new time is booked (`booked` None: through Propexo): the tour and its access move; the old appointment goes.

    `newest` as in `record_appointment`.
    """
    tour = _locked(tx, tour_id)
    _is_known(tx, tour_id, to.start, now)
    if booked:
        transitions.attach_appointment(tx, tour, booked.appointment_id, now, to.start)
    wanted = tour.next_span is not None and tour.next_span.start == to.start
    if wanted and booked and not booked.is_confirmed:
        note(tx, tour_id, "knock.under_review", now, appointmentId=booked.appointment_id, status=booked.status)
        return tour
    outbox.drop_pending(tx, tour_id, Kind.RESCHEDULE, "the new time is booked", now)
    if tour.status is Status.CONFIRMED and wanted:
        if to.start == tour.starts_at and booked:
            return transitions.use_appointment(tx, _stayed(tx, tour), booked.appointment_id, now)
        old = tour.appointment_id
        moved = transitions.move_tour(tx, tour, to, booked.appointment_id if booked else None, via.config, now)
        if booked and old and old != booked.appointment_id:
            outbox.enqueue(tx, Kind.CANCEL_APPOINTMENT, tour_id, now, appointmentId=old)
        return moved
    is_there = not wanted and tour.starts_at == to.start
    if booked and (tour.appointment_id == booked.appointment_id or (is_there and not newest)):
        return tour  # a slow answer to what the safety net has settled
    if tour.status in LIVE and booked:
        # They are in already, on the old time, whose appointment Knock has replaced by this one: the visit belongs to it.
        return transitions.use_appointment(tx, _stayed(tx, tour), booked.appointment_id, now)
    if booked is None:
        # Knock has cancelled what it held for them before, and nobody need look for the id of that.
        outbox.drop_pending(tx, tour_id, Kind.CANCEL_APPOINTMENT, "the new time's appointment took its place", now)
    _give_back(tx, _stayed(tx, tour), booked, now, to.start)
    return tour


def record_stay(tx: Connection, tour_id: str, why: str, now: datetime) -> Tour:
    """The new time is not to be had: the tour keeps its own, unless Knock has cancelled that meanwhile."""
    tour = _locked(tx, tour_id)
    if tour.next_starts_at is None:
        return tour
    outbox.drop_pending(tx, tour_id, Kind.RESCHEDULE, "the tour keeps its time", now)
    note(tx, tour_id, "tour.move_refused", now, start=tour.next_starts_at.isoformat(), error=why)
    kept = _stayed(tx, tour)
    outbox.hasten(tx, tour_id, Kind.CANCEL_APPOINTMENT, now)  # which appointment the tour has is known now
    for undecided in appointments.standing_at(tx, tour_id, tour.next_starts_at):
        if undecided != tour.appointment_id:
            outbox.enqueue(tx, Kind.CANCEL_APPOINTMENT, tour_id, now, appointmentId=undecided)
    if kept.appointment_id is None and kept.status in LIVE:
        outbox.enqueue(tx, Kind.FIND_APPOINTMENT, tour_id, now)
    elif kept.appointment_id:
        # What an agent did with it meanwhile waited for this.
        notices.reopen_notices(tx, kept.appointment_id)
    own = appointments.find_appointment(tx, kept.appointment_id) if kept.appointment_id else None
    if own is None or own.cancelled_at is None:
        return kept
    if tour.next_starts_at == tour.starts_at and kept.status is Status.CONFIRMED:
        return transitions.cancel_tour(tx, kept, Reason.LOST, now)  # its own time, asked for again, is given to somebody else
    return transitions.drop_appointment(tx, kept, own.appointment_id, now)


def _is_known(tx: Connection, tour_id: str, start: datetime, now: datetime) -> None:
    """What we asked for at this time is booked: nobody has to look for it."""
    appointment_requests.answer_request(tx, tour_id, start, Outcome.BOOKED, now)
    need_nobody_at(tx, tour_id, Task.LOOK_FOR_APPOINTMENT, start, now)


def _give_back(
    tx: Connection, tour: Tour, booked: BookedAppointment | None, now: datetime, start: datetime | None = None
) -> None:
    """It is booked (at `start`, if that is not the tour's), and not wanted any more."""
    appointment_id = booked.appointment_id if booked else None
    note(tx, tour.tour_id, "knock.booked_too_late", now, appointmentId=appointment_id)
    outbox.drop_pending(tx, tour.tour_id, Kind.BOOK_APPOINTMENT, "its appointment is known", now)
    starts_at = (start or tour.starts_at).isoformat()
    outbox.enqueue(tx, Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=appointment_id, startsAt=starts_at)


def _stayed(tx: Connection, tour: Tour) -> Tour:
    kept = stay(tour)
    tours.save_tour(tx, kept)
    return kept


def _locked(tx: Connection, tour_id: str) -> Tour:
    tour = tours.lock_tour(tx, tour_id)
    if tour is None:
        raise LookupError(f"no tour {tour_id}")
    return tour
