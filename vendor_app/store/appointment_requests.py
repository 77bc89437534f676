"""Every request for an appointment, stored before it is sent, so that one that was never answered is known.

One that Propexo has only queued counts as unanswered. Knock may carry out an unanswered request late, and in any order; it then
cancels the appointment that the prospect had before.
"""

from datetime import datetime
from enum import StrEnum

from vendor_app.domain import Tour
from vendor_app.store.table import Table
from vendor_app.store.tours import person_keys


class RequestOutcome(StrEnum):
    """What became of a request. `LATE`: a notice says that it was carried out when the tour had another appointment already."""

    BOOKED = "booked"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    LATE = "late"


_OF_THE_PERSON = """FROM appointment_requests AS asked JOIN tours ON tours.tour_id = asked.tour_id
    WHERE tours.community_id = :community_id AND (tours.email_key = :email_key OR tours.phone_key = :phone_key)"""


class AppointmentRequests(Table):
    """Reads and writes appointment requests."""

    def note(self, tour_id: str, starts_at: datetime, now: datetime) -> None:
        """Store a request for the tour at this time, about to be sent."""
        self._db.execute(
            "INSERT INTO appointment_requests (tour_id, starts_at, asked_at) VALUES (:tour_id, :starts_at, :now)",
            tour_id=tour_id,
            starts_at=starts_at,
            now=now,
        )

    def answer(self, tour_id: str, starts_at: datetime, outcome: RequestOutcome, now: datetime) -> bool:
        """Store the outcome of the tour's last unanswered request for this time; False when there is none."""
        answered = self._db.execute(
            """UPDATE appointment_requests SET answered_at = :now, outcome = :outcome
               WHERE id = (SELECT max(id) FROM appointment_requests
                           WHERE tour_id = :tour_id AND starts_at = :starts_at AND answered_at IS NULL)""",
            tour_id=tour_id,
            starts_at=starts_at,
            outcome=outcome,
            now=now,
        )
        return answered == 1

    def unanswered_at(self, starts_at: datetime) -> list[str]:
        """Ids of tours with an unanswered request for this time."""
        rows = self._db.query(
            "SELECT DISTINCT tour_id FROM appointment_requests WHERE starts_at = :starts_at AND answered_at IS NULL",
            starts_at=starts_at,
        )
        return [row["tour_id"] for row in rows]

    def last_unanswered(self, tour_id: str, starts_at: datetime) -> datetime | None:
        """When the last of the tour's requests for this time that were never answered went out."""
        row = self._db.one(
            """SELECT asked_at FROM appointment_requests
               WHERE tour_id = :tour_id AND starts_at = :starts_at AND answered_at IS NULL ORDER BY asked_at DESC LIMIT 1""",
            tour_id=tour_id,
            starts_at=starts_at,
        )
        return row["asked_at"] if row else None

    def may_replace(self, tour: Tour, now: datetime) -> bool:
        """Whether a request for this person at this community was never answered and may still be carried out."""
        row = self._db.one(
            f"""SELECT 1 AS found {_OF_THE_PERSON} AND asked.answered_at IS NULL AND asked.starts_at > :now LIMIT 1""",
            now=now,
            **person_keys(tour),
        )
        return row is not None

    def was_asked(self, tour: Tour, starts_at: datetime) -> bool:
        """Whether we have ever asked for this time for this person at this community."""
        row = self._db.one(
            f"SELECT 1 AS found {_OF_THE_PERSON} AND asked.starts_at = :starts_at LIMIT 1",
            starts_at=starts_at,
            **person_keys(tour),
        )
        return row is not None

    def was_replaced(self, tour: Tour) -> bool:
        """Whether a request for this person was carried out late, after the tour's own appointment was made."""
        row = self._db.one(
            f"""SELECT 1 AS found {_OF_THE_PERSON} AND asked.outcome = '{RequestOutcome.LATE}' AND asked.answered_at >= (
                    SELECT learned_at FROM appointments WHERE appointment_id = :appointment_id) LIMIT 1""",
            appointment_id=tour.appointment_id,
            **person_keys(tour),
        )
        return row is not None

    def count(self, tour_id: str, starts_at: datetime) -> int:
        """How often the tour has asked for this time."""
        row = self._db.one(
            "SELECT count(*) AS n FROM appointment_requests WHERE tour_id = :tour_id AND starts_at = :starts_at",
            tour_id=tour_id,
            starts_at=starts_at,
        )
        return int(row["n"]) if row else 0

    def forget(self, before: datetime, most: int) -> int:
        """Drop requests for times from before that instant, at most `most` of them."""
        return self.delete_some("appointment_requests", "id", "starts_at < :before", most, before=before)
