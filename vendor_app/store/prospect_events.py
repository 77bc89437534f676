"""The events of Knock's feeds about prospects, each stored once."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendor_app.store.arrivals import title_bytes, title_text
from vendor_app.store.rows import columns_of
from vendor_app.store.table import Table


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """A prospect's event, as far as it is stored."""

    type: str
    description: str | None
    occurred_at: datetime
    created_at: datetime
    source_title: str | None
    detail: dict[str, Any]


class ProspectEvents(Table):
    """Reads and writes prospect events."""

    def keep(self, prospect_id: str, event: StoredEvent, now: datetime) -> bool:
        """Store an event; False when it is known. Events have no ids: the same content is the same event."""
        content = json.dumps([prospect_id, vars(event)], default=str, sort_keys=True)
        kept = self._db.execute(
            """INSERT INTO prospect_events (event_id, prospect_id, type, description, occurred_at, created_at, source_title,
                                            detail, stored_at)
               VALUES (:event_id, :prospect_id, :type, :description, :occurred_at, :created_at, :source_title, :detail, :now)
               ON CONFLICT (event_id) DO NOTHING""",
            event_id=hashlib.sha256(content.encode("utf-8", "replace")).hexdigest(),
            prospect_id=prospect_id,
            now=now,
            **{**vars(event), "source_title": title_bytes(event.source_title)},
        )
        return kept == 1

    def of_prospect(self, prospect_id: str) -> list[StoredEvent]:
        """The prospect's events, oldest first, those of one instant in the order they were stored."""
        rows = self._db.query(
            f"""SELECT {columns_of(StoredEvent)} FROM prospect_events
                WHERE prospect_id = :prospect_id ORDER BY occurred_at, created_at, stored_at, event_id""",
            prospect_id=prospect_id,
        )
        return [StoredEvent(**{**row, "source_title": title_text(row["source_title"])}) for row in rows]
