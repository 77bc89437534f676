"""Lock systems' events: stored before we answer, acted on afterwards."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vendor_app.domain import DoorOpening
from vendor_app.domain.access import REPORTED
from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class AccessEvent:
    """What happened at a door or to a credential; `said_by` is the lock system or the prospect. A code is sealed."""

    event_id: str
    type: str
    tour_id: str | None = None
    grant_id: str | None = None
    door: str | None = None
    unit_name: str | None = None
    method: str | None = None
    sealed_code: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    occurred_at: datetime
    received_at: datetime
    said_by: str
    device: str | None = None


_COLUMNS = columns_of(AccessEvent)


class AccessEvents(Table):
    """Reads and writes access events."""

    def keep(self, event: AccessEvent) -> bool:
        """Store an event under its sender's id; False when it was delivered before."""
        kept = self._db.execute(
            f"""INSERT INTO access_events ({_COLUMNS}) VALUES (:{_COLUMNS.replace(", ", ", :")})
                ON CONFLICT (event_id) DO NOTHING""",
            **vars(event),
        )
        if kept:
            self._db.announce()
        return kept == 1

    def keep_reported_unit(self, tour_id: str, unit_name: str, now: datetime) -> None:
        """Store that the prospect says they were in this unit, beside the locks' events."""
        event = AccessEvent(
            event_id=f"{REPORTED}:{tour_id}:{unit_name}",
            type="access.door_unlocked",
            tour_id=tour_id,
            unit_name=unit_name,
            method=REPORTED,
            occurred_at=now,
            received_at=now,
            said_by="prospect",
        )
        if self.keep(event):
            self.mark_handled(event.event_id, tour_id, now)

    def unhandled(self, limit: int = 200) -> list[str]:
        """Ids of events not acted on yet, in the order they came."""
        rows = self._db.query(
            "SELECT event_id FROM access_events WHERE handled_at IS NULL ORDER BY received_at, occurred_at LIMIT :limit",
            limit=limit,
        )
        return [row["event_id"] for row in rows]

    def lock_unhandled(self, event_id: str) -> AccessEvent | None:
        """The event, or None when it has been acted on; nobody else acts on it before the transaction ends."""
        row = self._db.one(
            f"SELECT {_COLUMNS} FROM access_events WHERE event_id = :event_id AND handled_at IS NULL {self._db.for_update}",
            event_id=event_id,
        )
        return AccessEvent(**row) if row else None

    def mark_handled(self, event_id: str, tour_id: str | None, now: datetime, *, counts: bool = True) -> None:
        """The event was acted on for this tour, or None where it matches none of ours; its code is deleted.

        One that does not count is kept and shown, and changes nothing.
        """
        self._db.execute(
            """UPDATE access_events SET handled_at = :now, matched_tour_id = :tour_id, counts = :counts, sealed_code = NULL
               WHERE event_id = :event_id""",
            event_id=event_id,
            tour_id=tour_id,
            counts=counts,
            now=now,
        )

    def forget_unit(self, event_id: str) -> None:
        """Remove the event's unit, which is not one of the community's; the payload keeps it."""
        self._db.execute("UPDATE access_events SET unit_name = NULL WHERE event_id = :event_id", event_id=event_id)

    def set_door(self, event_id: str, door: str, unit_name: str | None, method: str | None) -> None:
        """Store the door of the event's device and the method, both found when the event is acted on."""
        self._db.execute(
            "UPDATE access_events SET door = :door, unit_name = :unit_name, method = :method WHERE event_id = :event_id",
            event_id=event_id,
            door=door,
            unit_name=unit_name,
            method=method,
        )

    def door_openings(self, tour_id: str) -> list[DoorOpening]:
        """The doors whose opening counts for a tour, in the order they were opened."""
        rows = self._db.query(
            """SELECT occurred_at, unit_name, method FROM access_events
               WHERE matched_tour_id = :tour_id AND type = 'access.door_unlocked' AND counts
               ORDER BY occurred_at, received_at""",
            tour_id=tour_id,
        )
        return [DoorOpening(**row) for row in rows]

    def count_unmatched(self) -> int:
        """How many events matched no tour of ours."""
        row = self._db.one("SELECT count(*) AS n FROM access_events WHERE matched_tour_id IS NULL AND handled_at IS NOT NULL")
        return int(row["n"]) if row else 0
