"""Events that name only a device: its door is found in the operator's rules, its tour by the window the event lies in."""

from dataclasses import replace
from datetime import datetime, timedelta

from vendor_app.clients.locks.registry import VENDORS
from vendor_app.domain import LockKind, Tour
from vendor_app.domain.access import KEYCODE_OF_OTHERS
from vendor_app.store import AccessEvent, Tables


def with_door_of_device(tx: Tables, event: AccessEvent, grace: timedelta) -> AccessEvent:
    """The event with the name and unit of its device's door, and with the method that says who opened it (domain/access.py)."""
    found = tx.doors.find(event.device) if event.device else None
    if found is None:
        return event
    _, door = found
    named = replace(event, door=door.name, unit_name=door.unit, method=_proof(tx, event, grace))
    tx.access_events.set_door(event.event_id, door.name, door.unit, named.method)
    return named


def tour_at_door(tx: Tables, event: AccessEvent, grace: timedelta) -> Tour | None:
    """The tour in whose window a device's event lies; None when there are several. `grace` is how far clocks may differ."""
    found = tx.doors.find(event.device) if event.device else None
    if found is None:
        return None
    at, heard = event.occurred_at, event.received_at
    # A time in the future comes from a wrong clock: then the time we received the event is used instead.
    at = heard if at > heard + grace else min(at, heard)
    community_id, _ = found
    within = tx.tours.self_guided_between(community_id, at, at)
    # A prospect whose tour was cancelled while they were inside may still open doors, and an operator must learn of it.
    cancelled = tx.tours.cancelled_on_site_at(community_id, at)
    candidates = (
        _there_of_several(tx, [*within, *cancelled], at)
        or within
        or cancelled
        or _there_of_several(tx, near := tx.tours.self_guided_between(community_id, at - grace, at + grace), at)
        or near
    )
    return tx.tours.lock(candidates[0]) if len(candidates) == 1 else None


def _there_of_several(tx: Tables, ids: list[str], at: datetime) -> list[str]:
    """Of several tours those checked in and not ended at that time: only they had a code to type."""
    return [one for one in ids if len(ids) > 1 and _was_there(tx.tours.find(one), at)]


def _was_there(tour: Tour | None, at: datetime) -> bool:
    if tour is None or tour.checked_in_at is None:
        return False
    return tour.checked_in_at <= at and (tour.ended_at is None or at <= tour.ended_at)


def _proof(tx: Tables, event: AccessEvent, grace: timedelta) -> str | None:
    """The method that says who opened: the lock system's, or where that leaves it open by whether they had checked in."""
    method = event.method
    proof = VENDORS[LockKind(event.said_by)].webhook.proof
    if proof is None:
        return method
    if proved := proof(method, event.payload):
        return proved
    at_door = tour_at_door(tx, event, grace)
    is_theirs = at_door is not None and at_door.checked_in_at is not None
    return method and method.lower() if is_theirs else KEYCODE_OF_OTHERS
