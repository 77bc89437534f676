"""What the lock system accepts; unknown fields are refused."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length

from sandbox.lock.model import Grant

_TEXT = Length(min=1)


class HolderSchema(Schema):
    """Whose code it will be."""

    firstName = fields.String(required=True, validate=_TEXT)
    lastName = fields.String(required=True, validate=_TEXT)


class GrantSchema(Schema):
    """`data` of `access.grant_requested`."""

    grantId = fields.String(required=True, validate=_TEXT)
    tourId = fields.String(required=True, validate=_TEXT)
    communityId = fields.String(required=True, validate=_TEXT)
    startsAt = fields.AwareDateTime(required=True, format="iso")
    endsAt = fields.AwareDateTime(required=True, format="iso")
    unitNames = fields.List(fields.String(), required=True)
    holder = fields.Nested(HolderSchema, required=True)

    @validates_schema
    def ends_after_it_starts(self, asked: dict[str, Any], **kwargs: Any) -> None:
        """An empty window would never open a door."""
        if "endsAt" in asked and "startsAt" in asked and asked["endsAt"] <= asked["startsAt"]:
            raise ValidationError("Must be after startsAt.", "endsAt")


class RevocationSchema(Schema):
    """`data` of `access.revoke_requested`."""

    grantId = fields.String(required=True, validate=_TEXT)


class RequestSchema(Schema):
    """The envelope of both."""

    type = fields.String(required=True)
    timestamp = fields.AwareDateTime(required=True, format="iso")
    data = fields.Dict(required=True)


def as_grant(asked: dict[str, Any]) -> Grant:
    """A grant without a code yet."""
    return Grant(
        grant_id=asked["grantId"],
        tour_id=asked["tourId"],
        community_id=asked["communityId"],
        starts_at=asked["startsAt"],
        ends_at=asked["endsAt"],
        unit_names=asked["unitNames"],
        first_name=asked["holder"]["firstName"],
        last_name=asked["holder"]["lastName"],
    )
