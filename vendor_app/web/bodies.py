"""Reading requests: queries of any bytes, the one way in for JSON, and webhook deliveries through their schema."""

import json
from typing import Any
from urllib.parse import quote_from_bytes

from flask import Request, request
from marshmallow import Schema, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from schemas.base import field_errors

_ASCII = bytes(range(128))


class AnyQueryRequest(Request):
    """A request whose query may hold bytes that are no text: they are read as if they had been escaped, as they should be."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.query_string.isascii():
            self.query_string = quote_from_bytes(self.query_string, _ASCII).encode()


def json_body() -> Any:
    """The body as JSON. Raises BadRequest, also for what no parser can hold: endless numbers, bottomless nesting."""
    try:
        return json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON that can be read.") from error


class BodyParser(FlaskParser):
    """Has flask-smorest read bodies through `json_body`."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Called by webargs; an empty body is one whose fields are all missing."""
        if not req.get_data(cache=True):
            return missing
        if not req.is_json:
            raise UnsupportedMediaType("Send the body as JSON, with `Content-Type: application/json`.")
        return json_body()


def load_delivery(schema: Schema) -> Any:
    """A webhook's body through its schema. Raises BadRequest that names what is wrong with it."""
    try:
        return schema.load(json_body())
    except ValidationError as error:
        raise bad_delivery(error) from error


def bad_delivery(error: ValidationError, where: str = "") -> BadRequest:
    """A delivery that does not fit its contract, or the part of it at `where`; values are not repeated."""
    said = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in field_errors(error.messages, where).items())
    return BadRequest(f"The delivery does not fit the contract. {said}")
