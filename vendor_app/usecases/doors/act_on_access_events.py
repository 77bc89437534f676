"""Acts on lock systems' events: `_is_entry` decides whether an unlocked door begins the tour.

An event counts only for the window of the grant it is about. Others are kept and shown, and change nothing; when a door
opened that should not have, the access is revoked again and an operator is asked to look.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from vendor_app.domain import AccessState, Kind, Status, Task, Timing
from vendor_app.domain.access import by_own_credential, is_among
from vendor_app.keys import event_seal
from vendor_app.store import AccessEvent, Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.access_event_matching import CREDENTIAL_EVENTS, MatchedEvent, match_event
from vendor_app.usecases.doors.device_events import with_door_of_device
from vendor_app.usecases.doors.grant_access import record_credential, record_failure
from vendor_app.usecases.tour import access, transitions
from vendor_app.usecases.tour.act_on_each import act_on_each
from vendor_app.usecases.tour.operator_tasks import ask_operator
from vendor_app.usecases.tour.seals import unsealed

log = logging.getLogger(__name__)

_TAKES_PLACE = frozenset({Status.CONFIRMED, Status.IN_PROGRESS, Status.COMPLETED, Status.NO_SHOW})


@dataclass(frozen=True)
class AccessEventCounts:
    """Which events were acted on, and how many matched no tour of ours."""

    ours: int = 0
    unmatched: int = 0


def act_on_access_events(via: Collaborators, now: datetime) -> AccessEventCounts:
    """Act on the stored events in the order they came, each in its own transaction."""

    def act(tx: Tables, event_id: str) -> str | None:
        event = tx.access_events.lock_unhandled(event_id)
        return _act(via, tx, event, now) if event else None

    with via.db.read() as db:
        waiting = db.access_events.unhandled()
    return AccessEventCounts(**act_on_each(via.db, waiting, act))


def _act(via: Collaborators, tx: Tables, event: AccessEvent, now: datetime) -> str:
    matched = match_event(via, tx, with_door_of_device(tx, event, via.config.clock_grace))
    if matched is None:
        tx.access_events.mark_handled(event.event_id, None, now)
        return "unmatched"
    matched = _without_unknown_unit(via, tx, matched, now)
    _note_event(tx, matched, now)
    if matched.timing is Timing.IMPOSSIBLE:
        told = {"occurredAt": event.occurred_at.isoformat(), "receivedAt": event.received_at.isoformat()}
        ask_operator(tx, matched.tour.tour_id, Task.SET_CLOCK_OF_LOCK, now, lock=event.said_by, **told)
    counts = _ON.get(event.type, _timeline_only)(via, tx, matched, now)
    tx.access_events.mark_handled(event.event_id, matched.tour.tour_id, now, counts=counts)
    return "ours"


def _without_unknown_unit(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> MatchedEvent:
    """The event without a unit that none of the community's doors has; the stored payload keeps its name."""
    unit = matched.event.unit_name
    if not unit or via.rules(tx, matched.tour.community_id).has_unit(unit):
        return matched
    tx.access_events.forget_unit(matched.event.event_id)
    tx.timeline.note(matched.tour.tour_id, "access.unknown_unit", now, unitName=unit)
    return replace(matched, event=replace(matched.event, unit_name=None))


def _note_event(tx: Tables, matched: MatchedEvent, now: datetime) -> None:
    event = matched.event
    told = {name: value for name in ("door", "unit_name", "method") if (value := getattr(event, name))}
    odd = {} if matched.timing is Timing.IN_TIME or event.type in CREDENTIAL_EVENTS else {"counts": f"no: {matched.timing}"}
    tx.timeline.note(matched.tour.tour_id, event.type, now, occurredAt=event.occurred_at.isoformat(), **told, **odd)


