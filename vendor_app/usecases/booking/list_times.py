"""Which times a prospect may book now, for which kind of tour."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain import OpenSpans, Span, Timetable, Tour, TourType
from vendor_app.domain.slots import has_room
from vendor_app.store import Tables
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import ServedCommunity
from vendor_app.usecases.communities.offered_times import KnockTimes
from vendor_app.usecases.errors import InvalidField, KnockUnavailable, SlotClosed, UnknownCommunity

TakenT = TypeVar("TakenT")


@dataclass(frozen=True)
class Offering:
    """A kind of tour at a community. Where a tour is to be moved, it is `besides`: its own place does not count as taken."""

    community: ServedCommunity
    tour_type: TourType
    besides: str = ""


@dataclass(frozen=True)
class OpenTimes:
    """The open times in the property's offset; `stale` when Knock was last heard at `as_of`."""

    community: ServedCommunity
    tour_type: TourType
    times: OpenSpans
    as_of: datetime
    stale: bool


def list_times(via: Collaborators, community_id: str, tour_type: TourType, now: datetime, *, afresh: bool = False) -> OpenTimes:
    """The community's open times.

    Raises UnknownCommunity, KnockUnavailable, and InvalidField for a kind of tour that the community does not offer.
    """
    return _open_times(via, find_offering(via, community_id, tour_type, now), now, afresh)


def list_times_to_move_to(via: Collaborators, tour: Tour, now: datetime, *, afresh: bool = False) -> list[Span]:
    """The other times that are open to a tour, as if it had no place yet. Raises as list_times."""
    offering = find_offering(via, tour.community_id, tour.tour_type, now)
    found = _open_times(via, replace(offering, besides=tour.tour_id), now, afresh)
    return [span for span in found.times if span.start != tour.starts_at]


def _open_times(via: Collaborators, offering: Offering, now: datetime, afresh: bool) -> OpenTimes:
    offer = _offer(via, offering, now, afresh)
    with via.db.read() as db:
        times = _still_open(db, offering, offer.timetable(offering.community.rules.slots), now)
    return OpenTimes(offering.community, offering.tour_type, times, offer.as_of, offer.stale)


def find_offering(via: Collaborators, community_id: str, tour_type: TourType, now: datetime) -> Offering:
    """What the community offers of this kind. Raises UnknownCommunity, KnockUnavailable, InvalidField."""
    community = via.communities.find(community_id, now)
    if tour_type not in community.tour_types:
        named = tour_type.replace("_", "-").lower()
        raise InvalidField("tourType", f"This community offers no {named} tours just now. Please choose another kind.")
    return Offering(community, tour_type)


def take_offered(via: Collaborators, offering: Offering, now: datetime, take: Callable[[Timetable], TakenT]) -> TakenT:
    """What `take` makes of the times that Knock offers. Raises SlotClosed, UnknownCommunity, KnockUnavailable."""
    rules = offering.community.rules.slots
    with suppress(SlotClosed):
        return take(_offer(via, offering, now, afresh=False).timetable(rules))
    # A time that a list of some seconds ago does not have may be open by now: Knock is asked before we say no.
    return take(_offer(via, offering, now, afresh=True).timetable(rules))


def _offer(via: Collaborators, offering: Offering, now: datetime, afresh: bool) -> KnockTimes:
    try:
        self_guided = offering.tour_type is TourType.SELF_GUIDED
        return via.offered.get(offering.community.community_id, self_guided, now, afresh=afresh)
    except Refused as error:
        raise UnknownCommunity("There are no tours to book at this address just now.") from error
    except PartnerError as error:
        raise KnockUnavailable("We cannot see the open times just now. Please try again in a minute.") from error


def open_slot(db: Tables, offering: Offering, offered: Timetable, start: datetime, now: datetime) -> Span:
    """The open slot at `start`. Raises SlotClosed."""
    span = offered.find(start, now)
    if span is None or not has_room(span, offered.rules, _taken(db, offering, span)):
        raise SlotClosed
    return span


def _still_open(db: Tables, offering: Offering, offered: Timetable, now: datetime) -> OpenSpans:
    """Which of the offered times are open by our rules and our own bookings, as `db` sees them."""
    reach = offered.reach(now)
    return offered.open(_taken(db, offering, reach) if reach else [], now)


def _taken(db: Tables, offering: Offering, span: Span) -> list[Span]:
    """How many tours agents lead at once is theirs to say: Knock offers only what their calendar allows."""
    if offering.tour_type is not TourType.SELF_GUIDED:
        return []
    return db.tours.spans_taken(offering.community.community_id, span.start, span.end, offering.besides)


def offset_at(via: Collaborators, tour: Tour, at: datetime, now: datetime) -> timedelta:
    """The property's UTC offset at an instant: that of Knock's nearest offered start, for Knock names no time zone.

    Where Knock offers nothing, that of the tour.
    """
    otherwise = timedelta(seconds=tour.utc_offset)
    try:
        offer = via.offered.get(tour.community_id, True, now)
    except PartnerError:
        return otherwise
    nearest = min(offer.times, key=lambda start: abs(start - at), default=None)
    offset = nearest.utcoffset() if nearest else None
    return otherwise if offset is None else offset
