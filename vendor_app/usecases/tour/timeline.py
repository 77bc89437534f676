"""What happened to a tour, for whoever holds its token: our own lines and its appointments in Knock's feed, in order.

Everything else in the feed is about the prospect and not about this tour: anybody can book with somebody else's e-mail address,
and must not read for it what they write to the leasing team, or when they will be there on another tour.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from vendor_app.store import Line, StoredEvent
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour.tokens import find_by_token

# Knock's clock may be behind ours.
_CLOCKS_DIFFER = timedelta(minutes=5)
# What partners said when they failed, and what is left to a person, is for operators.
_NOT_FOR_PROSPECTS = frozenset({"error", "errors", "messageId", "kind"})
_FOR_OPERATORS = ("task.", "message.", "knock.newer_appointment")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line of the timeline, from us or from Knock."""

    at: datetime
    source: str
    type: str
    description: str | None = None
    detail: dict[str, Any]


def tell_timeline(via: Collaborators, token: str) -> list[Told]:
    """Oldest first, on the property's clock. Raises UnknownTour."""
    with via.db.read() as db:
        tour = find_by_token(db, token)
        ours = [one for one in db.timeline.of_tour(tour.tour_id) if not one.what.startswith(_FOR_OPERATORS)]
        events = db.prospect_events.of_prospect(tour.prospect_id) if tour.prospect_id else []
        own_times = db.appointments.times_of(tour.tour_id) | {tour.starts_at}
    since = tour.created_at - _CLOCKS_DIFFER
    own = [one for one in events if one.occurred_at >= since and _starts_at(one) in own_times]
    both = [*map(_of_ours, ours), *map(_of_knocks, own)]
    return [replace(one, at=tour.local(one.at)) for one in sorted(both, key=lambda one: one.at)]


def _of_ours(line: Line) -> Told:
    detail = {name: value for name, value in line.detail.items() if name not in _NOT_FOR_PROSPECTS}
    return Told(at=line.created_at, source="vendor", type=line.what, detail=detail)


def _starts_at(event: StoredEvent) -> datetime | None:
    """The time of the appointment that an event tells of; other events have none."""
    if event.type != "APPOINTMENT_CREATED":
        return None
    try:
        start = datetime.fromisoformat(str(event.detail.get("startTime")))
    except ValueError:
        return None
    return start if start.tzinfo else None


def _of_knocks(event: StoredEvent) -> Told:
    detail = {**event.detail, "sourceTitle": event.source_title}
    return Told(at=event.occurred_at, source="knock", type=event.type, description=event.description, detail=detail)
