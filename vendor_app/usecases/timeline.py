"""What happened to a tour, for whoever holds its token: our own lines and Knock's events of the prospect, in order.

What Knock knows of the prospect from before this tour was asked for is not the tour's: anybody can book with somebody else's
e-mail address, and must not read their history for it.
"""

from datetime import datetime, timedelta
from typing import Any

from vendor_app.store import prospect_events, timeline
from vendor_app.store.database import Row
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tokens import find_by_token

# Knock's clock may be behind ours.
_CLOCKS_DIFFER = timedelta(minutes=5)
# What partners said when they failed is for operators.
_NOT_FOR_PROSPECTS = frozenset({"error", "errors", "messageId", "kind"})


def tell_timeline(via: Collaborators, token: str) -> list[dict[str, Any]]:
    """`at, source, type, description, detail` of each, oldest first, on the property's clock. Raises UnknownTour."""
    with via.db.read() as db:
        tour = find_by_token(db, token)
        ours = timeline.timeline_of(db, tour.tour_id)
        told = prospect_events.events_of(db, tour.prospect_id) if tour.prospect_id else []
    since = tour.created_at - _CLOCKS_DIFFER
    both = [*map(_line, ours), *(_event(one) for one in told if one["occurred_at"] >= since)]
    return [{**one, "at": tour.local(one["at"])} for one in sorted(both, key=_when)]


def _line(row: Row) -> dict[str, Any]:
    detail = {name: value for name, value in row["detail"].items() if name not in _NOT_FOR_PROSPECTS}
    return {"at": row["created_at"], "source": "vendor", "type": row["what"], "description": None, "detail": detail}


def _event(row: Row) -> dict[str, Any]:
    """Messages keep what is in them to themselves: their `data` is not documented."""
    detail = row["detail"] if row["type"] == "APPOINTMENT_CREATED" else {}
    return {
        "at": row["occurred_at"],
        "source": "knock",
        "type": row["type"],
        "description": row["description"],
        "detail": {**detail, "sourceTitle": row["source_title"]},
    }


def _when(one: dict[str, Any]) -> datetime:
    at: datetime = one["at"]
    return at
