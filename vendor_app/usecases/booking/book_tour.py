"""Book a tour.

1. One transaction: the key, the slot and the client's count are checked, the tour inserted as `requested`, and with it the
   safety net: a `book_appointment` message due in RECHECK_SECONDS.
2. No transaction open: Knock is asked.
3. One transaction: what Knock said. Where that is unknown nothing changes: the safety net settles it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from vendor_app.clients.errors import DetailsRefused, KeysRefused, NotSent, Refused, Unknown
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.domain.slots import Span, Timetable
from vendor_app.domain.tours import LIVE, Reason, Status, Tour, TourType
from vendor_app.store import appointment_requests, attempts, consents, idempotency, outbox, tours
from vendor_app.store.engine.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases.booking.booking_answers import (
    KEY_REUSED,
    keep_time_taken,
    keep_tour,
    lock_key,
    repeat_answer,
    repeat_answer_in,
)
from vendor_app.usecases.booking.booking_request import Booking, new_tour, refuse_unverifiable, title_of
from vendor_app.usecases.booking.channels import QueuedAppointment, request_appointment
from vendor_app.usecases.booking.list_times import find_offering, list_times, offered_times, open_slot
from vendor_app.usecases.booking.outcomes import keep_job, record_appointment
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import ServedCommunity
from vendor_app.usecases.errors import InvalidField, KeyReused, KnockUnavailable, SlotClosed, TimeTaken, TooManyBookings
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.verified_tours import hold_unless_free

log = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)
_TAKEN = "This time is not available any more. Please pick another one."
_TOO_MANY = "Too many tours are being booked at this moment; nothing was booked. Please try again in a minute."


def book_tour(via: Collaborators, booking: Booking, now: datetime) -> Tour:
    """The tour: confirmed, or still requested when Knock's answer is not known yet.

    Raises TimeTaken, KnockUnavailable, InvalidField, UnknownCommunity, KeyReused, TooManyBookings, NotNow.
    """
    if answered := repeat_answer(via, booking.key):
        return answered
    with via.db.read() as db:
        _limit_bookings(db, booking.client, via.config.bookings_per_hour, now)
    with via.bookings.place(KnockUnavailable(_TOO_MANY)):
        return _book(via, booking, now)


def _book(via: Collaborators, booking: Booking, now: datetime) -> Tour:
    community = find_offering(via, booking.community_id, booking.tour_type, now)
    refuse_unverifiable(booking, community)
    source_title = title_of(via, booking, community)
    for afresh in (False, True):
        # A time that a list of some seconds ago does not have may be open by now: Knock is asked before we say no.
        offer = offered_times(via, booking.community_id, booking.tour_type, now, afresh=afresh)
        try:
            tour, is_open = _request(via, booking, community, source_title, offer.timetable(community.rules.slots), now)
        except SlotClosed:
            continue
        return _ask_knock(via, booking, tour, now) if is_open else tour
    raise _refuse(via, booking, _TAKEN, now, afresh=False)


def _request(
    via: Collaborators,
    booking: Booking,
    community: ServedCommunity,
    source_title: str | None,
    timetable: Timetable,
    now: datetime,
) -> tuple[Tour, bool]:
    """The tour inserted as requested, and whether Knock is to be asked: not for one that the same key made meanwhile, nor for one
    that is held until its contact is verified.
    """
    with via.db.transaction() as tx:
        # Alone in this community, so that what is counted as taken is still true when the tour is inserted.
        tx.lock(f"community:{booking.community_id}")
        tx.lock(f"client:{booking.client}")
        if answered := repeat_answer_in(tx, booking.key):
            return answered, False
        _limit_bookings(tx, booking.client, via.config.bookings_per_hour, now)
        slot = open_slot(tx, community, booking.tour_type, timetable, booking.start, now)
        tour = new_tour(via, booking, slot, source_title, now)
        if not idempotency.take_key(tx, booking.key.key, booking.key.request_hash, tour.tour_id, now):
            raise KeyReused(KEY_REUSED)  # by a request at another community, in this very moment
        tours.insert_tour(tx, tour)
        note(tx, tour.tour_id, "tour.requested", now, start=slot.start.isoformat())
        consents.keep_consent(tx, tour.tour_id, booking.sms_consent, booking.sms_wording, now)
        if hold_unless_free(tx, tour, community.rules, now):
            keep_tour(tx, booking.key, tour)
            return tour, False
        outbox.enqueue(tx, Kind.BOOK_APPOINTMENT, tour.tour_id, now, due=now + via.config.recheck)
        appointment_requests.note_request(tx, tour.tour_id, slot.start, now)
    return tour, True


def _limit_bookings(db: Connection, client: str, most: int, now: datetime) -> None:
    """What was refused counts too: Knock was asked for it."""
    tried = sorted([*tours.booked_since(db, client, now - _HOUR), *attempts.attempts_since(db, _refused(client), now - _HOUR)])
    if len(tried) >= most:
        free_at = tried[-most] + _HOUR
        raise TooManyBookings("Too many bookings from your address within an hour. Please try again later.", free_at, now)


def _refused(client: str) -> str:
    return f"refused-booking:{client}"


def _ask_knock(via: Collaborators, booking: Booking, tour: Tour, now: datetime) -> Tour:
    try:
        answer = request_appointment(via, tour, tour.local_span, now)
    except NotSent as error:
        return _release(via, booking, tour, error, now)
    except DetailsRefused as refusal:
        return _refuse_details(via, booking, tour, refusal, now)
    except Refused as refusal:
        return _accept_refusal(via, booking, tour, refusal, now)
    except Unknown as error:
        log.warning("tour %s: the booking's outcome is unknown (%s); it is settled later", tour.tour_id, error)
        with via.db.transaction() as tx:
            note(tx, tour.tour_id, "knock.answer_unknown", now, error=str(error))
            keep_tour(tx, booking.key, tour)
        return tour
    if isinstance(answer, QueuedAppointment):
        known = keep_job(via, tour.tour_id, answer, now)
        with via.db.transaction() as tx:
            keep_tour(tx, booking.key, known)
        return known
    with via.db.transaction() as tx:
        known = record_appointment(via, tx, tour.tour_id, answer, now, newest=False)
        keep_tour(tx, booking.key, known)
    return known


def _release(via: Collaborators, booking: Booking, tour: Tour, error: NotSent, now: datetime) -> Tour:
    """Nothing was booked: the place and the key are free again, unless the safety net has booked meanwhile.

    Where somebody who asked again was told of the tour already, the safety net goes on.
    """
    if isinstance(error, KeysRefused):
        log.error("our key is refused: check VENDOR_KNOCK_APPOINTMENT_KEY, or VENDOR_PROPEXO_TOKEN (%s)", error)
    else:
        log.warning("tour %s: Knock could not be asked (%s)", tour.tour_id, error)
    with via.db.transaction() as tx:
        lock_key(tx, booking.key)
        current = tours.lock_tour(tx, tour.tour_id) or tour
        if current.status in LIVE or not idempotency.release_key(tx, booking.key.key):
            return current
        _rejected(tx, tour, Reason.NOT_SENT, now, error=str(error))
    raise KnockUnavailable("We cannot book just now; nothing was booked. Please try again in a minute.") from error


def _refuse_details(via: Collaborators, booking: Booking, tour: Tour, refusal: DetailsRefused, now: datetime) -> Tour:
    """Theirs to put right: the place and the key are free again."""
    with via.db.transaction() as tx:
        current = _rejected(tx, tour, Reason.REFUSED, now, error=str(refusal))
        if current.status in LIVE:
            return current
        idempotency.release_key(tx, booking.key.key)
    raise InvalidField(f"profile.{refusal.fields[0]}", "The leasing system does not take this. Please check it.") from refusal


def _accept_refusal(via: Collaborators, booking: Booking, tour: Tour, refusal: Refused, now: datetime) -> Tour:
    with via.db.transaction() as tx:
        current = _rejected(tx, tour, Reason.REFUSED, now, error=refusal.reason)
    if current.status in LIVE:
        return current
    if booking.tour_type is not TourType.SELF_GUIDED:
        via.communities.refresh(now)  # perhaps this kind of tour has been switched off in between
    raise _refuse(via, booking, refusal.message, now, afresh=True) from refusal


def _rejected(tx: Connection, tour: Tour, reason: Reason, now: datetime, **detail: str) -> Tour:
    """The tour rejected, or as it is when it is no longer only requested."""
    current = tours.lock_tour(tx, tour.tour_id) or tour
    return transitions.reject_tour(tx, current, reason, now, **detail) if current.status is Status.REQUESTED else current


def _refuse(via: Collaborators, booking: Booking, message: str, now: datetime, *, afresh: bool) -> TimeTaken:
    """The refusal with the times that are open now, kept as the key's answer."""
    try:
        times: Sequence[Span] = list_times(via, booking.community_id, booking.tour_type, now, afresh=afresh).times
    except (KnockUnavailable, InvalidField):
        times = []
    refusal = TimeTaken(message, times)
    with via.db.transaction() as tx:
        attempts.note_attempt(tx, _refused(booking.client), now)
        keep_time_taken(tx, booking.key, refusal, now)
    return refusal
