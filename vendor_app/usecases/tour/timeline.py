"""What happened to a tour, for whoever holds its token: our own lines and its appointments in Knock's feed, in order.

Everything else in the feed is about the prospect and not about this tour: anybody can book with somebody else's e-mail address,
and must not read for it what they write to the leasing team, or when they will be there on another tour.
"""

from datetime import datetime, timedelta
from typing import Any

from vendor_app.store import appointments, prospect_events, timeline
from vendor_app.store.engine.database import Row
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour.tokens import find_by_token

# Knock's clock may be behind ours.
_CLOCKS_DIFFER = timedelta(minutes=5)
# What partners said when they failed, and what is left to a person, is for operators.
_NOT_FOR_PROSPECTS = frozenset({"error", "errors", "messageId", "kind"})
_FOR_OPERATORS = ("task.", "message.", "knock.newer_appointment")


def tell_timeline(via: Collaborators, token: str) -> list[dict[str, Any]]:
    """`at, source, type, description, detail` of each, oldest first, on the property's clock. Raises UnknownTour."""
    with via.db.read() as db:
        tour = find_by_token(db, token)
        ours = [one for one in timeline.timeline_of(db, tour.tour_id) if not one["what"].startswith(_FOR_OPERATORS)]
        told = prospect_events.events_of(db, tour.prospect_id) if tour.prospect_id else []
        own_times = appointments.times_of(db, tour.tour_id) | {tour.starts_at}
    since = tour.created_at - _CLOCKS_DIFFER
    own = [one for one in told if one["occurred_at"] >= since and _starts_at(one) in own_times]
    both = [*map(_line, ours), *map(_event, own)]
    return [{**one, "at": tour.local(one["at"])} for one in sorted(both, key=_when)]


def _line(row: Row) -> dict[str, Any]:
    detail = {name: value for name, value in row["detail"].items() if name not in _NOT_FOR_PROSPECTS}
    return {"at": row["created_at"], "source": "vendor", "type": row["what"], "description": None, "detail": detail}


def _starts_at(row: Row) -> datetime | None:
    """The time of the appointment that an event tells of; other events have none."""
    if row["type"] != "APPOINTMENT_CREATED":
        return None
    try:
        start = datetime.fromisoformat(str(row["detail"].get("startTime")))
    except ValueError:
        return None
    return start if start.tzinfo else None


def _event(row: Row) -> dict[str, Any]:
    return {
        "at": row["occurred_at"],
        "source": "knock",
        "type": row["type"],
        "description": row["description"],
        "detail": {**row["detail"], "sourceTitle": row["source_title"]},
    }


def _when(one: dict[str, Any]) -> datetime:
    at: datetime = one["at"]
    return at
