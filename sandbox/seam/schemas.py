"""What Seam accepts of what its reference lists; unknown fields and nulls are refused."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, OneOf, Regexp

_TEXT = Length(min=1)
_KEY = Regexp(r"\S(?:.*\S)?\Z", error="Must not begin or end with a space.")


def _moment(**options: Any) -> fields.AwareDateTime:
    return fields.AwareDateTime(format="iso", **options)


def check_window(asked: dict[str, Any]) -> None:
    """A window that begins before it ends."""
    if "starts_at" in asked and "ends_at" in asked and asked["ends_at"] <= asked["starts_at"]:
        raise ValidationError("Must be after starts_at.", "ends_at")


class UserIdentitySchema(Schema):
    """Whose access it will be; made together with the grant."""

    full_name = fields.String(required=True, validate=_TEXT)
    email_address = fields.Email()
    phone_number = fields.String(validate=Regexp(r"\+[1-9][0-9]{6,14}\Z"))


class MethodSchema(Schema):
    """One way of opening doors."""

    mode = fields.String(required=True, validate=OneOf(["code", "mobile_key"]))


class CreateSchema(Schema):
    """access_grants/create. A grant without an end is for residents, so both times are needed here."""

    user_identity = fields.Nested(UserIdentitySchema, required=True)
    device_ids = fields.List(fields.UUID(), required=True, validate=_TEXT)
    requested_access_methods = fields.List(fields.Nested(MethodSchema), required=True, validate=_TEXT)
    starts_at = _moment(required=True)
    ends_at = _moment(required=True)
    access_grant_key = fields.String(validate=_KEY)

    @validates_schema
    def ends_after_it_starts(self, asked: dict[str, Any], **kwargs: Any) -> None:
        """An empty window would never open a door."""
        check_window(asked)


class GetSchema(Schema):
    """access_grants/get: by Seam's id or by the caller's key."""

    access_grant_id = fields.UUID()
    access_grant_key = fields.String(validate=_KEY)

    @validates_schema
    def by_one_of_them(self, asked: dict[str, Any], **kwargs: Any) -> None:
        """Exactly one."""
        if len(asked) != 1:
            raise ValidationError("Give access_grant_id or access_grant_key.", "access_grant_id")


class UpdateSchema(Schema):
    """access_grants/update: only times can change."""

    access_grant_id = fields.UUID(required=True)
    starts_at = _moment()
    ends_at = _moment()

    @validates_schema
    def ends_after_it_starts(self, asked: dict[str, Any], **kwargs: Any) -> None:
        """As far as both are given."""
        check_window(asked)


class DeleteSchema(Schema):
    """access_grants/delete."""

    access_grant_id = fields.UUID(required=True)


class MethodIdSchema(Schema):
    """access_methods/get."""

    access_method_id = fields.UUID(required=True)
