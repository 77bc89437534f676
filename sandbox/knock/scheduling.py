"""Knock's Scheduling API: everything that takes the appointment key."""

from typing import Any

from flask import Blueprint, request

from sandbox.current import current
from sandbox.knock.answers import booked, community_node
from sandbox.knock.gate import body, check_key, refuse
from sandbox.knock.pages import page
from sandbox.knock.refusal import Refusal
from sandbox.knock.schemas import AppointmentSchema

PAGE = "2"  # small, so that three communities already take two pages
scheduling = Blueprint("scheduling", __name__, url_prefix="/knock")
scheduling.register_error_handler(Refusal, refuse)
_appointment = AppointmentSchema()


@scheduling.before_request
def authenticate() -> None:
    """All of these take the appointment key."""
    settings = current().settings
    check_key(settings.appointment_key, other=settings.prospect_key)


@scheduling.get("/communities")
def communities() -> dict[str, Any]:
    """The communities these keys can see, page by page."""
    nodes = [community_node(one) for one in current().knock.listed()]
    return page(nodes, request.args, PAGE)


@scheduling.get("/community/<community_id>/available-times")
def available_times(community_id: str) -> dict[str, Any]:
    """Start times only, with the community's offset."""
    self_guided = request.args.get("forSelfGuided") == "true"
    return {"acceptableTimes": [start.isoformat() for start in current().knock.times(community_id, self_guided)]}


@scheduling.post("/appointment/request")
def request_appointment() -> dict[str, Any]:
    """Book, and let an upcoming appointment of the same prospect go."""
    knock = current().knock
    return booked(knock, knock.book(body(_appointment)))


@scheduling.put("/appointment/<appointment_id>/cancel")
def cancel_appointment(appointment_id: str) -> dict[str, Any]:
    """Needs no body."""
    appointment = current().knock.cancel(appointment_id)
    return {"appointment": {"id": appointment.appointment_id, "status": appointment.status}}
