"""The lock system's callbacks (Standard Webhooks): verified over the raw bytes, stored, then answered; the job acts on them."""

from flask import Blueprint, g

from schemas.access import Callback
from vendor_app.usecases.record_access_event import record_access_event
from vendor_app.web.authentication import authenticated_by, lock_signature
from vendor_app.web.bodies import load_delivery
from vendor_app.web.current import collaborators, now

blueprint = authenticated_by(lock_signature, Blueprint("access_callbacks", __name__))
_callback = Callback()


@blueprint.post("/webhooks/access")
def take() -> dict[str, bool]:
    """Keep the callback; a repeated one changes nothing."""
    return {"new": record_access_event(collaborators(), g.message_id, load_delivery(_callback), now())}
