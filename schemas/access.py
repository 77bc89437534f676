"""What passes between us and a lock system (design: Standard Webhooks envelope `{type, timestamp, data}`)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.base import AnswerSchema, Flag, MaybeInstant, PartnerSchema, one_line

_NAME = validate.Length(min=1, max=200)


class GrantAnswer(PartnerSchema):
    """A 200 to `access.grant_requested`: the code that opens the doors."""

    code = fields.String(required=True, validate=one_line(64))


class Failure(PartnerSchema):
    """The body of a failure; the contract leaves open what stands in it."""

    error_message = fields.String(load_default="", allow_none=True)
    error_code = fields.String(load_default=None, allow_none=True)


class CallbackData(PartnerSchema):
    """What happened, at which door, for which tour or grant; one of the two must be named."""

    also: ClassVar[dict[str, Any]] = {
        "if": {"properties": {"tourId": {"type": "null"}}},
        "then": {"properties": {"grantId": {"type": "string"}}, "required": ["grantId"]},
    }

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

    type = fields.String(
        required=True,
        validate=_NAME,
        metadata={
            "description": "`access.credential_ready`, `access.credential_failed`, `access.door_unlocked`, `access.denied` or "
            "`access.tour_ended`; others are kept and change nothing"
        },
    )
    timestamp = MaybeInstant()
    data = fields.Nested(CallbackData, required=True)


class Taken(AnswerSchema):
    """The answer to a callback: whether it was `new`, or had come before."""

    new = Flag(required=True)


class Holder(AnswerSchema):
    """Whose code it will be."""

    first_name = fields.String(required=True)
    last_name = fields.String(required=True)


class Grant(AnswerSchema):
    """Which doors are to open, and when: from `startsAt` to `endsAt`, and at no other time."""

    grant_id = fields.String(required=True)
    tour_id = fields.String(required=True)
    community_id = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    unit_names = fields.List(fields.String(), required=True)
    holder = fields.Nested(Holder, required=True)


class Revocation(AnswerSchema):
    """Which grant is over."""

    grant_id = fields.String(required=True)


class _Asked(AnswerSchema):
    type = fields.String(required=True)
    timestamp = fields.AwareDateTime(required=True)


class GrantRequested(_Asked):
    """What we ask when a tour's doors are to open."""

    data = fields.Nested(Grant, required=True)


class RevokeRequested(_Asked):
    """What we ask when they are to open no more."""

    data = fields.Nested(Revocation, required=True)
