"""The rules of POST /appointment/request, once the request is known to be well formed. They change nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sandbox.knock.model import Appointment, Community, Prospect, Status, TourType
from sandbox.knock.refusal import Refusal, time_is_taken
from sandbox.knock.rules.calendar import TOUR, busy_with, capacity, is_free, offered


def check_tour_type(community: Community, tour_type: TourType) -> None:
    """Scheduling API: an attempt to use a tour type that is not supported is an error."""
    if tour_type not in community.tour_types:
        raise Refusal(400, f"Tour type {tour_type} is not supported by this community.")


def upcoming(appointments: Iterable[Appointment], prospect: Prospect | None, now: datetime) -> Appointment | None:
    """The appointment a new booking replaces (Scheduling API: "cancel the old appointment and schedule the new")."""
    own = (one for one in appointments if prospect and one.prospect_id == prospect.prospect_id)
    return next((one for one in own if one.status is Status.CONFIRMED and one.start > now), None)


def times_of(time: dict[str, datetime]) -> tuple[datetime, datetime]:
    """Start and end of one requested time; without an end it takes as long as tours usually do."""
    return time["startTime"], time.get("endTime") or time["startTime"] + TOUR


def place(
    community: Community, ask: dict[str, Any], appointments: Iterable[Appointment], now: datetime
) -> tuple[datetime, datetime]:
    """The first requested time that is offered and free; leave the appointment to be replaced out."""
    self_guided = ask["tourType"] == TourType.SELF_GUIDED
    starts, busy = offered(community, self_guided, now), busy_with(community, self_guided, appointments)
    for time in ask["requestedTimes"]:
        start, end = times_of(time)
        if start in starts and is_free(start, end, busy, capacity(community, self_guided)):
            return start, end
    raise time_is_taken()
