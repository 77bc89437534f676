"""Seam tells what happened: stored at once without codes, acted on by the job as any lock system's events.

Events about a grant name it by our own id. Events at a door name only the device: the door stands in the operator's file, and
the tour is the one in whose window the event lies. A code counts as the prospect's own only if Seam manages it, or if it does not
say, once they have checked in; a remote opening never does, for we ask for none.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from schemas.pins import redacted
from vendor_app.domain.access import KEYCODE_OF_OTHERS, REMOTE_BY_OTHERS
from vendor_app.domain.communities import LockKind
from vendor_app.domain.tours import Tour
from vendor_app.keys import event_seal
from vendor_app.store import access_events, doors, grants, tours
from vendor_app.store.access_events import AccessEvent
from vendor_app.store.engine.database import Connection
from vendor_app.usecases.collaborators import Collaborators

_TYPES = {
    "lock.unlocked": "access.door_unlocked",
    "lock.access_denied": "access.denied",
    "access_method.issued": "access.credential_ready",
    "access_grant.could_not_create_requested_access_methods": "access.credential_failed",
}
_OURS = frozenset({"keycode"})
_REMOTE = frozenset({"remote", "seamapi"})


def record_seam_event(
    via: Collaborators, message_id: str, event: Mapping[str, Any], raw: Mapping[str, Any], now: datetime
) -> bool:
    """Store an event (as schemas.seam.SeamEvent loads it); False when it was delivered before."""
    event_id = f"seam:{message_id}"
    with via.db.inbox() as tx:
        grant_id = _grant_id(tx, event)
        kept = AccessEvent(
            event_id=event_id,
            type=_TYPES.get(event["event_type"], f"seam.{event['event_type']}"),
            grant_id=grant_id,
            method=event["method"],
            sealed_code=via.keys.seal(event["code"], event_seal(event_id)) if event["code"] and grant_id else None,
            payload=redacted(raw),
            occurred_at=event["occurred_at"] or now,
            received_at=now,
            said_by=LockKind.SEAM,
            device=event["device_id"],
        )
        return access_events.keep_access_event(tx, kept)


def name_door(tx: Connection, event: AccessEvent, grace: timedelta) -> AccessEvent:
    """The event with its door's name and unit, and with what its opening proves."""
    found = doors.find_door(tx, event.device) if event.device else None
    if found is None:
        return event
    _, door = found
    named = replace(event, door=door.name, unit_name=door.unit, method=_proof(tx, event, grace))
    access_events.name_door(tx, event.event_id, door.name, door.unit, named.method)
    return named


def tour_at_door(tx: Connection, event: AccessEvent, grace: timedelta) -> Tour | None:
    """The tour in whose window a device's event lies, unless there are several; `grace` is how far clocks may differ."""
    found = doors.find_door(tx, event.device) if event.device else None
    if found is None:
        return None
    at, heard = event.occurred_at, event.received_at
    # A time that has not come yet is a wrong clock: whose tour it was, only the time we heard of it can tell.
    at = heard if at > heard + grace else min(at, heard)
    community_id, _ = found
    # Whose tour has been called off while they were inside may still walk through doors: somebody has to know.
    candidates = (
        _candidates(tx, community_id, at, timedelta(0))
        or tours.cancelled_on_site_at(tx, community_id, at)
        or _candidates(tx, community_id, at, grace)
    )
    return tours.lock_tour(tx, candidates[0]) if len(candidates) == 1 else None


def _candidates(tx: Connection, community_id: str, at: datetime, grace: timedelta) -> list[str]:
    """Where windows overlap, only who had checked in by then, and was not gone yet, can have had a code to type."""
    ids = tours.self_guided_between(tx, community_id, at - grace, at + grace)
    there = [one for one in ids if len(ids) > 1 and _was_there(tours.find_tour(tx, one), at)]
    return there or ids


def _was_there(tour: Tour | None, at: datetime) -> bool:
    if tour is None or tour.checked_in_at is None:
        return False
    return tour.checked_in_at <= at and (tour.ended_at is None or at <= tour.ended_at)


def _proof(tx: Connection, event: AccessEvent, grace: timedelta) -> str | None:
    method = (event.method or "unknown").lower()
    if method in _REMOTE:
        return REMOTE_BY_OTHERS
    if method not in _OURS:
        return method
    is_managed = event.payload.get("access_code_is_managed")
    if is_managed is None:
        at_door = tour_at_door(tx, event, grace)
        is_managed = at_door is not None and at_door.checked_in_at is not None
    return method if is_managed else KEYCODE_OF_OTHERS


def _grant_id(tx: Connection, event: Mapping[str, Any]) -> str | None:
    for key in event["access_grant_keys"]:
        if grants.find_grant(tx, key):
            return str(key)
    for reference in event["access_grant_ids"]:
        if found := grants.find_grant_by_reference(tx, LockKind.SEAM, reference):
            return found.grant_id
    return None
