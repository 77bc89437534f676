"""Upcoming tours that are no longer valid are cancelled, each with its reason."""

import logging
from collections.abc import Iterator
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

_NO_SUCH_PROSPECT = "CORE_API_GET_PROSPECT_FAIL"


@dataclass(frozen=True)
class ValidityCounts:
    """How many upcoming tours were looked at, cancelled, or could not be checked because Knock did not answer."""

    checked: int = 0
    cancelled: int = 0
    unchecked: int = 0


def cancel_invalid_tours(via: Collaborators, now: datetime) -> ValidityCounts:
    """Look at every upcoming tour; Knock not answering is no reason to cancel."""
    with via.db.read() as db:
        upcoming = tours.upcoming_tours(db, now)
    cancelled = unchecked = 0
    for tour in upcoming:
        try:
            reason = next(_reasons(via, tour, now), None)
        except PartnerError as error:
            log.warning("tour %s could not be checked: %s", tour.tour_id, error)
            unchecked += 1
        else:
            cancelled += reason is not None and _cancel(via, tour.tour_id, reason, now)
    return ValidityCounts(len(upcoming), cancelled, unchecked)


def _reasons(via: Collaborators, tour: Tour, now: datetime) -> Iterator[Reason]:
    """Reasons against the tour, those we know ourselves first. Raises PartnerError."""
    with via.db.read() as db:
        community = communities.find_community(db, tour.community_id)
        grant = grants.latest_grant(db, tour.tour_id)
    if community is None or community["gone_at"]:
        yield Reason.COMMUNITY_GONE
    elif community["switched_off_at"]:
        yield Reason.COMMUNITY_OFF
    if via.config.has_lock and _missed_its_deadline(via, tour, grant, now):
        yield Reason.ACCESS_NOT_GRANTED
    yield from _reasons_in_knock(via, tour, now)


def _missed_its_deadline(via: Collaborators, tour: Tour, grant: AccessGrant | None, now: datetime) -> bool:
    """Whether the lock system had its chance. That we have not asked it yet (we were down) is no fault of the tour."""
    if now < grant_deadline(tour, via.config.access_deadline) or tour.ended_at is not None:
        return False
    if grant is not None and grant.state is AccessState.READY:
        return False
    with via.db.read() as db:
        return not outbox.is_untried(db, tour.tour_id, Kind.GRANT_ACCESS)


def _reasons_in_knock(via: Collaborators, tour: Tour, now: datetime) -> Iterator[Reason]:
    """What the guest card says (Get Prospect)."""
    try:
        prospect = via.knock.get_prospect(learn_prospect(via, tour, now))
    except Refused as refusal:
        if refusal.code != _NO_SUCH_PROSPECT:
            raise
        yield Reason.PROSPECT_MISSING
        return
    if prospect.is_deleted:
        yield Reason.PROSPECT_DELETED
    if prospect.not_prospect:
        yield Reason.NOT_A_PROSPECT


def _cancel(via: Collaborators, tour_id: str, reason: Reason, now: datetime) -> bool:
    with via.db.transaction() as tx:
        tour = tours.lock_tour(tx, tour_id)
        if tour is None or tour.status is not Status.CONFIRMED:
            return False
        transitions.cancel_tour(tx, tour, reason, now)
    return True
