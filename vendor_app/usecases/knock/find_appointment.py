"""Finds the appointment of a tour booked through Propexo, which never names it: Knock's notice does.

Until it is known an agent's cancellation cannot reach the tour, and the visit cannot be posted. While the tour is being moved
nothing is searched: the end of the move starts a new search, for the right time.

A no-show's appointment is searched until its notice is overdue (notice_wait.py): an agent may have moved it to a later time, at
which it would stand in Knock although the tour is over.
"""

from datetime import datetime, timedelta

from vendor_app.domain import LIVE, FindAppointment, Kind, Message, Status, Tour
from vendor_app.domain.delivery.retry import growing_pause
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import find_in_notices
from vendor_app.usecases.knock.notice_wait import notice_is_overdue
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do
from vendor_app.usecases.tour import transitions

_LONGEST_PAUSE = timedelta(minutes=15)
# A message is given up after some days; the tour may be weeks away.
_A_MESSAGE_LOOKS = timedelta(days=1)


def find_appointment(via: Collaborators, message: Message, now: datetime) -> Record:
    """Look at the notices again and again while the tour is to come."""
    with via.db.read() as db:
        tour = db.tours.find(message.subject_id)
    if tour is None or not _is_wanted(tour) or _is_too_late(via, tour, now):
        return nothing_to_do
    since = _since(message, tour)
    found = find_in_notices(via, tour, tour.starts_at, cancelled_since=since)
    if found is None and now >= message.created_at + _A_MESSAGE_LOOKS:
        return lambda tx: tx.outbox.enqueue(
            Kind.FIND_APPOINTMENT, tour.tour_id, now, due=now + _LONGEST_PAUSE, since=since.isoformat()
        )
    if found is None:
        pause = growing_pause(via.config.pause, message.attempts - 1, _LONGEST_PAUSE)
        raise NotYet("no notice of Knock's names the appointment yet", now + pause)

    def record(tx: Tables) -> None:
        current = tx.tours.lock(tour.tour_id)
        if current is None or not _is_wanted(current) or current.starts_at != tour.starts_at:
            return
        if not transitions.attach_appointment(tx, current, found.appointment_id, now):
            # Another tour of theirs has it by now.
            tx.outbox.enqueue(Kind.FIND_APPOINTMENT, tour.tour_id, now, due=now + via.config.pause, since=since.isoformat())
            return
        current = transitions.use_appointment(tx, current, found.appointment_id, now)
        if found.prospect_id and current.prospect_id is None:
            transitions.set_prospect(tx, current, found.prospect_id, now)

    return record


def _is_wanted(tour: Tour) -> bool:
    may_stand = tour.status in LIVE or tour.status is Status.NO_SHOW
    return may_stand and tour.appointment_id is None and tour.next_starts_at is None


def _is_too_late(via: Collaborators, tour: Tour, now: datetime) -> bool:
    return tour.status is Status.NO_SHOW and notice_is_overdue(via, tour.closes_at, now)


def _since(message: Message, tour: Tour) -> datetime:
    """Since when a cancellation at this start is the tour's; one moved away and back had an earlier appointment there."""
    if since := FindAppointment.of(message).since:
        return datetime.fromisoformat(since)
    was_moved = tour.confirmed_at is not None and message.created_at > tour.confirmed_at
    return message.created_at if was_moved else tour.created_at
