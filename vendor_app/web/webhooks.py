"""Reading a delivery's body."""

from typing import Any

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest

from schemas.base import field_errors


def load_delivery(schema: Schema) -> Any:
    """The body through its schema. Raises BadRequest that names what is wrong with it."""
    try:
        return schema.load(request.get_json(force=True))
    except ValidationError as error:
        raise bad_delivery(error) from error


def bad_delivery(error: ValidationError) -> BadRequest:
    """A delivery that does not fit its contract; values are not repeated."""
    said = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in field_errors(error.messages).items())
    return BadRequest(f"The delivery does not fit the contract. {said}")
