"""Stores a lock system's event, its code sealed; the job acts on it (act_on_access_events.py)."""

from datetime import datetime

from vendor_app.clients.locks.interface import LockEvent, Webhook
from vendor_app.clients.locks.registry import VENDORS
from vendor_app.domain import LockKind
from vendor_app.keys import event_seal
from vendor_app.store import AccessEvent, Tables
from vendor_app.usecases.collaborators import Collaborators


def webhooks() -> dict[LockKind, Webhook]:
    """How each make of lock systems tells us what happened."""
    return {lock: vendor.webhook for lock, vendor in VENDORS.items()}


def record_access_event(via: Collaborators, lock: LockKind, message_id: str, event: LockEvent, now: datetime) -> bool:
    """Store an event; False when it was delivered before. Its time is the sender's, or ours where it has none."""
    event_id = f"{VENDORS[lock].webhook.id_prefix}{message_id}"
    with via.db.inbox() as tx:
        grant_id = event.grant_id or _grant_id(tx, lock, event)
        is_ours = grant_id or event.tour_id
        kept = AccessEvent(
            event_id=event_id,
            type=event.type,
            tour_id=event.tour_id,
            grant_id=grant_id,
            door=event.door,
            unit_name=event.unit_name,
            method=event.method,
            sealed_code=via.keys.seal(event.code, event_seal(event_id)) if event.code and is_ours else None,
            payload=event.payload,
            occurred_at=event.occurred_at or now,
            received_at=now,
            said_by=lock,
            device=event.device,
        )
        return tx.access_events.keep(kept)


def _grant_id(tx: Tables, lock: LockKind, event: LockEvent) -> str | None:
    for key in event.grant_keys:
        if tx.grants.find(key):
            return key
    for reference in event.references:
        if found := tx.grants.find_by_reference(lock, reference):
            return found.grant_id
    return None
