"""The one call of the lock system: POST /lock, signed by the vendor the same way as our callbacks."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError

from sandbox.current import current
from sandbox.lock.refusal import Refusal
from sandbox.lock.schemas import GrantSchema, RequestSchema, RevocationSchema, as_grant
from sandbox.request_fields import complaints
from vendor_app.signatures import BadSignature, verify

lock = Blueprint("lock", __name__)
_request, _grant, _revocation = RequestSchema(), GrantSchema(), RevocationSchema()


@lock.post("/lock")
def take_request() -> ResponseReturnValue:
    """Authenticate, then hand over by type."""
    _authenticate()
    asked = _load(_request, request.get_json(force=True, silent=True))
    if asked["type"] not in _HANDLERS:
        raise Refusal(400, f"type: {asked['type']} is not known here.")
    return _HANDLERS[asked["type"]](asked["data"])


@lock.errorhandler(Refusal)
def refuse(refusal: Refusal) -> tuple[Response, int]:
    """Every refusal has one form."""
    return jsonify({"error": refusal.message}), refusal.status


def _authenticate() -> None:
    sandbox, headers = current(), {name.lower(): value for name, value in request.headers.items()}
    try:
        verify([sandbox.settings.access_secret], headers, request.get_data(), sandbox.clock())
    except BadSignature as error:
        raise Refusal(401, str(error)) from error


def _issue(data: dict[str, Any]) -> ResponseReturnValue:
    code = current().lock.issue(as_grant(_load(_grant, data)))
    return ({"code": code}, 200) if code else ({}, 202)


def _revoke(data: dict[str, Any]) -> ResponseReturnValue:
    current().lock.revoke(_load(_revocation, data)["grantId"])
    return {}, 200


def _load(schema: Schema, content: Any) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(content)
    except ValidationError as error:
        raise Refusal(400, complaints(error)) from error
    return loaded


_HANDLERS: dict[str, Callable[[dict[str, Any]], ResponseReturnValue]] = {
    "access.grant_requested": _issue,
    "access.revoke_requested": _revoke,
}
