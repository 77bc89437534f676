"""Which times a community offers: pure functions of its zone, its appointments and the present moment."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sandbox.knock.model import Appointment, Community, Status, TourType

TOUR = timedelta(minutes=30)  # as long as the appointment in the webhook's example
DAYS = 14
MARK = timedelta(minutes=10)
MARKS_AT_ANY_HOUR = 3


def open_times(community: Community, self_guided: bool, appointments: Iterable[Appointment], now: datetime) -> list[datetime]:
    """Start times still to be had, in the community's own offset, earliest first."""
    return list(_open_times(community, self_guided, appointments, now))


def next_times(
    community: Community, self_guided: bool, appointments: Iterable[Appointment], now: datetime, how_many: int
) -> list[datetime]:
    """The first few of the open times; the rest of the calendar is not looked at."""
    return list(islice(_open_times(community, self_guided, appointments, now), how_many))


def offered(community: Community, self_guided: bool, now: datetime) -> list[datetime]:
    """The start times on the calendar, taken or not, in the community's own offset."""
    zone = ZoneInfo(community.time_zone)
    if community.offered is not None:
        starts: Iterable[datetime] = community.offered
    else:
        starts = _self_guided(zone, now) if self_guided else _in_person(zone, now)
    return [start.astimezone(zone) for start in sorted({start.astimezone(UTC) for start in starts}) if start > now]


def busy_with(community: Community, self_guided: bool, appointments: Iterable[Appointment]) -> list[Appointment]:
    """The appointments of one kind that hold a place; in-person tours do not block self-guided ones."""
    confirmed = (one for one in appointments if one.status is Status.CONFIRMED)
    here = (one for one in confirmed if one.community_id == community.community_id)
    return [one for one in here if (one.tour_type is TourType.SELF_GUIDED) is self_guided]


def is_free(start: datetime, end: datetime, busy: Iterable[Appointment], at_once: int = 1) -> bool:
    """Whether fewer than `at_once` of those in `busy` overlap; appointments may touch."""
    return sum(start < one.end and one.start < end for one in busy) < at_once


def capacity(community: Community, self_guided: bool) -> int:
    """How many tours of a kind the calendar takes at once; an agent leads one at a time."""
    return community.at_once if self_guided else 1


def _open_times(
    community: Community, self_guided: bool, appointments: Iterable[Appointment], now: datetime
) -> Iterator[datetime]:
    busy, at_once = busy_with(community, self_guided, appointments), capacity(community, self_guided)
    return (start for start in offered(community, self_guided, now) if is_free(start, start + TOUR, busy, at_once))


def _self_guided(zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """Every 10 minutes today, half-hours afterwards, and at any hour the next few marks, to play at once."""
    today = now.astimezone(zone).date()
    yield from _next_marks(now)
    yield from _grid(today, time(8), time(20), MARK, zone)
    for day in range(1, DAYS):
        yield from _grid(today + timedelta(days=day), time(8), time(20), TOUR, zone)


def _in_person(zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    today = now.astimezone(zone).date()
    for day in range(DAYS):
        yield from _grid(today + timedelta(days=day), time(9), time(17), TOUR, zone)


def _next_marks(now: datetime) -> Iterator[datetime]:
    step = int(MARK.total_seconds())
    last = int(now.timestamp()) // step * step
    for number in range(1, MARKS_AT_ANY_HOUR + 1):
        yield datetime.fromtimestamp(last + number * step, UTC)


def _grid(day: date, opening: time, closing: time, step: timedelta, zone: ZoneInfo) -> Iterator[datetime]:
    start, end = datetime.combine(day, opening, zone), datetime.combine(day, closing, zone)
    while start < end:  # within one zone Python compares and adds wall-clock time, which is what a grid is
        yield start
        start += step
