"""Learn the appointment of a tour that was booked through Propexo, which never names it: Knock's notice does.

Until it is known an agent's cancellation cannot reach the tour, and the visit cannot be posted. While the tour is being moved
nothing is looked for: what comes of that looks again, for the right time, and must not wait behind this.
"""

from datetime import datetime, timedelta

from vendor_app.domain.outbox import Message
from vendor_app.domain.tours import LIVE
from vendor_app.store import tours
from vendor_app.store.database import Connection
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.finding import told_by_notice
from vendor_app.usecases.messages import NotYet, Record, nothing_to_do

_LONGEST_PAUSE = timedelta(minutes=15)


def find_appointment(via: Collaborators, message: Message, now: datetime) -> Record:
    """Look at the notices again and again while the tour is to come."""
    with via.db.read() as db:
        tour = tours.find_tour(db, message.subject_id)
    if tour is None or tour.appointment_id or tour.status not in LIVE or tour.next_starts_at:
        return nothing_to_do
    found = told_by_notice(via, tour, tour.starts_at, cancelled_too=True)
    if found is None:
        pause = min(via.config.pause * 2 ** min(message.attempts - 1, 10), _LONGEST_PAUSE)
        raise NotYet("no notice of Knock's names the appointment yet", now + pause)

    def record(tx: Connection) -> None:
        current = tours.lock_tour(tx, tour.tour_id)
        if current is None or current.appointment_id:
            return
        transitions.attach_appointment(tx, current, found.appointment_id, now)
        current = transitions.use_appointment(tx, current, found.appointment_id, now)
        if found.prospect_id and current.prospect_id is None:
            transitions.know_prospect(tx, current, found.prospect_id, now)

    return record
