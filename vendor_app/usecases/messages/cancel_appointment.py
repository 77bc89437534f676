"""Cancel one of a tour's appointments in Knock."""

from datetime import datetime

from vendor_app.domain.outbox import Message
from vendor_app.store.appointments import mark_appointment_cancelled
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import Record


def cancel_appointment(via: Collaborators, message: Message, now: datetime) -> Record:
    """Safe to repeat: Knock's 'already cancelled' counts as done."""
    appointment_id = message.payload["appointmentId"]
    via.knock.cancel_appointment(appointment_id)

    def record(tx: Connection) -> None:
        mark_appointment_cancelled(tx, appointment_id, now)
        note(tx, message.subject_id, "knock.appointment_cancelled", now, appointmentId=appointment_id)

    return record
