"""What Knock accepts. Unknown fields are refused: a misspelt one must not pass for sent."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf, Range, Regexp

from sandbox.knock.model import TourType
from sandbox.request_fields import StrictBoolean, calendar_day

BEDROOMS = ("STUDIO", "1_BEDROOM", "2_BEDROOMS", "3_OR_MORE_BEDROOMS")
PETS = ("CAT", "LARGE_DOG", "SMALL_DOG")


class _Contact(Schema):
    firstName = fields.String(required=True, validate=Length(min=1))
    lastName = fields.String(required=True, validate=Length(min=1))
    email = fields.Email()
    phone = fields.String(validate=Regexp(r"\+?[\d\s().-]+$"))
    moveDate = fields.String(validate=calendar_day)
    bedrooms = fields.List(fields.String(validate=OneOf(BEDROOMS)))
    occupants = fields.Integer(strict=True, validate=Range(min=1))
    leaseTermMonths = fields.Integer(strict=True, validate=Range(min=1))
    minBudget = fields.Integer(strict=True, validate=Range(min=0))
    maxBudget = fields.Integer(strict=True, validate=Range(min=0))

    @validates_schema
    def can_be_reached(self, answers: dict[str, Any], **kwargs: Any) -> None:
        """Prospects are told apart by e-mail and phone, so one of them is needed."""
        if not answers.get("email") and not answers.get("phone"):
            raise ValidationError("An email or a phone is required.")
        if "phone" in answers and len(re.sub(r"\D", "", answers["phone"])) < 10:
            raise ValidationError("Not a valid phone number.", "phone")


class ProfileSchema(_Contact):
    """`profile` of an appointment request."""

    pets = fields.List(fields.String(validate=OneOf(PETS)))


class ProspectSchema(_Contact):
    """POST /prospect: flat, and without pets."""

    communityId = fields.String(required=True)
    sourceTitle = fields.String()
    autorespond = StrictBoolean(load_default=True)


class RequestedTimeSchema(Schema):
    """One entry of `requestedTimes`."""

    startTime = fields.AwareDateTime(required=True, format="iso")
    endTime = fields.AwareDateTime(format="iso")

    @validates_schema
    def ends_after_it_starts(self, time: dict[str, Any], **kwargs: Any) -> None:
        """Whoever gives an end gives one after the start."""
        if "endTime" in time and "startTime" in time and time["endTime"] <= time["startTime"]:
            raise ValidationError("Must be after startTime.", "endTime")


class AppointmentSchema(Schema):
    """POST /appointment/request (Scheduling API; Self-Guided Appointment API, step 3)."""

    communityId = fields.String(required=True)
    profile = fields.Nested(ProfileSchema, required=True)
    requestedTimes = fields.List(fields.Nested(RequestedTimeSchema), required=True, validate=Length(min=1))
    smsConsent = StrictBoolean()
    sourceTitle = fields.String()
    tourType = fields.Enum(TourType, by_value=True, load_default=TourType.IN_PERSON)

    @validates_schema
    def self_guided_tours_have_an_end(self, ask: dict[str, Any], **kwargs: Any) -> None:
        """The vendor says how long the prospect will be on their own."""
        endless = [time for time in ask.get("requestedTimes", []) if "endTime" not in time]
        if endless and ask.get("tourType") is TourType.SELF_GUIDED:
            raise ValidationError("endTime is required for SELF_GUIDED.", "requestedTimes")


class VisitSchema(Schema):
    """POST /visit (Self-Guided Appointment API, "Visit Event Creation")."""

    prospectId = fields.String(required=True)
    visitTime = fields.AwareDateTime(required=True, format="iso")
    appointmentId = fields.String()
    isSelfGuided = StrictBoolean()
    sourceTitle = fields.String()
    unitNames = fields.List(fields.String())
