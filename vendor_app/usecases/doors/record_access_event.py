"""The lock system tells what happened at the doors: stored at once, acted on by the job."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vendor_app.domain.communities import LockKind
from vendor_app.keys import event_seal
from vendor_app.store import access_events
from vendor_app.store.access_events import AccessEvent
from vendor_app.usecases.collaborators import Collaborators


def record_access_event(via: Collaborators, event_id: str, callback: Mapping[str, Any], now: datetime) -> bool:
    """Store a callback (as schemas.access.Callback loads it); False when it was delivered before.

    A code is sealed before anything is written; what happened has the sender's time, or else ours.
    """
    told = callback["data"]
    event = AccessEvent(
        event_id=event_id,
        type=callback["type"],
        sealed_code=via.keys.seal(told["code"], event_seal(event_id)) if told["code"] else None,
        payload={name: value for name, value in told.items() if isinstance(value, str) and name != "code"},
        occurred_at=told["occurred_at"] or callback["timestamp"] or now,
        received_at=now,
        said_by=LockKind.HTTP,
        **{name: told[name] for name in ("tour_id", "grant_id", "door", "unit_name", "method")},
    )
    with via.db.inbox() as tx:
        return access_events.keep_access_event(tx, event)
