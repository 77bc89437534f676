"""A tour as the body of Propexo's Create Appointment: Knock.

It takes no end time, no units and no lease term above 18 months, and its values for pets are not documented: all that goes
into the notes, which the leasing team reads.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import phonenumbers

from schemas.propexo import plain_text
from vendor_app.domain import PropexoRules

_BEDROOMS = {"STUDIO": 0, "1_BEDROOM": 1, "2_BEDROOMS": 2, "3_OR_MORE_BEDROOMS": 3}
_LEASE_TERMS = range(1, 19)
_LONGEST_NOTES = 1000
_MOST_DIGITS = 50
_OF_PROSPECT = {
    "first_name": "firstName",
    "last_name": "lastName",
    "email_1": "email",
    "phone_1": "phone",
    "move_in_date": "moveDate",
    "number_of_occupants": "occupants",
    "lease_term_in_months": "leaseTermMonths",
    "rent_minimum_in_cents": "minBudget",
    "rent_maximum_in_cents": "maxBudget",
    "desired_num_bedrooms": "bedrooms",
    "pets": "pets",
}
_NOTHING: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True, kw_only=True)
class AppointmentOrder:
    """A tour to be booked. Times are aware, in the property's offset; `profile` is Knock's, as schemas.booking dumps it."""

    rules: PropexoRules
    start: datetime
    end: datetime
    profile: Mapping[str, Any]
    unit_names: list[str]
    source_title: str | None


def appointment_body(order: AppointmentOrder) -> dict[str, Any]:
    """The body of `POST /crm/v1/appointments/knock`; what was not given is left out. Date and time are in UTC."""
    rules, start = order.rules, order.start.astimezone(UTC)
    body = {
        "integration_id": rules.integration_id,
        "community_id": rules.community_id,
        "attribution_id": rules.attribution_of(order.source_title),
        "appointment_date": start.date().isoformat(),
        "appointment_time": start.strftime("%H:%M:%S"),
        **_prospect(order.profile),
        "notes": _notes(order),
        "tour_type": rules.tour_type,
        "first_contact_type": rules.first_contact_type,
    }
    return {name: value for name, value in body.items() if value not in _NOTHING}


def own_fields(fields: Sequence[str]) -> list[str]:
    """Propexo's field names as those of Knock's profile; none when one of them is not given by the prospect."""
    return [_OF_PROSPECT[name] for name in fields] if all(name in _OF_PROSPECT for name in fields) else []


def _prospect(profile: Mapping[str, Any]) -> dict[str, Any]:
    term = profile.get("leaseTermMonths")
    return {
        "first_name": profile.get("firstName"),
        "last_name": profile["lastName"],
        "email_1": profile.get("email"),
        "phone_1": _phone(profile.get("phone") or ""),
        "move_in_date": profile.get("moveDate"),
        "number_of_occupants": profile.get("occupants"),
        "lease_term_in_months": term if term in _LEASE_TERMS else None,
        "rent_minimum_in_cents": _cents(profile.get("minBudget")),
        "rent_maximum_in_cents": _cents(profile.get("maxBudget")),
        "desired_num_bedrooms": sorted({_BEDROOMS[one] for one in profile.get("bedrooms", [])}),
    }


def _phone(text: str) -> str | None:
    """The number in E.164, North American without a country code; one that cannot be a phone number as its digits."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return _digits(text)
    # A number without its area code would become somebody else's with +1 in front.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return _digits(text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _digits(text: str) -> str | None:
    digits = re.sub(r"[^0-9]", "", text)
    return digits if len(digits) <= _MOST_DIGITS else None


def _cents(dollars: int | None) -> int | None:
    return dollars * 100 if dollars and dollars >= 1 else None


def _notes(order: AppointmentOrder) -> str:
    """The most important first, for the end may be cut off."""
    said = [f"Self-guided tour until {order.end:%H:%M} ({order.end.isoformat(timespec='seconds')})."]
    if order.unit_names:
        said.append(f"Units asked for: {', '.join(order.unit_names)}.")
    if pets := order.profile.get("pets"):
        said.append(f"Pets: {', '.join(pet.lower().replace('_', ' ') for pet in pets)}.")
    term = order.profile.get("leaseTermMonths")
    if term is not None and term not in _LEASE_TERMS:
        said.append(f"Lease term wanted: {term} months.")
    title = order.source_title or ""
    if title.strip() and title not in order.rules.attributions:
        said.append(f"Source: {title}")
    return _cut(plain_text(" ".join(said)))


def _cut(text: str) -> str:
    """At most 1000 characters by any count: in UTF-16, as many systems count, an emoji has two."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST_NOTES:
        return text
    return units[: 2 * (_LONGEST_NOTES - 1)].decode("utf-16-le", errors="ignore") + "…"
