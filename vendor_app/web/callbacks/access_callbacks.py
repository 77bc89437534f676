"""The lock system's callbacks (Standard Webhooks): verified over the raw bytes, stored, then answered; the job acts on them."""

from flask import g

from schemas.access import Callback, Taken
from vendor_app.domain import LockKind
from vendor_app.usecases.doors.record_access_event import record_access_event, webhooks
from vendor_app.web.authentication import authenticated_by, lock_signature
from vendor_app.web.bodies import json_body, load_delivery
from vendor_app.web.callbacks.lock_requests import signed
from vendor_app.web.current import collaborators, now
from vendor_app.web.description import ApiBlueprint

blueprint = authenticated_by(
    lock_signature(LockKind.HTTP),
    ApiBlueprint("access_callbacks", __name__, description="What a lock system tells us (docs/access.md)"),
)
_webhook = webhooks()[LockKind.HTTP]


@blueprint.post(_webhook.path)
@blueprint.doc(
    operationId="tellOfAccess",
    parameters=signed("The same each time it is sent"),
    requestBody={"required": True, "content": {"application/json": {"schema": Callback}}},
)
@blueprint.response(200, Taken)
@blueprint.problem(400, "The body does not fit the contract")
@blueprint.problem(401, "The signature does not hold, or is more than five minutes old")
@blueprint.problem(413)
def take() -> dict[str, bool]:
    """Tell what happened at a door or to a code.

    Repeat it with the same `webhook-id` until it is answered 2xx: a repeated one changes nothing.
    """
    event = _webhook.read(load_delivery(_webhook.schema), json_body())
    return {"new": record_access_event(collaborators(), LockKind.HTTP, g.message_id, event, now())}
