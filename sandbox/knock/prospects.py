"""Knock's prospect, events and visit APIs: everything that takes the prospect key."""

from typing import Any

from flask import Blueprint, request

from sandbox.current import current
from sandbox.knock.answers import event_node, guest_card
from sandbox.knock.gate import body, check_key, refuse
from sandbox.knock.pages import page
from sandbox.knock.refusal import Refusal
from sandbox.knock.schemas import ProspectSchema, VisitSchema

PAGE = "10"
prospects = Blueprint("prospects", __name__, url_prefix="/knock")
prospects.register_error_handler(Refusal, refuse)
_prospect, _visit = ProspectSchema(), VisitSchema()


@prospects.before_request
def authenticate() -> None:
    """All of these take the prospect key, /visit included (its code sample, not its prose)."""
    settings = current().settings
    check_key(settings.prospect_key, other=settings.appointment_key)


@prospects.post("/prospect")
def add_prospect() -> dict[str, Any]:
    """Create a prospect, or find the one with this e-mail or phone."""
    return {"id": current().knock.add_prospect(body(_prospect)).prospect_id}


@prospects.get("/prospect/<prospect_id>")
def show_prospect(prospect_id: str) -> dict[str, Any]:
    """The guest card."""
    return guest_card(current().knock.prospect(prospect_id))


@prospects.get("/prospect/<prospect_id>/events")
def list_events(prospect_id: str) -> dict[str, Any]:
    """What happened with this prospect, page by page; cancellations are not in it."""
    nodes = [event_node(one) for one in current().knock.prospect(prospect_id).events]
    return page(nodes, request.args, PAGE)


@prospects.post("/visit")
def add_visit() -> dict[str, Any]:
    """A prospect was here."""
    return {"visitId": current().knock.visit(body(_visit)).visit_id}
