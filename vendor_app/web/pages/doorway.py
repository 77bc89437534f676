"""Where Knock's Doorway widget sends prospects (Self-Guided API, step 1)."""

from flask import Blueprint, redirect, request, url_for
from werkzeug import Response

from vendor_app.usecases.booking.arrivals import record_arrival
from vendor_app.web.authentication import anybody, authenticated_by
from vendor_app.web.clients import client
from vendor_app.web.current import collaborators, now

blueprint = authenticated_by(anybody, Blueprint("doorway", __name__))


@blueprint.get("/doorway/<community_id>")
def arrive(community_id: str) -> Response:
    """Keep the source title verbatim and go on to the booking page."""
    source_title = request.args.get("utm_knock_source_title")
    arrival_id = record_arrival(collaborators(), community_id, source_title, client(), now())
    return redirect(url_for("booking_pages.choose", arrival_id=arrival_id), 302)
