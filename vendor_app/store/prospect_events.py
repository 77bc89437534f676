"""What Knock's feeds tell of prospects, each event once."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vendor_app.store.arrivals import title_bytes, title_text
from vendor_app.store.engine.database import Connection, Row


def keep_event(tx: Connection, prospect_id: str, event: Mapping[str, Any], now: datetime) -> bool:
    """Store an event (keys as the columns); False when it is known. Events have no ids: the same content is the same event."""
    content = json.dumps([prospect_id, dict(event)], default=str, sort_keys=True)
    kept = tx.execute(
        """INSERT INTO prospect_events (event_id, prospect_id, type, description, occurred_at, created_at, source_title, detail,
                                        stored_at)
           VALUES (:event_id, :prospect_id, :type, :description, :occurred_at, :created_at, :source_title, :detail, :now)
           ON CONFLICT (event_id) DO NOTHING""",
        event_id=hashlib.sha256(content.encode("utf-8", "replace")).hexdigest(),
        prospect_id=prospect_id,
        now=now,
        **{**event, "source_title": title_bytes(event["source_title"])},
    )
    return kept == 1


def events_of(db: Connection, prospect_id: str) -> list[Row]:
    """The prospect's events, oldest first, those of one instant in the order they were stored."""
    rows = db.query(
        """SELECT type, description, occurred_at, created_at, source_title, detail FROM prospect_events
           WHERE prospect_id = :prospect_id ORDER BY occurred_at, created_at, stored_at, event_id""",
        prospect_id=prospect_id,
    )
    return [{**row, "source_title": title_text(row["source_title"])} for row in rows]
