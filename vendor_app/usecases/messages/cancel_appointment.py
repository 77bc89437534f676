"""Cancel one of a tour's appointments in Knock.

What Propexo booked has no id of ours until a notice names it, and Propexo cannot cancel: until then it is the operator's task.
"""

from datetime import UTC, datetime

from vendor_app.clients.errors import Refused
from vendor_app.domain.outbox import Message
from vendor_app.domain.tours import Reason, Tour
from vendor_app.store import tasks, tours
from vendor_app.store.appointments import mark_appointment_cancelled
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.finding import told_by_notice
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do

_BY_HAND = "cancel_in_knock_by_hand"


def cancel_appointment(via: Collaborators, message: Message, now: datetime) -> Record:
    """Safe to repeat: Knock's 'already cancelled' counts as done."""
    with via.db.read() as db:
        tour = tours.find_tour(db, message.subject_id)
    if tour is None:
        return nothing_to_do
    appointment_id = message.payload["appointmentId"] or _told(via, tour, _start(message, tour), now)
    if appointment_id is None:
        return _left_as_it_is(tour, now)
    try:
        via.knock.cancel_appointment(appointment_id)
    except Refused:
        if tour.reason is not Reason.REPLACED and not message.payload.get("isReplaced"):
            raise
        # Knock cancels what a newer booking or a move replaces by itself: then there is nothing left to cancel.

    def record(tx: Connection) -> None:
        transitions.attach_appointment(tx, tour, appointment_id, now)
        mark_appointment_cancelled(tx, appointment_id, now)
        tasks.close_tasks(tx, tour.tour_id, _BY_HAND, now)
        note(tx, tour.tour_id, "knock.appointment_cancelled", now, appointmentId=appointment_id)

    return record


def _start(message: Message, tour: Tour) -> datetime:
    """When the appointment is: at the tour's time, or at one it was to be moved to."""
    starts_at = message.payload.get("startsAt")
    return datetime.fromisoformat(starts_at).astimezone(UTC) if starts_at else tour.starts_at


def _told(via: Collaborators, tour: Tour, start: datetime, now: datetime) -> str | None:
    """The id from a notice, or None once the operator has seen to it, or its time is over. Raises NotYet, PartnerError.

    Until then the operator is asked to cancel it.
    """
    found = told_by_notice(via, tour, start, cancelled_since=tour.created_at)
    if found and not _is_booked_anew(via, tour, start):
        return found.appointment_id
    detail = {"start": start.isoformat(), "community": tour.community_id}
    with via.db.transaction() as tx:
        is_done = any(one["done_at"] and one["detail"] == detail for one in tasks.tasks_of(tx, tour.tour_id, _BY_HAND))
        if is_done or now >= start + (tour.ends_at - tour.starts_at):
            return None
        if tasks.open_task(tx, tour.tour_id, _BY_HAND, now, **detail):
            note(tx, tour.tour_id, "task.opened", now, task=_BY_HAND)
    raise NotYet("Propexo cannot cancel, and no notice of Knock's names the appointment yet", now + via.config.pause)


def _is_booked_anew(via: Collaborators, tour: Tour, start: datetime) -> bool:
    """Whether the same person has another tour at that time by now, to which the appointment may belong."""
    with via.db.read() as db:
        others = [tours.find_tour(db, tour_id) for tour_id in tours.without_appointment_at(db, start)]
    mine = {tour.email_key, tour.phone_key} - {None}
    return any(other and other.tour_id != tour.tour_id and mine & {other.email_key, other.phone_key} for other in others)


def _left_as_it_is(tour: Tour, now: datetime) -> Record:
    def record(tx: Connection) -> None:
        tasks.close_tasks(tx, tour.tour_id, _BY_HAND, now)

    return record
