"""The lock system tells what happened at the doors: stored at once, acted on by the job."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vendor_app.domain.access import AccessGrant, AccessState, by_own_credential, is_among
from vendor_app.domain.communities import LockKind
from vendor_app.domain.outbox import Kind
from vendor_app.domain.tours import Status, Tour, visit_time
from vendor_app.store import access_events, grants, outbox, tours
from vendor_app.store.database import Connection, Row
from vendor_app.store.timeline import note
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.inbox import act_on_each
from vendor_app.usecases.messages.grant_access import record_credential, record_failure
from vendor_app.usecases.seam_events import name_door, tour_at_door

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AccessEventCounts:
    """Which events were acted on, and how many matched no tour of ours."""

    ours: int = 0
    unmatched: int = 0


def record_access_event(via: Collaborators, event_id: str, callback: Mapping[str, Any], now: datetime) -> bool:
    """Store a callback (as schemas.access.Callback loads it); False when it was delivered before.

    A code is sealed before anything is written; what happened has the sender's time, or else ours.
    """
    told = callback["data"]
    event = {
        "event_id": event_id,
        "type": callback["type"],
        "sealed_code": via.keys.seal(told["code"]) if told["code"] else None,
        "payload": {name: value for name, value in told.items() if isinstance(value, str) and name != "code"},
        "occurred_at": told["occurred_at"] or callback["timestamp"] or now,
        "received_at": now,
        "said_by": LockKind.HTTP,
        "device": None,
        **{name: told[name] for name in ("tour_id", "grant_id", "door", "unit_name", "method")},
    }
    with via.db.inbox() as tx:
        return access_events.keep_access_event(tx, event)


def act_on_access_events(via: Collaborators, now: datetime) -> AccessEventCounts:
    """Act on the stored events in the order they came, each in its own transaction."""

    def act(tx: Connection, event_id: str) -> str | None:
        event = access_events.lock_unhandled_access_event(tx, event_id)
        if event is None:
            return None
        event = name_door(tx, event)
        tour = _tour_of(tx, event)
        access_events.mark_access_event_handled(tx, event_id, tour.tour_id if tour else None, now)
        if tour is None:
            return "unmatched"
        _note_event(tx, tour, event, now)
        _ON.get(event["type"], _nothing)(via, tx, tour, event, now)
        return "ours"

    with via.db.read() as db:
        waiting = access_events.unhandled_access_events(db)
    return AccessEventCounts(**act_on_each(via.db, waiting, act))


def _tour_of(tx: Connection, event: Row) -> Tour | None:
    """The tour that the grant, or else the tour id, names; where both are given they must agree.

    A device's event names neither: it is the tour's whose window it is in, if there is only one.
    """
    if event["device"] and not event["grant_id"] and not event["tour_id"]:
        return tour_at_door(tx, event)
    grant = grants.find_grant(tx, event["grant_id"]) if event["grant_id"] else None
    named = {name for name in (grant.tour_id if grant else None, event["tour_id"]) if name}
    tour = tours.lock_tour(tx, named.pop()) if len(named) == 1 else None
    grant = grant or (grants.latest_grant(tx, tour.tour_id) if tour else None)
    # One lock system's word is nothing to another's doors.
    return None if grant and event["said_by"] not in (None, grant.lock) else tour


def _note_event(tx: Connection, tour: Tour, event: Row, now: datetime) -> None:
    told = {name: event[name] for name in ("door", "unit_name", "method") if event[name]}
    note(tx, tour.tour_id, event["type"], now, occurredAt=event["occurred_at"].isoformat(), **told)


def _door_unlocked(via: Collaborators, tx: Connection, tour: Tour, event: Row, now: datetime) -> None:
    if not tour.is_self_guided or not by_own_credential(event["method"]):
        return  # whoever leads a tour opens the doors themselves
    at = visit_time(tour, event["occurred_at"], event["received_at"])
    if not tour.opens_at <= at <= tour.closes_at:
        log.error("tour %s: a door was opened outside its window; check the lock's clock and its grants", tour.tour_id)
        note(tx, tour.tour_id, "access.opened_outside_the_window", now, at=at.isoformat())
    if tour.status in (Status.CONFIRMED, Status.NO_SHOW):
        over = tour.status is Status.NO_SHOW or tour.ended_at is not None
        begun = transitions.begin_tour(tx, tour, at, now)
        if over:
            transitions.complete_tour(tx, begun, "a door event that came late", via.config, now)
    elif tour.started_at and at < tour.started_at:
        transitions.begin_earlier(tx, tour, at)
    elif tour.status in (Status.REQUESTED, Status.REJECTED, Status.CANCELLED):
        log.error("tour %s is %s, yet a door was opened for it; ask the lock system's operator", tour.tour_id, tour.status)
    if tour.visit_posted_at and event["unit_name"] and not is_among(event["unit_name"], tour.visit_unit_names or []):
        note(tx, tour.tour_id, "visit.unit_not_reported", now, unitName=event["unit_name"])


def _credential_ready(via: Collaborators, tx: Connection, tour: Tour, event: Row, now: datetime) -> None:
    grant = _grant_of(tx, tour, event)
    if grant and not event["sealed_code"] and event["said_by"] == LockKind.SEAM:
        # Seam's events carry no links: a mobile key is there to be read.
        outbox.hasten(tx, tour.tour_id, Kind.READ_ACCESS, now)
    elif grant:
        record_credential(tx, grant, event["sealed_code"], now)


def _credential_failed(via: Collaborators, tx: Connection, tour: Tour, event: Row, now: datetime) -> None:
    grant = _grant_of(tx, tour, event)
    if grant is not None and not _is_older_than_the_answer(event, grant):
        record_failure(tx, via.config, tour, grant, now)


def _is_older_than_the_answer(event: Row, grant: AccessGrant) -> bool:
    """A failure told late must not take away a code that has come since."""
    came = grant.answered_at if grant.state is AccessState.READY else None
    return came is not None and bool(event["occurred_at"] <= came)


def _tour_ended(via: Collaborators, tx: Connection, tour: Tour, event: Row, now: datetime) -> None:
    if _is_about_an_earlier_time(tx, tour, event):
        return
    if tour.status is Status.IN_PROGRESS:
        transitions.complete_tour(tx, tour, "the lock system", via.config, now)
    elif tour.status is Status.CONFIRMED and tour.is_self_guided:
        transitions.end_told(tx, tour, now)


def _is_about_an_earlier_time(tx: Connection, tour: Tour, event: Row) -> bool:
    """Whether it names a grant that was revoked because the tour has moved, and has another."""
    named = grants.find_grant(tx, event["grant_id"]) if event["grant_id"] else None
    latest = grants.latest_grant(tx, tour.tour_id)
    return bool(named and named.state is AccessState.CLOSED and latest and latest.grant_id != named.grant_id)


def _grant_of(tx: Connection, tour: Tour, event: Row) -> AccessGrant | None:
    """The grant it is about: the one it names, if that is ours, else the tour's newest."""
    named = grants.find_grant(tx, event["grant_id"]) if event["grant_id"] else None
    return named or grants.latest_grant(tx, tour.tour_id)


def _nothing(via: Collaborators, tx: Connection, tour: Tour, event: Row, now: datetime) -> None:
    """Its line in the timeline is all there is to do."""


_ON: dict[str, Callable[[Collaborators, Connection, Tour, Row, datetime], None]] = {
    "access.door_unlocked": _door_unlocked,
    "access.credential_ready": _credential_ready,
    "access.credential_failed": _credential_failed,
    "access.tour_ended": _tour_ended,
}
