"""Whether a tour is still valid, as far as Knock knows: the guest card says (Get Prospect)."""

import logging
import time
from dataclasses import replace
from datetime import datetime

from vendor_app.clients.errors import MalformedProspectId, NoSuchProspect
from vendor_app.clients.knock_records import KnockProspect
from vendor_app.domain.tours import Reason, Status, Tour
from vendor_app.store import tours
from vendor_app.store.timeline import note
from vendor_app.usecases import transitions
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.prospects import learn_prospect

log = logging.getLogger(__name__)


class _Patience:
    """How long somebody still waits, over all the calls it takes; for ever with None."""

    def __init__(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """In seconds, and never nothing: a call cannot be made in no time."""
        return None if self._ends is None else max(0.01, self._ends - time.monotonic())


def cancel_if_invalid(via: Collaborators, tour: Tour, now: datetime, most_seconds: float | None = None) -> bool:
    """Ask Knock, for `most_seconds` in all; whether the tour was cancelled.

    Raises PartnerError: Knock not answering is no reason to cancel.
    """
    reason = _reason_of_knocks(via, tour, now, _Patience(most_seconds))
    return reason is not None and cancel_for(via, tour.tour_id, reason, now)


def cancel_for(via: Collaborators, tour_id: str, reason: Reason, now: datetime) -> bool:
    """Cancel a tour that is still confirmed; whether it was."""
    with via.db.transaction() as tx:
        current = tours.lock_tour(tx, tour_id)
        if current is None or current.status is not Status.CONFIRMED:
            return False
        transitions.cancel_tour(tx, current, reason, now)
    return True


def _reason_of_knocks(via: Collaborators, tour: Tour, now: datetime, patience: _Patience) -> Reason | None:
    try:
        card = _guest_card(via, tour, now, patience)
    except NoSuchProspect:
        return Reason.PROSPECT_MISSING
    if card.is_deleted:
        return Reason.PROSPECT_DELETED
    if card.not_prospect:
        return Reason.NOT_A_PROSPECT
    elsewhere = card.community_id is not None and card.community_id != tour.community_id
    return Reason.PROSPECT_ELSEWHERE if elsewhere else None


def _guest_card(via: Collaborators, tour: Tour, now: datetime, patience: _Patience) -> KnockProspect:
    try:
        prospect_id = learn_prospect(via, tour, now, patience.left())
        return via.knock.get_prospect(prospect_id, patience.left())
    except MalformedProspectId:
        # The prospect is not to blame for a wrong id on our side: Knock tells the right one for their e-mail or phone.
        log.error("tour %s: what we took for its prospect's id is none; Knock is asked for the right one", tour.tour_id)
        prospect_id = via.knock.create_prospect(tour.community_id, tour.profile, tour.source_title, patience.left())
        _correct(via, tour, prospect_id, now)
        return via.knock.get_prospect(prospect_id, patience.left())


def _correct(via: Collaborators, tour: Tour, prospect_id: str, now: datetime) -> None:
    with via.db.transaction() as tx:
        if current := tours.lock_tour(tx, tour.tour_id):
            tours.save_tour(tx, replace(current, prospect_id=prospect_id))
            note(tx, tour.tour_id, "knock.prospect_corrected", now, prospectId=prospect_id)
