"""Cancel one of a tour's appointments in Knock."""

from datetime import datetime

from vendor_app.clients.errors import Refused
from vendor_app.domain.outbox import Message
from vendor_app.domain.tours import Reason
from vendor_app.store import tours
from vendor_app.store.appointments import mark_appointment_cancelled
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import Record


def cancel_appointment(via: Collaborators, message: Message, now: datetime) -> Record:
    """Safe to repeat: Knock's 'already cancelled' counts as done."""
    appointment_id = message.payload["appointmentId"]
    try:
        via.knock.cancel_appointment(appointment_id)
    except Refused:
        if not _was_replaced(via, message.subject_id):
            raise

    def record(tx: Connection) -> None:
        mark_appointment_cancelled(tx, appointment_id, now)
        note(tx, message.subject_id, "knock.appointment_cancelled", now, appointmentId=appointment_id)

    return record


def _was_replaced(via: Collaborators, tour_id: str) -> bool:
    """Knock cancels what a newer booking replaces by itself: then there is nothing left to cancel."""
    with via.db.read() as db:
        tour = tours.find_tour(db, tour_id)
    return tour is not None and tour.reason is Reason.REPLACED
