"""The one place where errors become answers: problem+json (RFC 9457) for programs, a page for people."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from flask import Flask, Response, json, make_response, render_template, request
from flask_smorest import Api
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from schemas.base import field_errors
from vendor_app.domain import Span
from vendor_app.log_limit import LogLimit
from vendor_app.usecases import errors

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
_tell_busy = LogLimit(1)
_FOR_PROGRAMS = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/openapi.json")


class Unauthorized(Exception):
    """The caller is not who they have to be."""


@dataclass(frozen=True)
class Problem:
    """An answer that says no."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)
    times: Sequence[Span] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The problem as JSON values."""
        body: dict[str, Any] = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.errors:
            body["errors"] = self.errors
        if self.times is not None:
            body["times"] = [{"startTime": one.start.isoformat(), "endTime": one.end.isoformat()} for one in self.times]
        return body


BUSY = Problem("busy", "We are busy", 503, "Please try again in a moment.", headers={"Retry-After": "5"})
OUR_FAULT = Problem("internal", "Something went wrong", 500, "Something went wrong on our side; it has been noted.")


def problem_of(error: errors.UseCaseError | errors.StoreError | Unauthorized) -> Problem:
    """What to answer when a use case, or the door to it, said no."""
    said = str(error)
    match error:
        case errors.TimeTaken():
            return Problem("time-taken", "This time is not available", 409, said, times=error.times)
        case errors.KnockUnavailable():
            return Problem("knock-unavailable", "Knock cannot be asked", 503, said, headers={"Retry-After": "30"})
        case errors.StoreUnavailable():
            _log_busy(said)
            return BUSY
        case errors.StoreError():
            log.error("%s", said, exc_info=error)
            return OUR_FAULT
        case errors.InvalidField():
            return Problem("invalid", "Some fields cannot be used", 422, said, errors={error.field: [said]})
        case errors.KeyReused():
            return Problem("idempotency-key-reused", "The key stands for another request", 422, said)
        case errors.TooManyAttempts():
            bookings = isinstance(error, errors.TooManyBookings)
            kind, title = ("too-many-bookings", "Too many bookings") if bookings else ("too-many-attempts", "Too many attempts")
            return Problem(kind, title, 429, said, headers={"Retry-After": str(ceil(error.retry_after.total_seconds()))})
        case errors.NotNow():
            kind = "not-verified" if isinstance(error, errors.NotVerified) else "not-now"
            return Problem(kind, "Not in this state", 409, said)
        case Unauthorized():
            return Problem("unauthorized", "Not authorized", 401, said, headers={"WWW-Authenticate": "Bearer"})
        case _:
            return Problem("not-found", "Not found", 404, said)


def _log_busy(said: str) -> None:
    if _tell_busy.allows():
        log.error("%s", said)


def is_for_programs(path: str) -> bool:
    """Whether programs ask for this path, and not people."""
    return path.startswith(_FOR_PROGRAMS)


def answer(problem: Problem) -> Response:
    """The problem as whoever asked can read it."""
    if is_for_programs(request.path):
        response = make_response(json.dumps(problem.body()))
        response.mimetype = PROBLEM_JSON
    else:
        response = make_response(render_template("problem.html", problem=problem))
    response.status_code = problem.status
    response.headers.extend(problem.headers)
    return response


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest with problem+json for every HTTP error, its own validation errors included."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Called by Flask for every HTTPException, and for an unexpected error as InternalServerError."""
        if error.response is not None:
            return error.response  # type: ignore[return-value]
        status = error.code or 500
        told: dict[str, Any] = getattr(error, "data", None) or {}
        fields = {name: said for group in (told.get("messages") or {}).values() for name, said in field_errors(group).items()}
        kind = {400: "bad-request", 404: "not-found", 422: "invalid"}.get(status, "http-error")
        detail = OUR_FAULT.detail if isinstance(error, InternalServerError) else error.description
        if isinstance(error, CSRFError):
            detail = "This form is too old or cookies are switched off. Please go back, reload the page and send it again."
        headers = dict(error.get_headers()) if status in (405, 413, 429) else {}
        kept = {name: value for name, value in headers.items() if name in ("Allow", "Retry-After")}
        return answer(Problem(kind, error.name, status, _listed(fields) or detail or "", errors=fields, headers=kept))


def answer_use_case_errors(app: Flask) -> None:
    """Answer every expected error of the layers below."""
    for family in (errors.UseCaseError, errors.StoreError, Unauthorized):
        app.register_error_handler(family, lambda error: answer(problem_of(error)))


def _listed(fields: dict[str, list[str]]) -> str:
    return "; ".join(f"{name}: {' '.join(said)}" for name, said in fields.items())
