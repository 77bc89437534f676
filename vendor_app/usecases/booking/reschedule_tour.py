"""Moves a prospect's tour to another time: the new time is booked first, and only then the old appointment cancelled.

1. One transaction: the new time is checked as in booking and stored on the tour, which then holds both; with it the safety net,
   a `reschedule` message due in RECHECK_SECONDS.
2. No transaction open: Knock is asked for a new appointment (it has no call to move one, and cancels the old one by itself).
3. One transaction: booked, the tour and its access move; refused, the tour stays as it was. If the answer is unknown nothing
   changes: the safety net settles it.
"""

from datetime import datetime

from vendor_app.clients.errors import NotSent, Refused
from vendor_app.domain import Kind, Span, Status, Timetable, Tour
from vendor_app.domain.tours import ask_to_move
from vendor_app.store import Tables
from vendor_app.usecases.booking.ask_for_time import TimeRequest, ask_for_time, store_request
from vendor_app.usecases.booking.list_times import TourOffer, list_times_to_move_to, open_slot, try_offered_times
from vendor_app.usecases.booking.record_answer import record_answer
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import InvalidField, KnockUnavailable, NotNow, SlotClosed, TimeTaken, UnknownCommunity
from vendor_app.usecases.tour.limits import MOVES, count_attempt
from vendor_app.usecases.tour.tokens import find_by_token
from vendor_app.usecases.visit.tour_holder import TourSeen, show_tour

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
            _move(via, tour, start, now)
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


def _move(via: Collaborators, tour: Tour, start: datetime, now: datetime) -> None:
    tour_offer = TourOffer(via.communities.find(tour.community_id, now), tour.tour_type, besides=tour.tour_id)

    def take(offered: Timetable) -> TimeRequest | None:
        """Store the move; None when the same move was asked for meanwhile."""
        with via.db.transaction() as tx:
            tx.lock(f"community:{tour.community_id}")
            current = tx.tours.lock(tour.tour_id) or tour
            if _is_asked(current, start):
                return None
            _refuse_unless_movable(current, now)
            count_attempt(tx, MOVES, tour.tour_id, now)
            return _note_move(via, tx, current, open_slot(tx, tour_offer, offered, start, now), now)

    try:
        request = try_offered_times(via, tour_offer, now, take)
    except SlotClosed:
        raise _refused(via, tour, _TAKEN, now, afresh=False) from None
    if request is not None:
        _ask_knock(via, request, now)


def _note_move(via: Collaborators, tx: Tables, tour: Tour, span: Span, now: datetime) -> TimeRequest:
    request = TimeRequest(ask_to_move(tour, span), span, is_move=True)
    tx.tours.save(request.tour)
    tx.outbox.drop_pending(tour.tour_id, Kind.FIND_APPOINTMENT, "the tour is being moved", now)
    store_request(via, tx, request, now)
    tx.timeline.note(tour.tour_id, "tour.move_requested", now, start=span.start.isoformat())
    return request


def _ask_knock(via: Collaborators, request: TimeRequest, now: datetime) -> None:
    answer = ask_for_time(via, request, now)
    with via.db.transaction() as tx:
        record_answer(via, tx, request, answer, now)
    if isinstance(answer, NotSent):
        raise KnockUnavailable("We cannot change the time just now; your tour keeps its time. Please try again.") from answer
    if isinstance(answer, Refused):
        raise _refused(via, request.tour, f"{answer.message} Your tour keeps its time.", now, afresh=True) from answer


def _refused(via: Collaborators, tour: Tour, message: str, now: datetime, *, afresh: bool) -> TimeTaken:
    try:
        return TimeTaken(message, list_times_to_move_to(via, tour, now, afresh=afresh))
    except (KnockUnavailable, InvalidField, UnknownCommunity):
        return TimeTaken(message, [])
