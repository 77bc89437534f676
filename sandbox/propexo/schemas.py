"""What Propexo accepts. Unknown fields and nulls are refused (Create Appointment: Knock)."""

from collections.abc import Mapping, Set
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, Range, Regexp

from sandbox.request_fields import calendar_day

ENUMS = ("pets", "first_contact_type", "tour_type")  # what values they may have is not documented
_TEXT = Length(min=1)
_TIME = Regexp(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\Z", error="Must be a time of day written as HH:MM:SS.")


class AppointmentSchema(Schema):
    """POST /crm/v1/appointments/knock; date and time are in UTC, and no end can be given."""

    integration_id = fields.String(required=True, validate=_TEXT)
    community_id = fields.String(required=True, validate=_TEXT)
    attribution_id = fields.String(required=True, validate=_TEXT)
    appointment_date = fields.String(required=True, validate=calendar_day)
    appointment_time = fields.String(required=True, validate=_TIME)
    last_name = fields.String(required=True, validate=_TEXT)
    first_name = fields.String(validate=_TEXT)
    email_1 = fields.Email()
    phone_1 = fields.String(validate=Regexp(r"\+?[0-9]{1,50}\Z"))
    move_in_date = fields.String(validate=calendar_day)
    number_of_occupants = fields.Integer(strict=True, validate=Range(min=1))
    lease_term_in_months = fields.Integer(strict=True, validate=Range(min=1, max=18))
    rent_minimum_in_cents = fields.Integer(strict=True, validate=Range(min=1))
    rent_maximum_in_cents = fields.Integer(strict=True, validate=Range(min=1))
    notes = fields.String(validate=Length(max=1000))
    desired_num_bedrooms = fields.List(fields.Integer(strict=True, validate=Range(min=0, max=3)))
    pets = fields.List(fields.String())
    first_contact_type = fields.String()
    tour_type = fields.String()

    @validates_schema
    def can_be_reached(self, order: dict[str, Any], **kwargs: Any) -> None:
        """Knock tells prospects apart by e-mail and phone, so one of them is needed."""
        if not order.get("email_1") and not order.get("phone_1"):
            raise ValidationError("email_1 or phone_1 is required.")


def check_values(order: Mapping[str, Any], allowed: Mapping[str, Set[str]]) -> None:
    """Only the values of ENUMS that somebody allowed; raises ValidationError."""
    given = {name: order[name] if name == "pets" else [order[name]] for name in ENUMS if name in order}
    wrong = {name: ["Not a valid choice."] for name, values in given.items() if not set(values) <= allowed[name]}
    if wrong:
        raise ValidationError(wrong)
