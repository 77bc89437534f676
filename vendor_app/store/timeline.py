"""What happened to a tour, line by line."""

from datetime import datetime
from typing import Any

from vendor_app.store.engine.database import Connection, Row


def note(db: Connection, tour_id: str, what: str, now: datetime, **detail: Any) -> None:
    """Add a line; call it in the transaction that makes it true. Never with codes or contact data."""
    db.execute(
        "INSERT INTO timeline (tour_id, what, detail, created_at) VALUES (:tour_id, :what, :detail, :now)",
        tour_id=tour_id,
        what=what,
        detail=detail,
        now=now,
    )


def timeline_of(db: Connection, tour_id: str) -> list[Row]:
    """The tour's lines, oldest first."""
    return db.query(
        "SELECT what, detail, created_at FROM timeline WHERE tour_id = :tour_id ORDER BY created_at, id",
        tour_id=tour_id,
    )
