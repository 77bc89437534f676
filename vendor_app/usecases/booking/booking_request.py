"""What a prospect asks for when they book, and the tour it becomes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from vendor_app.domain import Span, Status, Tour, TourType, Verification
from vendor_app.domain.access import each_unit_once, window_of
from vendor_app.domain.prospects import email_key, phone_key
from vendor_app.domain.verification import contact_of, required_of
from vendor_app.keys import fingerprint
from vendor_app.store import Tables
from vendor_app.usecases.booking.idempotency import BookingKey, take_key
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import ServedCommunity
from vendor_app.usecases.errors import InvalidField


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What a prospect asks for. `profile` is Knock's, camelCase; `source_title` None takes the arrival's, or the community's.

    `client` is the masked address of whoever asks. `sms_wording` is the consent text they saw, where that is known.
    """

    key: BookingKey
    community_id: str
    tour_type: TourType
    start: datetime
    profile: Mapping[str, Any]
    sms_consent: bool
    sms_wording: str | None
    unit_names: list[str]
    arrival_id: str | None
    source_title: str | None
    client: str


def refuse_unverifiable(booking: Booking, community: ServedCommunity) -> None:
    """Raise InvalidField when the contact that the community wants verified is missing."""
    required = required_of(community.rules, booking.tour_type)
    if required is not Verification.NONE and not contact_of(booking.profile, required):
        what = "a phone number" if required is Verification.PHONE else "an e-mail address"
        raise InvalidField(f"profile.{required}", f"Give {what}: this community verifies it before it shows the door code.")


def with_title(via: Collaborators, booking: Booking, community: ServedCommunity) -> Booking:
    """The booking with its source title: its own, else the arrival's, else the one the operator has set for the community."""
    given = booking.source_title if booking.arrival_id is None else _title_on_arrival(via, booking)
    return replace(booking, source_title=given or community.rules.default_source_title or given)


def _title_on_arrival(via: Collaborators, booking: Booking) -> str | None:
    with via.db.read() as db:
        arrival = db.arrivals.find(booking.arrival_id or "")
    if arrival is None or arrival.community_id != booking.community_id:
        raise InvalidField("arrivalId", "No such arrival at this community.")
    return booking.source_title or arrival.source_title


def insert_tour(via: Collaborators, tx: Tables, booking: Booking, slot: Span, now: datetime) -> Tour:
    """Store the tour as requested for this slot (on the property's clock), under the booking's key. Raises KeyReused."""
    tour = _new_tour(via, booking, slot, now)
    take_key(tx, booking.key, tour, now)
    tx.tours.insert(tour)
    tx.timeline.note(tour.tour_id, "tour.requested", now, start=slot.start.isoformat())
    tx.consents.keep(tour.tour_id, booking.sms_consent, booking.sms_wording, now)
    return tour


def _new_tour(via: Collaborators, booking: Booking, slot: Span, now: datetime) -> Tour:
    tour_id = f"tour_{secrets.token_hex(16)}"
    window = window_of(booking.tour_type, slot, via.config.early, via.config.late)
    offset = slot.start.utcoffset() or timedelta(0)
    return Tour(
        tour_id=tour_id,
        token_hash=fingerprint(via.keys.tour_token(tour_id)),
        community_id=booking.community_id,
        tour_type=booking.tour_type,
        arrival_id=booking.arrival_id,
        source_title=booking.source_title,
        status=Status.REQUESTED,
        starts_at=slot.start,
        ends_at=slot.end,
        opens_at=window.start,
        closes_at=window.end,
        utc_offset=int(offset.total_seconds()),
        profile=dict(booking.profile),
        email_key=email_key(booking.profile.get("email")),
        phone_key=phone_key(booking.profile.get("phone")),
        sms_consent=booking.sms_consent,
        unit_names=each_unit_once(booking.unit_names),
        client=booking.client,
        created_at=now,
    )
