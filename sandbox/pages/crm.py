"""Knock as the leasing office sees it: the calendar, guest cards, visits, and an agent's buttons."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.current import current
from sandbox.knock.model import TourType

MESSAGES = {"SMS": "Add an SMS", "EMAIL": "Add an e-mail"}  # what Knock itself calls them is not documented
crm = Blueprint("crm", __name__, url_prefix="/crm")


@crm.get("")
def show() -> str:
    """Everything in Knock, newest first."""
    knock, agent = current().knock, current().agent
    return render_template(
        "crm.html",
        knock=knock,
        # Copies: bookings go on while the page is made.
        appointments=list(knock.appointments.values())[::-1],
        visits=knock.visits[::-1],
        prospects=list(knock.prospects.values())[::-1],
        tour_types=list(TourType),
        next_times={one: {kind: agent.next_times(one, kind) for kind in TourType} for one in knock.communities},
        messages=MESSAGES,
    )


@crm.errorhandler(KeyError)
def unknown(error: KeyError) -> Response:
    """A button on a page that is out of date."""
    return _back()


@crm.post("/appointments/<appointment_id>/<any(cancel, no_show, visited):action>")
def change_appointment(appointment_id: str, action: str) -> Response:
    """The office calls a tour off, or notes that nobody came, or that somebody did."""
    agent = current().agent
    {"cancel": agent.cancel, "no_show": agent.no_show, "visited": agent.visited}[action](appointment_id)
    return _back()


@crm.post("/appointments/<appointment_id>/move")
def move_appointment(appointment_id: str) -> Response:
    """The office drags a tour to one of the next open times, `start`."""
    agent, appointment = current().agent, current().knock.appointments[appointment_id]
    open_now = agent.next_times(appointment.community_id, appointment.tour_type)
    agent.move(appointment_id, {one.isoformat(): one for one in open_now}[request.form.get("start", "")])
    return _back()


@crm.post("/prospects/<prospect_id>/<any(delete, not_a_prospect):action>")
def change_prospect(prospect_id: str, action: str) -> Response:
    """The office deletes a guest card, or says that it is nobody looking for a home."""
    agent = current().agent
    {"delete": agent.delete, "not_a_prospect": agent.not_a_prospect}[action](prospect_id)
    return _back()


@crm.post("/prospects/<prospect_id>/message")
def add_message(prospect_id: str) -> Response:
    """A line more in the prospect's history, of any `type`."""
    kind = request.form.get("type") or abort(400)
    current().agent.message(prospect_id, kind, request.form.get("description", f"A message by {kind}"))
    return _back()


@crm.post("/communities/<community_id>/<any(remove, restore):action>")
def list_community(community_id: str, action: str) -> Response:
    """The property leaves Knock, or comes back."""
    agent = current().agent
    {"remove": agent.remove, "restore": agent.restore}[action](community_id)
    return _back()


@crm.post("/communities/<community_id>/toggle/<tour_type>")
def toggle_tours(community_id: str, tour_type: str) -> Response:
    """One kind of tour is switched on or off."""
    if tour_type not in list(TourType):
        abort(404)
    current().agent.toggle(community_id, TourType(tour_type))
    return _back()


def _back() -> Response:
    return redirect(url_for("crm.show"), 303)
