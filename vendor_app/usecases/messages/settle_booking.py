"""Settle a booking whose answer we do not know: the safety net under every request.

1. A notice from Knock that tells of this appointment (same start, unclaimed; its guest card has the same e-mail or phone,
   and community): adopt it.
2. Else ask again, which is safe: Knock keeps one upcoming appointment a prospect.
3. Knock refuses the time: our own first appointment may be what holds it. Its prospect's events tell whether there is one.
   There is: wait for the notice that names it, and tell the operator. There is none: rejected.

A tour that was cancelled meanwhile is not asked for again: only found out about, to cancel it in Knock too. (One that a newer
booking replaced is not even that: Knock has cancelled what it held.)
"""

import logging
from datetime import datetime

from vendor_app.clients.errors import Refused
from vendor_app.clients.knock import BookedAppointment
from vendor_app.domain.outbox import Message
from vendor_app.domain.prospects import same_person
from vendor_app.domain.tours import Reason, Status, Tour
from vendor_app.store import appointments, notices, tours
from vendor_app.store.database import Connection
from vendor_app.store.timeline import note
from vendor_app.usecases import transitions
from vendor_app.usecases.book_tour import record_appointment, request_appointment
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do

log = logging.getLogger(__name__)

_UNKNOWN = frozenset({Status.REQUESTED, Status.CANCELLED})


def settle_booking(via: Collaborators, message: Message, now: datetime) -> Record:
    """Find out what became of the request, or make it again."""
    with via.db.read() as db:
        tour = tours.find_tour(db, message.subject_id)
        known = appointments.uncancelled_appointments(db, message.subject_id)
    if tour is None or tour.status not in _UNKNOWN or known or tour.reason is Reason.REPLACED:
        return nothing_to_do
    if found := _told_by_notice(via, tour):
        return _record(via, tour, found, now)
    if tour.status is Status.CANCELLED or now >= tour.starts_at:
        return _nothing_found(via, tour, now)
    try:
        return _record(via, tour, request_appointment(via, tour), now)
    except Refused as refusal:
        if _has_appointment_in_knock(via, tour):
            raise _waits_for_notice(via, tour, now) from refusal
        return _rejected(tour, Reason.REFUSED, now, error=refusal.reason)


def _told_by_notice(via: Collaborators, tour: Tour) -> BookedAppointment | None:
    with via.db.read() as db:
        candidates = notices.unclaimed_appointments_at(db, tour.starts_at)
    for candidate in candidates:
        try:
            prospect = via.knock.get_prospect(candidate["prospect_id"])
        except Refused:
            continue
        if prospect.community_id == tour.community_id and same_person(tour.profile, prospect.email, prospect.phone):
            return BookedAppointment(candidate["appointment_id"], prospect.prospect_id)
    return None


def _nothing_found(via: Collaborators, tour: Tour, now: datetime) -> Record:
    """It is not to be asked for (again); but while Knock may hold an appointment, we wait to learn its id."""
    if now < tour.ends_at and _has_appointment_in_knock(via, tour):
        raise _waits_for_notice(via, tour, now)
    return nothing_to_do if tour.status is Status.CANCELLED else _rejected(tour, Reason.NOT_CONFIRMED, now)


def _has_appointment_in_knock(via: Collaborators, tour: Tour) -> bool:
    """Whether Knock has noted an appointment at this start. A prospect that Knock refuses to know has none."""
    try:
        prospect_id = tour.prospect_id or via.knock.create_prospect(tour.community_id, tour.profile, tour.source_title)
        made = list(via.knock.appointments_created(prospect_id))
    except Refused:
        return False
    return any(one["start_time"] == tour.starts_at and (one["status"] or "").lower() == "confirmed" for one in made)


def _waits_for_notice(via: Collaborators, tour: Tour, now: datetime) -> NotYet:
    log.warning("tour %s: Knock holds an appointment whose id we wait for; look at Knock's calendar", tour.tour_id)
    return NotYet(
        "Knock holds an appointment; waiting for the notice with its id",
        now + via.config.pause,
    )


def _record(via: Collaborators, tour: Tour, booked: BookedAppointment, now: datetime) -> Record:
    def record(tx: Connection) -> None:
        record_appointment(via, tx, tour.tour_id, booked, now, newest=True)

    return record


def _rejected(tour: Tour, reason: Reason, now: datetime, **detail: str) -> Record:
    def record(tx: Connection) -> None:
        current = tours.lock_tour(tx, tour.tour_id)
        if current is not None and current.status is Status.REQUESTED:
            note(tx, tour.tour_id, "tour.settled", now)
            transitions.reject_tour(tx, current, reason, now, **detail)

    return record
