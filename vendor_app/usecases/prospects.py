"""Which prospect in Knock a tour belongs to."""

from datetime import datetime

from vendor_app.domain.tours import Tour
from vendor_app.store import notices, tours
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators


def learn_prospect(via: Collaborators, tour: Tour, now: datetime, most_seconds: float | None = None) -> str:
    """The prospectId: from Knock's answer, from a notice, or from POST /prospect, which de-duplicates. Raises PartnerError."""
    if tour.prospect_id:
        return tour.prospect_id
    with via.db.read() as db:
        prospect_id = notices.prospect_of_appointment(db, tour.appointment_id) if tour.appointment_id else None
    prospect_id = prospect_id or via.knock.create_prospect(tour.community_id, tour.profile, tour.source_title, most_seconds)
    with via.db.transaction() as tx:
        current = tours.lock_tour(tx, tour.tour_id)
        if current is not None and current.prospect_id is None:
            transitions.know_prospect(tx, current, prospect_id, now)
    return prospect_id
