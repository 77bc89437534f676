"""The API's description (OpenAPI 3.1), as the code states it: schemas, statuses, headers. Finished once, then served as it is.

What every operation can answer is said here once; what only some can, each says with `problem`. A test brings each of them about.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from enum import Enum
from inspect import cleandoc
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, Response, json
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from schemas.tours import Problem
from vendor_app.web.bodies import BodyParser
from vendor_app.web.callbacks.lock_requests import LOCK_REQUESTS
from vendor_app.web.problems import PROBLEM_JSON, ProblemApi

_ABOUT = (
    "Times, bookings and tours, for sites and apps of your own; and what a lock system is asked and calls back.\n\n"
    "Names are camelCase, times ISO 8601 with the property's offset. Every error is `application/problem+json` (RFC 9457). "
    "Answers may gain fields.\n\n"
    "Not described here: the pages, the webhooks whose contracts are the partners' own, and what operators watch "
    "(`/healthz`, `/readyz`, `/metrics`)."
)

TOUR_TOKEN = "tourToken"  # noqa: S105 - a name, not a token
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "The `tourToken` that the booking was answered with: it opens one tour",
}
_HEADERS: dict[str, dict[str, Any]] = {
    "Cache-Control": {"description": "Nothing is kept by caches", "schema": {"type": "string", "const": "no-store"}},
    "Retry-After": {"description": "Seconds until it is worth trying again", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "How to be known", "schema": {"type": "string", "const": "Bearer"}},
}
_TOLD_BY = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
_PROBLEMS = {
    400: ("Unreadable", "The request cannot be read, or lacks a header"),
    401: ("Unauthorized", "Whoever asks is not known, or not the one who may"),
    404: ("NotFound", "There is no such community, or it takes no tours"),
    413: ("TooLarge", "The body has more than 1 MiB"),
    415: ("NotJson", "The body is not sent as JSON"),
    422: ("Invalid", "Some fields cannot be used; `errors` says what is wrong with which"),
    429: ("TooMany", "This was tried too often for now"),
    500: ("OurMistake", "Something went wrong on our side"),
    503: ("Unavailable", "Our database, or Knock, cannot be asked just now; nothing was done"),
}
_ANY_TIME = (500, 503)
_WITH_A_BODY = (400, 413, 415, 422)
_Doc = dict[str, Any]


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint of the JSON API; every operation of it needs `security`, and may answer the problems `also`."""

    ARGUMENTS_PARSER = BodyParser()

    def __init__(self, *args: Any, security: tuple[str, ...] = (), also: tuple[int, ...] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self._security: list[dict[str, list[str]]] = [{name: []} for name in security]
        self._also = also
        self._prepare_doc_cbks.append(self._say_what_all_can_answer)

    def problem(self, status: int, description: str = "") -> Callable[[Any], Any]:
        """State that an operation may answer this problem; without a description, for the usual reason."""
        if not description:
            return self.alt_response(status, _PROBLEMS[status][0])  # type: ignore[no-any-return]
        headers = _problem(status, description)["headers"]
        return self.alt_response(  # type: ignore[no-any-return]
            status, schema=Problem, content_type=PROBLEM_JSON, description=description, headers=headers
        )

    def _say_what_all_can_answer(self, doc: _Doc, _: _Doc, **__: Any) -> _Doc:
        """Called by flask-smorest for each operation, after its own parts."""
        usual = (*self._also, *_ANY_TIME, *(_WITH_A_BODY if "requestBody" in doc else ()))
        responses = {**dict.fromkeys(usual, ""), **doc["responses"]}
        for status, said in responses.items():
            if isinstance(said, str):
                responses[status] = _PROBLEMS[status][0]
            else:
                said.setdefault("headers", {})["Cache-Control"] = "Cache-Control"
        return {**doc, "responses": dict(sorted(responses.items())), "security": self._security}


def _problem(status: int, description: str) -> _Doc:
    headers = {name: name for name in ("Cache-Control", _TOLD_BY.get(status)) if name}
    return {"description": description, "headers": headers, "content": {PROBLEM_JSON: {"schema": Problem}}}


class DescribedApi(ProblemApi):
    """The API with its description at /openapi.json; `finish` it when all blueprints are registered."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, server: str) -> None:
        self._document = b""
        told = {"info": {"description": _ABOUT}, "servers": [{"url": server}], "marshmallow_plugin": _Described()}
        super().__init__(app, spec_kwargs=told)

    def finish(self) -> None:
        """Write the document down."""
        webhooks = deepcopy(LOCK_REQUESTS)
        for operations in webhooks.values():
            self.ma_plugin.operation_helper(operations=operations)
        document = {**self.spec.to_dict(), "webhooks": webhooks}
        self._document = json.dumps(document, indent=2, sort_keys=False).encode()

    def _openapi_json(self) -> Response:
        return Response(self._document, mimetype="application/json")

    def _register_responses(self) -> None:
        """Called by flask-smorest for answers that several operations share."""
        self.spec.components.security_scheme(TOUR_TOKEN, _TOKEN)
        for name, header in _HEADERS.items():
            self.spec.components.header(name, {**header, "required": True})
        for status, (name, description) in _PROBLEMS.items():
            self.spec.components.response(name, _problem(status, description), lazy=True)

    def _register_etag_headers(self) -> None:
        """We have none."""

    def _register_pagination_header(self) -> None:
        """We have no pages."""


class _Converter(OpenAPIConverter):
    """Says what the house's own fields and validators check; apispec knows marshmallow's."""

    def schema2jsonschema(self, schema: Schema) -> _Doc:
        described: _Doc = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        said = re.sub(r"(?<!\n)\n(?!\n)", " ", cleandoc(schema.__doc__ or ""))  # the code's lines are no paragraphs
        return {"description": said, **described, **getattr(schema, "also", {})}

    def field2property(self, field: fields.Field[Any]) -> _Doc:
        described: _Doc = super().field2property(field)
        described.pop("default", None)  # generators of TypeScript take what has one for something that must be sent
        if isinstance(field, fields.Enum):
            del described["enum"]
            named = {"$ref": self._name_choice(field.enum)}
            described |= {"anyOf": [named, {"type": "null"}]} if field.allow_none else named
        for one in (field, *field.validators):
            described |= getattr(one, "described", {})
        return described

    def _name_choice(self, choice: type[Enum]) -> str:
        """Where a choice is described, once for all fields, so that a generated client has one type for it."""
        if choice.__name__ not in self.spec.components.schemas:
            values = [one.value for one in choice]
            self.spec.components.schema(choice.__name__, {"type": "string", "description": choice.__doc__, "enum": values})
        return f"#/components/schemas/{choice.__name__}"


class _Described(MarshmallowPlugin):
    Converter = _Converter
