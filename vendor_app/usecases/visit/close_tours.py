"""Closes tours whose window is over: begun ones are completed, confirmed ones are no-shows, requested ones are rejected.

A tour that an agent leads is completed; whether somebody came the agent says in Knock.
"""

from dataclasses import dataclass
from datetime import datetime

from vendor_app.config import Config
from vendor_app.domain import Reason, Status, Task, Tour
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour import transitions
from vendor_app.usecases.tour.act_on_each import act_on_each
from vendor_app.usecases.tour.operator_tasks import close_appointment_task
from vendor_app.usecases.visit.revive_tours import revive_tours


@dataclass(frozen=True)
class ClosingCounts:
    """How many tours were revived, and what became of those whose window is over."""

    revived: int = 0
    completed: int = 0
    no_show: int = 0
    rejected: int = 0


def close_tours(via: Collaborators, now: datetime) -> ClosingCounts:
    """Close every tour whose access window has ended, each in its own transaction."""
    revived = revive_tours(via, now)
    with via.db.read() as db:
        due = db.due_tours.tours_to_close(now) + db.due_tours.requests_gone_by(now)

    def close(tx: Tables, tour_id: str) -> str | None:
        tour = tx.tours.lock(tour_id)
        return _close(via.config, tx, tour, now) if tour else None

    return ClosingCounts(revived, **act_on_each(via.db, due, close))


def _close(config: Config, tx: Tables, tour: Tour, now: datetime) -> Status | None:
    if tour.status is Status.IN_PROGRESS:
        return transitions.complete_tour(tx, tour, "the end of its window", config, now).status
    if tour.status is Status.CONFIRMED and not tour.is_self_guided:
        return transitions.complete_without_visit(tx, tour, "its time; whether they came stands in Knock", now).status
    if tour.status is Status.CONFIRMED and tour.appointment_id and tx.notices.visited_since(tour.appointment_id, tour.created_at):
        return transitions.complete_without_visit(tx, tour, "the leasing team, who noted the visit in Knock", now).status
    if tour.status is Status.CONFIRMED:
        return transitions.miss_tour(tx, tour, now).status
    if tour.status is Status.REQUESTED:
        close_appointment_task(tx, tour.tour_id, Task.LOOK_FOR_APPOINTMENT, tour.starts_at, now)
        return transitions.reject_tour(tx, tour, Reason.NOT_CONFIRMED, now).status
    return None