def _door_unlocked(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> bool:
    if not matched.tour.is_self_guided or not by_own_credential(matched.event.method):
        return True  # an agent opens the doors of a tour they lead, and openings by others prove nothing
    if not _is_entry(via, matched):
        _report_unexpected_opening(tx, matched, now)
        return False
    _record_entry(via, tx, matched, now)
    return True


def _is_entry(via: Collaborators, matched: MatchedEvent) -> bool:
    """Whether the prospect opened the door within the tour's window: only then the tour begins, and the unit was visited."""
    if matched.tour.status not in _TAKES_PLACE or not matched.is_of_the_tours_time:
        return False
    if matched.timing is Timing.AFTER_END and matched.grant and matched.grant.closed_at:
        # A prospect who has just pressed "done" may open one more door before the lock system revokes the code.
        still_there = matched.event.occurred_at <= matched.grant.closed_at + via.config.clock_grace
        return still_there and matched.tour.status is Status.COMPLETED
    return matched.timing is Timing.IN_TIME


def _report_unexpected_opening(tx: Tables, matched: MatchedEvent, now: datetime) -> None:
    tour, event = matched.tour, matched.event
    if matched.is_ended and matched.grant:
        access.revoke_again(tx, matched.grant, now)
    if matched.timing is not Timing.IMPOSSIBLE:
        log.error("tour %s: a door was opened %s (%s); `make tasks`", tour.tour_id, matched.timing, tour.status)
        ask_operator(tx, tour.tour_id, Task.SEE_WHO_OPENED, now, door=event.door, occurredAt=event.occurred_at.isoformat())


def _record_entry(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> None:
    tour, at, unit = matched.tour, matched.at, matched.event.unit_name
    if tour.status in (Status.CONFIRMED, Status.NO_SHOW):
        over = tour.status is Status.NO_SHOW or tour.ended_at is not None
        begun = transitions.begin_tour(tx, tour, at, now)
        if over:
            transitions.complete_tour(tx, begun, "a door event that came late", via.config, now)
    elif tour.started_at and at < tour.started_at:
        transitions.begin_earlier(tx, tour, at)
    if tour.visit_posted_at and unit and not is_among(unit, tour.visit_unit_names or []):
        tx.timeline.note(tour.tour_id, "visit.unit_not_reported", now, unitName=unit)


def _credential_ready(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> bool:
    grant, sealed = matched.grant, matched.event.sealed_code
    if grant is None:
        return False
    if grant.state is AccessState.CLOSED:
        _revoke_late_credential(tx, matched, now)
        return False
    code = unsealed(via.keys, sealed, event_seal(matched.event.event_id), matched.tour)
    if code is None:
        _look_for_code(via, tx, matched, now)
        return False
    record_credential(via, tx, grant, code, None, now)
    return True


def _revoke_late_credential(tx: Tables, matched: MatchedEvent, now: datetime) -> None:
    """Revoke a credential of a closed grant. One made after the grant was closed should not exist: an operator checks it."""
    if matched.grant is None:
        return
    access.revoke_again(tx, matched.grant, now)
    if matched.grant.closed_at and matched.event.occurred_at > matched.grant.closed_at:
        ask_operator(
            tx,
            matched.tour.tour_id,
            Task.CHECK_REVOKED_ACCESS,
            now,
            about=matched.grant.grant_id,
            grantId=matched.grant.grant_id,
            lock=matched.grant.lock,
        )


def _look_for_code(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> None:
    """The event says "ready" and has no code: ask for it, where the lock system can be asked."""
    system = via.locks.get(matched.grant.lock) if matched.grant else None
    if system is not None and system.abilities.reads_state:
        tx.outbox.hasten(matched.tour.tour_id, Kind.READ_ACCESS, now)
        return
    log.error("tour %s: the lock system says that its access is ready, and gives no code", matched.tour.tour_id)
    tx.timeline.note(matched.tour.tour_id, "access.ready_without_code", now)


def _credential_failed(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> bool:
    grant = matched.grant
    if grant is None or _is_older_than_the_answer(matched):
        return False
    return record_failure(via, tx, matched.tour, grant, now)


def _is_older_than_the_answer(matched: MatchedEvent) -> bool:
    """Whether the failure happened before the code that we have was issued; then it changes nothing."""
    grant = matched.grant
    came = grant.answered_at if grant and grant.state is AccessState.READY else None
    return came is not None and matched.event.occurred_at <= came


def _lock_ended_tour(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> bool:
    """Complete the tour when the lock system ends it, if the event is about the tour's present window and latest grant."""
    in_window = matched.timing in (Timing.IN_TIME, Timing.AFTER_END)
    if not (in_window and matched.is_of_the_tours_time and matched.is_latest):
        return False
    if matched.tour.status is Status.IN_PROGRESS:
        transitions.complete_tour(tx, matched.tour, "the lock system", via.config, now)
    elif matched.tour.status is Status.CONFIRMED and matched.tour.is_self_guided and not matched.is_ended:
        transitions.note_early_end(tx, matched.tour, now)
    return True


def _timeline_only(via: Collaborators, tx: Tables, matched: MatchedEvent, now: datetime) -> bool:
    """Nothing more to do: the event stands in the timeline already."""
    return True


_ON: dict[str, Callable[[Collaborators, Tables, MatchedEvent, datetime], bool]] = {
    "access.door_unlocked": _door_unlocked,
    "access.credential_ready": _credential_ready,
    "access.credential_failed": _credential_failed,
    "access.tour_ended": _lock_ended_tour,
}
