"""Finds the prospect in Knock that a tour belongs to.

Only a notice names the prospect for certain. POST /prospect does too, but also overwrites the guest card (names, phone), which
the leasing team may have corrected. So it is used only when no notice has named the prospect, up to an hour after the tour, and
once: a call whose answer is lost is not repeated.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from vendor_app.clients.errors import NotSent
from vendor_app.domain import Tour
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.time_limit import TimeLimit
from vendor_app.usecases.tour import transitions

# After the tour's window.
_TOO_LATE = timedelta(hours=1)


def find_prospect(via: Collaborators, tour: Tour, now: datetime, limit: TimeLimit | None = None) -> str | None:
    """The prospectId, or None when nothing tells it. Raises PartnerError."""
    prospect_id = known_prospect(via, tour) or _ask(via, tour, now, limit or TimeLimit(None))
    if prospect_id and tour.prospect_id is None:
        with via.db.transaction() as tx:
            current = tx.tours.lock(tour.tour_id)
            if current is not None and current.prospect_id is None:
                transitions.set_prospect(tx, current, prospect_id, now)
    return prospect_id


def known_prospect(via: Collaborators, tour: Tour) -> str | None:
    """The prospectId that Knock's answer or a notice has named, without asking Knock; or None."""
    if tour.prospect_id or tour.appointment_id is None:
        return tour.prospect_id
    with via.db.read() as db:
        return db.notices.prospect_of_appointment(tour.appointment_id)


def _ask(via: Collaborators, tour: Tour, now: datetime, limit: TimeLimit) -> str | None:
    if not _may_ask(via, tour, now):
        return None
    try:
        return via.knock.create_prospect(tour.community_id, tour.profile, tour.source_title, limit.left())
    except NotSent:
        _note_asked(via, tour, None)
        raise


def _may_ask(via: Collaborators, tour: Tour, now: datetime) -> bool:
    """Whether POST /prospect was not used yet for this tour and it is not too late; if so, stores that it is used now."""
    with via.db.transaction() as tx:
        current = tx.tours.lock(tour.tour_id)
        if current is None or current.prospect_asked_at is not None or now > current.closes_at + _TOO_LATE:
            return False
        tx.tours.save(replace(current, prospect_asked_at=now))
    return True


def _note_asked(via: Collaborators, tour: Tour, at: datetime | None) -> None:
    with via.db.transaction() as tx:
        if current := tx.tours.lock(tour.tour_id):
            tx.tours.save(replace(current, prospect_asked_at=at))
