"""A tour's timeline for whoever holds its token: our own lines, and this tour's appointments from Knock's feed of events.

The rest of the feed is left out: anybody can book with somebody else's e-mail address, and must not learn by it what that
person writes to the leasing team, or when they come for another tour.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from vendor_app.store import Line, StoredEvent
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour.tokens import find_by_token

# Knock's clock may be behind ours.
_CLOCKS_DIFFER = timedelta(minutes=5)
# Partners' errors and operators' tasks are not shown to prospects.
_NOT_FOR_PROSPECTS = frozenset({"error", "errors", "messageId", "kind"})
_FOR_OPERATORS = ("task.", "message.", "knock.newer_appointment")


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One line of the timeline, from us or from Knock."""

    at: datetime
    source: str
    type: str
    description: str | None = None
    detail: dict[str, Any]


def list_timeline(via: Collaborators, token: str) -> list[TimelineEntry]:
    """The tour's entries, oldest first, on the property's clock. Raises UnknownTour."""
    with via.db.read() as db:
        tour = find_by_token(db, token)
        ours = [one for one in db.timeline.of_tour(tour.tour_id) if not one.what.startswith(_FOR_OPERATORS)]
        events = db.prospect_events.of_prospect(tour.prospect_id) if tour.prospect_id else []
        own_times = db.appointments.times_of(tour.tour_id) | {tour.starts_at}
    since = tour.created_at - _CLOCKS_DIFFER
    own = [one for one in events if one.occurred_at >= since and _starts_at(one) in own_times]
    both = [*map(_own_entry, ours), *map(_knock_entry, own)]
    return [replace(one, at=tour.local(one.at)) for one in sorted(both, key=lambda one: one.at)]


def _own_entry(line: Line) -> TimelineEntry:
    detail = {name: value for name, value in line.detail.items() if name not in _NOT_FOR_PROSPECTS}
    return TimelineEntry(at=line.created_at, source="vendor", type=line.what, detail=detail)


def _starts_at(event: StoredEvent) -> datetime | None:
    """The start of the appointment that an APPOINTMENT_CREATED event names; None for other events."""
    if event.type != "APPOINTMENT_CREATED":
        return None
    try:
        start = datetime.fromisoformat(str(event.detail.get("startTime")))
    except ValueError:
        return None
    return start if start.tzinfo else None


def _knock_entry(event: StoredEvent) -> TimelineEntry:
    detail = {**event.detail, "sourceTitle": event.source_title}
    return TimelineEntry(at=event.occurred_at, source="knock", type=event.type, description=event.description, detail=detail)
