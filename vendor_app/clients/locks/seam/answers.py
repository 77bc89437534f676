"""Seam's answers and events, snake_case (its public reference: access_grants, access_methods, events)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate

from schemas import propexo
from schemas.base import Flag, Id, MaybeInstant, one_line
from schemas.pins import without_pins

_NAME = validate.Length(min=1, max=200)


class _SeamSchema(Schema):
    class Meta:
        unknown = EXCLUDE


class Failure(propexo.Failure):
    """A failure's body, `{"error": {"type", "message", …}}`, as Knock's `Refusal` names it; PINs are taken out of the message."""

    @pre_load
    def _type_is_the_code(self, answer: Any, **_: Any) -> Any:
        error = answer.get("error") if isinstance(answer, Mapping) else None
        if not isinstance(error, Mapping) or not isinstance(error.get("type"), str):
            raise ValidationError("Has no type.")
        message = error.get("message")
        return {"error": {"code": error["type"], "message": without_pins(message) if isinstance(message, str) else ""}}


class _Codes(fields.List[dict[str, Any]]):
    """A list of errors, warnings or mutations, as their codes: their messages may name the prospect or the PIN."""

    def __init__(self, name: str) -> None:
        super().__init__(fields.Dict(), load_default=list)
        self._code_name = name

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        listed = super()._deserialize(value, attr, data, **kwargs)
        return [_code((one or {}).get(self._code_name)) for one in listed]


def _code(code: Any) -> str:
    named = str(code or "")
    return named if named.isascii() and named.replace("_", "").isalpha() and len(named) <= 100 else "unnamed"


class RequestedMethod(_SeamSchema):
    """What was asked for, and the access methods made for it."""

    mode = fields.String(required=True, validate=_NAME)
    created_access_method_ids = fields.List(Id(), load_default=list)


class AccessGrant(_SeamSchema):
    """An access grant."""

    access_grant_id = Id(required=True, validate=_NAME)
    access_method_ids = fields.List(Id(), load_default=list)
    requested_access_methods = fields.List(fields.Nested(RequestedMethod), load_default=list)
    starts_at = MaybeInstant()
    ends_at = MaybeInstant()
    instant_key_url = fields.Url(load_default=None, allow_none=True, schemes={"https"})
    errors = _Codes("error_code")
    warnings = _Codes("warning_code")
    pending_mutations = _Codes("mutation_code")


class AccessMethod(_SeamSchema):
    """An access method. `code` opens doors only when it `is_issued`."""

    access_method_id = Id(required=True, validate=_NAME)
    mode = fields.String(required=True, validate=_NAME)
    is_issued = Flag(load_default=False)
    code = fields.String(load_default=None, allow_none=True, validate=one_line(64))
    instant_key_url = fields.Url(load_default=None, allow_none=True, schemes={"https"})


class GrantAnswer(_SeamSchema):
    """create and get."""

    access_grant = fields.Nested(AccessGrant, required=True)


class MethodAnswer(_SeamSchema):
    """access_methods/get."""

    access_method = fields.Nested(AccessMethod, required=True)


def _maybe_id() -> Id:
    return Id(load_default=None, allow_none=True, validate=_NAME)


class SeamEvent(_SeamSchema):
    """The body of `POST /webhooks/seam`: flat, whatever it tells of.

    Door events name a device and maybe an access code, never a grant; events about access methods name several grants.
    `access_grant_ids` and `access_grant_keys` hold them all, also the single one; our grant's id is Seam's key.
    `code` is in clear: what is stored is `redacted`.
    """

    event_type = fields.String(required=True, validate=_NAME)
    event_id = Id(required=True, validate=_NAME)
    occurred_at = MaybeInstant()
    device_id = _maybe_id()
    access_grant_id = _maybe_id()
    access_grant_key = _maybe_id()
    access_grant_ids = fields.List(Id(validate=_NAME), load_default=list, allow_none=True)
    access_grant_keys = fields.List(Id(validate=_NAME), load_default=list, allow_none=True)
    access_method_id = _maybe_id()
    access_code_id = _maybe_id()
    access_code_is_managed = Flag(load_default=None, allow_none=True)
    method = fields.String(load_default=None, allow_none=True, validate=_NAME)
    code = fields.String(load_default=None, allow_none=True, validate=one_line(64))

    @post_load
    def _all_grants(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        for name in ("id", "key"):
            single, several = loaded[f"access_grant_{name}"], loaded[f"access_grant_{name}s"] or []
            loaded[f"access_grant_{name}s"] = list(dict.fromkeys([*([single] if single else []), *several]))
        return loaded
