"""Knock's feed of a prospect's events: read by cursor, stored once each, shown in the tour's timeline.

The feed's order is not documented, so each reading goes through all of it; the store knows which events are new. An appointment
newer than the tour's may have replaced it without a notice, for Knock keeps one upcoming appointment a prospect. The feed
lists no cancellations and no moves, so that is a task for the operator and cancels nothing.
"""

import logging
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from vendor_app.clients.knock.records import ProspectEvent
from vendor_app.domain import Status, Task, Tour
from vendor_app.domain.check_intervals import next_reading
from vendor_app.store import StoredEvent
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.ask_about_each import ask_about_each
from vendor_app.usecases.tour.operator_tasks import ask_operator

log = logging.getLogger(__name__)

# Events of one instant stay in the feed's order.
_ONE_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class FeedCounts:
    """How many feeds were read, how many new events they had, and how many could not be read."""

    read: int = 0
    new: int = 0
    unread: int = 0


def read_prospect_events(via: Collaborators, now: datetime) -> FeedCounts:
    """Read the feeds that are due, each by one worker; the run ends when Knock does not answer three times in a row."""
    answers = ask_about_each(
        lambda: _claim_due_feed(via, now), lambda tour: _read_feed(via, tour, now), "its prospect's events could not be read"
    )
    return FeedCounts(answers.asked - answers.unanswered, answers.found, answers.unanswered)


def read_events(via: Collaborators, prospect_id: str, now: datetime) -> list[ProspectEvent]:
    """All of the prospect's events in Knock; stores the new ones. Raises PartnerError."""
    events = list(via.knock.events(prospect_id))
    _store(via, prospect_id, events, now)
    return events


def _claim_due_feed(via: Collaborators, now: datetime) -> Tour | None:
    with via.db.transaction() as tx:
        tour = tx.due_tours.take_due_reading(now)
        if tour is not None:
            tx.due_tours.read_again(tour.tour_id, next_reading(tour.starts_at, tour.ends_at, now))
    return tour


def _read_feed(via: Collaborators, tour: Tour, now: datetime) -> int:
    prospect_id = tour.prospect_id or ""  # those that are due have one
    events = list(via.knock.events(prospect_id))
    new = _store(via, prospect_id, events, now)
    if tour.status is Status.CONFIRMED and (other := _newer_appointment(tour, events)):
        _report_newer_appointment(via, tour, other, now)
    return new


def _store(via: Collaborators, prospect_id: str, events: list[ProspectEvent], now: datetime) -> int:
    with via.db.transaction() as tx:
        return sum(
            tx.prospect_events.keep(prospect_id, _stored(event), now + tick * _ONE_TICK) for tick, event in enumerate(events)
        )


def _stored(event: ProspectEvent) -> StoredEvent:
    return StoredEvent(**{one.name: getattr(event, one.name) for one in fields(StoredEvent)})


def _newer_appointment(tour: Tour, events: list[ProspectEvent]) -> ProspectEvent | None:
    """An appointment made after the tour's own and at another time, if the feed has both."""
    made = [one for one in events if one.appointment and one.appointment.status == "CONFIRMED"]
    own = [one.created_at for one in made if one.appointment and one.appointment.starts_at == tour.starts_at]
    newest = max(made, key=lambda one: one.created_at, default=None)
    if newest is None or not own or newest.created_at <= max(own):
        return None
    return newest


def _report_newer_appointment(via: Collaborators, tour: Tour, event: ProspectEvent, now: datetime) -> None:
    if event.appointment is None:
        return
    start = event.appointment.starts_at.isoformat()
    with via.db.transaction() as tx:
        current = tx.tours.lock(tour.tour_id)
        if current is None or current.status is not Status.CONFIRMED or current.next_starts_at is not None:
            return
        if tx.appointment_requests.was_asked(current, event.appointment.starts_at):
            return  # one of ours, carried out late: its notice is acted on
        has_moved = current.starts_at != tour.starts_at
        if has_moved or not ask_operator(tx, tour.tour_id, Task.LOOK_FOR_NEWER_APPOINTMENT, now, start=start):
            return
        tx.timeline.note(tour.tour_id, "knock.newer_appointment", now, start=start)
    log.warning("tour %s: Knock has a newer appointment of this prospect; `make tasks` says which", tour.tour_id)
