"""The appointments in Knock that belong to a tour. Usually one; asking Knock again can leave several, of which one lives."""

from datetime import datetime

from vendor_app.store.database import Connection, Row


def attach_appointment(db: Connection, appointment_id: str, tour_id: str, now: datetime) -> bool:
    """Remember that this appointment is this tour's; False when it was known."""
    attached = db.execute(
        """INSERT INTO appointments (appointment_id, tour_id, learned_at) VALUES (:appointment_id, :tour_id, :now)
           ON CONFLICT (appointment_id) DO NOTHING""",
        appointment_id=appointment_id,
        tour_id=tour_id,
        now=now,
    )
    return attached == 1


def find_appointment(db: Connection, appointment_id: str) -> Row | None:
    """The appointment with its tour's id, or None when it is not ours."""
    return db.one("SELECT * FROM appointments WHERE appointment_id = :appointment_id", appointment_id=appointment_id)


def uncancelled_appointments(db: Connection, tour_id: str) -> list[str]:
    """Ids of the tour's appointments that may still stand in Knock, newest first."""
    rows = db.query(
        "SELECT appointment_id FROM appointments WHERE tour_id = :tour_id AND cancelled_at IS NULL ORDER BY learned_at DESC",
        tour_id=tour_id,
    )
    return [row["appointment_id"] for row in rows]


def mark_appointment_cancelled(db: Connection, appointment_id: str, now: datetime) -> None:
    """Knock says it is cancelled."""
    db.execute(
        "UPDATE appointments SET cancelled_at = :now WHERE appointment_id = :appointment_id AND cancelled_at IS NULL",
        appointment_id=appointment_id,
        now=now,
    )
