"""Upcoming tours that are no longer valid are cancelled, each with its reason.

What we know ourselves is looked at for all of them in every run, by queries. What Knock knows is asked tour by tour, each by
one worker, near tours every minute and far ones as the load allows (domain/checking.py).
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain.access import AccessGrant, AccessState, grant_deadline
from vendor_app.domain.checking import next_check
from vendor_app.domain.outbox import Kind
from vendor_app.domain.tours import Reason, Status, Tour
from vendor_app.store import grants, outbox, tours
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.validity import cancel_for, cancel_if_invalid

log = logging.getLogger(__name__)

_ENOUGH_SILENCE = 3
_MOST_A_RUN = 300


@dataclass(frozen=True)
class ValidityCounts:
    """How many tours Knock was asked about, how many were cancelled, or could not be checked because Knock did not answer."""

    checked: int = 0
    cancelled: int = 0
    unchecked: int = 0


def cancel_invalid_tours(via: Collaborators, now: datetime) -> ValidityCounts:
    """Cancel what is not valid any more.

    Knock not answering is no reason to cancel. One that does not answer several times running is left alone until the next
    run: what is decided without it must not wait behind it.
    """
    cancelled = _cancel_unserved(via, now) + _cancel_without_access(via, now)
    checked = unchecked = silent = 0
    with via.db.read() as db:
        upcoming = tours.count_upcoming(db, now)
    while checked < _MOST_A_RUN and silent < _ENOUGH_SILENCE and (tour := _take_due(via, upcoming, now)):
        checked += 1
        try:
            cancelled += cancel_if_invalid(via, tour, now)
            silent = 0
        except PartnerError as error:
            log.warning("tour %s could not be checked: %s", tour.tour_id, error)
            unchecked += 1
            silent += not isinstance(error, Refused)
    return ValidityCounts(checked, cancelled, unchecked)


def _cancel_unserved(via: Collaborators, now: datetime) -> int:
    with via.db.read() as db:
        rows = tours.upcoming_unserved(db, now)
    return sum(
        cancel_for(via, row["tour_id"], Reason.COMMUNITY_GONE if row["is_gone"] else Reason.COMMUNITY_OFF, now) for row in rows
    )


def _cancel_without_access(via: Collaborators, now: datetime) -> int:
    with via.db.read() as db:
        near = tours.self_guided_before(db, now, now + via.config.access_deadline)
    return sum(
        cancel_for(via, tour.tour_id, Reason.ACCESS_NOT_GRANTED, now) for tour in near if _missed_its_deadline(via, tour, now)
    )


def _missed_its_deadline(via: Collaborators, tour: Tour, now: datetime) -> bool:
    """Whether the lock system had its chance. That we have not asked it yet (we were down) is no fault of the tour."""
    with via.db.read() as db:
        grant = grants.latest_grant(db, tour.tour_id)
        untried = outbox.is_untried(db, tour.tour_id, Kind.GRANT_ACCESS)
        needed = transitions.opens_doors(db, tour, via.config)
    if not needed or grant is None or grant.state is AccessState.READY or tour.ended_at is not None or untried:
        return False
    return now >= _deadline(via, tour, grant)


def _deadline(via: Collaborators, tour: Tour, grant: AccessGrant) -> datetime:
    has_failed = grant.state is AccessState.FAILED
    return grant_deadline(tour, via.config.access_deadline, asked_at=grant.created_at, has_failed=has_failed)


def _take_due(via: Collaborators, upcoming: int, now: datetime) -> Tour | None:
    """The next tour whose check is due, taken from the other workers; access that it should have is asked for."""
    with via.db.transaction() as tx:
        tour = tours.take_due_check(tx, now)
        if tour is None:
            return None
        tours.check_again(tx, tour.tour_id, next_check(tour.starts_at, upcoming, now))
        current = tours.lock_tour(tx, tour.tour_id) or tour
        unasked = current.status is Status.CONFIRMED and grants.latest_grant(tx, tour.tour_id) is None
        if unasked and current.ended_at is None and transitions.opens_doors(tx, current, via.config):
            # Booked while its community had no lock system: it has one by now.
            transitions.ask_for_access(tx, current, now, due=now)
    return tour
