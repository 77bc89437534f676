"""Finds the tour and the grant that a lock system's event is about, if that lock system serves them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.domain import AccessGrant, AccessPeriod, AccessState, Timing, Tour
from vendor_app.domain.timing import timing_of
from vendor_app.store import AccessEvent, Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.doors.device_events import tour_at_door

CREDENTIAL_EVENTS = frozenset({"access.credential_ready", "access.credential_failed"})


@dataclass(frozen=True)
class MatchedEvent:
    """An event with its tour and grant (None where the tour has none); `timing` places it in the grant's or tour's window."""

    event: AccessEvent
    tour: Tour
    grant: AccessGrant | None
    timing: Timing
    is_latest: bool

    @property
    def at(self) -> datetime:
        """When the event happened; never later than when we received it."""
        return min(self.event.occurred_at, self.event.received_at)

    @property
    def is_of_the_tours_time(self) -> bool:
        """Whether the grant is for the tour's present window, and not for one before a move."""
        own = (self.tour.opens_at, self.tour.closes_at)
        return self.grant is None or (self.grant.opens_at, self.grant.closes_at) == own

    @property
    def is_ended(self) -> bool:
        """Whether the grant was closed before we acted on the event."""
        return self.grant is not None and self.grant.state is AccessState.CLOSED


def match_event(via: Collaborators, tx: Tables, event: AccessEvent) -> MatchedEvent | None:
    """The event with its tour, locked; None when it names no tour of ours, or one that another lock system serves."""
    grace = via.config.clock_grace
    tour = _tour_of(tx, event, grace)
    if tour is None:
        return None
    grant = _grant_of(tx, tour, event, grace)
    speaks = event.said_by == grant.lock if grant else via.rules(tx, tour.community_id).accepts_events_of(event.said_by)
    if not speaks:
        return None
    timing = timing_of(event.occurred_at, event.received_at, AccessPeriod.of(tour, grant), grace)
    latest = tx.grants.latest(tour.tour_id)
    return MatchedEvent(event, tour, grant, timing, latest is None or grant is None or latest.grant_id == grant.grant_id)


def _tour_of(tx: Tables, event: AccessEvent, grace: timedelta) -> Tour | None:
    """The tour named by the event's grant or tour id; where both are given they must agree.

    An event that names only a device belongs to the one tour in whose window it is, if there is only one.
    """
    if event.device and not event.grant_id and not event.tour_id:
        return tour_at_door(tx, event, grace)
    grant = tx.grants.find(event.grant_id) if event.grant_id else None
    named = {name for name in (grant.tour_id if grant else None, event.tour_id) if name}
    return tx.tours.lock(named.pop()) if len(named) == 1 else None


def _grant_of(tx: Tables, tour: Tour, event: AccessEvent, grace: timedelta) -> AccessGrant | None:
    """The grant that the event names, if it is ours; else the tour's grant in whose window it is, or the latest."""
    named = tx.grants.find(event.grant_id) if event.grant_id else None
    all_of_them = tx.grants.of_tour(tour.tour_id)
    if named or not all_of_them:
        return named
    at = event.occurred_at
    if event.type in CREDENTIAL_EVENTS:
        return ([one for one in all_of_them if one.created_at <= at] or all_of_them[:1])[-1]
    timed = [(timing_of(at, event.received_at, AccessPeriod.of(tour, one), grace), one) for one in all_of_them]
    in_time = [one for timing, one in timed if timing is Timing.IN_TIME]
    return in_time[-1] if in_time else tx.grants.latest(tour.tour_id)
