"""Events of lock systems with a webhook of their own: verified over the raw bytes, stored without codes, then answered."""

from flask import Blueprint, g

from vendor_app.domain import LockKind
from vendor_app.usecases.doors.record_access_event import record_access_event, webhooks
from vendor_app.web.authentication import authenticated_by, lock_signature
from vendor_app.web.bodies import json_body, load_delivery
from vendor_app.web.current import collaborators, now


def blueprints() -> list[Blueprint]:
    """One a make of lock systems; our own contract is in access_callbacks.py, for it is described in /openapi.json."""
    return [_blueprint(lock) for lock in webhooks() if lock is not LockKind.HTTP]


def _blueprint(lock: LockKind) -> Blueprint:
    webhook = webhooks()[lock]
    made = authenticated_by(lock_signature(lock), Blueprint(f"{lock}_events", __name__))

    @made.post(webhook.path)
    def take() -> dict[str, bool]:
        """Keep the event; a repeated one changes nothing."""
        event = webhook.read(load_delivery(webhook.schema), json_body())
        return {"new": record_access_event(collaborators(), lock, g.message_id, event, now())}

    return made
