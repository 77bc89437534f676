"""What every call to Knock must bring along: the right key, and JSON where there is a body."""

from typing import Any

from flask import Response, jsonify, request
from marshmallow import Schema, ValidationError

from sandbox.knock.refusal import Refusal
from sandbox.request_fields import complaints


def check_key(right: str, other: str) -> None:
    """401 without a known key; 403 with the one Knock gave for its other calls."""
    key = request.headers.get("x-api-key")
    if key == other:
        raise Refusal(403, "This API key may not be used for this call.")
    if key != right:
        raise Refusal(401, "The API key is missing or unknown.")


def body(schema: Schema) -> dict[str, Any]:
    """The request's JSON body, if it is as `schema` wants it."""
    if request.mimetype != "application/json":
        raise Refusal(400, "Content-Type must be application/json.")
    try:
        loaded: dict[str, Any] = schema.load(request.get_json(silent=True) or {})
    except ValidationError as error:
        raise Refusal(400, complaints(error)) from error
    return loaded


def refuse(refusal: Refusal) -> tuple[Response, int]:
    """The error handler of Knock's blueprints."""
    answer = {"errorMessage": refusal.message}
    return jsonify({"errorCode": refusal.code} | answer if refusal.code else answer), refusal.status
