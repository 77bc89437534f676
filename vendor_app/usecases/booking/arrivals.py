"""Arrivals: prospects who follow Doorway's link, with the source title that came in it."""

import secrets
from datetime import datetime

from vendor_app.store import Arrival
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import UnknownArrival
from vendor_app.usecases.tour.limits import ARRIVALS, count_attempt


def record_arrival(via: Collaborators, community_id: str, source_title: str | None, client: str, now: datetime) -> str:
    """Store the source title verbatim; the arrival's id. `client` is the visitor's masked address.

    Raises UnknownCommunity, KnockUnavailable, TooManyAttempts.
    """
    via.communities.find(community_id, now)
    arrival_id = secrets.token_urlsafe(16)
    with via.db.transaction() as tx:
        count_attempt(tx, ARRIVALS, client, now)
        tx.arrivals.insert(arrival_id, community_id, source_title, now)
    return arrival_id


def find_arrival(via: Collaborators, arrival_id: str) -> Arrival:
    """The arrival. Raises UnknownArrival."""
    with via.db.read() as db:
        arrival = db.arrivals.find(arrival_id)
    if arrival is None:
        raise UnknownArrival("This booking link is not valid any more. Please start again from the community's website.")
    return arrival
