"""Books a tour.

1. One transaction: the key, the slot and the client's count are checked, the tour inserted as `requested`, and with it the
   safety net: a `book_appointment` message due in RECHECK_SECONDS.
2. No transaction open: Knock is asked.
3. One transaction: Knock's answer is recorded. If it is unknown nothing changes: the safety net settles it.
"""

from collections.abc import Sequence
from datetime import datetime

from vendor_app.clients.errors import DetailsRefused, NotSent, Refused
from vendor_app.domain import LIVE, Span, Timetable, Tour, TourType
from vendor_app.usecases.booking.ask_for_time import TimeRequest, ask_for_time, store_request
from vendor_app.usecases.booking.booking_request import Booking, insert_tour, refuse_unverifiable, with_title
from vendor_app.usecases.booking.idempotency import (
    keep_time_taken,
    keep_tour,
    lock_key,
    release_key,
    repeat_answer,
    repeat_answer_on,
)
from vendor_app.usecases.booking.list_times import TourOffer, find_tour_offer, list_times, open_slot, try_offered_times
from vendor_app.usecases.booking.record_answer import record_answer
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import InvalidField, KnockUnavailable, SlotClosed, TimeTaken
from vendor_app.usecases.tour.limits import limit_bookings, note_refused_booking
from vendor_app.usecases.tour.verified_tours import hold_if_needed

_TAKEN = "This time is not available any more. Please pick another one."
_TOO_MANY = "Too many tours are being booked at this moment; nothing was booked. Please try again in a minute."


def book_tour(via: Collaborators, booking: Booking, now: datetime) -> Tour:
    """The tour: confirmed, or still requested when Knock's answer is not known yet.

    Raises TimeTaken, KnockUnavailable, InvalidField, UnknownCommunity, KeyReused, TooManyBookings, NotNow.
    """
    if answered := repeat_answer(via, booking.key):
        return answered
    with via.db.read() as db:
        limit_bookings(db, booking.client, via.config.bookings_per_hour, now)
    with via.bookings.place(KnockUnavailable(_TOO_MANY)):
        return _book(via, booking, now)


def _book(via: Collaborators, booking: Booking, now: datetime) -> Tour:
    tour_offer = find_tour_offer(via, booking.community_id, booking.tour_type, now)
    refuse_unverifiable(booking, tour_offer.community)
    booking = with_title(via, booking, tour_offer.community)
    try:
        made = try_offered_times(via, tour_offer, now, lambda offered: _request(via, booking, tour_offer, offered, now))
    except SlotClosed:
        raise _time_taken(via, booking, _TAKEN, now, afresh=False) from None
    return _ask_knock(via, booking, made, now) if isinstance(made, TimeRequest) else made


def _request(
    via: Collaborators, booking: Booking, tour_offer: TourOffer, offered: Timetable, now: datetime
) -> TimeRequest | Tour:
    """Insert the tour; the request to send for it. Only a tour when Knock is not to be asked: one that the same key made
    meanwhile, or one that is held until its contact is verified.
    """
    with via.db.transaction() as tx:
        # No other booking in this community until the tour is inserted: the count of taken places must stay true.
        tx.lock(f"community:{booking.community_id}")
        tx.lock(f"client:{booking.client}")
        if answered := repeat_answer_on(tx, booking.key):
            return answered
        limit_bookings(tx, booking.client, via.config.bookings_per_hour, now)
        tour = insert_tour(via, tx, booking, open_slot(tx, tour_offer, offered, booking.start, now), now)
        if hold_if_needed(tx, tour, tour_offer.community.rules, now):
            keep_tour(tx, booking.key, tour)
            return tour
        request = TimeRequest(tour, tour.local_span, is_move=False)
        store_request(via, tx, request, now)
        return request


def _ask_knock(via: Collaborators, booking: Booking, request: TimeRequest, now: datetime) -> Tour:
    answer = ask_for_time(via, request, now)
    if isinstance(answer, NotSent):
        return _release(via, booking, request, answer, now)
    with via.db.transaction() as tx:
        tour = record_answer(via, tx, request, answer, now)
        if isinstance(answer, DetailsRefused) and tour.status not in LIVE:
            release_key(tx, booking.key)  # the prospect corrects their details: the slot and the key are free again
        elif not isinstance(answer, Refused):
            keep_tour(tx, booking.key, tour)
    if isinstance(answer, Refused) and tour.status not in LIVE:
        raise _refusal(via, booking, answer, now) from answer
    return tour


def _release(via: Collaborators, booking: Booking, request: TimeRequest, error: NotSent, now: datetime) -> Tour:
    """Nothing was booked: free the slot and the key, unless the safety net has booked the tour meanwhile.

    If a repeated request was answered with this tour already, the tour stays and the safety net goes on.
    """
    with via.db.transaction() as tx:
        lock_key(tx, booking.key)
        current = tx.tours.lock(request.tour.tour_id) or request.tour
        if current.status in LIVE or not release_key(tx, booking.key):
            return current
        record_answer(via, tx, request, error, now)
    raise KnockUnavailable("We cannot book just now; nothing was booked. Please try again in a minute.") from error


def _refusal(via: Collaborators, booking: Booking, refusal: Refused, now: datetime) -> InvalidField | TimeTaken:
    if isinstance(refusal, DetailsRefused):
        return InvalidField(f"profile.{refusal.fields[0]}", "The leasing system does not take this. Please check it.")
    if booking.tour_type is not TourType.SELF_GUIDED:
        via.communities.refresh(now)  # perhaps this kind of tour has been switched off in between
    return _time_taken(via, booking, refusal.message, now, afresh=True)


def _time_taken(via: Collaborators, booking: Booking, message: str, now: datetime, *, afresh: bool) -> TimeTaken:
    """The refusal with the times that are open now, stored as the key's answer."""
    try:
        times: Sequence[Span] = list_times(via, booking.community_id, booking.tour_type, now, afresh=afresh).times
    except (KnockUnavailable, InvalidField):
        times = []
    refusal = TimeTaken(message, times)
    with via.db.transaction() as tx:
        note_refused_booking(tx, booking.client, now)
        keep_time_taken(tx, booking.key, refusal, now)
    return refusal
