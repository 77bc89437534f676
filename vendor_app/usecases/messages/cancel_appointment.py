"""Cancel one of a tour's appointments in Knock.

What Propexo booked has no id of ours until a notice names it, and Propexo cannot cancel: until then it is the operator's task.
"""

from datetime import datetime

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
    appointment_id = message.payload["appointmentId"] or (tour and _told(via, tour, now))
    if tour is None or not appointment_id:
        return nothing_to_do
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


def _told(via: Collaborators, tour: Tour, now: datetime) -> str | None:
    """The id from a notice, or None once the time is over; until then the operator is asked. Raises NotYet, PartnerError."""
    if found := told_by_notice(via, tour, tour.starts_at):
        return found.appointment_id
    if now >= tour.ends_at:
        return None
    with via.db.transaction() as tx:
        if tasks.open_task(tx, tour.tour_id, _BY_HAND, now, start=tour.starts_at.isoformat(), community=tour.community_id):
            note(tx, tour.tour_id, "task.opened", now, task=_BY_HAND)
    raise NotYet("Propexo cannot cancel, and no notice of Knock's names the appointment yet", now + via.config.pause)
