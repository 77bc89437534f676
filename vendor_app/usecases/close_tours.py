"""Windows that are over: what was a visit is completed, who did not come is a no-show, what was never booked is rejected."""

from dataclasses import dataclass
from datetime import datetime

from vendor_app.domain.tours import Reason, Status
from vendor_app.store import tours
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators


@dataclass(frozen=True)
class ClosingCounts:
    """What became of the tours whose time is over."""

    completed: int = 0
    no_show: int = 0
    rejected: int = 0


def close_tours(via: Collaborators, now: datetime) -> ClosingCounts:
    """Close every tour whose access window has ended, each in its own transaction."""
    with via.db.read() as db:
        due = tours.tours_to_close(db, now) + tours.requests_gone_by(db, now)
    statuses = [_close(via, tour_id, now) for tour_id in due]
    return ClosingCounts(
        completed=statuses.count(Status.COMPLETED),
        no_show=statuses.count(Status.NO_SHOW),
        rejected=statuses.count(Status.REJECTED),
    )


def _close(via: Collaborators, tour_id: str, now: datetime) -> Status | None:
    with via.db.transaction() as tx:
        tour = tours.lock_tour(tx, tour_id)
        if tour is None:
            return None
        if tour.status is Status.IN_PROGRESS:
            return transitions.complete_tour(tx, tour, "the end of its window", via.config, now).status
        if tour.status is Status.CONFIRMED:
            return transitions.miss_tour(tx, tour, now).status
        if tour.status is Status.REQUESTED:
            return transitions.reject_tour(tx, tour, Reason.NOT_CONFIRMED, now).status
        return None
