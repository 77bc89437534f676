"""Cancels one of a tour's appointments in Knock.

A refusal other than "already cancelled" is believed only when Knock's notices or the prospect's events say that the appointment
does not stand; else it is tried again, and after some tries becomes an operator's task.

An appointment `beside` the tour's own at the same time waits until Knock's notice says which of the two it has cancelled, or is
overdue (notice_wait.py).

Propexo cannot cancel, and what it booked has no id until a notice names it: until then it is the operator's task.
"""

from datetime import UTC, datetime, timedelta

from vendor_app.clients.errors import Refused
from vendor_app.domain import LIVE, CancelAppointment, Message, Task, Tour
from vendor_app.domain.delivery.retry import growing_pause
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import find_in_notices
from vendor_app.usecases.knock.notice_wait import notice_is_overdue
from vendor_app.usecases.knock.prospect_events import read_events
from vendor_app.usecases.knock.prospects import known_prospect
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.operator_tasks import appointment_detail, ask_about_appointment, close_appointment_task, close_task

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
# Refused so often, with nothing that says it is gone, it is a person's to look at.
_TRIES_BEFORE_TASK = 5


def cancel_appointment(via: Collaborators, message: Message, now: datetime) -> Record:
    """Cancel the message's appointment; safe to repeat, for Knock's "already cancelled" counts as done."""
    with via.db.read() as db:
        tour = db.tours.find(message.subject_id)
    if tour is None:
        return nothing_to_do
    asked = CancelAppointment.of(message)
    if asked.beside and asked.appointment_id and _needs_no_cancelling(via, tour, asked.appointment_id, message.created_at, now):
        return nothing_to_do
    start = _start(via, asked, tour)
    appointment_id = asked.appointment_id or _id_from_notice(via, tour, start, now)
    if appointment_id is None:
        return _nothing_to_cancel(tour, start, now)
    stood = True
    try:
        stood = via.knock.cancel_appointment(appointment_id)
    except Refused as refusal:
        if not _does_not_stand(via, tour, appointment_id, start, now):
            if now >= start + (tour.ends_at - tour.starts_at):
                return _nothing_to_cancel(tour, start, now)
            _ask_after_some_tries(via, message, tour, appointment_id, start, now)
            pause = growing_pause(_FIRST_PAUSE, message.attempts - 1, _LONGEST_PAUSE)
            raise NotYet(f"{refusal}, and nothing says that it is cancelled", now + pause, is_failing=True) from refusal

    def record(tx: Tables) -> None:
        transitions.attach_appointment(tx, tour, appointment_id, now, start)
        tx.appointments.mark_cancelled(appointment_id, now)
        close_appointment_task(tx, tour.tour_id, Task.CANCEL_IN_KNOCK, start, now)
        if not stood and message.attempts == 1:  # it was cancelled all along: the CONFIRMED notice only came late
            close_task(tx, tour.tour_id, Task.LOOK_AT_REVIVED_APPOINTMENT, now, about=appointment_id)
        tx.timeline.note(tour.tour_id, "knock.appointment_cancelled", now, appointmentId=appointment_id)

    return record


def _needs_no_cancelling(via: Collaborators, tour: Tour, appointment_id: str, since: datetime, now: datetime) -> bool:
    """Whether the appointment is the tour's own by now, or cancelled. Raises NotYet while Knock may still say so."""
    with via.db.read() as db:
        if tour.appointment_id == appointment_id or db.appointments.is_cancelled(appointment_id):
            return True
    if tour.status in LIVE and not notice_is_overdue(via, since, now):
        raise NotYet("two appointments at the tour's time: waiting for Knock to say which one stands", now + via.config.pause)
    return False


def _start(via: Collaborators, asked: CancelAppointment, tour: Tour) -> datetime:
    """When the appointment is: at the message's time, the one we know for it, or the tour's."""
    if asked.starts_at:
        return datetime.fromisoformat(asked.starts_at).astimezone(UTC)
    with via.db.read() as db:
        known = db.appointments.find(asked.appointment_id) if asked.appointment_id else None
    return known.starts_at if known and known.starts_at else tour.starts_at


def _does_not_stand(via: Collaborators, tour: Tour, appointment_id: str, start: datetime, now: datetime) -> bool:
    """Whether Knock's last notice says that the appointment does not stand, or the prospect has a newer one at another time.

    Knock keeps one upcoming appointment a prospect (Scheduling API).
    """
    with via.db.read() as db:
        told = db.notices.latest_status(appointment_id)
    if told is not None and told != "CONFIRMED":
        return True
    prospect_id = known_prospect(via, tour)
    events = read_events(via, prospect_id, now) if prospect_id else []
    made = [one for one in events if one.appointment is not None]
    newest = max(made, key=lambda one: one.created_at, default=None)
    return newest is not None and newest.appointment is not None and newest.appointment.starts_at != start


def _ask_after_some_tries(
    via: Collaborators, message: Message, tour: Tour, appointment_id: str, start: datetime, now: datetime
) -> None:
    if message.attempts < _TRIES_BEFORE_TASK:
        return
    with via.db.transaction() as tx:
        ask_about_appointment(tx, tour, Task.CANCEL_IN_KNOCK, start, now, appointmentId=appointment_id)


def _id_from_notice(via: Collaborators, tour: Tour, start: datetime, now: datetime) -> str | None:
    """The id from a notice; None once an operator has cancelled it, or its time is over. Raises NotYet, PartnerError.

    Until then there is a task to cancel it by hand.
    """
    if tour.next_starts_at is not None:
        raise NotYet("what becomes of its move decides which appointment it has", now + via.config.pause)
    found = find_in_notices(via, tour, start, cancelled_since=tour.created_at)
    if found and not _is_booked_anew(via, tour, start):
        return found.appointment_id
    asked = appointment_detail(tour, start)
    with via.db.transaction() as tx:
        is_done = any(one.done_at and one.detail == asked for one in tx.tasks.of_tour(tour.tour_id, Task.CANCEL_IN_KNOCK))
        if is_done or now >= start + (tour.ends_at - tour.starts_at):
            return None
        ask_about_appointment(tx, tour, Task.CANCEL_IN_KNOCK, start, now)
    raise NotYet("Propexo cannot cancel, and no notice of Knock's names the appointment yet", now + via.config.pause)


def _is_booked_anew(via: Collaborators, tour: Tour, start: datetime) -> bool:
    """Whether the same person has another tour at that time, to which the appointment may belong."""
    with via.db.read() as db:
        others = [db.tours.find(tour_id) for tour_id in db.tours.without_appointment_at(start)]
    mine = {tour.email_key, tour.phone_key} - {None}
    return any(other and other.tour_id != tour.tour_id and mine & {other.email_key, other.phone_key} for other in others)


def _nothing_to_cancel(tour: Tour, start: datetime, now: datetime) -> Record:
    def record(tx: Tables) -> None:
        close_appointment_task(tx, tour.tour_id, Task.CANCEL_IN_KNOCK, start, now)

    return record
