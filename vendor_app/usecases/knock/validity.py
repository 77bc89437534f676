"""Whether a tour is still valid by the prospect's guest card in Knock (Get Prospect)."""

import logging
from dataclasses import replace
from datetime import datetime

from vendor_app.clients.errors import MalformedProspectId, NoSuchProspect
from vendor_app.clients.knock.records import KnockProspect
from vendor_app.domain import Reason, Tour
from vendor_app.domain.tours import may_cancel
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.knock.prospects import find_prospect, known_prospect
from vendor_app.usecases.knock.time_limit import TimeLimit
from vendor_app.usecases.tour import transitions

log = logging.getLogger(__name__)


def cancel_if_invalid(via: Collaborators, tour: Tour, now: datetime, most_seconds: float | None = None) -> bool:
    """Ask Knock for the guest card, for `most_seconds` in all, and cancel an invalid tour; whether it was cancelled.

    Raises PartnerError: Knock not answering is no reason to cancel.
    """
    reason = _reason_to_cancel(via, tour, now, TimeLimit(most_seconds))
    return reason is not None and cancel_for_reason(via, tour.tour_id, reason, now)


def cancel_for_reason(via: Collaborators, tour_id: str, reason: Reason, now: datetime) -> bool:
    """Cancel a tour that may still be cancelled for this reason; whether it was."""
    with via.db.transaction() as tx:
        current = tx.tours.lock(tour_id)
        if current is None or not may_cancel(current, reason):
            return False
        transitions.cancel_tour(tx, current, reason, now)
    return True


def _reason_to_cancel(via: Collaborators, tour: Tour, now: datetime, limit: TimeLimit) -> Reason | None:
    try:
        card = _guest_card(via, tour, now, limit)
    except NoSuchProspect:
        return Reason.PROSPECT_MISSING
    if card is None:
        return None
    if card.is_deleted:
        return Reason.PROSPECT_DELETED
    if card.not_prospect:
        return Reason.NOT_A_PROSPECT
    elsewhere = card.community_id is not None and card.community_id != tour.community_id
    return Reason.PROSPECT_ELSEWHERE if elsewhere else None


def _guest_card(via: Collaborators, tour: Tour, now: datetime, limit: TimeLimit) -> KnockProspect | None:
    """The prospect's guest card; None while it is not known which that is: a notice may be on its way."""
    has_waited = now >= (tour.confirmed_at or now) + via.config.pause
    prospect_id = find_prospect(via, tour, now, limit) if has_waited else known_prospect(via, tour)
    try:
        return via.knock.get_prospect(prospect_id, limit.left()) if prospect_id else None
    except MalformedProspectId:
        # A wrong id on our side is no reason to cancel: Knock finds the right one by e-mail or phone.
        log.error("tour %s: the prospect id that we stored is malformed; Knock is asked for the right one", tour.tour_id)
        right = find_prospect(via, _without_prospect(via, tour, now), now, limit)
        return via.knock.get_prospect(right, limit.left()) if right else None


def _without_prospect(via: Collaborators, tour: Tour, now: datetime) -> Tour:
    with via.db.transaction() as tx:
        nameless = replace(tx.tours.lock(tour.tour_id) or tour, prospect_id=None)
        tx.tours.save(nameless)
        tx.timeline.note(tour.tour_id, "knock.prospect_unknown", now)
    return nameless
