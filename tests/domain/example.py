"""A tour to start from: Jane's, confirmed for 12:30 at a property seven hours behind UTC, unless a test says otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vendor_app.domain.access import AccessGrant, AccessState
from vendor_app.domain.tours import Status, Tour

NOON = datetime(2026, 6, 10, 19, 0, tzinfo=UTC)
START = NOON + timedelta(minutes=30)


def a_tour(tour_id: str = "tour_1", status: Status = Status.CONFIRMED, start: datetime = START, **changes: Any) -> Tour:
    """A tour of half an hour, its access ten minutes wider on both sides."""
    given: dict[str, Any] = {
        "tour_id": tour_id,
        "token_hash": f"hash of {tour_id}",
        "community_id": "alder",
        "arrival_id": None,
        "source_title": "Zillow",
        "status": status,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=30),
        "opens_at": start - timedelta(minutes=10),
        "closes_at": start + timedelta(minutes=40),
        "utc_offset": -7 * 3600,
        "profile": {"firstName": "Jane", "lastName": "Doe", "email": "janedoe@example.com", "phone": "2065554567"},
        "email_key": "janedoe@example.com",
        "phone_key": "2065554567",
        "sms_consent": False,
        "created_at": NOON,
    }
    return Tour(**{**given, **changes})


def a_grant(state: AccessState = AccessState.READY, **changes: Any) -> AccessGrant:
    """Access for that tour."""
    given: dict[str, Any] = {
        "grant_id": "grant_1",
        "tour_id": "tour_1",
        "state": state,
        "opens_at": START - timedelta(minutes=10),
        "closes_at": START + timedelta(minutes=40),
        "created_at": NOON,
    }
    return AccessGrant(**{**given, **changes})
