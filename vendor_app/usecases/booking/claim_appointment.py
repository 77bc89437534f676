"""Finds the tour of an appointment that Knock's notice names and no tour has, at a time with an unanswered request of ours.

Knock has then carried out that request late, and cancelled what the prospect had before: the tour's own appointment, or that
of another tour of theirs; see confirm_cancellation.py.
"""

from datetime import datetime, timedelta

from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import LIVE, ClaimAppointment, Kind, Message, Status, Tour
from vendor_app.store import Notice, RequestOutcome, Tables
from vendor_app.usecases.booking.ask_for_time import TimeRequest
from vendor_app.usecases.booking.record_answer import BookedTime, record_booked
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import is_card_of
from vendor_app.usecases.messages import Record, nothing_to_do
from vendor_app.usecases.tour import transitions

# The answer may be on its way just now, and then there is nothing to claim.
_PATIENCE = timedelta(seconds=5)


def look_for_tour_of(tx: Tables, notice: Notice, now: datetime) -> None:
    """A notice names an appointment that no tour has: look for its tour now.

    Propexo may have booked it for a tour at that time, or Knock has carried out a request of ours that it never answered.
    """
    start = notice.starts_at
    for tour_id in tx.tours.without_appointment_at(start):
        tx.outbox.hasten(tour_id, Kind.FIND_APPOINTMENT, now)
    for tour_id in tx.tours.queued_at(start):
        for kind in (Kind.BOOK_APPOINTMENT, Kind.RESCHEDULE):
            tx.outbox.hasten(tour_id, kind, now)
    if notice.status == "CONFIRMED" and notice.prospect_id:
        told = {"appointmentId": notice.appointment_id, "prospectId": notice.prospect_id, "startsAt": start.isoformat()}
        for tour_id in tx.appointment_requests.unanswered_at(start):
            tx.outbox.enqueue(Kind.CLAIM_APPOINTMENT, tour_id, now, due=now + _PATIENCE, **told)


def claim_appointment(via: Collaborators, message: Message, now: datetime) -> Record:
    """Give the appointment to the tour if its guest card is the tour's prospect."""
    told = ClaimAppointment.of(message)
    start = datetime.fromisoformat(told.starts_at)
    with via.db.read() as db:
        tour = db.tours.find(message.subject_id)
        if tour is None or not _is_open(db, tour, told.appointment_id, start):
            return nothing_to_do
    if not is_card_of(via, tour, told.prospect_id):
        return nothing_to_do
    booked = BookedAppointment(appointment_id=told.appointment_id, prospect_id=told.prospect_id)

    def record(tx: Tables) -> None:
        current = tx.tours.lock(tour.tour_id)
        if current is not None and _is_open(tx, current, told.appointment_id, start):
            _claim(via, tx, current, booked, start, now)

    return record


def _is_open(db: Tables, tour: Tour, appointment_id: str, start: datetime) -> bool:
    unclaimed = db.appointments.find(appointment_id) is None
    return unclaimed and db.appointment_requests.last_unanswered(tour.tour_id, start) is not None


def _claim(via: Collaborators, tx: Tables, tour: Tour, booked: BookedAppointment, start: datetime, now: datetime) -> None:
    if tour.next_span is not None and tour.next_span.start == start:
        record_booked(via, tx, BookedTime(TimeRequest(tour, tour.next_span, is_move=True), booked, is_newest=True), now)
        return
    if tour.status is Status.REQUESTED and tour.starts_at == start:
        record_booked(via, tx, BookedTime(TimeRequest(tour, tour.local_span, is_move=False), booked, is_newest=True), now)
        return
    tx.timeline.note(tour.tour_id, "knock.booked_late", now, appointmentId=booked.appointment_id, start=start.isoformat())
    tx.appointment_requests.answer(tour.tour_id, start, RequestOutcome.LATE, now)
    transitions.attach_appointment(tx, tour, booked.appointment_id, now, start)
    if tour.status not in LIVE or tour.starts_at != start:
        tx.outbox.enqueue(
            Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=booked.appointment_id, startsAt=start.isoformat()
        )
    elif tour.appointment_id is None or tx.appointments.is_cancelled(tour.appointment_id):
        transitions.use_appointment(tx, tour, booked.appointment_id, now)
    else:  # cancelled only after Knock's notice has said which of the two it cancelled itself
        tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=booked.appointment_id, beside=True)
