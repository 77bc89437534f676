"""The lock system's answers and callbacks (design: Standard Webhooks envelope `{type, timestamp, data}`)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.base import MaybeInstant, PartnerSchema, one_line

_NAME = validate.Length(min=1, max=200)


class GrantAnswer(PartnerSchema):
    """A 200 to `access.grant_requested`: the code that opens the doors."""

    code = fields.String(required=True, validate=one_line(64))


class CallbackData(PartnerSchema):
    """What happened, at which door, for which tour or grant."""

    tour_id = fields.String(load_default=None, allow_none=True, validate=_NAME)
    grant_id = fields.String(load_default=None, allow_none=True, validate=_NAME)
    door = fields.String(load_default=None, allow_none=True, validate=_NAME)
    unit_name = fields.String(load_default=None, allow_none=True, validate=_NAME)
    method = fields.String(load_default=None, allow_none=True, validate=_NAME)
    code = fields.String(load_default=None, allow_none=True, validate=one_line(64))
    occurred_at = MaybeInstant()

    @validates_schema
    def _about_something(self, loaded: Mapping[str, Any], **_: Any) -> None:
        if not loaded.get("tour_id") and not loaded.get("grant_id"):
            raise ValidationError("Give tourId or grantId.", "tourId")


class Callback(PartnerSchema):
    """The body of `POST /webhooks/access`."""

    type = fields.String(required=True, validate=_NAME)
    timestamp = MaybeInstant()
    data = fields.Nested(CallbackData, required=True)
