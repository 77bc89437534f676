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
class TourOffer:
    """A kind of tour that a community offers. `besides`: the tour that is to be moved, whose own slot does not count as taken."""

    community: ServedCommunity
    tour_type: TourType
    besides: str = ""


@dataclass(frozen=True)
class OpenTimes:
    """The open times in the property's offset; `stale` when Knock did not answer now, and they are from `as_of`."""

    community: ServedCommunity
    tour_type: TourType
    times: OpenSpans
    as_of: datetime
    stale: bool


def list_times(via: Collaborators, community_id: str, tour_type: TourType, now: datetime, *, afresh: bool = False) -> OpenTimes:
    """The community's open times.

    Raises UnknownCommunity, KnockUnavailable, and InvalidField for a kind of tour that the community does not offer.
    """
    return _open_times(via, find_tour_offer(via, community_id, tour_type, now), now, afresh)


def list_times_to_move_to(via: Collaborators, tour: Tour, now: datetime, *, afresh: bool = False) -> list[Span]:
    """The other times that are open to a tour, its own slot not counted as taken. Raises as list_times."""
    tour_offer = find_tour_offer(via, tour.community_id, tour.tour_type, now)
    found = _open_times(via, replace(tour_offer, besides=tour.tour_id), now, afresh)
    return [span for span in found.times if span.start != tour.starts_at]


def _open_times(via: Collaborators, tour_offer: TourOffer, now: datetime, afresh: bool) -> OpenTimes:
    known = _knock_times(via, tour_offer, now, afresh)
    with via.db.read() as db:
        times = _still_open(db, tour_offer, known.timetable(tour_offer.community.rules.slots), now)
    return OpenTimes(tour_offer.community, tour_offer.tour_type, times, known.as_of, known.stale)


def find_tour_offer(via: Collaborators, community_id: str, tour_type: TourType, now: datetime) -> TourOffer:
    """The community's tours of this kind. Raises UnknownCommunity, KnockUnavailable, InvalidField when it offers none."""
    community = via.communities.find(community_id, now)
    if tour_type not in community.tour_types:
        named = tour_type.replace("_", "-").lower()
        raise InvalidField("tourType", f"This community offers no {named} tours just now. Please choose another kind.")
    return TourOffer(community, tour_type)


def try_offered_times(via: Collaborators, tour_offer: TourOffer, now: datetime, take: Callable[[Timetable], TakenT]) -> TakenT:
    """Call `take` with Knock's times, and again with fresh ones if it raised SlotClosed; what it returned.

    Raises SlotClosed, UnknownCommunity, KnockUnavailable.
    """
    rules = tour_offer.community.rules.slots
    with suppress(SlotClosed):
        return take(_knock_times(via, tour_offer, now, afresh=False).timetable(rules))
    # A time missing in a list some seconds old may be open by now.
    return take(_knock_times(via, tour_offer, now, afresh=True).timetable(rules))


def _knock_times(via: Collaborators, tour_offer: TourOffer, now: datetime, afresh: bool) -> KnockTimes:
    try:
        self_guided = tour_offer.tour_type is TourType.SELF_GUIDED
        return via.offered.get(tour_offer.community.community_id, self_guided, now, afresh=afresh)
    except Refused as error:
        raise UnknownCommunity("There are no tours to book at this address just now.") from error
    except PartnerError as error:
        raise KnockUnavailable("We cannot see the open times just now. Please try again in a minute.") from error


def open_slot(db: Tables, tour_offer: TourOffer, offered: Timetable, start: datetime, now: datetime) -> Span:
    """The open slot at `start`. Raises SlotClosed."""
    span = offered.find(start, now)
    if span is None or not has_room(span, offered.rules, _taken(db, tour_offer, span)):
        raise SlotClosed
    return span


def _still_open(db: Tables, tour_offer: TourOffer, offered: Timetable, now: datetime) -> OpenSpans:
    """The offered times that are open by the community's rules and our bookings."""
    reach = offered.reach(now)
    return offered.open(_taken(db, tour_offer, reach) if reach else [], now)


def _taken(db: Tables, tour_offer: TourOffer, span: Span) -> list[Span]:
    """The spans our self-guided tours hold; none for tours that agents lead: Knock offers only what their calendar allows."""
    if tour_offer.tour_type is not TourType.SELF_GUIDED:
        return []
    return db.tours.spans_taken(tour_offer.community.community_id, span.start, span.end, tour_offer.besides)


def offset_at(via: Collaborators, tour: Tour, at: datetime, now: datetime) -> timedelta:
    """The property's UTC offset at an instant, taken from Knock's nearest offered start, for Knock names no time zone.

    Where Knock offers nothing, the tour's.
    """
    otherwise = timedelta(seconds=tour.utc_offset)
    try:
        known = via.offered.get(tour.community_id, True, now)
    except PartnerError:
        return otherwise
    nearest = min(known.times, key=lambda start: abs(start - at), default=None)
    offset = nearest.utcoffset() if nearest else None
    return otherwise if offset is None else offset
