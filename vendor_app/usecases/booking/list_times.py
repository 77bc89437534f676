"""Which times a prospect may book now, for which kind of tour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vendor_app.clients.errors import PartnerError, Refused
from vendor_app.domain.slots import OpenSpans, Span, Timetable, has_room
from vendor_app.domain.tours import TourType
from vendor_app.store.engine.database import Connection
from vendor_app.store.tours import spans_taken
from vendor_app.usecases.collaborators import Collaborators
from vendor_app.usecases.communities.community_directory import ServedCommunity
from vendor_app.usecases.communities.offered_times import Offer
from vendor_app.usecases.errors import InvalidField, KnockUnavailable, SlotClosed, UnknownCommunity


@dataclass(frozen=True)
class OpenTimes:
    """The open times in the property's offset; `stale` when Knock was last heard at `as_of`."""

    community: ServedCommunity
    tour_type: TourType
    times: OpenSpans
    as_of: datetime
    stale: bool


def list_times(
    via: Collaborators, community_id: str, tour_type: TourType, now: datetime, *, afresh: bool = False, besides: str = ""
) -> OpenTimes:
    """The community's open times; those of the tour `besides` do not count as taken.

    Raises UnknownCommunity, KnockUnavailable, and InvalidField for a kind of tour that the community does not offer.
    """
    community = find_offering(via, community_id, tour_type, now)
    offer = offered_times(via, community_id, tour_type, now, afresh=afresh)
    with via.db.read() as db:
        times = still_open(db, community, tour_type, offer.timetable(community.rules.slots), now, besides)
    return OpenTimes(community, tour_type, times, offer.as_of, offer.stale)


def find_offering(via: Collaborators, community_id: str, tour_type: TourType, now: datetime) -> ServedCommunity:
    """The community, if it offers this kind of tour. Raises UnknownCommunity, KnockUnavailable, InvalidField."""
    community = via.communities.find(community_id, now)
    if tour_type not in community.tour_types:
        named = tour_type.replace("_", "-").lower()
        raise InvalidField("tourType", f"This community offers no {named} tours just now. Please choose another kind.")
    return community


def offered_times(via: Collaborators, community_id: str, tour_type: TourType, now: datetime, *, afresh: bool = False) -> Offer:
    """Knock's offer. Raises UnknownCommunity, KnockUnavailable."""
    try:
        return via.offered.get(community_id, tour_type is TourType.SELF_GUIDED, now, afresh=afresh)
    except Refused as error:
        raise UnknownCommunity("There are no tours to book at this address just now.") from error
    except PartnerError as error:
        raise KnockUnavailable("We cannot see the open times just now. Please try again in a minute.") from error


def still_open(
    db: Connection, community: ServedCommunity, tour_type: TourType, timetable: Timetable, now: datetime, besides: str = ""
) -> OpenSpans:
    """Which of the offered times are open by our rules and our own bookings, as `db` sees them."""
    reach = timetable.reach(now)
    return timetable.open(_taken(db, community, tour_type, reach, besides) if reach else [], now)


def open_slot(
    db: Connection,
    community: ServedCommunity,
    tour_type: TourType,
    timetable: Timetable,
    start: datetime,
    now: datetime,
    besides: str = "",
) -> Span:
    """The open slot at `start`. Raises SlotClosed."""
    span = timetable.find(start, now)
    if span is None or not has_room(span, timetable.rules, _taken(db, community, tour_type, span, besides)):
        raise SlotClosed
    return span


def _taken(db: Connection, community: ServedCommunity, tour_type: TourType, span: Span, besides: str) -> list[Span]:
    """How many tours agents lead at once is theirs to say: Knock offers only what their calendar allows."""
    if tour_type is not TourType.SELF_GUIDED:
        return []
    return spans_taken(db, community.community_id, span.start, span.end, besides)


def offset_at(via: Collaborators, community_id: str, at: datetime, otherwise: timedelta, now: datetime) -> timedelta:
    """The property's UTC offset at an instant: that of Knock's nearest offered start, for Knock names no time zone."""
    try:
        offer = via.offered.get(community_id, True, now)
    except PartnerError:
        return otherwise
    nearest = min(offer.times, key=lambda start: abs(start - at), default=None)
    offset = nearest.utcoffset() if nearest else None
    return otherwise if offset is None else offset
