"""Knock's appointment notices: stored before we answer, acted on afterwards, kept while they may still match a tour."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendor_app.store.arrivals import title_bytes, title_text
from vendor_app.store.engine.database import Row
from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice from Knock about an appointment."""

    notice_id: str
    appointment_id: str
    prospect_id: str | None
    source: str | None
    status: str
    starts_at: datetime
    ends_at: datetime | None
    updated_at: datetime
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class UnreadableNotice:
    """A notice that did not fit the contract: `payload` as it came, and what is wrong with it."""

    payload: dict[str, Any]
    problem: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class UnclaimedAppointment:
    """An appointment that a notice names and that no tour has."""

    appointment_id: str
    prospect_id: str


_SELECT = f"SELECT {columns_of(Notice)} FROM knock_notices"
_TOLD_AT_THIS_START = "appointment_id IN (SELECT appointment_id FROM knock_notices WHERE starts_at = :starts_at"
_UNCLAIMED = "NOT EXISTS (SELECT 1 FROM appointments WHERE appointments.appointment_id = latest.appointment_id)"

# Of two notices of one instant, the one that ends an appointment is the later.
_ENDS = "CASE status WHEN 'CONFIRMED' THEN 0 ELSE 1 END"


class Notices(Table):
    """Reads and writes notices."""

    def keep(self, notice: Notice) -> bool:
        """Store a notice; False when the same one was delivered before."""
        kept = self._db.execute(
            """INSERT INTO knock_notices (notice_id, appointment_id, prospect_id, source, status, starts_at, ends_at, updated_at,
                                          received_at)
               VALUES (:notice_id, :appointment_id, :prospect_id, :source, :status, :starts_at, :ends_at, :updated_at,
                       :received_at)
               ON CONFLICT (notice_id) DO NOTHING""",
            **{**vars(notice), "source": title_bytes(notice.source)},
        )
        if kept:
            self._db.announce()
        return kept == 1

    def keep_unreadable(self, notice_id: str, payload: Any, problem: str, now: datetime) -> None:
        """Store a notice that does not fit the contract as it came, for an operator to look at."""
        self._db.execute(
            """INSERT INTO unreadable_notices (notice_id, payload, problem, received_at)
               VALUES (:notice_id, :payload, :problem, :now) ON CONFLICT (notice_id) DO NOTHING""",
            notice_id=notice_id,
            payload={"notice": payload},
            problem=problem,
            now=now,
        )

    def unreadable(self) -> list[UnreadableNotice]:
        """Those that did not fit the contract, oldest first."""
        rows = self._db.query("SELECT payload, problem, received_at FROM unreadable_notices ORDER BY received_at")
        return [UnreadableNotice(**row) for row in rows]

    def unhandled(self, limit: int = 200) -> list[str]:
        """Ids of notices not acted on yet, in the order Knock sent them."""
        rows = self._db.query(
            f"""SELECT notice_id FROM knock_notices WHERE handled_at IS NULL
                ORDER BY updated_at, {_ENDS}, received_at LIMIT :limit""",
            limit=limit,
        )
        return [row["notice_id"] for row in rows]

    def find(self, notice_id: str) -> Notice | None:
        """The notice, or None."""
        return _notice(self._db.one(f"{_SELECT} WHERE notice_id = :notice_id", notice_id=notice_id))

    def lock_unhandled(self, notice_id: str) -> Notice | None:
        """The notice, or None when it has been acted on; nobody else acts on it before the transaction ends."""
        return _notice(
            self._db.one(
                f"{_SELECT} WHERE notice_id = :notice_id AND handled_at IS NULL {self._db.for_update}", notice_id=notice_id
            )
        )

    def is_outdated(self, notice: Notice) -> bool:
        """Whether Knock has sent a later notice about the same appointment, acted on or not."""
        row = self._db.one(
            "SELECT 1 AS found FROM knock_notices WHERE appointment_id = :appointment_id AND updated_at > :updated_at",
            appointment_id=notice.appointment_id,
            updated_at=notice.updated_at,
        )
        return row is not None

    def mark_handled(self, notice_id: str, now: datetime) -> None:
        """The notice was acted on, or is about an appointment that is not ours (yet)."""
        self._db.execute("UPDATE knock_notices SET handled_at = :now WHERE notice_id = :notice_id", notice_id=notice_id, now=now)

    def reopen(self, appointment_id: str) -> None:
        """Act again on the notices of an appointment that turned out to be ours."""
        self._db.execute(
            "UPDATE knock_notices SET handled_at = NULL WHERE appointment_id = :appointment_id",
            appointment_id=appointment_id,
        )

    def prospect_of_appointment(self, appointment_id: str) -> str | None:
        """The prospect that notices name for an appointment, or None."""
        row = self._db.one(
            """SELECT prospect_id FROM knock_notices WHERE appointment_id = :appointment_id AND prospect_id IS NOT NULL
               ORDER BY updated_at DESC LIMIT 1""",
            appointment_id=appointment_id,
        )
        return str(row["prospect_id"]) if row else None

    def unclaimed_appointments_at(self, starts_at: datetime, since: datetime) -> list[UnclaimedAppointment]:
        """Appointments at this start that notices have named since then and that no tour has.

        Not those that are cancelled; but those that an agent has marked as visited or missed, or moved to another time since.
        """
        rows = self._db.query(
            f"""SELECT appointment_id, prospect_id FROM knock_notices AS latest
                WHERE status <> 'CANCELLED' AND prospect_id IS NOT NULL AND {_TOLD_AT_THIS_START} AND received_at >= :since)
                AND NOT EXISTS (SELECT 1 FROM knock_notices AS later WHERE later.appointment_id = latest.appointment_id
                                AND later.updated_at >= latest.updated_at AND later.notice_id <> latest.notice_id
                                AND (later.status = 'CANCELLED' OR later.updated_at > latest.updated_at))
                AND {_UNCLAIMED} ORDER BY updated_at DESC""",
            starts_at=starts_at,
            since=since,
        )
        return [UnclaimedAppointment(**row) for row in rows]

    def unclaimed_cancellations_at(self, starts_at: datetime, since: datetime) -> list[UnclaimedAppointment]:
        """The same, of those that Knock has cancelled since then."""
        rows = self._db.query(
            f"""SELECT appointment_id, prospect_id FROM knock_notices AS latest
                WHERE status = 'CANCELLED' AND prospect_id IS NOT NULL AND updated_at >= :since
                AND {_TOLD_AT_THIS_START}) AND {_UNCLAIMED} ORDER BY updated_at DESC""",
            starts_at=starts_at,
            since=since,
        )
        return [UnclaimedAppointment(**row) for row in rows]

    def latest_status(self, appointment_id: str) -> str | None:
        """The status in the last notice of an appointment, or None when there is no notice."""
        row = self._db.one(
            f"""SELECT status FROM knock_notices WHERE appointment_id = :appointment_id
                ORDER BY updated_at DESC, {_ENDS} DESC LIMIT 1""",
            appointment_id=appointment_id,
        )
        return str(row["status"]) if row else None

    def visited_since(self, appointment_id: str, since: datetime) -> bool:
        """Whether a VISITED notice for the appointment has reached us since that instant."""
        row = self._db.one(
            """SELECT 1 AS found FROM knock_notices
               WHERE appointment_id = :appointment_id AND status = 'VISITED' AND received_at >= :since""",
            appointment_id=appointment_id,
            since=since,
        )
        return row is not None

    def forget_foreign(self, before: datetime, most: int) -> int:
        """Delete notices from before that instant for appointments that are not ours, unless a tour at that time has none yet.

        At most `most` of them.
        """
        return self.delete_some(
            "knock_notices",
            "notice_id",
            """received_at < :before AND handled_at IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM appointments WHERE appointments.appointment_id = knock_notices.appointment_id)
               AND NOT EXISTS (
                   SELECT 1 FROM knock_notices AS told JOIN tours ON tours.starts_at = told.starts_at
                   WHERE told.appointment_id = knock_notices.appointment_id
                   AND tours.appointment_id IS NULL AND tours.starts_at >= :before)""",
            most,
            before=before,
        )


def _notice(row: Row | None) -> Notice | None:
    return Notice(**{**row, "source": title_text(row["source"])}) if row else None
