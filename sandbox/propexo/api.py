"""Propexo's two calls: order an appointment in Knock, and ask what became of the order."""

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from sandbox.current import current
from sandbox.propexo.refusal import Refusal, error_body
from sandbox.propexo.schemas import AppointmentSchema, check_values
from sandbox.request_fields import complaints

propexo = Blueprint("propexo", __name__, url_prefix="/propexo")
_appointment = AppointmentSchema()


@propexo.before_request
def admit() -> None:
    """The token first; only who has it uses up the minute's allowance."""
    sandbox = current()
    if request.headers.get("Authorization") != f"Bearer {sandbox.settings.propexo_token}":
        raise Refusal(401, "The token is missing or unknown.")
    if not sandbox.propexo.allowance.take(sandbox.propexo.per_minute):
        raise Refusal(429, "Too many requests in this minute.")


@propexo.after_app_request
def tell_what_is_left(response: Response) -> Response:
    """On every answer, also for paths that do not exist."""
    if request.path.startswith("/propexo/"):
        ours = current().propexo
        response.headers["x-ratelimit-remaining"] = str(ours.allowance.remaining(ours.per_minute))
    return response


@propexo.post("/crm/v1/appointments/knock")
def order_appointment() -> dict[str, Any]:
    """200 means queued, not booked."""
    return {"meta": {"job_id": current().propexo.take(_order()).job_id}, "result": {}}


@propexo.get("/v1/admin/write-status/<job_id>")
def write_status(job_id: str) -> dict[str, Any]:
    """What became of an order."""
    job = current().propexo.poll(job_id)
    return {"write_status": job.state, "errors": job.errors, "created_record_id": job.record_id}


@propexo.errorhandler(Refusal)
def refuse(refusal: Refusal) -> ResponseReturnValue:
    """Every refusal has one form."""
    return error_body(refusal.status, refusal.message, refusal.details), refusal.status


def _order() -> dict[str, Any]:
    """The request's JSON body, if it is as the documents want it."""
    if request.mimetype != "application/json":
        raise Refusal(400, "Content-Type must be application/json.")
    asked: Any = request.get_json(silent=True)
    try:
        order: dict[str, Any] = _appointment.load(asked)
        check_values(order, current().propexo.allowed)
    except ValidationError as error:
        raise Refusal(400, complaints(error), error.messages_dict) from error
    return order
