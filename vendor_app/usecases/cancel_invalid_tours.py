"""Upcoming tours that are no longer valid are cancelled, each with its reason."""

import logging
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain.access import AccessGrant, AccessState, grant_deadline
from vendor_app.domain.outbox import Kind
from vendor_app.domain.tours import Reason, Status, Tour
from vendor_app.store import communities, grants, outbox, tours
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.prospects import learn_prospect

log = logging.getLogger(__name__)

_ENOUGH_SILENCE = 3
_NO_SUCH_PROSPECT = "CORE_API_GET_PROSPECT_FAIL"


@dataclass(frozen=True)
class ValidityCounts:
    """How many upcoming tours were looked at, cancelled, or could not be checked because Knock did not answer."""

    checked: int = 0
    cancelled: int = 0
    unchecked: int = 0


def cancel_invalid_tours(via: Collaborators, now: datetime) -> ValidityCounts:
    """Look at every upcoming tour: first for what we know ourselves, then for what Knock knows.

    Knock not answering is no reason to cancel. One that does not answer several times running is left alone until the next
    run: what is decided without it must not wait behind it.
    """
    with via.db.read() as db:
        upcoming = tours.upcoming_tours(db, now)
    cancelled = sum(_cancel_for(via, tour, _reason_of_ours(via, tour, now), now) for tour in upcoming)
    unchecked = silent = 0
    for tour in upcoming:
        if silent >= _ENOUGH_SILENCE:
            unchecked += 1
            continue
        try:
            cancelled += _cancel_for(via, tour, _reason_of_knocks(via, tour, now), now)
            silent = 0
        except PartnerError as error:
            log.warning("tour %s could not be checked: %s", tour.tour_id, error)
            unchecked += 1
            silent = silent if isinstance(error, Refused) else silent + 1
    return ValidityCounts(len(upcoming), cancelled, unchecked)


def _reason_of_ours(via: Collaborators, tour: Tour, now: datetime) -> Reason | None:
    with via.db.read() as db:
        community = communities.find_community(db, tour.community_id)
        grant = grants.latest_grant(db, tour.tour_id)
    if community is None or community["gone_at"]:
        return Reason.COMMUNITY_GONE
    if community["switched_off_at"]:
        return Reason.COMMUNITY_OFF
    missed = via.config.has_lock and _missed_its_deadline(via, tour, grant, now)
    return Reason.ACCESS_NOT_GRANTED if missed else None


def _missed_its_deadline(via: Collaborators, tour: Tour, grant: AccessGrant | None, now: datetime) -> bool:
    """Whether the lock system had its chance. That we have not asked it yet (we were down) is no fault of the tour."""
    has_failed = grant is not None and grant.state is AccessState.FAILED
    if now < grant_deadline(tour, via.config.access_deadline, has_failed=has_failed) or tour.ended_at is not None:
        return False
    if grant is not None and grant.state is AccessState.READY:
        return False
    with via.db.read() as db:
        return not outbox.is_untried(db, tour.tour_id, Kind.GRANT_ACCESS)


def _reason_of_knocks(via: Collaborators, tour: Tour, now: datetime) -> Reason | None:
    """What the guest card says (Get Prospect). Raises PartnerError."""
    try:
        prospect = via.knock.get_prospect(learn_prospect(via, tour, now))
    except Refused as refusal:
        if refusal.code == _NO_SUCH_PROSPECT and "does not exist" in refusal.message:
            return Reason.PROSPECT_MISSING
        raise
    if prospect.is_deleted:
        return Reason.PROSPECT_DELETED
    return Reason.NOT_A_PROSPECT if prospect.not_prospect else None


def _cancel_for(via: Collaborators, tour: Tour, reason: Reason | None, now: datetime) -> bool:
    """Whether it was cancelled."""
    if reason is None:
        return False
    with via.db.transaction() as tx:
        current = tours.lock_tour(tx, tour.tour_id)
        if current is None or current.status is not Status.CONFIRMED:
            return False
        transitions.cancel_tour(tx, current, reason, now)
    return True
