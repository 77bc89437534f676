"""What happened to a tour, line by line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that happened to a tour."""

    what: str
    detail: dict[str, Any]
    created_at: datetime


class Timeline(Table):
    """Reads and writes what happened to tours."""

    def note(self, tour_id: str, what: str, now: datetime, **detail: Any) -> None:
        """Add a line; call it in the transaction that makes it true. Never with codes or contact data."""
        self._db.execute(
            "INSERT INTO timeline (tour_id, what, detail, created_at) VALUES (:tour_id, :what, :detail, :now)",
            tour_id=tour_id,
            what=what,
            detail=detail,
            now=now,
        )

    def of_tour(self, tour_id: str) -> list[Line]:
        """The tour's lines, oldest first."""
        rows = self._db.query(
            "SELECT what, detail, created_at FROM timeline WHERE tour_id = :tour_id ORDER BY created_at, id",
            tour_id=tour_id,
        )
        return [Line(**row) for row in rows]
