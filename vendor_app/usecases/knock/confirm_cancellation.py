"""Finds out why Knock cancelled a tour's appointment while a request of ours for that person is unanswered.

1. Another appointment of the tour's stands by now, or a notice names one at its time: the tour goes on with that.
2. A request for another time was carried out late: it replaced the tour's appointment, and nobody cancelled the tour. Its own
   time is asked for again.
3. Neither shows within one pause: somebody in Knock has cancelled the tour.
"""

from datetime import datetime, timedelta

from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import LIVE, ConfirmCancellation, Message, Tour
from vendor_app.store import RequestOutcome, Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import find_in_notices
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.tour import transitions

_LOOK_AGAIN = timedelta(seconds=10)


def confirm_cancellation(via: Collaborators, message: Message, now: datetime) -> Record:
    """Decide whether the tour goes on, has its time asked for again, or is cancelled."""
    with via.db.read() as db:
        tour = db.tours.find(message.subject_id)
        if tour is None or not _is_in_doubt(tour, message):
            return nothing_to_do
        standing = db.appointments.standing_at(tour.tour_id, tour.starts_at)
        replaced = db.appointment_requests.was_replaced(tour)
    found = None if standing else find_in_notices(via, tour, tour.starts_at)
    waited = now >= message.created_at + via.config.pause
    if not (standing or found or replaced or waited):
        raise NotYet("waiting for a notice of what took its place", min(now + _LOOK_AGAIN, message.created_at + via.config.pause))

    def record(tx: Tables) -> None:
        current = tx.tours.lock(tour.tour_id)
        if current is None or not _is_in_doubt(current, message):
            return
        if standing or found:
            _go_on_with(tx, current, found, standing, now)
        elif replaced:
            transitions.ask_again(tx, current, now)
        else:
            transitions.accept_cancellation(tx, current, now)

    return record


def _is_in_doubt(tour: Tour, message: Message) -> bool:
    return (
        tour.status in LIVE
        and tour.appointment_id == ConfirmCancellation.of(message).appointment_id
        and tour.next_starts_at is None
    )


def _go_on_with(tx: Tables, tour: Tour, found: BookedAppointment | None, standing: list[str], now: datetime) -> None:
    if found is not None:
        tx.appointment_requests.answer(tour.tour_id, tour.starts_at, RequestOutcome.LATE, now)
        transitions.attach_appointment(tx, tour, found.appointment_id, now)
    transitions.use_appointment(tx, tour, found.appointment_id if found else standing[0], now)
