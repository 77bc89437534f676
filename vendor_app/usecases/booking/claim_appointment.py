"""Knock tells of an appointment that is no tour's, at a time that we have asked for without ever being answered: is it ours?

Then Knock has carried out the request late. What the prospect had before, Knock has let go of: the tour's own appointment, or
that of another tour of theirs; see confirm_cancellation.py.
"""

from datetime import datetime, timedelta

from vendor_app.clients.knock.records import BookedAppointment
from vendor_app.domain import LIVE, ClaimAppointment, Kind, Message, Status, Tour
from vendor_app.store import Notice, Outcome, Tables
from vendor_app.usecases.booking.ask_for_time import TimeRequest
from vendor_app.usecases.booking.record_answer import Booked, record_booked
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.appointment_search import is_card_of
from vendor_app.usecases.messages import Record, nothing_to_do
from vendor_app.usecases.tour import transitions

# An answer that is just under way makes the question needless.
_PATIENCE = timedelta(seconds=5)


def look_whose_it_is(tx: Tables, notice: Notice, now: datetime) -> None:
    """A notice tells of it. It may be what Propexo has booked for a tour at that time: whoever looks for that, or asks Propexo,
    does it now. Or Knock has carried out a request of ours that it never answered.
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
    """Take the appointment for the tour's if the guest card is its prospect's."""
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
        record_booked(via, tx, Booked(TimeRequest(tour, tour.next_span, is_move=True), booked, is_newest=True), now)
        return
    if tour.status is Status.REQUESTED and tour.starts_at == start:
        record_booked(via, tx, Booked(TimeRequest(tour, tour.local_span, is_move=False), booked, is_newest=True), now)
        return
    tx.timeline.note(tour.tour_id, "knock.booked_late", now, appointmentId=booked.appointment_id, start=start.isoformat())
    tx.appointment_requests.answer(tour.tour_id, start, Outcome.LATE, now)
    transitions.attach_appointment(tx, tour, booked.appointment_id, now, start)
    if tour.status not in LIVE or tour.starts_at != start:
        tx.outbox.enqueue(
            Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=booked.appointment_id, startsAt=start.isoformat()
        )
    elif tour.appointment_id is None or tx.appointments.is_cancelled(tour.appointment_id):
        transitions.use_appointment(tx, tour, booked.appointment_id, now)
    else:  # Knock is to say which of the two it has let go of
        tx.outbox.enqueue(Kind.CANCEL_APPOINTMENT, tour.tour_id, now, appointmentId=booked.appointment_id, beside=True)
