"""What the lock system called back with: stored before the answer, acted on afterwards."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vendor_app.domain.access import REPORTED, DoorOpening
from vendor_app.store.engine.database import Connection, Row


def keep_access_event(db: Connection, event: Mapping[str, Any]) -> bool:
    """Store an event under its sender's id; False when it was delivered before. Codes come sealed."""
    kept = db.execute(
        """INSERT INTO access_events (event_id, type, tour_id, grant_id, door, unit_name, method, sealed_code, payload,
                                      occurred_at, received_at, said_by, device)
           VALUES (:event_id, :type, :tour_id, :grant_id, :door, :unit_name, :method, :sealed_code, :payload,
                   :occurred_at, :received_at, :said_by, :device)
           ON CONFLICT (event_id) DO NOTHING""",
        **event,
    )
    if kept:
        db.announce()
    return kept == 1


def keep_reported_unit(tx: Connection, tour_id: str, unit_name: str, now: datetime) -> None:
    """The prospect says that they were in this unit: evidence of theirs, beside that of the locks."""
    event: dict[str, Any] = {
        "event_id": f"{REPORTED}:{tour_id}:{unit_name}",
        "type": "access.door_unlocked",
        "tour_id": tour_id,
        "grant_id": None,
        "door": None,
        "unit_name": unit_name,
        "method": REPORTED,
        "sealed_code": None,
        "payload": {},
        "occurred_at": now,
        "received_at": now,
        "said_by": "prospect",
        "device": None,
    }
    if keep_access_event(tx, event):
        mark_access_event_handled(tx, event["event_id"], tour_id, now)


def unhandled_access_events(db: Connection, limit: int = 200) -> list[str]:
    """Ids of events not acted on yet, in the order they came."""
    rows = db.query(
        "SELECT event_id FROM access_events WHERE handled_at IS NULL ORDER BY received_at, occurred_at LIMIT :limit",
        limit=limit,
    )
    return [row["event_id"] for row in rows]


def lock_unhandled_access_event(tx: Connection, event_id: str) -> Row | None:
    """The event, or None when it has been acted on; nobody else acts on it before the transaction ends."""
    return tx.one(
        f"SELECT * FROM access_events WHERE event_id = :event_id AND handled_at IS NULL {tx.for_update}", event_id=event_id
    )


def mark_access_event_handled(db: Connection, event_id: str, tour_id: str | None, now: datetime, *, counts: bool = True) -> None:
    """It has been acted on, for this tour, or matches none of ours; the code it carried is not kept twice.

    One that does not count is kept and shown, and proves nothing.
    """
    db.execute(
        """UPDATE access_events SET handled_at = :now, matched_tour_id = :tour_id, counts = :counts, sealed_code = NULL
           WHERE event_id = :event_id""",
        event_id=event_id,
        tour_id=tour_id,
        counts=counts,
        now=now,
    )


def forget_unit(tx: Connection, event_id: str) -> None:
    """The unit that the event names is not one of the community's; what the lock system said stays in the payload."""
    tx.execute("UPDATE access_events SET unit_name = NULL WHERE event_id = :event_id", event_id=event_id)


def name_door(tx: Connection, event_id: str, door: str, unit_name: str | None, method: str | None) -> None:
    """Which door a device is, and what its opening proves, found out when the event is acted on."""
    tx.execute(
        "UPDATE access_events SET door = :door, unit_name = :unit_name, method = :method WHERE event_id = :event_id",
        event_id=event_id,
        door=door,
        unit_name=unit_name,
        method=method,
    )


def door_openings(db: Connection, tour_id: str) -> list[DoorOpening]:
    """The doors whose opening counts for a tour, in the order they were opened."""
    rows = db.query(
        """SELECT occurred_at, unit_name, method FROM access_events
           WHERE matched_tour_id = :tour_id AND type = 'access.door_unlocked' AND counts
           ORDER BY occurred_at, received_at""",
        tour_id=tour_id,
    )
    return [DoorOpening(**row) for row in rows]


def count_unmatched_access_events(db: Connection) -> int:
    """How many events matched no tour of ours."""
    row = db.one("SELECT count(*) AS n FROM access_events WHERE handled_at IS NOT NULL AND matched_tour_id IS NULL")
    return int(row["n"]) if row else 0
