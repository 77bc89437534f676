"""Makes sure before a tour that its access is ready.

If it is not ready by the deadline, it is asked for a second time, then with another credential if the lock system has one.
At the end the operator is told, the tour cancelled, and the prospect offered other times.
"""

import logging
from datetime import datetime

from vendor_app.domain import AccessGrant, AccessState, Attempt, Credential, Kind, NextStep, Reason, Status, Task, Tour
from vendor_app.domain.access import next_step
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.tour import access, transitions
from vendor_app.usecases.tour.operator_tasks import ask_operator

log = logging.getLogger(__name__)


def ensure_access(via: Collaborators, now: datetime) -> int:
    """Check the tours near their deadline; how many were cancelled."""
    with via.db.read() as db:
        near = db.due_tours.self_guided_before(now, now + via.config.access_deadline)
    return sum(_take_next_step(via, tour.tour_id, now) for tour in near)


def _take_next_step(via: Collaborators, tour_id: str, now: datetime) -> bool:
    """Take the next step for this tour's access; whether the tour was cancelled."""
    with via.db.transaction() as tx:
        tour = tx.tours.lock(tour_id)
        latest = tx.grants.latest(tour_id)
        if tour is None or tour.status is not Status.CONFIRMED or not access.opens_doors(tx, tour, via.config):
            return False
        if latest is None or latest.state is AccessState.CLOSED:
            _ask_anew(via, tx, tour, now)
            return False
        if tx.outbox.is_untried(tour_id, Kind.GRANT_ACCESS):
            return False  # we have not asked yet, perhaps because we were down
        others = _untried_credentials(via, latest)
        match next_step(tour, latest, others, via.config.access_deadline, now):
            case NextStep.AGAIN:
                _ask_with(via, tx, tour, latest, latest.credential, now)
            case NextStep.OTHER_CREDENTIAL:
                _ask_with(via, tx, tour, latest, others[0], now)
            case NextStep.GIVE_UP:
                _give_up(tx, tour, latest, now)
                return True
    return False


def _ask_anew(via: Collaborators, tx: Tables, tour: Tour, now: datetime) -> None:
    """Ask for new access for a tour to come whose access has ended.

    Where the lock system has said that the tour is over, its door event may still be on the way: that is waited for first.
    """
    if tour.ended_at is not None and now < tour.ended_at + via.config.settle:
        return
    tx.timeline.note(tour.tour_id, "access.asked_anew", now)
    access.resume_access(tx, tour, via.config, now)


def _untried_credentials(via: Collaborators, latest: AccessGrant) -> list[Credential]:
    system = via.locks.get(latest.lock)
    return [one for one in system.abilities.credentials if one is not latest.credential] if system else []


def _ask_with(via: Collaborators, tx: Tables, tour: Tour, latest: AccessGrant, credential: Credential, now: datetime) -> None:
    """Replace the grant that is not ready by a new one; the old one is revoked."""
    access.end_access(tx, tour, now)
    attempt = Attempt(latest.attempt + 1, credential)
    access.ask_for_access(tx, tour, via.config, now, attempt=attempt)
    tx.timeline.note(tour.tour_id, "access.tried_again", now, attempt=attempt.number, credential=credential)


def _give_up(tx: Tables, tour: Tour, latest: AccessGrant, now: datetime) -> None:
    log.error("tour %s: its access is not ready after %d attempts; it is cancelled", tour.tour_id, latest.attempt)
    ask_operator(tx, tour.tour_id, Task.SEE_WHY_DOORS_DO_NOT_OPEN, now, lock=latest.lock, attempts=latest.attempt)
    transitions.cancel_tour(tx, tour, Reason.ACCESS_NOT_GRANTED, now)
