"""A prospect's booking, from the JSON API and from the page's form alike. Field names are Knock's (Scheduling API)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_dump, validate, validates_schema

from schemas.base import CamelSchema, Flag, Instant, PartnerSchema, Whole, mail_address, one_line, phone_number
from vendor_app.domain import TourType

BEDROOMS = ("STUDIO", "1_BEDROOM", "2_BEDROOMS", "3_OR_MORE_BEDROOMS")
PETS = ("CAT", "SMALL_DOG", "LARGE_DOG")
_NO_TIME = "Must be a time between 2000 and 2200 with its offset, as in 2026-01-31T15:30:00-08:00."
_KINDS: dict[str, Any] = {"unknown": f"Must be one of: {', '.join(TourType)}."}
_AMOUNT = validate.Range(min=0, max=1_000_000)


def _described(description: str, **more: Any) -> dict[str, Any]:
    """What the description of the API says about a field."""
    return {"description": description, **more}


class Profile(CamelSchema):
    """Who is coming, as Knock takes it; an e-mail address or a phone number is needed.

    Budgets are whole dollars a month. Whole numbers are written without a decimal point.
    """

    also: ClassVar[dict[str, Any]] = {
        "if": {"properties": {"email": False}},  # so it is where there is none
        "then": {"required": ["phone"], "properties": {"phone": {}}},
    }

    first_name = fields.String(required=True, validate=one_line(100))
    last_name = fields.String(required=True, validate=one_line(100))
    email = fields.String(validate=mail_address, metadata=_described("One we can write to, in plain letters", format="email"))
    phone = fields.String(
        validate=phone_number, metadata=_described("With its area code; without a country code, North American")
    )
    move_date = fields.Date()
    bedrooms = fields.List(fields.String(validate=validate.OneOf(BEDROOMS)), validate=validate.Length(max=4))
    occupants = Whole(validate=validate.Range(min=1, max=50))
    lease_term_months = Whole(validate=validate.Range(min=1, max=120))
    min_budget = Whole(validate=_AMOUNT)
    max_budget = Whole(validate=_AMOUNT)
    pets = fields.List(fields.String(validate=validate.OneOf(PETS)), validate=validate.Length(max=3))

    @validates_schema
    def _reachable(self, loaded: Mapping[str, Any], **_: Any) -> None:
        if not loaded.get("email") and not loaded.get("phone"):
            raise ValidationError("Give an e-mail address or a phone number.", "email")

    @validates_schema
    def _budget_in_order(self, loaded: Mapping[str, Any], **_: Any) -> None:
        if loaded.get("min_budget", 0) > loaded.get("max_budget", 1_000_000):
            raise ValidationError("Must not be below the least budget.", "maxBudget")

    @post_dump
    def _only_what_was_given(self, dumped: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in dumped.items() if value is not None}


def _start_time() -> Instant:
    return Instant(
        required=True,
        error_messages={"required": "Pick a time.", "invalid": _NO_TIME, "invalid_awareness": _NO_TIME},
        metadata=_described("One of the open times, with any offset"),
    )


def _tour_type() -> fields.Enum[TourType]:
    return fields.Enum(
        TourType,
        by_value=True,
        load_default=TourType.SELF_GUIDED,
        error_messages=_KINDS,
        metadata=_described("`SELF_GUIDED` unless given; tours that agents lead only where the community offers them"),
    )


class TimesQuery(PartnerSchema):
    """The query of `GET …/times`; other parameters are left alone."""

    tour_type = _tour_type()


class Reschedule(CamelSchema):
    """The body of `POST …/reschedule`."""

    start_time = _start_time()


class Finish(CamelSchema):
    """The body of `POST …/finish`: the units the prospect says they have seen. Kept as their word; it proves nothing."""

    unit_names = fields.List(fields.String(validate=one_line(50)), load_default=list, validate=validate.Length(max=20))


class TypedCode(CamelSchema):
    """The body of `POST …/verification`: the code that was sent. Without one, a code is sent."""

    code = fields.String(
        load_default=None, allow_none=True, validate=one_line(20), metadata=_described("What came; spaces do not matter")
    )


class BookTour(CamelSchema):
    """The body of `POST /api/v1/tours`."""

    arrival_id = fields.String(
        allow_none=True,
        validate=validate.Length(min=1, max=100),
        metadata=_described("How they came, from the address `/book/{arrivalId}` that Doorway's link leads to"),
    )
    community_id = fields.String(required=True, validate=one_line(100))
    source_title = fields.String(
        allow_none=True,
        metadata=_described("Knock's marketing source, byte for byte; without it, the arrival's or the community's"),
    )
    tour_type = _tour_type()
    start_time = _start_time()
    profile = fields.Nested(Profile, required=True)
    sms_consent = Flag(
        load_default=False, metadata=_described("Whether they agreed to text messages; they have not unless it is said")
    )
    sms_consent_wording = fields.String(
        allow_none=True,
        validate=validate.Length(min=1, max=5000),
        metadata=_described("The words they saw when they answered whether they want text messages; kept as evidence"),
    )
    unit_names = fields.List(
        fields.String(validate=one_line(50)),
        load_default=list,
        validate=validate.Length(max=20),
        metadata=_described("The units they want to see"),
    )


PROFILE_FIELDS = tuple(Profile().fields[name].data_key or name for name in Profile().fields)
_LISTS, _WHOLES = ("bedrooms", "pets"), ("occupants", "leaseTermMonths", "minBudget", "maxBudget")


def from_form(form: Any, community_id: str, arrival_id: str) -> dict[str, Any]:
    """The page's flat form (a MultiDict) as the JSON body that says the same; empty inputs are left out."""
    profile: dict[str, Any] = {}
    for name in PROFILE_FIELDS:
        values = [value.strip() for value in form.getlist(name) if value.strip()]
        if values:
            profile[name] = values if name in _LISTS else _number(values[0]) if name in _WHOLES else values[0]
    start = {name: form[name] for name in ("startTime", "tourType") if form.get(name)}
    units = [unit.strip() for line in form.getlist("unitNames") for unit in line.split(",") if unit.strip()]
    return {
        "arrivalId": arrival_id,
        "communityId": community_id,
        **start,
        "profile": profile,
        "smsConsent": form.get("smsConsent") in ("true", "on", "1"),
        "unitNames": units,
    }


def _number(text: str) -> Any:
    plain = text.replace("$", "").replace(",", "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else text
