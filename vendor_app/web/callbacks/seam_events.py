"""Seam's events (signed by Svix): verified over the raw bytes, stored without codes, then answered; the job acts on them."""

from flask import Blueprint, g

from schemas.seam import SeamEvent
from vendor_app.usecases.doors.seam_events import record_seam_event
from vendor_app.web.authentication import authenticated_by, seam_signature
from vendor_app.web.bodies import json_body, load_delivery
from vendor_app.web.current import collaborators, now

blueprint = authenticated_by(seam_signature, Blueprint("seam_events", __name__))
_event = SeamEvent()


@blueprint.post("/webhooks/seam")
def take() -> dict[str, bool]:
    """Keep the event; a repeated one changes nothing."""
    event = load_delivery(_event)
    return {"new": record_seam_event(collaborators(), g.message_id, event, json_body(), now())}
