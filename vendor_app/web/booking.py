"""A booking as the JSON API and the page hand it to the use case."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.booking import Profile
from vendor_app.domain import Tour
from vendor_app.usecases.booking.book_tour import book_tour
from vendor_app.usecases.booking.booking_request import Booking
from vendor_app.usecases.booking.idempotency import BookingKey
from vendor_app.web.clients import client, client_masks
from vendor_app.web.current import collaborators, now

_profile = Profile()


def book(loaded: Mapping[str, Any], sent: Mapping[str, Any], key: str, owners: Sequence[str] | None = None) -> Tour:
    """Book what schemas.booking.BookTour loaded; `sent` is the same as it came, which the key stands for.

    `owners` are those whose key it is, if not the client's at this address.
    """
    booking = Booking(
        key=BookingKey.of(key, sent, owners or client_masks()),
        community_id=loaded["community_id"],
        tour_type=loaded["tour_type"],
        start=loaded["start_time"],
        profile=_profile.dump(loaded["profile"]),
        sms_consent=loaded["sms_consent"],
        sms_wording=loaded.get("sms_consent_wording"),
        unit_names=loaded["unit_names"],
        arrival_id=loaded.get("arrival_id"),
        source_title=loaded.get("source_title"),
        client=client(),
    )
    return book_tour(collaborators(), booking, now())
