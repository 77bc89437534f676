"""Book a tour.

1. One transaction: the key, the slot and the client's count are checked, the tour inserted as `requested`, and with it the
   safety net: a `book_appointment` message due in RECHECK_SECONDS.
2. No transaction open: Knock is asked.
3. One transaction: what Knock said. Where that is unknown nothing changes: the safety net settles it.
"""

from collections.abc import Sequence
from datetime import datetime

from vendor_app.clients.errors import DetailsRefused, NotSent, Refused
from vendor_app.domain import LIVE, Span, Timetable, Tour, TourType
from vendor_app.usecases.booking.ask_for_time import TimeRequest, announce_request, ask_for_time
from vendor_app.usecases.booking.booking_answers import (
    keep_time_taken,
    keep_tour,
    lock_key,
    release_key,
    repeat_answer,
    repeat_answer_in,
)
from vendor_app.usecases.booking.booking_request import Booking, insert_tour, refuse_unverifiable, with_title
from vendor_app.usecases.booking.list_times import Offering, find_offering, list_times, open_slot, take_offered
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
    offering = find_offering(via, booking.community_id, booking.tour_type, now)
    refuse_unverifiable(booking, offering.community)
    booking = with_title(via, booking, offering.community)
    try:
        made = take_offered(via, offering, now, lambda offered: _request(via, booking, offering, offered, now))
    except SlotClosed:
        raise _time_taken(via, booking, _TAKEN, now, afresh=False) from None
    return _ask_knock(via, booking, made, now) if isinstance(made, TimeRequest) else made


def _request(via: Collaborators, booking: Booking, offering: Offering, offered: Timetable, now: datetime) -> TimeRequest | Tour:
    """What Knock is to be asked for the tour inserted here; only the tour where it is not: one that the same key made meanwhile,
    or one that is held until its contact is verified.
    """
    with via.db.transaction() as tx:
        # Alone in this community, so that what is counted as taken is still true when the tour is inserted.
        tx.lock(f"community:{booking.community_id}")
        tx.lock(f"client:{booking.client}")
        if answered := repeat_answer_in(tx, booking.key):
            return answered
        limit_bookings(tx, booking.client, via.config.bookings_per_hour, now)
        tour = insert_tour(via, tx, booking, open_slot(tx, offering, offered, booking.start, now), now)
        if hold_if_needed(tx, tour, offering.community.rules, now):
            keep_tour(tx, booking.key, tour)
            return tour
        request = TimeRequest(tour, tour.local_span, is_move=False)
        announce_request(via, tx, request, now)
        return request


def _ask_knock(via: Collaborators, booking: Booking, request: TimeRequest, now: datetime) -> Tour:
    answer = ask_for_time(via, request, now)
    if isinstance(answer, NotSent):
        return _release(via, booking, request, answer, now)
    with via.db.transaction() as tx:
        tour = record_answer(via, tx, request, answer, now)
        if isinstance(answer, DetailsRefused) and tour.status not in LIVE:
            release_key(tx, booking.key)  # theirs to put right: the place and the key are free again
        elif not isinstance(answer, Refused):
            keep_tour(tx, booking.key, tour)
    if isinstance(answer, Refused) and tour.status not in LIVE:
        raise _refusal(via, booking, answer, now) from answer
    return tour


def _release(via: Collaborators, booking: Booking, request: TimeRequest, error: NotSent, now: datetime) -> Tour:
    """Nothing was booked: the place and the key are free again, unless the safety net has booked meanwhile.

    Where somebody who asked again was told of the tour already, the safety net goes on.
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
    """The refusal with the times that are open now, kept as the key's answer."""
    try:
        times: Sequence[Span] = list_times(via, booking.community_id, booking.tour_type, now, afresh=afresh).times
    except (KnockUnavailable, InvalidField):
        times = []
    refusal = TimeTaken(message, times)
    with via.db.transaction() as tx:
        note_refused_booking(tx, booking.client, now)
        keep_time_taken(tx, booking.key, refusal, now)
    return refusal
