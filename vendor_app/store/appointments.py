"""The appointments in Knock that belong to a tour: usually one; asking again can make several, of which one stands."""

from dataclasses import dataclass
from datetime import UTC, datetime

from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table

_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """One of a tour's appointments in Knock."""

    appointment_id: str
    tour_id: str
    starts_at: datetime | None
    learned_at: datetime
    cancelled_at: datetime | None


class Appointments(Table):
    """Reads and writes appointments."""

    def attach(self, appointment_id: str, tour_id: str, starts_at: datetime, now: datetime) -> bool:
        """Store that this appointment, at this time, is this tour's; False when it is stored already."""
        attached = self._db.execute(
            """INSERT INTO appointments (appointment_id, tour_id, starts_at, learned_at)
               VALUES (:appointment_id, :tour_id, :starts_at, :now) ON CONFLICT (appointment_id) DO NOTHING""",
            appointment_id=appointment_id,
            tour_id=tour_id,
            starts_at=starts_at,
            now=now,
        )
        return attached == 1

    def find(self, appointment_id: str) -> Appointment | None:
        """The appointment, or None when it is not ours."""
        row = self._db.one(
            f"SELECT {columns_of(Appointment)} FROM appointments WHERE appointment_id = :appointment_id",
            appointment_id=appointment_id,
        )
        return Appointment(**row) if row else None

    def is_cancelled(self, appointment_id: str) -> bool:
        """Whether it is one of ours that Knock, or we, have cancelled."""
        appointment = self.find(appointment_id)
        return appointment is not None and appointment.cancelled_at is not None

    def uncancelled(self, tour_id: str) -> list[str]:
        """Ids of the tour's appointments that may still stand in Knock, newest first."""
        rows = self._db.query(
            "SELECT appointment_id FROM appointments WHERE tour_id = :tour_id AND cancelled_at IS NULL ORDER BY learned_at DESC",
            tour_id=tour_id,
        )
        return [row["appointment_id"] for row in rows]

    def standing_at(self, tour_id: str, starts_at: datetime, learned_since: datetime | None = None) -> list[str]:
        """Ids of the tour's appointments at this time that may still stand in Knock, newest first."""
        rows = self._db.query(
            """SELECT appointment_id FROM appointments WHERE tour_id = :tour_id AND cancelled_at IS NULL
               AND starts_at = :starts_at AND learned_at >= :since ORDER BY learned_at DESC""",
            tour_id=tour_id,
            starts_at=starts_at,
            since=learned_since or _EVER,
        )
        return [row["appointment_id"] for row in rows]

    def times_of(self, tour_id: str) -> set[datetime]:
        """The starts of all the tour's appointments, cancelled ones included."""
        rows = self._db.query("SELECT starts_at FROM appointments WHERE tour_id = :tour_id", tour_id=tour_id)
        return {row["starts_at"] for row in rows if row["starts_at"]}

    def count_at(self, tour_id: str, starts_at: datetime, learned_since: datetime) -> int:
        """How many appointments at this time we have learned of for the tour since then, cancelled ones included."""
        row = self._db.one(
            """SELECT count(*) AS n FROM appointments
               WHERE tour_id = :tour_id AND starts_at = :starts_at AND learned_at >= :since""",
            tour_id=tour_id,
            starts_at=starts_at,
            since=learned_since,
        )
        return int(row["n"]) if row else 0

    def move(self, appointment_id: str, starts_at: datetime) -> None:
        """Store the start that Knock says the appointment has."""
        self._db.execute(
            "UPDATE appointments SET starts_at = :starts_at WHERE appointment_id = :appointment_id",
            appointment_id=appointment_id,
            starts_at=starts_at,
        )

    def mark_standing(self, appointment_id: str) -> None:
        """Undo its cancellation: Knock says that it stands."""
        self._db.execute(
            "UPDATE appointments SET cancelled_at = NULL WHERE appointment_id = :appointment_id", appointment_id=appointment_id
        )

    def mark_cancelled(self, appointment_id: str, now: datetime) -> None:
        """Store that it is cancelled in Knock."""
        self._db.execute(
            "UPDATE appointments SET cancelled_at = :now WHERE appointment_id = :appointment_id AND cancelled_at IS NULL",
            appointment_id=appointment_id,
            now=now,
        )
