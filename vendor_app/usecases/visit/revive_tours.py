"""Revives tours that were ended by a clock that had jumped ahead: no-shows and deadlines of tours still to come.

Such a tour ended at a time later than now. Cancellations by people (the prospect, the operator, the leasing team) stay.
"""

import logging
from datetime import datetime

from vendor_app.domain import Kind, Status, Tour
from vendor_app.domain.slots import has_room
from vendor_app.domain.tours import revive
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour import access

log = logging.getLogger(__name__)


def revive_tours(via: Collaborators, now: datetime) -> int:
    """Undo no-shows and cancellations that a wrong clock caused; how many."""
    with via.db.read() as db:
        ids = db.due_tours.decided_ahead_of_time(now)
    return sum(_revive(via, tour_id, now) for tour_id in ids)


def _revive(via: Collaborators, tour_id: str, now: datetime) -> bool:
    with via.db.transaction() as tx:
        tour = tx.tours.lock(tour_id)
        if tour is None or tour_id not in tx.due_tours.decided_ahead_of_time(now) or not _has_room(via, tx, tour):
            return False
        log.error("tour %s was ended at a time that has not come: the clock had jumped; it takes place after all", tour_id)
        tx.outbox.drop_pending(tour_id, Kind.CANCEL_APPOINTMENT, "the clock had jumped", now)
        standing = tx.appointments.standing_at(tour_id, tour.starts_at)
        revived = revive(tour, standing[0] if standing else None)
        tx.tours.save(revived)
        tx.timeline.note(tour_id, "tour.revived", now, status=revived.status)
        if revived.status is Status.REQUESTED:
            tx.outbox.enqueue(Kind.BOOK_APPOINTMENT, tour_id, now)
        elif access.opens_doors(tx, revived, via.config):
            access.ask_for_access(tx, revived, via.config, now)
    return True


def _has_room(via: Collaborators, tx: Tables, tour: Tour) -> bool:
    """Whether the tour's slot was not given to somebody else meanwhile."""
    taken = tx.tours.spans_taken(tour.community_id, tour.starts_at, tour.ends_at, besides=tour.tour_id)
    return has_room(tour.span, via.rules(tx, tour.community_id).slots, taken)
