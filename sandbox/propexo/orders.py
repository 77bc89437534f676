"""An order in Propexo's words, as the request that Knock understands."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sandbox.knock.model import TourType
from sandbox.propexo.directory import ATTRIBUTIONS, COMMUNITIES

BEDROOMS = ("STUDIO", "1_BEDROOM", "2_BEDROOMS", "3_OR_MORE_BEDROOMS")
_SAME = {
    "email_1": "email",
    "phone_1": "phone",
    "move_in_date": "moveDate",
    "number_of_occupants": "occupants",
    "lease_term_in_months": "leaseTermMonths",
}
_CENTS = {"rent_minimum_in_cents": "minBudget", "rent_maximum_in_cents": "maxBudget"}


def knock_request(order: Mapping[str, Any]) -> dict[str, Any]:
    """What a loaded appointment request would be. Nothing in an order says the kind of tour: it is a self-guided one."""
    return {
        "communityId": COMMUNITIES[order["community_id"]],
        "profile": _profile(order),
        "requestedTimes": [{"startTime": starts(order)}],
        "smsConsent": False,
        "sourceTitle": ATTRIBUTIONS[order["attribution_id"]],
        "tourType": TourType.SELF_GUIDED,
    }


def starts(order: Mapping[str, Any]) -> datetime:
    """The moment meant by date and time, which are in UTC."""
    return datetime.combine(date.fromisoformat(order["appointment_date"]), time.fromisoformat(order["appointment_time"]), UTC)


def _profile(order: Mapping[str, Any]) -> dict[str, Any]:
    profile = {theirs: order[ours] for ours, theirs in _SAME.items() if ours in order}
    profile |= {theirs: order[ours] // 100 for ours, theirs in _CENTS.items() if ours in order}
    if "desired_num_bedrooms" in order:
        profile["bedrooms"] = [BEDROOMS[number] for number in order["desired_num_bedrooms"]]
    return profile | {"firstName": order.get("first_name", ""), "lastName": order["last_name"]}
