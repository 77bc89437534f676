"""A prospect moves their tour to another time: the new one is booked first, and only then the old one let go of.

1. One transaction: the new time is checked as in booking and noted on the tour, which then holds both; with it the safety net,
   a `reschedule` message due in RECHECK_SECONDS.
2. No transaction open: it is asked for, as a new appointment (Knock has no call to move one, and cancels the old by itself).
3. One transaction: booked, the tour and its access move; refused, the tour stays as it was. Where the answer is unknown
   nothing changes: the safety net settles it.
"""

import logging
from datetime import datetime

from vendor_app.clients.errors import KeysRefused, NotSent, Refused, Unknown
from vendor_app.domain.delivery.outbox import Kind
from vendor_app.domain.slots import Span, Timetable
from vendor_app.domain.tours import Status, Tour, ask_to_move
from vendor_app.store import appointment_requests, outbox, tours
from vendor_app.store.timeline import note
from vendor_app.usecases.booking.channels import QueuedAppointment, request_appointment
from vendor_app.usecases.booking.list_times import list_times, offered_times, open_slot
from vendor_app.usecases.booking.outcomes import keep_job, record_move, record_stay
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import ServedCommunity
from vendor_app.usecases.errors import InvalidField, KnockUnavailable, NotNow, SlotClosed, TimeTaken, UnknownCommunity
from vendor_app.usecases.tour.limits import MOVES, count
from vendor_app.usecases.tour.tokens import find_by_token
from vendor_app.usecases.visit.tour_holder import TourSeen, show_tour

log = logging.getLogger(__name__)

_TAKEN = "This time is not available any more. Your tour keeps its time; please pick another one to change it."
_TOO_MANY = "We cannot change the time at this moment; your tour keeps its time. Please try again in a minute."


def reschedule_tour(via: Collaborators, token: str, start: datetime, now: datetime) -> TourSeen:
    """The tour at its new time, or with `next_span` set while Knock's answer is not known.

    Asking for the same time again changes nothing. Raises UnknownTour, NotNow, TimeTaken, KnockUnavailable, UnknownCommunity,
    TooManyAttempts.
    """
    with via.db.read() as db:
        tour = find_by_token(db, token)
    if not _is_asked(tour, start):
        _refuse_unless_movable(tour, now)
        with via.bookings.place(KnockUnavailable(_TOO_MANY)):
            _ask(via, tour, start, now)
    return show_tour(via, token, now)


def _is_asked(tour: Tour, start: datetime) -> bool:
    wanted = tour.next_starts_at or tour.starts_at
    return tour.status is Status.CONFIRMED and wanted == start


def _refuse_unless_movable(tour: Tour, now: datetime) -> None:
    if tour.status is not Status.CONFIRMED:
        raise NotNow(f"This tour is {tour.status.replace('_', ' ')}; its time cannot be changed.")
    if tour.next_starts_at is not None:
        raise NotNow("We are still confirming the time you asked for before; please wait a moment.")
    if now >= tour.starts_at:
        raise NotNow("This tour's time has come; it cannot be moved any more.")


def _ask(via: Collaborators, tour: Tour, start: datetime, now: datetime) -> None:
    community = via.communities.find(tour.community_id, now)
    for afresh in (False, True):
        # A time that a list of some seconds ago does not have may be open by now: Knock is asked before we say no.
        offer = offered_times(via, tour.community_id, tour.tour_type, now, afresh=afresh)
        try:
            span = _request(via, tour, community, offer.timetable(community.rules.slots), start, now)
        except SlotClosed:
            continue
        if span is not None:
            _ask_partner(via, tour, span, now)
        return
    raise _refused(via, tour, _TAKEN, now, afresh=False)


def _request(
    via: Collaborators, tour: Tour, community: ServedCommunity, timetable: Timetable, start: datetime, now: datetime
) -> Span | None:
    """The new time, noted on the tour; None when somebody has asked for the same in this moment. Raises SlotClosed, NotNow."""
    with via.db.transaction() as tx:
        tx.lock(f"community:{tour.community_id}")
        current = tours.lock_tour(tx, tour.tour_id) or tour
        if _is_asked(current, start):
            return None
        _refuse_unless_movable(current, now)
        count(tx, MOVES, tour.tour_id, now)
        span = open_slot(tx, community, tour.tour_type, timetable, start, now, besides=tour.tour_id)
        tours.save_tour(tx, ask_to_move(current, span))
        outbox.drop_pending(tx, tour.tour_id, Kind.FIND_APPOINTMENT, "the tour is being moved", now)
        outbox.enqueue(tx, Kind.RESCHEDULE, tour.tour_id, now, due=now + via.config.recheck)
        appointment_requests.note_request(tx, tour.tour_id, span.start, now)
        note(tx, tour.tour_id, "tour.move_requested", now, start=span.start.isoformat())
    return span


def _ask_partner(via: Collaborators, tour: Tour, span: Span, now: datetime) -> None:
    try:
        answer = request_appointment(via, tour, span, now)
    except NotSent as error:
        if isinstance(error, KeysRefused):
            log.error("our key is refused: check VENDOR_KNOCK_APPOINTMENT_KEY, or VENDOR_PROPEXO_TOKEN (%s)", error)
        log.warning("tour %s: the new time could not be asked for (%s)", tour.tour_id, error)
        _stay(via, tour, str(error), now)
        raise KnockUnavailable("We cannot change the time just now; your tour keeps its time. Please try again.") from error
    except Refused as refusal:
        _stay(via, tour, refusal.reason, now)
        raise _refused(via, tour, f"{refusal.message} Your tour keeps its time.", now, afresh=True) from refusal
    except Unknown as error:
        log.warning("tour %s: whether it was moved is unknown (%s); it is settled later", tour.tour_id, error)
        with via.db.transaction() as tx:
            note(tx, tour.tour_id, "knock.answer_unknown", now, error=str(error))
        return
    if isinstance(answer, QueuedAppointment):
        keep_job(via, tour.tour_id, answer, now)
        return
    with via.db.transaction() as tx:
        record_move(via, tx, tour.tour_id, span, answer, now, newest=False)


def _stay(via: Collaborators, tour: Tour, why: str, now: datetime) -> None:
    with via.db.transaction() as tx:
        record_stay(tx, tour.tour_id, why, now)


def _refused(via: Collaborators, tour: Tour, message: str, now: datetime, *, afresh: bool) -> TimeTaken:
    try:
        found = list_times(via, tour.community_id, tour.tour_type, now, afresh=afresh, besides=tour.tour_id)
    except (KnockUnavailable, InvalidField, UnknownCommunity):
        return TimeTaken(message, [])
    return TimeTaken(message, [span for span in found.times if span.start != tour.starts_at])
