"""Which times a prospect may book now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain.slots import Rules, Span, open_slots
from vendor_app.store.database import Connection
from vendor_app.store.tours import spans_taken
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.errors import KnockUnavailable, UnknownCommunity
from vendor_app.usecases.offered_times import Offer


@dataclass(frozen=True)
class OpenTimes:
    """The open times in the property's offset; `stale` when Knock was last heard at `as_of`."""

    community_id: str
    times: list[Span]
    as_of: datetime
    stale: bool


def list_times(via: Collaborators, community_id: str, now: datetime, *, afresh: bool = False) -> OpenTimes:
    """The community's open times. Raises UnknownCommunity, KnockUnavailable."""
    via.communities.find(community_id, now)
    offer = offered_times(via, community_id, now, afresh=afresh)
    with via.db.read() as db:
        times = still_open(db, community_id, offer.times, via.config.rules, now)
    return OpenTimes(community_id, times, offer.as_of, offer.stale)


def offered_times(via: Collaborators, community_id: str, now: datetime, *, afresh: bool = False) -> Offer:
    """Knock's offer. Raises UnknownCommunity, KnockUnavailable."""
    try:
        return via.offered.get(community_id, now, afresh=afresh)
    except Refused as error:
        raise UnknownCommunity("There are no self-guided tours at this address just now.") from error
    except PartnerError as error:
        raise KnockUnavailable("We cannot see the open times just now. Please try again in a minute.") from error


def still_open(db: Connection, community_id: str, offered: Sequence[datetime], rules: Rules, now: datetime) -> list[Span]:
    """Which of the offered starts are open by our rules and our own bookings, as `db` sees them."""
    if not offered:
        return []
    taken = spans_taken(db, community_id, min(offered), max(offered) + rules.tour)
    return open_slots(offered, rules, taken, now)
